"""What a reader gets and what it may say: the file's bytes, a refusal, the facts about the file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from knowledge.document_types import Limits


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
