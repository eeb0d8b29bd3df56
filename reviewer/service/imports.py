"""Imports into the knowledge base beside the app: one at a time, watched by pages."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from reviewer.errors import InputError, ReviewerError

if TYPE_CHECKING:
    from knowledge.types import ImportReport
    from reviewer.service import ReviewService

_LONGEST_NAME = 120
_KEPT = 50  # imports that a page may still look at


@dataclass
class Import:
    """An import as a page sees it: how far it is, or what came of it."""

    id: str
    files: int
    done: int = 0
    current: str = ""
    report: ImportReport | None = None
    error: str = ""

    @property
    def over(self) -> bool:
        """Nothing more will happen."""
        return self.report is not None or bool(self.error)


@dataclass
class Imports:
    """A queue of imports with one thread; the knowledge base has one writer at a time anyway."""

    service: ReviewService
    _known: dict[str, Import] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _pool: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="import")
    )

    def begin(
        self,
        files: Sequence[tuple[str, bytes]],
        collection: str,
        labels: Mapping[str, Any] | None = None,
    ) -> Import:
        """Begins to import files, given as name and content; of a name no folder counts."""
        if not files:
            raise InputError("There is no file to import.")
        begun = Import(uuid4().hex, len(files))
        folder = Path(tempfile.mkdtemp(prefix="import-"))
        paths = []
        for number, (name, content) in enumerate(files):
            own = folder / str(number)  # two files of one name stay two
            own.mkdir()
            paths.append(own / _file_name(name))
            paths[-1].write_bytes(content)
        with self._lock:
            self._known[begun.id] = begun
            for old in list(self._known)[:-_KEPT]:
                del self._known[old]
        self._pool.submit(self._run, begun, folder, paths, collection, dict(labels or {}))
        return begun

    def get(self, import_id: str) -> Import | None:
        """An import that was begun here; None where it is not known (any more)."""
        return self._known.get(import_id)

    def _run(
        self,
        begun: Import,
        folder: Path,
        paths: Sequence[Path],
        collection: str,
        labels: Mapping[str, Any],
    ) -> None:
        def told(done: int, of: int, name: str) -> None:
            begun.done, begun.files, begun.current = done, of, name

        try:
            desk = self.service.knowledge_desk
            begun.report = desk.add_quietly(paths, collection, labels, told)
        except ReviewerError as error:
            begun.error = f"{error} {error.hint}".strip()
        except Exception as error:  # noqa: BLE001  # a page that waits must learn of it
            begun.error = f"The import stopped ({type(error).__name__}); nothing is half imported."
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _file_name(name: str) -> str:
    """The last part of a name without what a file system might take for something else."""
    plain = PurePath(name.replace("\\", "/")).name.replace("\0", "").strip(". ")
    stem, suffix = PurePath(plain).stem[:_LONGEST_NAME], PurePath(plain).suffix[:12]
    return f"{stem or 'document'}{suffix}"
