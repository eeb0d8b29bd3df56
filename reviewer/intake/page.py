"""Writes a form out as one Markdown text, keeping the offsets of every piece."""

from __future__ import annotations

from dataclasses import replace

from reviewer.intake.markdown import read_markdown
from reviewer.intake.normalise import normalise
from reviewer.intake.pieces import Fence, Piece, Reading


class Page:
    """A text under construction; what is added is parted by an empty line.

    Each field is parsed by itself, so a fence or a comment left open in one field cannot swallow
    the fields after it.
    """

    def __init__(self) -> None:
        self.text = ""
        self.pieces: list[Piece] = []
        self.fences: list[Fence] = []
        self.warnings: list[str] = []
        self._level = 0

    def _place(self) -> int:
        if self.text:
            self.text = self.text.rstrip("\n") + "\n\n"
        return len(self.text)

    def heading(self, title: str, level: int, task: str | None = None) -> None:
        """A heading of ours."""
        title = one_line(title) or "Untitled"
        start = self._place() + level + 1
        self.text += f"{'#' * level} {title}"
        self.pieces.append(Piece("heading", start, start + len(title), level, title[:120], task))
        self._level = level

    def markdown(self, text: str) -> None:
        """A group's own Markdown; its headings go below the last heading of ours."""
        text, warnings = normalise(text.strip("\n"))
        reading = read_markdown(text)
        levels = [p.level for p in reading.pieces if p.level]
        deeper = self._level + 1 - min(levels) if levels else 0
        self._add(reading.shifted(self._place(), max(0, deeper)))
        self.text += text
        self.warnings += [*warnings, *reading.warnings]

    def items(self, items: list[str]) -> list[int]:
        """A list; returns where each item starts."""
        starts = []
        self._place()
        for item in items:
            item = one_line(item)
            start = len(self.text) + 2
            self.text += f"- {item}\n"
            if item:
                self.pieces.append(Piece("item", start, start + len(item)))
            starts.append(start)
        return starts

    def table(self, rows: list[list[str]]) -> None:
        """A table whose first row is its head."""
        lines = []
        for row in rows:
            cells = [one_line(c).replace("|", "/") for c in row]
            lines.append("| " + " | ".join(cells) + " |")
        lines.insert(1, "|" + "---|" * len(rows[0]))
        self.markdown("\n".join(lines))

    def fence(self, language: str, text: str) -> Fence:
        """A fenced block, one code piece a line."""
        text = normalise(text)[0]
        self._place()
        self.text += f"```{language}\n"
        offsets = []
        for line in text.rstrip("\n").split("\n"):
            offsets.append(len(self.text))
            left = len(self.text) + len(line) - len(line.lstrip())
            self.text += line + "\n"
            right = left + len(line.strip())
            if right > left:
                self.pieces.append(Piece("code", left, right))
        self.text += "```"
        fence = Fence(language, text, tuple(offsets))
        self.fences.append(fence)
        return fence

    def _add(self, reading: Reading) -> None:
        self.pieces += [replace(p) for p in reading.pieces]
        self.fences += reading.fences

    def reading(self, title: str) -> Reading:
        """The finished text."""
        return Reading(
            self.text.rstrip("\n") + "\n",
            tuple(self.pieces),
            tuple(self.fences),
            title,
            tuple(dict.fromkeys(self.warnings)),
        )


def one_line(text: str) -> str:
    """The text normalised, on one line."""
    return " ".join(normalise(text)[0].split())
