"""What a reader gets and what it may say: the file's bytes, a refusal, the facts about the file."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from knowledge.limits import Limits


class Refusal(Exception):
    """The file cannot be read; the message ends the sentence that begins with its name."""


@dataclass(frozen=True)
class Source:
    """A file in memory; a reader that knows the number of pages calls `announce` with it."""

    name: str
    data: bytes
    limits: Limits
    announce: Callable[[int], None] = field(default=lambda pages: None)


@dataclass
class Facts:
    """What the file says about itself; `pages` is 0 where it has none."""

    title: str = ""
    authors: tuple[str, ...] = ()
    year: int | None = None
    doi: str = ""
    language: str = ""
    pages: int = 0
    warnings: list[str] = field(default_factory=list)


def content_of(path: Path, limits: Limits) -> bytes:
    """All bytes of a file. Raises `Refusal` where there are none, too many, or they change."""
    with path.open("rb") as file:
        before = os.fstat(file.fileno())
        if before.st_size > limits.size:
            size = f"{before.st_size / 1e6:,.0f} MB"
            raise Refusal(
                f"is {size}; at most {limits.size // 1_000_000:,} MB can be read: split it."
            )
        data = file.read(limits.size + 1)
        after = os.fstat(file.fileno())
    now = path.stat()
    same = (before.st_size, before.st_mtime_ns, before.st_ino)
    if len(data) != before.st_size or any(
        same != (s.st_size, s.st_mtime_ns, s.st_ino) for s in (after, now)
    ):
        raise Refusal("changed while it was being read: try again when it is finished.")
    if not data:
        raise Refusal("is empty.")
    return data
