"""The index on a Chroma server, for many machines that share one database."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

import numpy as np
from numpy.typing import NDArray

from knowledge import index, index_rows
from knowledge.corpus import Corpus
from knowledge.embedding import Vectors
from knowledge.errors import IndexMismatch, IndexUnavailable
from knowledge.index_rows import Row

_READ_AT_ONCE = 2_000
_MODEL = "embedding_model"


def server_vectors(
    url: str,
    library: str,
    corpus: Corpus,
    embedder: Vectors,
    *,
    progress: index.Progress | None = None,
) -> NDArray[np.float32]:
    """Vectors of the corpus's passages in their order, from a collection on a Chroma server.

    Each library has a collection of its own for each embedding model. It is brought up to date
    row by row; what it holds of other passages is removed.

    Raises:
        IndexUnavailable: the server cannot be reached, or does not keep what it is sent.
        IndexMismatch: the collection holds vectors of another model.
    """
    host = _place(url)
    name = f"{library}-{index_rows.collection_name(embedder.model)}"
    with _said(host):
        client = _connected(url)
        collection = client.get_or_create_collection(
            name,
            embedding_function=None,
            metadata={_MODEL: embedder.model},
            configuration={"hnsw": {"space": "cosine"}},
        )
        model = (collection.metadata or {}).get(_MODEL)
        if model != embedder.model:
            raise IndexMismatch(
                f"The collection '{name}' on {host} holds vectors of {model or 'another model'}, "
                f"not of {embedder.model}."
            )
        wanted = index_rows.rows_of(corpus)
        held = _rows(collection)
        if held != wanted:
            _renew(collection, corpus, embedder, held, progress)
        vectors = index.stored_remote(collection)
    if vectors.keys() != wanted.keys():
        raise IndexUnavailable(f"The collection '{name}' on {host} is being changed by another.")
    found = [vectors[passage.id] for passage in corpus.passages]
    if not found:
        return np.empty((0, embedder.dimensions), dtype=np.float32)
    if any(len(vector) != embedder.dimensions for vector in found):
        raise IndexMismatch(
            f"The collection '{name}' on {host} holds vectors of another length than "
            f"{embedder.dimensions}, which {embedder.model} has."
        )
    return np.stack(found)


def forget(url: str, library: str, embedder: Vectors) -> None:
    """Throw this library's collection away; the next opening builds it anew."""
    name = f"{library}-{index_rows.collection_name(embedder.model)}"
    with _said(_place(url)):
        client = _connected(url)
        if any(collection.name == name for collection in client.list_collections()):
            client.delete_collection(name)


def _renew(
    collection: Any,
    corpus: Corpus,
    embedder: Vectors,
    held: dict[str, Row],
    progress: index.Progress | None,
) -> None:
    wanted = index_rows.rows_of(corpus)
    changed = [p for p in corpus.passages if held.get(p.id) != wanted[p.id]]
    part = Corpus(corpus.sources, tuple(changed), corpus.hash)
    vectors = index.embedded(part, embedder, index_rows.rows_of(part), None, progress)
    marks = {key: {"vector": row.vector, "whole": row.whole} for key, row in wanted.items()}
    index.write(collection, [key for key in held if key not in wanted], changed, vectors, marks)


def _rows(collection: Any) -> dict[str, Row]:
    rows: dict[str, Row] = {}
    start = 0
    while True:
        page = collection.get(limit=_READ_AT_ONCE, offset=start, include=["metadatas"])
        if not page["ids"]:
            return rows
        for key, labels in zip(page["ids"], page["metadatas"], strict=True):
            marks = labels or {}
            rows[key] = Row(key, str(marks.get("vector")), str(marks.get("whole")))
        start += len(page["ids"])


def _connected(url: str) -> Any:
    parts = urlsplit(url)
    headers = {}
    if parts.username:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 8000)
    return index.server_client(parts.hostname or "", port, secure=secure, headers=headers)


def _place(url: str) -> str:
    """The server as it may be shown: no password."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise IndexUnavailable(
            "The address of the Chroma server is not of the form http://HOST:PORT.",
            hint="Set REVIEWER_CHROMA_URL, or unset it to keep the index in a directory.",
        )
    return f"{parts.scheme}://{parts.hostname}{f':{port}' if port else ''}"


@contextlib.contextmanager
def _said(host: str) -> Iterator[None]:
    """Errors of Chroma's client, and of what it sends with, as one sentence."""
    try:
        yield
    except (IndexMismatch, IndexUnavailable):
        raise
    except (OSError, ValueError) as error:
        raise _unreachable(host, error) from error
    except Exception as error:
        if not type(error).__module__.startswith(("chromadb", "httpx", "httpcore")):
            raise
        raise _unreachable(host, error) from error


def _unreachable(host: str, error: Exception) -> IndexUnavailable:
    reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200].rstrip(".")
    return IndexUnavailable(
        f"The Chroma server at {host} cannot be used: {reason}.",
        hint="Start it, or unset REVIEWER_CHROMA_URL to keep the index in a directory.",
    )
