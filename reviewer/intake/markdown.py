"""Markdown to pieces with exact offsets; the blocks come from markdown-it, the offsets from us."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from reviewer.domain.design import SpanKind
from reviewer.intake.hidden import hidden_ranges, shown_ranges, tag_ranges
from reviewer.intake.pieces import Fence, Piece, Reading, says_something
from reviewer.intake.sentences import sentences, trim

_PARSER = MarkdownIt("commonmark").enable("table")
_SHORT_ITEM = 240
_LONG_LINE = 1000
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.{0,20000}?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FRONT_TITLE = re.compile(r"^title:[ \t]*[\"']?([^\n]*?)[\"']?[ \t]*$", re.MULTILINE)
_MARKERS = re.compile(r"(?:[ \t>]|[-*+][ \t]|\d{1,9}[.)][ \t])*")
# Line ends that part statements though Markdown joins the lines: a hard break, a bullet that
# Markdown does not know, a label in bold at the start of the next line.
_BREAK = re.compile(
    r"\\?\n(?P<marker>[ \t>]*[•◦▪‣●○■□–—→][ \t]*)|(?<=[ ][ ])\n|\\\n"
    r"|\n(?=[ \t>]*(?:\*\*|__)[^*_\n]{1,80}(?::(?:\*\*|__)|(?:\*\*|__)[ ]?:))"
)
_ALL_BOLD = re.compile(r"(\*\*|__)(?P<title>[^*_\n]{2,120})\1:?")
_INLINE = re.compile(
    r"!?\[([^\[\]\n]{0,300})\](?:\([^()\n]{0,500}\)|\[[^\[\]\n]{0,100}\])|<[^<>\n]{1,300}>|[*`]+|__+"
)


def read_markdown(text: str) -> Reading:
    """The pieces of a Markdown text; `text` must be normalised."""
    front = _FRONT_MATTER.match(text)
    body = front.end() if front else 0
    tokens: list[Token] = []
    # A blanked front matter keeps every line and every offset where it was.
    source = "\n" * text.count("\n", 0, body) + text[body:]
    _PARSER.block.parse(source, _PARSER, {}, tokens)
    reader = _Reader(text, tokens)
    if front:
        reader.code(text, front.start(1), front.end(1))
    reader.run()
    title = _FRONT_TITLE.search(front[1]) if front else None
    hidden = sum(says_something(text[a:b]) for a, b in reader.hidden)
    warning = f"Hidden text was not reviewed ({hidden} HTML comments or hidden elements)."
    return Reading(
        text,
        tuple(_bold_headings(text, reader.pieces)),
        tuple(reader.fences),
        title[1].strip() if title else "",
        (warning,) if hidden else (),
    )


def plain_title(text: str) -> str:
    """A heading without its inline Markdown."""
    title = _INLINE.sub(lambda m: m[1] or "", text)
    title = " ".join(title.split()).strip(" #:")
    return title if len(title) <= 120 else title[:119].rstrip() + "…"


class _Reader:
    """Walks the block tokens once."""

    def __init__(self, text: str, tokens: list[Token]) -> None:
        self.text = text
        self.tokens = tokens
        self.lines = [0, *(m.end() for m in re.finditer("\n", text)), len(text) + 1]
        self.pieces: list[Piece] = []
        self.fences: list[Fence] = []
        code = [self.range(t) for t in tokens if t.type in ("fence", "code_block")]
        self.hidden = hidden_ranges(text, code)

    def range(self, token: Token) -> tuple[int, int]:
        """Character range of a token's lines, the last line end left out."""
        first, last = token.map or (0, 0)
        last = min(last, len(self.lines) - 1)
        return self.lines[first], max(self.lines[first], self.lines[last] - 1)

    def run(self) -> None:
        depth: Counter[str] = Counter()
        for token, following in pairwise([*self.tokens, Token("end", "", 0)]):
            depth[token.type.rsplit("_", 1)[0]] += token.nesting
            match token.type:
                case "heading_open":
                    self.heading(token, following)
                case "paragraph_open":
                    self.paragraph(token, following, is_item=depth["list_item"] > 0)
                case "tr_open":
                    self.row(token, is_head=depth["thead"] > 0)
                case "fence":
                    self.fence(token)
                case "code_block":
                    self.code(self.text, *self.range(token))
                case "html_block":
                    self.html(token)
        self.pieces.sort(key=lambda p: p.start)

    def shown(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        return shown_ranges(start, end, self.hidden)

    def content(self, token: Token, inline: Token) -> tuple[int, int]:
        """Range of a block's text, the markers before and after it left out."""
        start, end = self.range(token)
        line_end = self.text.find("\n", start, end)
        line_end = line_end if line_end >= 0 else end
        first = inline.content.partition("\n")[0].strip()
        found = self.text.rfind(first, start, line_end) if first else -1
        if found < 0:
            markers = _MARKERS.match(self.text, start, line_end)
            found = markers.end() if markers else start
        return trim(self.text, found, end)

    def heading(self, token: Token, inline: Token) -> None:
        start, end = self.content(token, inline)
        end = min(end, start + len(inline.content)) if token.markup.startswith("#") else end
        if token.markup in ("=", "-"):  # the underline is not part of the heading
            cut = self.text.rfind("\n", start, end)
            start, end = trim(self.text, start, cut if cut >= 0 else end)
        title = plain_title(self.text[start:end])
        ranges = [r for r in self.shown(start, end) if says_something(self.text[r[0] : r[1]])]
        if not ranges or not title:
            return
        start, end = trim(self.text, *ranges[0])
        level = int(token.tag[1]) if token.level == 0 else 0
        self.pieces.append(Piece("heading", start, end, level, title))

    def paragraph(self, token: Token, inline: Token, *, is_item: bool) -> None:
        start, end = self.content(token, inline)
        parts: list[tuple[int, int, bool]] = []
        for match in _BREAK.finditer(self.text, start, end):
            parts.append((start, match.start(), is_item))
            start = match.end()
            is_item = is_item or match["marker"] is not None
        parts.append((start, end, is_item))
        for left, right, item in parts:
            for shown in self.shown(left, right):
                self.statement(*trim(self.text, *shown), is_item=item)

    def statement(self, start: int, end: int, *, is_item: bool) -> None:
        if not is_item:
            self.pieces += [Piece("sentence", *s) for s in sentences(self.text, start, end)]
        elif end - start > _SHORT_ITEM:
            self.pieces += [Piece("item", *s) for s in sentences(self.text, start, end)]
        elif says_something(self.text[start:end]):
            self.pieces.append(Piece("item", start, end))

    def row(self, token: Token, *, is_head: bool) -> None:
        # The head of a table names things and states nothing: it is a heading without a section.
        kind: SpanKind = "heading" if is_head else "row"
        for shown in self.shown(*self.range(token)):
            start, end = trim(self.text, *shown)
            while start < end and self.text[start] in "|> \t":
                start += 1
            while end > start and (
                self.text[end - 1] in " \t" or (self.text[end - 1] == "|" and end - start > 1)
            ):
                end -= 1
            for left in range(start, end, 2 * _LONG_LINE):
                right = min(end, left + 2 * _LONG_LINE)
                left, right = trim(self.text, left, right)
                if says_something(self.text[left:right]):
                    self.pieces.append(Piece(kind, left, right))

    def fence(self, token: Token) -> None:
        first, _ = token.map or (0, 0)
        count = token.content.count("\n")
        offsets = tuple(self.lines[first + 1 : first + 1 + count])
        words = [word.strip("{}.").lower() for word in token.info.split()]
        named = [word for word in words if re.fullmatch(r"data[-_]?flow", word)]
        language = (named or words or [""])[0]  # "```yaml data-flow" is a data-flow block
        if any(a <= self.lines[first] < b for a, b in self.shown(*self.range(token))):
            self.fences.append(Fence(language, token.content, offsets))
        if offsets:
            last = self.lines[min(first + 1 + count, len(self.lines) - 1)] - 1
            self.code(self.text, offsets[0], min(last, len(self.text)))

    def code(self, text: str, start: int, end: int) -> None:
        for left, right in self.shown(start, end):
            for line in re.finditer(rf"[^\n]{{1,{_LONG_LINE}}}", text[left:right]):
                a, b = trim(text, left + line.start(), left + line.end())
                if says_something(text[a:b]):
                    self.pieces.append(Piece("code", a, b))

    def html(self, token: Token) -> None:
        start, end = self.range(token)
        tags = tag_ranges(self.text, start, end)
        for shown in self.shown(start, end):
            for left, right in shown_ranges(*shown, tags):
                self.pieces += [Piece("sentence", *s) for s in sentences(self.text, left, right)]


def _bold_headings(text: str, pieces: list[Piece]) -> Iterator[Piece]:
    """Bold lines on their own become headings; they open sections where no real heading does."""
    has_headings = sum(p.level > 0 for p in pieces) > 1
    for piece in pieces:
        bold = _ALL_BOLD.fullmatch(text, piece.start, piece.end)
        title = plain_title(bold["title"]) if bold else ""
        if piece.kind != "sentence" or not title or not _alone(text, piece):
            yield piece
            continue
        level = 0 if has_headings else 2
        yield replace(piece, kind="heading", level=level, title=title)


def _alone(text: str, piece: Piece) -> bool:
    """Whether the piece has its paragraph to itself."""
    before = text[max(0, piece.start - 80) : piece.start].rstrip(" \t")
    after = text[piece.end : piece.end + 80].lstrip(" \t")
    return (not before or before.endswith("\n\n")) and (not after or after.startswith("\n"))
