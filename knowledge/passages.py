"""Documents cut into citable passages: by headings first, then paragraphs, then sentences."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from knowledge.corpus import passage_id
from knowledge.document_types import Block, Document
from knowledge.sentences import sentence_ends
from knowledge.types import Passage, Source

Labels = tuple[tuple[str, ...], tuple[str, ...]]

TARGET = (120, 220)

_WORD = re.compile(r"[^\W_]+|[^\w\s]|_")
_WIDE = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f\u0e00-\u0e7f]")
_LETTERS_OF_A_PIECE = 8  # a longer word is seldom one piece to the model's tokenizer
_CLAUSE = re.compile(r"[;:,\n|]\s+|\s[–—-]\s")
_SPACE = re.compile(r"\s+")
_LONGEST_HEADING = 300  # characters: what is longer is text, whatever it looks like

_SMALL = 6.0  # two passages of 100 tokens cost more than one end within a paragraph
_SENTENCE, _LINE, _PARAGRAPH = 0.3, 0.1, 0.0  # what a passage pays for ending there


class Draft(NamedTuple):
    """A passage before it has an id: `text` is `document.text[start:end]`, word for word.

    `heading` is the path of headings above it, `locator` what a citation shows ("pp. 7–8").
    """

    text: str
    start: int
    end: int
    heading: tuple[str, ...]
    page: int | None
    locator: str


class _Run(NamedTuple):
    """Blocks that one sentence may run through: one block, or those that a page break divides."""

    blocks: tuple[Block, ...]
    section: int
    number: int

    @property
    def start(self) -> int:
        return self.blocks[0].start

    @property
    def end(self) -> int:
        return self.blocks[-1].end

    def page(self, offset: int) -> int | None:
        """The page of the character at an offset."""
        return next((b.page for b in reversed(self.blocks) if b.start <= offset), None)


class _Unit(NamedTuple):
    """The least that is kept together, and the price of ending a passage after it."""

    start: int
    end: int
    tokens: int
    pages: tuple[int, ...]
    price: float
    number: int


def estimate(text: str) -> int:
    """About how many tokens the embedding model's tokenizer makes of a text (README.md: how near)."""
    count = 0
    for word in _WORD.findall(text):
        wide = len(_WIDE.findall(word))
        rest = len(word) - wide
        count += wide + (-(-rest // _LETTERS_OF_A_PIECE) if rest else 0)
    return count


def embedded_text(passage: Passage, source: Source) -> str:
    """What is embedded of a passage: the headings above it, its text, and when its source applies."""
    return " ".join(filter(None, (*passage.heading, passage.text, source.applies_when)))


def excerpts(document: Document, source: str, labels: Labels = ((), ())) -> tuple[Passage, ...]:
    """The passages of a document as they are stored; `labels` are roles and topics of their own."""
    roles, topics = labels
    return tuple(
        Passage(
            id=passage_id(draft.text),
            source=source,
            text=draft.text,
            kind="excerpt",
            locator=draft.locator,
            roles=roles,
            topics=topics,
            document=document.name,
            page=draft.page,
            start=draft.start,
            end=draft.end,
            heading=draft.heading,
        )
        for draft in split(document)
    )


def split(
    document: Document,
    *,
    target: tuple[int, int] = TARGET,
    tokens: Callable[[str], int] = estimate,
) -> tuple[Draft, ...]:
    """The passages of a document in the order of its text; headings are in none.

    Every other block is in exactly one passage, or in several where it is longer than one. No
    passage crosses a heading, and none ends within a sentence, except within one that is longer
    than two passages. Within a section the cuts are placed so that passages are of `target` size
    (in tokens) and end with a paragraph where they can; a short section is a short passage.
    """
    drafts: list[Draft] = []
    for _, runs in groupby(_runs(document), key=lambda run: run.section):
        units: list[_Unit] = []
        path: tuple[str, ...] = ()
        for run in runs:
            path = run.blocks[0].path
            units += _units(document.text, run, target[1], tokens)
        drafts += [
            _draft(document, path, units[first:last]) for first, last in _cuts(units, target)
        ]
    return tuple(drafts)


def _runs(document: Document) -> Iterator[_Run]:
    """The blocks of text, with the number of their section: headings are what divides sections."""
    section, number = 0, 0
    held: list[Block] = []
    path: tuple[str, ...] = ()
    for block in document.blocks:
        heading = block.kind == "heading" and len(block.text) <= _LONGEST_HEADING
        if held and (heading or not block.continued or not block.text.strip()):
            yield _Run(tuple(held), section, number)
            held = []
        if heading or (block.path != path and not held):
            section += 1
            path = block.path
        if not heading and block.text.strip():
            number += not held
            held.append(block)
    if held:
        yield _Run(tuple(held), section, number)


def _units(text: str, run: _Run, most: int, tokens: Callable[[str], int]) -> list[_Unit]:
    """The sentences of a run; rows and items whole; what is far too long, in parts."""
    kind = run.blocks[0].kind
    spans: list[tuple[int, int]] = []
    start = run.start
    for end in _ends(text[run.start : run.end], kind):
        spans += _parts(text, start, run.start + end, 2 * most, tokens)
        start = run.start + end
    trimmed = [_trimmed(text, start, end) for start, end in spans]
    kept = [(start, end) for start, end in trimmed if start < end]
    last = _LINE if kind in ("list_item", "table_row", "code") else _PARAGRAPH
    return [
        _Unit(
            start,
            end,
            max(1, tokens(text[start:end])),
            tuple(p for p in (run.page(start), run.page(end - 1)) if p is not None),
            last if place == len(kept) - 1 else _SENTENCE,
            run.number,
        )
        for place, (start, end) in enumerate(kept)
    ]


def _ends(text: str, kind: str) -> list[int]:
    """Where units end within a text of this kind."""
    if kind == "code":
        return [match.end() for match in re.finditer(r"\n|$", text)]
    if kind == "table_row":
        return [len(text)]
    return sentence_ends(text)


def _parts(
    text: str, start: int, end: int, most: int, tokens: Callable[[str], int]
) -> list[tuple[int, int]]:
    """A span of text in parts of at most `most` tokens, cut where it hurts least."""
    parts: list[tuple[int, int]] = []
    while tokens(text[start:end]) > most:
        cut = _cut(text, start, end, most // 2, tokens)
        parts.append((start, cut))
        start = cut
    return [*parts, (start, end)]


def _cut(text: str, start: int, end: int, wanted: int, tokens: Callable[[str], int]) -> int:
    """The last good place at which the text from `start` has at most about `wanted` tokens."""
    low, high = start + 1, end - 1
    while low < high:
        middle = (low + high + 1) // 2
        if tokens(text[start:middle]) <= wanted:
            low = middle
        else:
            high = middle - 1
    least = start + (low - start) // 2
    for pattern in (_CLAUSE, _SPACE):
        places = [match.end() for match in pattern.finditer(text, least, low)]
        if places:
            return places[-1]
    return low


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())


def _cuts(units: Sequence[_Unit], target: tuple[int, int]) -> list[tuple[int, int]]:
    """First unit of each passage and the one after its last: the cheapest way to divide a section.

    Too small costs, too large costs much more, and so does an end within a paragraph. Solved
    exactly from left to right, as lines of a paragraph are broken; equal costs: fewer passages.
    """
    best: list[tuple[float, int]] = [(0.0, 0)]
    for last in range(len(units)):
        size, options = 0, []
        for first in range(last, -1, -1):
            size += units[first].tokens
            if size > target[1] and first < last:
                break
            end = units[last].price if last < len(units) - 1 else 0.0
            options.append((best[first][0] + _cost(size, target) + end, first))
        best.append(min(options))
    cuts: list[tuple[int, int]] = []
    end = len(units)
    while end > 0:
        first = best[end][1]
        cuts.append((first, end))
        end = first
    return cuts[::-1]


def _cost(size: int, target: tuple[int, int]) -> float:
    least, most = target
    if size < least:
        return 0.05 + _SMALL * ((least - size) / least) ** 2
    return 0.05 + (10.0 * (size - most) / most if size > most else 0.0)


def _draft(document: Document, path: tuple[str, ...], units: Sequence[_Unit]) -> Draft:
    start, end = units[0].start, units[-1].end
    pages = [page for unit in units for page in unit.pages]
    return Draft(
        text=document.text[start:end],
        start=start,
        end=end,
        heading=path,
        page=pages[0] if pages else None,
        locator=_locator(document, path, pages, units[0].number),
    )


def _locator(document: Document, path: tuple[str, ...], pages: Sequence[int], number: int) -> str:
    """The place as a reader of the original finds it: page, slide, section or paragraph."""
    if pages:
        one, many = ("slide", "slides") if document.media == "pptx" else ("p.", "pp.")
        first, last = min(pages), max(pages)
        return f"{one} {first}" if first == last else f"{many} {first}–{last}"
    if path:
        return f"sec. {' '.join(path[-1].split())}"
    return f"par. {number}"
