"""The Chroma index of a corpus: a cache in one directory, built once and checked at every opening."""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import filelock
import numpy as np
from numpy.typing import NDArray

from knowledge.corpus import Corpus
from knowledge.embedding import Vectors
from knowledge.errors import IndexBusy, IndexUnavailable
from knowledge.types import Passage

Progress = Callable[[int, int], None]

WAIT_SECONDS = 120.0

_FORMAT = 1
_FOLDER = "chroma"
_DATABASE = "chroma.sqlite3"
_SCOPE = ("default_tenant", "default_database")
_EMBED_AT_ONCE = 16
_ADD_AT_ONCE = 2_000  # Chroma takes 5,461 at most


@dataclass(frozen=True)
class Manifest:
    """What a finished index is of; written last, so an interrupted build has none."""

    format: int
    chroma: str
    collection: str
    model: str
    corpus: str
    count: int
    ids: str


def open_vectors(
    directory: Path,
    corpus: Corpus,
    embedder: Vectors,
    *,
    progress: Progress | None = None,
    wait_seconds: float = WAIT_SECONDS,
) -> NDArray[np.float32]:
    """Vectors of the corpus's passages in their order, from the index in `directory`.

    The index is built where it is missing, unfinished, damaged or of another corpus or model;
    meanwhile other processes that open it wait for the writer's lock.

    Raises:
        IndexBusy: another process held the lock for `wait_seconds`.
        IndexUnavailable: the directory cannot be used.
    """
    manifest = _expected(corpus, embedder)
    try:
        vectors = _read(directory, manifest, corpus, embedder.dimensions)
        if vectors is not None:
            return vectors
        directory.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(directory / "writer.lock", timeout=wait_seconds):
            vectors = _read(directory, manifest, corpus, embedder.dimensions)
            if vectors is None:
                vectors = _embedded(corpus, embedder, progress)
                _build(directory, manifest, corpus.passages, vectors)
                vectors = _read(directory, manifest, corpus, embedder.dimensions)
    except filelock.Timeout as error:
        raise IndexBusy(
            f"Another process has been writing the knowledge index in '{directory}' "
            f"for more than {wait_seconds:g} seconds."
        ) from error
    except OSError as error:
        raise IndexUnavailable(
            f"The knowledge index cannot be kept in '{directory}': {error.strerror or error}."
        ) from error
    if vectors is None:
        raise IndexUnavailable(
            f"The knowledge index in '{directory}' cannot be read after it was built."
        )
    return vectors


def _expected(corpus: Corpus, embedder: Vectors) -> Manifest:
    model = re.sub(r"[^A-Za-z0-9]+", "-", embedder.model).strip("-")
    ids = "\n".join(passage.id for passage in corpus.passages)
    return Manifest(
        format=_FORMAT,
        chroma=importlib.metadata.version("chromadb"),
        collection=f"passages-{model}-{corpus.hash.split(':')[-1][:12]}",
        model=embedder.model,
        corpus=corpus.hash,
        count=len(corpus.passages),
        ids=f"sha256:{hashlib.sha256(ids.encode('utf-8')).hexdigest()}",
    )


def embedded_text(passage: Passage, corpus: Corpus) -> str:
    """What is embedded of a passage: its text, and when its source applies."""
    return f"{passage.text} {corpus.sources[passage.source].applies_when}".strip()


def _embedded(corpus: Corpus, embedder: Vectors, progress: Progress | None) -> NDArray[np.float32]:
    """One vector a passage (README.md says why of more than its text)."""
    passages = corpus.passages
    rows = np.empty((len(passages), embedder.dimensions), dtype=np.float32)
    report = progress or (lambda done, total: None)
    report(0, len(passages))
    for start in range(0, len(passages), _EMBED_AT_ONCE):
        texts = [
            embedded_text(passage, corpus) for passage in passages[start : start + _EMBED_AT_ONCE]
        ]
        rows[start : start + len(texts)] = embedder.embed(texts)
        report(start + len(texts), len(passages))
    return rows


def _read(
    directory: Path, manifest: Manifest, corpus: Corpus, dimensions: int
) -> NDArray[np.float32] | None:
    """The index's vectors, or None where it is not the finished, untouched index of this corpus.

    Chroma writes into a directory whenever it opens one, and ends the whole process when it finds
    the files damaged. So what it opens is a copy, whose files are known to be those of the build:
    any number of processes may read at the same time, and none needs the lock.
    """
    written = _written(directory)
    if written is None or {**asdict(manifest), "files": written.get("files")} != written:
        return None
    with tempfile.TemporaryDirectory(prefix="knowledge-", ignore_cleanup_errors=True) as scratch:
        copy = Path(scratch) / _FOLDER
        try:
            shutil.copytree(directory / _FOLDER, copy)
        except OSError:  # not there, or being built anew
            return None
        if _digest(copy) != written["files"]:
            return None
        try:
            ids, vectors = _stored(copy, manifest.collection)
        except Exception as error:
            if not _is_chroma(error):
                raise
            return None
    rows = {key: row for row, key in enumerate(ids)}
    if len(rows) != manifest.count or any(p.id not in rows for p in corpus.passages):
        return None
    if not rows:
        return np.empty((0, dimensions), dtype=np.float32)
    if vectors.shape != (len(rows), dimensions) or not _unit(vectors):
        return None
    ordered: NDArray[np.float32] = vectors[[rows[passage.id] for passage in corpus.passages]]
    return ordered


