"""Variants of a design: weaknesses planted, sections moved, words changed, length without content."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from reviewer.domain.design import Frozen
from reviewer.evaluation.dataset import Case, Edit, Plant

BASE = "base"
ALL = "all"
REPEAT = "repeat"
REORDERED = "reordered"
PARAPHRASED = "paraphrased"
LONGER = "longer"
NAMED = ("named", "renamed")  # the same design under two names

_COMPANIES = ("Norvane Retail", "Quillmar Group")  # made up
_RESTATED = 3  # lines said again at the end of each section
_FENCE = re.compile(r"^\s*(?:```|~~~)")
_HEADING = re.compile(r"^(#{1,6})\s")
# Other words for the same: nothing here denies, bounds or names a thing.
_WORDS = (
    ("because", "since"),
    ("about", "roughly"),
    ("also", "as well"),
    ("every", "each"),
    ("must", "has to"),
    ("MUST", "HAS TO"),
    ("therefore", "for that reason"),
    ("however", "all the same"),
    ("people", "persons"),
    ("shows", "displays"),
    ("begins", "starts"),
    ("needs", "requires"),
    ("big", "large"),
    ("at once", "immediately"),
    ("for example", "for instance"),
)


class Variant(Frozen):
    """A text to review and what it is a variant of."""

    name: str
    file: str
    content: bytes

    @classmethod
    def of(cls, case: Case, name: str, text: str) -> Variant:
        """A variant in the case's own format."""
        return cls(name=name, file=case.file, content=text.encode())


def base(case: Case) -> Variant:
    """The design as it is: for planted weaknesses the clean twin."""
    return Variant(name=BASE, file=case.file, content=case.content)


def planted(case: Case, plant: Plant) -> Variant:
    """The design with one weakness."""
    return Variant.of(case, plant.id, _edited(case.text or "", plant.edits))


def all_planted(case: Case) -> tuple[Variant, tuple[Plant, ...]]:
    """The design with every weakness whose text is still there when its turn comes, and which."""
    text, put = case.text or "", []
    for plant in case.plants:
        if all(text.count(edit.find) == 1 for edit in plant.edits):
            text = _edited(text, plant.edits)
            put.append(plant)
    return Variant.of(case, ALL, text), tuple(put)


def equal_variants(case: Case) -> tuple[Variant, ...]:
    """The design told otherwise: the review should be the same. Only for Markdown and text."""
    text = case.text
    if text is None or case.file.lower().endswith((".yaml", ".yml")):
        return ()
    made = [
        (REORDERED, reordered(text)),
        (PARAPHRASED, paraphrased(text, case.paraphrase)),
        (LONGER, longer(text)),
        *zip(NAMED, _named(text, case), strict=True),
    ]
    return tuple(Variant.of(case, name, new) for name, new in made)


def reordered(text: str) -> str:
    """The sections in the opposite order, under the same title."""
    head, sections = split_sections(text)
    return head + "".join(reversed([s if s.endswith("\n\n") else s + "\n\n" for s in sections]))


def paraphrased(text: str, edits: Sequence[Edit] = ()) -> str:
    """Other words for the same; with edits of the case where it has some."""
    if edits:
        return _edited(text, edits)
    return "".join(_reworded(line) if prose else line for line, prose in _lines(text))


def longer(text: str) -> str:
    """The same content with more words: each section announces itself and is summed up."""
    head, sections = split_sections(text)
    return head + "".join(_restated(section) for section in sections)


def split_sections(text: str) -> tuple[str, list[str]]:
    """What stands before the sections, and the sections of the most common level of heading."""
    lines = text.splitlines(keepends=True)
    marks: list[tuple[int, int]] = []
    fenced = False
    for number, line in enumerate(lines):
        fenced ^= bool(_FENCE.match(line))
        if not fenced and (match := _HEADING.match(line)):
            marks.append((number, len(match[1])))
    levels = Counter(level for _, level in marks)
    if not levels or max(levels.values()) < 2:
        return text, []
    common = min(levels, key=lambda level: (-levels[level], level))
    starts = [number for number, level in marks if level == common]
    ends = [*starts[1:], len(lines)]
    head = "".join(lines[: starts[0]])
    return head, ["".join(lines[a:b]) for a, b in zip(starts, ends, strict=True)]


def _edited(text: str, edits: Sequence[Edit]) -> str:
    for edit in edits:
        text = text.replace(edit.find, edit.replace)
    return text


def _lines(text: str) -> Iterator[tuple[str, bool]]:
    """The lines, and whether each is prose: neither code nor heading."""
    fenced = False
    for line in text.splitlines(keepends=True):
        fence = bool(_FENCE.match(line))
        fenced ^= fence
        yield line, not (fence or fenced or _HEADING.match(line))


def _prose(text: str) -> list[str]:
    return [line.strip() for line, prose in _lines(text) if prose]


def _reworded(line: str) -> str:
    for word, other in _WORDS:
        line = re.sub(rf"\b{word}\b", other, line)
        line = re.sub(rf"\b{word.capitalize()}\b", other[0].upper() + other[1:], line)
    return line


def _restated(section: str) -> str:
    heading, _, body = section.partition("\n")
    full = [s for s in _prose(body) if re.match(r"[A-Z].*[.]$", s)][:_RESTATED]
    again = "".join(f"To say it once more: {line[0].lower()}{line[1:]}\n\n" for line in full)
    opening = "The following part of this document tells what was decided, one thing after another."
    closing = "This is what there is to say in this part; the next part follows below."
    return f"{heading}\n\n{opening}\n\n{body.strip()}\n\n{again}{closing}\n\n"


def _named(text: str, case: Case) -> tuple[str, str]:
    """The design under two names: other names for its own, or one that is put in."""
    if case.names:
        new = text
        for old, other in case.names.items():
            new = re.sub(rf"\b{re.escape(old)}\b", other, new)
        return text, new
    head, sections = split_sections(text)
    first, second = (f"This is a design of {name}.\n\n" for name in _COMPANIES)
    rest = "".join(sections)
    return (
        f"{head.rstrip()}\n\n{first}{rest}",
        f"{head.rstrip()}\n\n{second}{rest}",
    )
