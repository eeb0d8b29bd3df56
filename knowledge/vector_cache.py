"""Vectors of texts that were embedded before, kept in one SQLite file."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from knowledge.embedding import Vectors

Result = TypeVar("Result")

_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_TABLE = (
    "CREATE TABLE IF NOT EXISTS vectors (id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " key BLOB NOT NULL UNIQUE, vector BLOB NOT NULL)"
)
_AT_ONCE = 500  # keys in one statement
_WAIT_SECONDS = 2.0


class CachedEmbedder:
    """An embedder that remembers: a text is embedded once for all runs and processes.

    The file is a convenience and never an obstacle: a damaged one is thrown away, and where it
    cannot be read or written (no permission, full disk, locked for long) texts are embedded anew.
    It holds vectors and hashes of texts, no texts.
    """

    def __init__(self, embedder: Vectors, path: Path, *, limit: int = 200_000) -> None:
        self.model: str = embedder.model
        self.dimensions: int = embedder.dimensions
        self._embedder = embedder
        self._path = path
        self._limit = limit

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Array of shape (len(texts), dimensions), one unit vector a text."""
        keys = [self._key(text) for text in texts]
        wanted = dict(zip(keys, texts, strict=True))
        known = self._read(list(wanted))
        missing = [key for key in wanted if key not in known]
        if missing:
            fresh = self._embedder.embed([wanted[key] for key in missing])
            made = dict(zip(missing, fresh, strict=True))
            self._write(made)
            known.update(made)
        if not keys:
            return np.empty((0, self.dimensions), dtype=np.float32)
        return np.stack([known[key] for key in keys])

    def _key(self, text: str) -> bytes:
        name = f"{self.model}\0{text}".encode("utf-8", "surrogatepass")
        return hashlib.sha256(name).digest()

    def _read(self, keys: Sequence[bytes]) -> dict[bytes, NDArray[np.float32]]:
        if not keys or not self._path.exists():
            return {}

        def select(database: sqlite3.Connection) -> list[tuple[bytes, object]]:
            rows: list[tuple[bytes, object]] = []
            for start in range(0, len(keys), _AT_ONCE):
                some = keys[start : start + _AT_ONCE]
                marks = ",".join("?" * len(some))
                query = f"SELECT key, vector FROM vectors WHERE key IN ({marks})"
                rows += database.execute(query, some).fetchall()
            return rows

        found = {key: self._vector(stored) for key, stored in self._with_file(select) or []}
        return {key: vector for key, vector in found.items() if vector is not None}

    def _vector(self, stored: object) -> NDArray[np.float32] | None:
        """The stored vector, unless it cannot be one: right length and unit norm."""
        if not isinstance(stored, bytes) or len(stored) != 4 * self.dimensions:
            return None
        vector = np.frombuffer(stored, dtype="<f4").astype(np.float32)
        return vector if abs(float(np.dot(vector, vector)) - 1.0) < 1e-3 else None

    def _write(self, vectors: dict[bytes, NDArray[np.float32]]) -> None:
        rows = [(key, vector.astype("<f4").tobytes()) for key, vector in vectors.items()]

        def replace(database: sqlite3.Connection) -> None:
            with database:
                database.executemany("REPLACE INTO vectors (key, vector) VALUES (?, ?)", rows)
                oldest = "DELETE FROM vectors WHERE id <= (SELECT max(id) FROM vectors) - ?"
                database.execute(oldest, (self._limit,))

        self._with_file(replace)

    def _with_file(self, action: Callable[[sqlite3.Connection], Result]) -> Result | None:
        """What `action` returns, or None where the file cannot be used."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.closing(sqlite3.connect(self._path, timeout=_WAIT_SECONDS)) as database:
                database.execute("PRAGMA journal_mode = WAL")
                database.execute("PRAGMA synchronous = NORMAL")
                database.execute(_TABLE)
                return action(database)
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED:
                self._throw_away()
        except OSError:
            pass  # no permission, or a directory stands in the way
        return None

    def _throw_away(self) -> None:
        for ending in ("", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                Path(f"{self._path}{ending}").unlink()
