"""What the readers hand over: pieces of a text with offsets, before they get ids."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reviewer.domain.design import SpanKind


@dataclass(frozen=True)
class Piece:
    """`text[start:end]`; a heading with a `level` above 0 opens a section called `title`.

    `task` is the lesson's task where the place in a form says it.
    """

    kind: SpanKind
    start: int
    end: int
    level: int = 0
    title: str = ""
    task: str | None = None


@dataclass(frozen=True)
class Fence:
    """A fenced block: its language, its text, and where each of its lines starts."""

    language: str
    text: str
    offsets: tuple[int, ...]


@dataclass(frozen=True)
class Reading:
    """A text as a reader understood it: pieces in order, never overlapping."""

    text: str
    pieces: tuple[Piece, ...]
    fences: tuple[Fence, ...] = ()
    title: str = ""
    warnings: tuple[str, ...] = ()

    def shifted(self, by: int, levels: int = 0) -> Reading:
        """The same reading inside a longer text, `by` characters further on."""
        return replace(
            self,
            pieces=tuple(
                replace(
                    p,
                    start=p.start + by,
                    end=p.end + by,
                    level=p.level + levels if p.level else 0,
                )
                for p in self.pieces
            ),
            fences=tuple(replace(f, offsets=tuple(o + by for o in f.offsets)) for f in self.fences),
        )


def says_something(text: str) -> bool:
    """Whether there is a letter or a digit in it."""
    return any(c.isalnum() for c in text)
