"""The Chroma index of what can be found: derived from the records, checked at every opening."""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import json
import shutil
import tempfile
import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import filelock
import numpy as np
from numpy.typing import NDArray

from knowledge import index_rows
from knowledge import passages as cutting
from knowledge.corpus import Corpus
from knowledge.embedding import Vectors
from knowledge.errors import IndexBusy, IndexMismatch, IndexUnavailable
from knowledge.index_rows import Row
from knowledge.types import Passage

Progress = Callable[[int, int], None]
Matrix = NDArray[np.float32]

WAIT_SECONDS = 120.0

_DATABASE = "chroma.sqlite3"
_ROWS = "rows.txt"
_SCOPE = ("default_tenant", "default_database")
_EMBED_AT_ONCE = 256  # texts of one length run together, and more texts have more such
_ADD_AT_ONCE = 2_000  # Chroma takes 5,461 at most
_READ_AT_ONCE = 2_000  # vectors cross over as Python numbers, which are large
_REWRITE = 0.25  # part of the rows: after so many deletions the graph is built anew


@dataclass(frozen=True)
class Manifest:
    """What a finished index is of; written last, so an interrupted build has none."""

    format: int
    chroma: str
    collection: str
    model: str
    rows: str
    count: int


class _Index(NamedTuple):
    """A finished index as it was read."""

    rows: dict[str, Row]
    vectors: dict[str, Matrix]
    folder: Path
    deleted: int


def open_vectors(
    directory: Path,
    corpus: Corpus,
    embedder: Vectors,
    *,
    progress: Progress | None = None,
    wait_seconds: float = WAIT_SECONDS,
) -> Matrix:
    """Vectors of the corpus's passages in their order, from the index in `directory`.

    The index is brought up to date where it is of other passages, and built where it is missing,
    unfinished, damaged or of another model; meanwhile other processes that open it wait for the
    writer's lock.

    Raises:
        IndexBusy: another process held the lock for `wait_seconds`.
        IndexUnavailable: the directory cannot be used.
        IndexMismatch: the embedding model gives vectors of another length than it says.
    """
    wanted = index_rows.rows_of(corpus)
    try:
        seen = _written(directory)
        found = _read(directory, embedder)
        if found is not None and found.rows == wanted:
            return _ordered(corpus, found.vectors, embedder)
        directory.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(directory / "writer.lock", timeout=wait_seconds):
            if _written(directory) != seen:  # another process wrote meanwhile
                found = _read(directory, embedder)
            if found is None or found.rows != wanted:
                vectors = embedded(corpus, embedder, wanted, found, progress)
                _renew(directory, _Next(corpus, wanted, vectors, embedder.model), found)
                # Chroma changes the last bits of a vector: all openings are to see the same.
                found = _read(directory, embedder)
    except filelock.Timeout as error:
        raise IndexBusy(
            f"Another process has been writing the knowledge index in '{directory}' "
            f"for more than {wait_seconds:g} seconds."
        ) from error
    except OSError as error:
        raise IndexUnavailable(
            f"The knowledge index cannot be kept in '{directory}': {error.strerror or error}."
        ) from error
    if found is None or found.rows != wanted:
        raise IndexUnavailable(
            f"The knowledge index in '{directory}' cannot be read after it was built."
        )
    return _ordered(corpus, found.vectors, embedder)


def current_vectors(
    directory: Path,
    corpus: Corpus,
    embedder: Vectors,
    *,
    progress: Progress | None = None,
) -> Matrix:
    """As `open_vectors` for who may not write: what the index lacks is embedded in memory."""
    found = _read(directory, embedder)
    wanted = index_rows.rows_of(corpus)
    return _ordered(corpus, embedded(corpus, embedder, wanted, found, progress), embedder)


def matches(directory: Path, corpus: Corpus, embedder: Vectors) -> bool:
    """Whether the index in a directory is whole, and of exactly these passages."""
    found = _read(directory, embedder)
    return found is not None and found.rows == index_rows.rows_of(corpus)


def embedded_text(passage: Passage, corpus: Corpus) -> str:
    """What is embedded of a passage (README.md says why of more than its text)."""
    return cutting.embedded_text(passage, corpus.sources[passage.source])


def embedded(
    corpus: Corpus,
    embedder: Vectors,
    wanted: dict[str, Row],
    known: _Index | None,
    progress: Progress | None,
) -> dict[str, Matrix]:
    """The vector of each passage: the known one where the text embedded is the same."""
    held = known.rows if known else {}
    vectors = {
        key: known.vectors[key]
        for key, row in wanted.items()
        if known and key in held and held[key].vector == row.vector
    }
    missing = [passage for passage in corpus.passages if passage.id not in vectors]
    report = progress or (lambda done, total: None)
    if missing:
        report(0, len(missing))
    for start in range(0, len(missing), _EMBED_AT_ONCE):
        some = missing[start : start + _EMBED_AT_ONCE]
        made = embedder.embed([embedded_text(passage, corpus) for passage in some])
        check_shape(made, len(some), embedder)
        vectors.update(zip((passage.id for passage in some), made, strict=True))
        report(start + len(some), len(missing))
    return vectors


