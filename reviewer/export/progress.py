"""Progress in a terminal: a line for each stage and role with its state and time."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as Bar
from rich.text import Text

from reviewer.ports import Progress

_STYLE = {"queued": "dim", "running": "cyan", "done": "green", "failed": "bold red"}


class _Lines:
    """What each stage is doing, in the order in which they began."""

    def __init__(self) -> None:
        self._states: dict[str, tuple[str, float, float | None]] = {}

    def tell(self, stage: str, state: str) -> None:
        now = time.monotonic()
        began = self._states.get(stage, ("", now, None))[1]
        ended = now if state in ("done", "failed") else None
        self._states[stage] = (state, began, ended)

    def __rich__(self) -> RenderableType:
        now = time.monotonic()
        return Group(
            *(
                Text.assemble(
                    f"  {stage.replace('_', ' '):<20}",
                    (f"{state:<9}", _STYLE.get(state, "")),
                    (f"{(ended or now) - began:6.1f} s", "dim"),
                )
                for stage, (state, began, ended) in self._states.items()
            )
        )


@contextmanager
def watch() -> Iterator[Progress]:
    """Shows progress on stderr while the work runs; says nothing where nobody looks."""
    console = Console(stderr=True)
    lines = _Lines()
    if not sys.stderr.isatty():
        yield lines.tell
        return
    with Live(lines, console=console, transient=True, refresh_per_second=8):
        yield lines.tell


@contextmanager
def counted() -> Iterator[Callable[[int, int, str], None]]:
    """A bar of files done on stderr; says nothing where nobody looks."""
    if not sys.stderr.isatty():
        yield lambda done, total, name: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def tell(done: int, total: int, name: str) -> None:
            bar.update(task, completed=done, total=total, description=name[-40:])

        yield tell
