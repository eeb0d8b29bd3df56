"""A batch: the designs of a class, what became of each, and what they cost together."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from reviewer.domain.design import Frozen


class HandIn(Frozen):
    """A group's design as a file of the batch folder."""

    group: str
    path: Path


class Unreadable(Frozen):
    """A file or folder of a batch that is not reviewed, and why."""

    group: str
    name: str
    reason: str


class BatchRow(Frozen):
    """What became of one hand-in.

    `levels` are by criterion, None where not scored. `file` is relative to the folder, `folder`
    to the output. `same_as` names groups whose hand-in has the same text.
    """

    group: str
    file: str
    state: Literal["waiting", "running", "paused", "complete", "partial", "failed", "cancelled"]
    reason: str = ""
    title: str = ""
    version: int | None = None
    total: float | None = None
    levels: dict[str, float | None] = Field(default_factory=dict)
    priorities: tuple[str, ...] = ()
    findings: int = 0
    cost: float | None = None
    tokens: int = 0
    folder: str = ""
    review: str = ""
    same_as: tuple[str, ...] = ()
    known: bool = False


class BatchReport(Frozen):
    """A whole batch. `known` rows were reviewed before and cost nothing this time."""

    course: str
    model: str
    rows: tuple[BatchRow, ...]
    seconds: float = 0.0
    cost: float | None = None
    stopped: str = ""

    def count(self, *states: str) -> int:
        """How many rows are in one of these states."""
        return sum(row.state in states for row in self.rows)

    @property
    def complete(self) -> bool:
        """Every hand-in has a whole review."""
        return all(row.state == "complete" for row in self.rows)
