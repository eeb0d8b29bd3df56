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

from reviewer.domain.batch import BatchReport
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


@contextmanager
def watch_class() -> Iterator[Callable[[BatchReport], None]]:
    """How far a class is: a live line in a terminal, else a line whenever a review is over."""
    console = Console(stderr=True)
    if sys.stderr.isatty():
        with Live(Text(""), console=console, transient=True, refresh_per_second=4) as live:
            yield lambda report: live.update(Text(class_line(report)))
        return
    said: set[str] = set()

    def tell(report: BatchReport) -> None:
        states = " ".join(row.state for row in report.rows if row.state != "running")
        if states not in said:
            said.add(states)
            console.print(Text(class_line(report)))

    yield tell


def class_line(report: BatchReport) -> str:
    """Done, running, waiting, paused, failed, the cost so far and about how long it will take."""
    total = len(report.rows)
    done, failed = report.count("complete", "partial"), report.count("failed", "cancelled")
    parts = [f"{done} of {total} reviewed"]
    parts += [
        f"{number} {name}"
        for name in ("running", "waiting", "paused")
        if (number := report.count(name))
    ]
    if failed:
        parts.append(f"{failed} failed")
    if report.cost is not None:
        parts.append(f"cost {report.cost:.3f}")
    new = sum(row.state in ("complete", "partial") and not row.known for row in report.rows)
    left = total - done - failed
    if new and left:
        parts.append(f"about {_span(report.seconds / new * left)} left")
    paused = next((row.reason for row in report.rows if row.state == "paused"), "")
    return " · ".join(parts) + (f". {paused}" if paused else "")


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
