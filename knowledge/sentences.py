"""Where sentences end, for the scripts that mark their ends."""

from __future__ import annotations

import re

# An end mark, what may close a quotation after it or number a reference, and the space after that.
_END = re.compile(
    r"[.!?…]+[\"'”’»)\]]*(?:\[\d{1,3}\])*(?=\s)|[。！？｡]+[”’」』）)]*|[।؟۔]+(?=\s|$)"
)
_WORD_BEFORE = re.compile(r"[\w.&’'-]+$")
_STARTS = re.compile(r"\s+[\"'“‘«(\[¿¡*_-]*(\w|[^\w\s])")
_INITIALS = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]")
_NUMBER = re.compile(r"(?:\d+\.)*\d+|[ivxlc]+", re.IGNORECASE)
_LIST = """
    abb abs adv al app approx apr art arts assn aug ave bd bzgl bzw ca cap capt cf ch chap cit co
    col conf corp dec dept dez dr ed eds eg ens eq eqn eqs esp est et feb fig figs fn gen gmbh
    hon ibid ie inc incl jan jr jul jun kap ltd max min misc mr mrs ms mt no nos nov nr oct op p pp
    para paras phd pl prof pt pub ref refs repr resp rev sec sect sep sept sq sr st str suppl tab
    tel trans univ usw vgl viz vol vols vs zb z.b d.h u.a i.e e.g a.k.a u.s u.k
"""
_SHORTENED = frozenset(_LIST.split())


def sentence_ends(text: str) -> list[int]:
    """Offsets at which sentences end, the last one being the length of the text.

    An abbreviation, an initial, or a number before a full stop ends no sentence unless what
    follows can only be a new one; a mark that is followed by a small letter ends none.
    """
    ends = [match.end() for match in _END.finditer(text) if _ends(text, match)]
    if not ends or ends[-1] < len(text):
        ends.append(len(text))
    return ends


def _ends(text: str, match: re.Match[str]) -> bool:
    mark = match.group()
    if mark[0] not in ".!?…":
        return True
    following = _STARTS.match(text, match.end())
    if following is None:
        return not text[match.end() :].strip()
    if following.group(1).islower():
        return False
    if mark[0] != "." or len(mark.rstrip("\"'”’»)]")) > 1:
        return True
    word = _WORD_BEFORE.search(text, max(0, match.start() - 40), match.start())
    before = word.group().strip("-'’") if word else ""
    if before.lower().rstrip(".") in _SHORTENED or _INITIALS.fullmatch(before):
        return False
    # "3. Storage" numbers a list; "in 2019. The" ends a sentence.
    return not (word and _NUMBER.fullmatch(before) and _begins(text, word.start()))


def _begins(text: str, at: int) -> bool:
    """Whether a sentence, or a line, begins at this offset."""
    before = text[max(0, at - 80) : at].rstrip(" \t")
    return not before or before[-1] in "\n.!?:;"
