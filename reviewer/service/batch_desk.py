"""A whole class at once: where a batch is read from, where it is written, what it goes on with."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from reviewer.errors import InputError
from reviewer.service.batch_run import Batch, Order, replace_file

if TYPE_CHECKING:
    from rich.console import RenderableType

    from reviewer.domain.batch import BatchReport
    from reviewer.domain.course import Course
    from reviewer.service import ReviewService

_STATE = "batch.json"


class BatchDesk:
    """Everything that `reviewer batch` does."""

    def __init__(self, service: ReviewService) -> None:
        self._service = service

    def open(
        self,
        folder: Path,
        out: Path,
        *,
        manifest: Path | None = None,
        course: str | None = None,
        **asked: str | None,
    ) -> Batch:
        """Finds the hand-ins, and what an earlier run left in `out`.

        `asked` may name the `model` and the `panel`.

        Raises:
            InputError: the folder, the manifest or `out` cannot be used.
            SettingsError: the model's name or key will not do.
        """
        from reviewer.intake.handins import hand_ins
        from reviewer.service import mode_of
        from reviewer.service.models import check_model

        if out.resolve().is_relative_to(folder.resolve()):
            raise InputError(
                f"{out} lies in the folder of the hand-ins.", hint="Choose a folder beside it."
            )
        found, problems = hand_ins(folder, manifest)
        settings = self._service.settings
        model = asked.get("model") or settings.model
        check_model(model, settings)
        panel = mode_of(asked.get("panel") or settings.panel)
        _prepare(out)
        kept = _Kept(out / _STATE)
        chosen = self._course(course, kept.course, folder.resolve().name)
        kept.save(course=chosen.id)
        order = Order(folder=folder, out=out, course=chosen, name=kept.batch, model=model,
                      panel=panel)  # fmt: skip
        return Batch(self._service, order, found, problems)

    def watch_files(self) -> AbstractContextManager[Callable[[int, int, str], None]]:
        """A bar of designs read, on stderr."""
        from reviewer.export.progress import counted

        return counted()

    def watch(self) -> AbstractContextManager[Callable[[BatchReport], None]]:
        """How far the class is, on stderr: done, running, failed, cost, time left."""
        from reviewer.export.progress import watch_class

        return watch_class()

    def view(self, report: BatchReport) -> RenderableType:
        """What became of each hand-in."""
        from reviewer.export.class_table import batch_view

        return batch_view(report)

    def _course(self, wanted: str | None, earlier: str | None, folder: str) -> Course:
        """The course by id or title; that of the earlier run; else one named after the folder."""
        courses = self._service.store.courses
        known = courses.courses()
        if wanted is None and earlier is not None:
            found = next((c for c in known if c.id == earlier), None)
            if found is not None:
                return found
        title = wanted or folder or "Class"
        same = [c for c in known if title in (c.id, c.title)]
        return same[-1] if same else courses.add_course(title)


class _Kept:
    """What identifies the batch of an output folder, kept in it: a second run goes on with it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.course: str | None = None
        self.batch = (
            f"b-{hashlib.sha256(f'{path.resolve()} {time.time_ns()}'.encode()).hexdigest()[:16]}"
        )
        if path.exists():
            try:
                kept = json.loads(path.read_text(encoding="utf-8"))
                self.course, self.batch = str(kept["course"]), str(kept["batch"])
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise InputError(
                    f"{path} is not the record of a batch.",
                    hint="Choose another folder with --out, or remove that file.",
                ) from error

    def save(self, course: str) -> None:
        replace_file(
            self._path, json.dumps({"course": course, "batch": self.batch}, indent=2) + "\n"
        )


def _prepare(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"The folder {out} cannot be made: {error.strerror}.") from None
