"""Cuts running text into sentences by offsets."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reviewer.intake.pieces import says_something

_LONGEST = 1000
_END = re.compile(r"[.!?…。！？．｡؟۔।॥։።]+[\"'”’»)\]}*_`」』]*")
_ALWAYS = set("。！？．｡؟۔।॥։።")
_WORD_BEFORE = re.compile(r"[^\W_](?:[\w.&'’-]*\w)?$")
_SPACE = re.compile(r"\s*")
_INITIALS = re.compile(r"(?:\w\.)+\w$")
_VOWEL = re.compile(r"[aeiouyäöüáéíóúàèìòùâêîôûæøåœ]", re.IGNORECASE)
_CUT = re.compile(r"[;,]?\s")
_ABBREVIATIONS = frozenset(
    re.findall(
        r"\S+",
        """e.g i.e eg ie vs no nr nos approx appr ca cf fig figs sec sect ch chap eq ref refs vol pp
        dr mr mrs ms prof st sr jr inc ltd co corp dept est resp incl excl max min avg misc temp
        al viz abs art bzw z.b d.h u.a usw inkl zzgl evtl ggf etc p.ex ej núm págs tel ext jan feb
        mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun a.m p.m""",
    )
)
_UNITS = frozenset(("ms", "sec"))
_MAY_END = frozenset(
    ("etc", "usw", "a.m", "p.m", "inc", "ltd", "co", "corp", "al", "no", "sun", "max", "min", "mar")
)


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """The same range without white space at its ends."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Ranges of the sentences in `text[start:end]`: trimmed, in order, each says something."""
    first = start
    for match in _END.finditer(text, start, end):
        if match.start() >= first and _ends_sentence(text, match, start, end):
            yield from _shown(text, first, match.end())
            first = match.end()
    yield from _shown(text, first, end)


def _shown(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    start, end = trim(text, start, end)
    while end - start > _LONGEST:
        cut = start + _LONGEST
        spaces = [m.end() for m in _CUT.finditer(text, start + _LONGEST // 2, cut)]
        cut = spaces[-1] if spaces else cut
        left, right = trim(text, start, cut)
        if says_something(text[left:right]):
            yield left, right
        start, end = trim(text, cut, end)
    if says_something(text[start:end]):
        yield start, end


def _ends_sentence(text: str, match: re.Match[str], start: int, end: int) -> bool:
    if match.end() >= end or not _ALWAYS.isdisjoint(match[0]):
        return True
    space = _SPACE.match(text, match.end(), end)
    after = space.end() if space else match.end()
    if after == match.end():
        return False
    if after >= end or match[0][0] in "!?":
        return True
    following = text[after]
    if match[0].startswith(("…", "..")):
        return following.isupper()
    return _dot_ends(text, match.start(), start, following)


def _dot_ends(text: str, dot: int, start: int, following: str) -> bool:
    """Whether the single full stop at `dot` ends a sentence, given the next visible character."""
    window = max(start, dot - 24)
    found = _WORD_BEFORE.search(text[window:dot])
    if found is None:
        return not following.islower()
    word = found[0].lower()
    if window + found.start() == start and (word.isdigit() or len(word) == 1):
        return False  # "1. First": a list marker in plain text
    if word in _UNITS and text[window : window + found.start()].rstrip()[-1:].isdigit():
        return following.isupper()  # "300 ms. The page …", not "Ms. Smith"
    if word in _ABBREVIATIONS:
        return word in _MAY_END and following.isupper()
    if _INITIALS.match(word):
        return False
    if len(word) == 1 and found[0].isupper():
        return False  # an initial: J. Smith
    if following.islower():  # sloppy writing, or an abbreviation that is not on the list
        return len(word) >= 4 and word.isalpha() and bool(_VOWEL.search(word))
    return True