def _digest(folder: Path) -> str:
    """Hash over names and contents of all files below a folder."""
    digest = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        digest.update(f"{file.relative_to(folder).as_posix()}\0{content}\0".encode())
    return f"sha256:{digest.hexdigest()}"


def _unit(vectors: NDArray[np.float32]) -> bool:
    return bool(np.all(np.abs(np.linalg.norm(vectors, axis=1) - 1.0) < 1e-3))


def _stored(folder: Path, collection: str) -> tuple[list[str], NDArray[np.float32]]:
    """Ids and vectors of a collection.

    Chroma's compiled part is asked without its Python layer, whose import alone takes 0.6 s and
    would be most of the opening; where a version of Chroma has it otherwise, its public client is.
    """
    try:
        return stored_compiled(folder, collection)
    except (ImportError, AttributeError, TypeError):
        return stored_public(folder, collection)


def stored_compiled(folder: Path, collection: str) -> tuple[list[str], NDArray[np.float32]]:
    """Ids and vectors, from Chroma's compiled part."""
    bindings: Any = importlib.import_module("chromadb_rust_bindings")
    config = bindings.SqliteDBConfig(
        hash_type=bindings.MigrationHash.MD5,
        migration_mode=bindings.MigrationMode.Validate,
        url=str(folder / _DATABASE),
    )
    store = bindings.Bindings(
        allow_reset=False,
        sqlite_db_config=config,
        persist_path=str(folder),
        hnsw_cache_size=16,
    )
    found = store.get_collection(collection, *_SCOPE)
    rows = store.get(str(found.id), None, None, None, 0, None, ["embeddings"], *_SCOPE)
    return list(rows.ids), np.asarray(rows.embeddings, dtype=np.float32)


def stored_public(folder: Path, collection: str) -> tuple[list[str], NDArray[np.float32]]:
    """Ids and vectors, through Chroma's public client."""
    with _client(folder) as client:
        rows = client.get_collection(collection, embedding_function=None).get(
            include=["embeddings"]
        )
    return list(rows["ids"]), np.asarray(rows["embeddings"], dtype=np.float32)


def _client(folder: Path) -> Any:
    chromadb: Any = importlib.import_module("chromadb")  # on need only: see _stored
    # No .env file: one in the working directory could point Chroma somewhere else.
    quiet = chromadb.Settings(_env_file=None, anonymized_telemetry=False)
    return chromadb.PersistentClient(path=str(folder), settings=quiet)


def _is_chroma(error: Exception) -> bool:
    """Whether the error is Chroma's own; its class has no name before the import of Chroma."""
    return type(error).__module__.startswith("chromadb") or isinstance(error, RuntimeError)


def _build(
    directory: Path,
    manifest: Manifest,
    passages: Sequence[Passage],
    vectors: NDArray[np.float32],
) -> None:
    """Write the collection, then the manifest; only the holder of the lock may call this."""
    _manifest_file(directory).unlink(missing_ok=True)
    folder = directory / _FOLDER
    # Chroma opens a damaged directory badly or not at all, and all of it can be made again.
    shutil.rmtree(folder, ignore_errors=True)
    _write(folder, manifest.collection, passages, vectors)
    draft = _manifest_file(directory).with_suffix(".draft")
    record = {**asdict(manifest), "files": _digest(folder)}
    draft.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    draft.replace(_manifest_file(directory))


def _write(
    folder: Path, collection: str, passages: Sequence[Passage], vectors: NDArray[np.float32]
) -> None:
    with _client(folder) as client:
        made = client.create_collection(
            collection, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
        )
        for start in range(0, len(passages), _ADD_AT_ONCE):
            some = passages[start : start + _ADD_AT_ONCE]
            made.add(
                ids=[passage.id for passage in some],
                embeddings=vectors[start : start + len(some)],
                documents=[passage.text for passage in some],
                metadatas=[_metadata(passage) for passage in some],
            )


def _metadata(passage: Passage) -> dict[str, Any]:
    labels: dict[str, Any] = {"source": passage.source, "kind": passage.kind}
    if passage.roles:  # Chroma refuses an empty list
        labels["roles"] = list(passage.roles)
    return labels


def _written(directory: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(_manifest_file(directory).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def _manifest_file(directory: Path) -> Path:
    return directory / "index.json"