def check_shape(vectors: Matrix, count: int, embedder: Vectors) -> None:
    """Raises `IndexMismatch` unless these are so many vectors of the model's length."""
    if vectors.shape != (count, embedder.dimensions):
        raise IndexMismatch(
            f"The embedding model {embedder.model} gave vectors of shape {vectors.shape}, "
            f"not {(count, embedder.dimensions)}."
        )


def _ordered(corpus: Corpus, vectors: dict[str, Matrix], embedder: Vectors) -> Matrix:
    if not corpus.passages:
        return np.empty((0, embedder.dimensions), dtype=np.float32)
    return np.stack([vectors[passage.id] for passage in corpus.passages])


def _read(directory: Path, embedder: Vectors) -> _Index | None:
    """The finished, untouched index of this model in a directory, or None.

    Chroma writes into a directory whenever it opens one, and ends the whole process when it finds
    the files damaged. So what it opens is a copy, whose files are known to be those of the build:
    any number of processes may read at the same time, and none needs the lock.
    """
    manifest = _written(directory)
    if manifest is None or not _usable(manifest, embedder):
        return None
    folder = directory / str(manifest["folder"])
    with tempfile.TemporaryDirectory(prefix="knowledge-", ignore_cleanup_errors=True) as scratch:
        copy = Path(scratch) / "chroma"
        try:
            shutil.copytree(folder, copy)
            if index_rows.folder_digest(copy) != manifest["files"]:
                return None
            rows = index_rows.read(copy / _ROWS)
        except (OSError, ValueError, TypeError, shutil.Error):  # not there, or just replaced
            return None
        if len(rows) != manifest["count"] or index_rows.digest_of(rows) != manifest["rows"]:
            return None
        try:
            vectors = _stored(copy, str(manifest["collection"]))
        except Exception as error:
            if not _is_chroma(error):
                raise
            return None
    sound = vectors.keys() == rows.keys() and _unit(vectors, embedder.dimensions)
    return _Index(rows, vectors, folder, int(manifest.get("deleted", 0))) if sound else None


def _usable(manifest: dict[str, Any], embedder: Vectors) -> bool:
    wanted = {
        "format": index_rows.FORMAT,
        "chroma": importlib.metadata.version("chromadb"),
        "collection": index_rows.collection_name(embedder.model),
        "model": embedder.model,
    }
    return all(manifest.get(key) == value for key, value in wanted.items()) and str(
        manifest.get("folder", "")
    ).startswith("chroma-")


def _unit(vectors: dict[str, Matrix], dimensions: int) -> bool:
    if not vectors:
        return True
    try:
        rows = np.stack(list(vectors.values()))
    except ValueError:
        return False
    return rows.shape[1] == dimensions and bool(
        np.all(np.abs(np.linalg.norm(rows, axis=1) - 1.0) < 1e-3)
    )


def _stored(folder: Path, collection: str) -> dict[str, Matrix]:
    """The vectors of a collection by id.

    Chroma's compiled part is asked without its Python layer, whose import alone takes 0.6 s and
    would be most of the opening; where a version of Chroma has it otherwise, its public client is.
    """
    try:
        return stored_compiled(folder, collection)
    except (ImportError, AttributeError, TypeError):
        return stored_public(folder, collection)


def stored_compiled(folder: Path, collection: str) -> dict[str, Matrix]:
    """The vectors by id, from Chroma's compiled part."""
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
    key = str(store.get_collection(collection, *_SCOPE).id)
    included = (None, ["embeddings"], *_SCOPE)

    def page(start: int) -> tuple[Sequence[str], Any]:
        rows = store.get(key, None, None, _READ_AT_ONCE, start, *included)
        return rows.ids, rows.embeddings

    return paged(page)


def stored_public(folder: Path, collection: str) -> dict[str, Matrix]:
    """The vectors by id, through Chroma's public client."""
    with _client(folder) as client:
        return stored_remote(client.get_collection(collection, embedding_function=None))


def stored_remote(collection: Any) -> dict[str, Matrix]:
    """The vectors by id of a collection of the public client."""

    def page(start: int) -> tuple[Sequence[str], Any]:
        rows = collection.get(limit=_READ_AT_ONCE, offset=start, include=["embeddings"])
        return rows["ids"], rows["embeddings"]

    return paged(page)


