"""Plain text to pieces: paragraphs, lists, fences, and headings told by their looks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from reviewer.intake.pieces import Fence, Piece, Reading, says_something
from reviewer.intake.sentences import sentences, trim

BlockKind = Literal["heading", "paragraph", "item", "row", "code"]

_NUMBERED = re.compile(r"(?:\d{1,2}(?:\.\d{1,2}){0,4}\.?|[IVX]{1,5}\.|[A-H]\.)[ \t]+(?=[^\W\d_])")
_MARKER = re.compile(r"(?:[-*+•◦▪‣●○■□–—]|\(?(?:\d{1,3}|[a-z]|[ivx]{1,5})[.)])[ \t]+")
_RULE = re.compile(r"[=\-~_*#]{3,}")
_FENCE = re.compile(r"(`{3,}|~{3,})[ \t]*([\w-]*)")
_SHORT_ITEM = 240


@dataclass(frozen=True)
class Block:
    """A block of a document, as a reader of a format hands it over."""

    kind: BlockKind
    text: str
    level: int = 0


def read_text(text: str) -> Reading:
    """The pieces of a plain text; `text` must be normalised."""
    reader = _LineReader(text)
    reader.run()
    return Reading(text, tuple(reader.pieces), tuple(reader.fences))


def read_blocks(blocks: Sequence[Block], title: str, warnings: Sequence[str]) -> Reading:
    """A text made of blocks, parted by empty lines; a fence may run over many of them."""
    pieces: list[Piece] = []
    parts: list[str] = []
    length = 0
    for block in blocks:
        body = block.text.strip("\n") if block.kind == "code" else block.text.strip()
        if not says_something(body) and not _FENCE.match(body):
            continue
        gap = "" if not parts else "\n" if block.kind in ("item", "row", "code") else "\n\n"
        mark = {"heading": "#" * max(1, block.level) + " ", "item": "- ", "row": "| "}.get(
            block.kind, ""
        )
        start = length + len(gap) + len(mark)
        parts.append(gap + mark + body)
        length = start + len(body)
        pieces += _pieces(block, body, start)
    text = "".join(parts)
    pieces, fences = _fenced(text, pieces)
    return Reading(text, tuple(pieces), tuple(fences), title, tuple(warnings))


def _pieces(block: Block, body: str, start: int) -> list[Piece]:
    if block.kind == "heading":
        number = _NUMBERED.match(body)
        title = " ".join(body[number.end() if number else 0 :].split())[:120]
        return [Piece("heading", start, start + len(body), block.level, title)]
    if block.kind == "row" or (block.kind == "item" and len(body) <= _SHORT_ITEM):
        return [Piece(block.kind, start, start + len(body))]
    kind: Literal["item", "code", "sentence"] = "sentence"
    if block.kind == "code":
        lines = [(m.start() + start, m.end() + start) for m in re.finditer(r"[^\n]+", body)]
        kind = "code"
        ranges = [_trimmed(body, a - start, b - start, start) for a, b in lines]
        return [Piece(kind, a, b) for a, b in ranges if says_something(body[a - start : b - start])]
    if block.kind == "item":
        kind = "item"
    return [Piece(kind, a + start, b + start) for a, b in sentences(body, 0, len(body))]


def _trimmed(text: str, start: int, end: int, by: int) -> tuple[int, int]:
    start, end = trim(text, start, end)
    return start + by, end + by


def _fenced(text: str, pieces: list[Piece]) -> tuple[list[Piece], list[Fence]]:
    """Fences that a person typed into a word processor: the pieces inside become code."""
    if "```" not in text and "~~~" not in text:
        return pieces, []
    reading = read_text(text)
    inside = [(f.offsets[0], f.offsets[-1]) for f in reading.fences if f.offsets]
    code = [p for p in reading.pieces if p.kind == "code"]
    kept = [p for p in pieces if not any(a <= p.start <= b for a, b in inside)]
    kept = [p for p in kept if not _FENCE.fullmatch(text[p.start : p.end].strip())]
    return sorted([*kept, *code], key=lambda p: p.start), list(reading.fences)


class _LineReader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.pieces: list[Piece] = []
        self.fences: list[Fence] = []
        self.paragraph: tuple[int, int] | None = None

    def run(self) -> None:
        position = 0
        lines = self.text.split("\n")
        index = 0
        while index < len(lines):
            line = lines[index]
            fence = _FENCE.match(line.strip())
            if fence:
                index, position = self._fence(lines, index, position, fence)
                continue
            following = lines[index + 1].strip() if index + 1 < len(lines) else ""
            self._line(line, position, following)
            position += len(line) + 1
            index += 1
        self._close()

    def _line(self, line: str, position: int, following: str) -> None:
        body = line.strip()
        if not body or _RULE.fullmatch(body):
            self._close()
            return
        start = position + len(line) - len(line.lstrip())
        end = start + len(body)
        level = self._heading_level(body, following)
        if level:
            self._close()
            number = _NUMBERED.match(body)
            title = body[number.end() if number else 0 :].strip("# ")
            self.pieces.append(Piece("heading", start, end, level, title[:120]))
        elif marker := _MARKER.match(body):
            self._close()
            self.paragraph = (start + marker.end(), end)
            self.kind: Literal["sentence", "item"] = "item"
        elif self.paragraph:
            self.paragraph = (self.paragraph[0], end)
        else:
            self.paragraph = (start, end)
            self.kind = "sentence"

    def _heading_level(self, body: str, following: str) -> int:
        """Level of a line that looks like a heading, 0 for any other line."""
        if len(body) > 90 or not says_something(body):
            return 0
        if body.startswith("#") and body.lstrip("#").startswith(" "):
            return min(6, len(body) - len(body.lstrip("#")))
        if len(following) >= 3 and set(following) in ({"="}, {"-"}) and self.paragraph is None:
            return 1 if following[0] == "=" else 2
        if not self.pieces and not following and self.paragraph is None and body[-1] not in ".,;:":
            return 1 if body[0].isalpha() and not _MARKER.match(body) else 0
        alone = self.paragraph is None
        if not alone or body[-1] in ".,;:!?":
            return 0
        number = _NUMBERED.match(body)
        if number and len(body.split()) <= 10 and (not following or following[0].isupper()):
            return min(6, 1 + number[0].strip(" .\t").count(".") + 1)
        letters = [c for c in body if c.isalpha()]
        if len(letters) >= 4 and body.isupper() and len(body.split()) <= 10:
            return 2
        return 0

    def _fence(
        self, lines: list[str], index: int, position: int, opening: re.Match[str]
    ) -> tuple[int, int]:
        """Reads a fenced block; a fence that is never closed runs to the end."""
        self._close()
        position += len(lines[index]) + 1
        index += 1
        offsets, content = [], []
        while index < len(lines) and not lines[index].strip().startswith(opening[1]):
            line = lines[index]
            offsets.append(position)
            content.append(line)
            start, end = trim(self.text, position, position + len(line))
            if says_something(self.text[start:end]):
                self.pieces.append(Piece("code", start, min(end, start + 1000)))
            position += len(line) + 1
            index += 1
        self.fences.append(Fence(opening[2].lower(), "\n".join(content) + "\n", tuple(offsets)))
        if index < len(lines):
            position += len(lines[index]) + 1
        return index + 1, position

    def _close(self) -> None:
        if self.paragraph is None:
            return
        start, end = self.paragraph
        self.paragraph = None
        if self.kind == "item" and end - start <= _SHORT_ITEM:
            if says_something(self.text[start:end]):
                self.pieces.append(Piece("item", start, end))
            return
        self.pieces += [Piece(self.kind, *s) for s in sentences(self.text, start, end)]
