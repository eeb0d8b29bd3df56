"""Matching: does a finding make the point that a note makes?

By check where the finding has one that the note names. Free text of a model counts, too: at least
two of the note's patterns, or one together with a quote from the changed text or most of the
point's own words. Text that code wrote is fixed by its check, so only the check counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from reviewer.evaluation.dataset import Note, Plant
from reviewer.evaluation.observation import Observation, Seen

_PATTERNS = 2
_OWN_WORDS = 0.4  # of the words of a point, said again in other sentences
_STEM = 5
_SHORT = 25  # a quote shorter than this says too little to be found again


def raised(
    observation: Observation, note: Note, *, any_role: bool = False, folded: bool = False
) -> tuple[Seen, ...]:
    """The shown findings that make the point; `any_role` takes neighbouring checks, too."""
    return tuple(
        f
        for f in observation.findings
        if (f.shown or folded) and makes_point(f, note, any_role=any_role)
    )


def makes_point(finding: Seen, note: Note, *, any_role: bool = False) -> bool:
    """Whether a finding is about the note's point; without `any_role` in the right role."""
    if not any_role and note.role and note.role not in finding.roles:
        return False
    wanted = {*note.checks, *note.also} if any_role else set(note.checks)
    if wanted & set(finding.checks):
        return not note.quotes or finding.absent or quotes_any(finding, note.quotes)
    if note.quotes and quotes_any(finding, note.quotes):
        return True
    return finding.model and _says(finding, note)


def bears(finding: Seen, plant: Plant) -> bool:
    """Whether the finding's evidence is the planted text; what is missing is searched for."""
    if plant.shape == "missing" and finding.absent and finding.searched:
        return True
    return quotes_any(finding, changed_text(plant))


def quotes_any(finding: Seen, texts: Iterable[str]) -> bool:
    """Whether a quote of the finding and one of the texts have a whole line in common."""
    said = [flat(q) for q in finding.quotes]
    return any(_overlap(quote, flat(text)) for text in texts for quote in said)


def changed_text(plant: Plant) -> tuple[str, ...]:
    """The sentences that the plant's edits put in."""
    lines = [line for edit in plant.edits for line in re.split(r"\n|(?<=[.!?;]) ", edit.replace)]
    return tuple(line for line in lines if len(flat(line)) > 1)


def flat(text: str) -> str:
    """Lower case, one space between words, no marks around them: as a line is compared."""
    return re.sub(r"[^\w%]+", " ", text.casefold()).strip()


def _overlap(one: str, other: str) -> bool:
    if not one or not other:
        return False
    short, long = sorted((one, other), key=len)
    if len(short) < _SHORT:
        return short == long or (len(short) > _SHORT // 2 and f" {short} " in f" {long} ")
    return short in long


def _says(finding: Seen, note: Note) -> bool:
    text = f"{finding.title} {finding.text}"
    hits = sum(bool(re.search(p, text, re.IGNORECASE)) for p in note.patterns)
    if hits >= min(_PATTERNS, max(1, len(note.patterns))) and hits:
        return True
    there = isinstance(note, Plant) and quotes_any(finding, changed_text(note))
    return bool(hits) and (there or _own_words(text, note.point))


def _own_words(text: str, point: str) -> bool:
    said, wanted = _stems(text), _stems(point)
    return bool(wanted) and len(said & wanted) >= _OWN_WORDS * len(wanted)


def _stems(text: str) -> set[str]:
    return {w[:_STEM] for w in re.findall(r"\w+", text.casefold()) if len(w) >= _STEM}