def paged(page: Callable[[int], tuple[Sequence[str], Any]]) -> dict[str, Matrix]:
    """All vectors by id, page by page, so that few of them are Python numbers at a time."""
    vectors: dict[str, Matrix] = {}
    start = 0
    while True:
        ids, numbers = page(start)
        if not len(ids):
            return vectors
        vectors.update(zip(ids, np.asarray(numbers, dtype=np.float32), strict=True))
        start += len(ids)


def _client(folder: Path) -> Any:
    chromadb: Any = importlib.import_module("chromadb")  # on need only: see _stored
    # No .env file: one in the working directory could point Chroma somewhere else.
    quiet = chromadb.Settings(_env_file=None, anonymized_telemetry=False)
    return chromadb.PersistentClient(path=str(folder), settings=quiet)


def server_client(host: str, port: int, *, secure: bool, headers: dict[str, str]) -> Any:
    """A client of a Chroma server; every vector that it is sent or gives is ours."""
    chromadb: Any = importlib.import_module("chromadb")
    quiet = chromadb.Settings(_env_file=None, anonymized_telemetry=False)
    return chromadb.HttpClient(host=host, port=port, ssl=secure, headers=headers, settings=quiet)


def _is_chroma(error: Exception) -> bool:
    """Whether the error is Chroma's own; its class has no name before the import of Chroma."""
    return type(error).__module__.startswith("chromadb") or isinstance(error, RuntimeError)


class _Next(NamedTuple):
    """What the next index is to hold."""

    corpus: Corpus
    rows: dict[str, Row]
    vectors: dict[str, Matrix]
    model: str


def _renew(directory: Path, wanted: _Next, old: _Index | None) -> None:
    """Write the next index beside the last one, then the manifest that names it.

    Whoever is killed here leaves the last index as it was. Only the holder of the lock calls this.
    """
    folder = directory / f"chroma-{uuid.uuid4().hex[:12]}"
    collection = index_rows.collection_name(wanted.model)
    gone = [key for key in old.rows if key not in wanted.rows] if old else []
    deleted = (old.deleted if old else 0) + len(gone)
    if old is not None and deleted > _REWRITE * len(wanted.rows):
        old, gone, deleted = None, [], 0
    if old is not None:
        shutil.copytree(old.folder, folder)
    held = old.rows if old else {}
    changed = [p for p in wanted.corpus.passages if held.get(p.id) != wanted.rows[p.id]]
    with _client(folder) as client:
        settings = {"hnsw": {"space": "cosine"}}
        made = client.get_or_create_collection(
            collection, embedding_function=None, configuration=settings
        )
        write(made, gone, changed, wanted.vectors)
    (folder / _ROWS).write_text(index_rows.written(wanted.rows), encoding="utf-8")
    manifest = Manifest(
        format=index_rows.FORMAT,
        chroma=importlib.metadata.version("chromadb"),
        collection=collection,
        model=wanted.model,
        rows=index_rows.digest_of(wanted.rows),
        count=len(wanted.rows),
    )
    place = {"folder": folder.name, "files": index_rows.folder_digest(folder), "deleted": deleted}
    draft = _manifest_file(directory).with_suffix(".draft")
    draft.write_text(json.dumps({**asdict(manifest), **place}, indent=2) + "\n", encoding="utf-8")
    draft.replace(_manifest_file(directory))
    for other in directory.glob("chroma*"):
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)


def write(
    collection: Any,
    gone: Sequence[str],
    changed: Sequence[Passage],
    vectors: dict[str, Matrix],
    marks: dict[str, dict[str, str]] | None = None,
) -> None:
    """Bring a collection up to date: rows that are gone, and rows that are new or different.

    `marks` are more labels for each row.
    """
    more = marks or {}
    for start in range(0, len(gone), _ADD_AT_ONCE):
        collection.delete(ids=list(gone[start : start + _ADD_AT_ONCE]))
    for start in range(0, len(changed), _ADD_AT_ONCE):
        some = changed[start : start + _ADD_AT_ONCE]
        collection.upsert(
            ids=[passage.id for passage in some],
            embeddings=np.stack([vectors[passage.id] for passage in some]),
            documents=[passage.text for passage in some],
            metadatas=[{**_metadata(passage), **more.get(passage.id, {})} for passage in some],
        )


def _metadata(passage: Passage) -> dict[str, Any]:
    return index_rows.metadata(passage)


def forget(directory: Path) -> None:
    """Throw the index away; the next opening builds it anew."""
    with contextlib.suppress(OSError):
        _manifest_file(directory).unlink(missing_ok=True)


def _written(directory: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(_manifest_file(directory).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def _manifest_file(directory: Path) -> Path:
    return directory / "index.json"
