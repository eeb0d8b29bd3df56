"""Wording: when two texts say the same in the same words, whatever they look like.

Formatting, punctuation, case, spaces, numbering and slips of spelling do not count; numbers, signs of
comparison, question marks and every real word do.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher

Known = Callable[[str], bool]
"""Whether a word (in lower case) is a word of the language."""

Words = tuple[str, ...]

_LEADING = re.compile(
    r"^(?:[\s>#*+•·–—-]+(?=\s)|\s*\[[ ]?\](?=\s)|\s*(?:\d+(?:\.\d+)*|[a-zA-Z])[.)](?=\s))+\s*"
)
_HEADING_NUMBER = re.compile(r"^\s*#*\s*(?:\d+(?:\.\d+)*[.):]?|[IVX]+[.)])\s+")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)\s]*\)")
_GROUPED = re.compile(r"(?<=\d)[,\u202f\u00a0' ](?=\d{3}(?!\d))")
_ARROWS = re.compile(r"<?-+>|=+>")
_WORD = re.compile(
    r"\d+(?:[.,:]\d+)*|[^\W\d_]+|(?<![\w.])[+\u2212-](?=[\d€$£])|[<>≤≥≠%€$£~±×^?←→]|!="
)
_AMERICAN = re.compile(r"(?<=[^\W\d_]{3})(i|y)s(?=e$|ed$|es$|ing$|ation$|ations$|er$|ers$)")
_DENIALS = frozenset(("no", "not", "nor", "non", "none", "un"))  # too short to tell a slip
_SLIPS = 3  # misspelt words in one statement
_LONGEST = 400  # words of a statement that are compared one by one
_SHORT, _LONG = 3, 8  # letters from which one slip, or two, are believed


def words(text: str, *, heading: bool = False) -> Words:
    """The words, numbers and signs of a statement without its looks."""
    plain = unicodedata.normalize("NFKC", text)
    if heading:
        plain = _HEADING_NUMBER.sub("", plain)
    plain = _LINK.sub(r"\1", _LEADING.sub("", plain))
    plain = _ARROWS.sub("→", _GROUPED.sub("", plain.replace("**", "").replace("`", "")))
    found = [_AMERICAN.sub(r"\1z", w.casefold()) for w in _WORD.findall(plain)]
    return tuple(w for i, w in enumerate(found) if not (i and w == found[i - 1] and w.isalpha()))


def same_wording(one: Sequence[str], other: Sequence[str], known: Known) -> bool:
    """Whether two statements differ by nothing but slips of spelling and spaces within words."""
    if tuple(one) == tuple(other):
        return True
    if not one or not other or abs(len(one) - len(other)) > _SLIPS:
        return False
    if max(len(one), len(other)) > _LONGEST:
        return False
    slips = 0
    for kind, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        mine, theirs = one[a:b], other[c:d]
        if "".join(mine) == "".join(theirs):
            continue  # "real time" and "realtime"
        if len(mine) != len(theirs):
            return False
        slips += len(mine)
        if not all(is_slip(m, t, known) for m, t in zip(mine, theirs, strict=True)):
            return False
    return slips <= min(_SLIPS, max(1, len(one) // 2))


def is_slip(one: str, other: str, known: Known) -> bool:
    """Whether one word is the other misspelt: two words of the language are two words."""
    if one == other:
        return True
    if not (one.isalpha() and other.isalpha()) or {one, other} & _DENIALS:
        return False
    if known(one) and known(other):
        return False
    shorter = min(len(one), len(other))
    if shorter < _SHORT or one[0] != other[0]:
        return False
    return _distance(one, other) <= (2 if shorter >= _LONG else 1)


def _distance(one: str, other: str) -> int:
    """Letters added, lost, changed, or exchanged with their neighbour."""
    if abs(len(one) - len(other)) > 2:
        return 3
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and b == one[i - 2]:
                best = min(best, earlier[j - 2] + 1)
            row.append(best)
    return row[-1]
