"""What every reflection prompt must keep, whoever phrased it: checked by code, prompt by prompt."""

from __future__ import annotations

import re
from collections.abc import Iterable

LENGTH = 5
LEAST_WORDS, MOST_WORDS = 40, 90

Sequences = frozenset[tuple[str, ...]]

_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_QUOTED = re.compile(r"[“\"«„]([^”\"»“]{2,})[”\"»“]")
_MARKUP = re.compile(r"[<>`\[\]{}|*#~\\]|https?:|www\.|__")
_ADVICE = re.compile(
    r"\b(?:you should|you must|you need to|you have to|we recommend|i recommend|i suggest|"
    r"we suggest|the (?:right |correct |best )?(?:answer|solution) is|make sure|best practice)\b",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"\b(?:what|which|who|whom|whose|where|when|why|how|was|welche[mnrs]?|wer|wen|wem|wessen|wo|"
    r"wann|warum|wie|worin|woran|qué|cuál|quién|cómo|quel(?:le)?s?|quoi|qui|comment|où|pourquoi)\b",
    re.IGNORECASE,
)
_YES_OR_NO = re.compile(
    r"^\W*(?:is|are|was|were|do|does|did|will|would|can|could|should|shall|may|might|must|has|have|"
    r"had|isn't|aren't|don't|doesn't|won't|wouldn't|can't)\b[^,:;]*\?$",
    re.IGNORECASE,
)


def word_sequences(text: str) -> Sequences:
    """Every run of five words, any case, punctuation aside; once with figures, once without."""
    words = _WORD.findall(text.casefold())
    plain = [word for word in words if not any(c.isdigit() for c in word)]
    return frozenset(
        tuple(row[at : at + LENGTH])
        for row in (words, plain)
        for at in range(len(row) - LENGTH + 1)
    )


def sequences_of(texts: Iterable[str]) -> Sequences:
    """The word sequences of several texts, together."""
    return frozenset().union(*(word_sequences(text) for text in texts))


def shares(text: str, sequences: Sequences) -> bool:
    """Whether a text has five words in a row in common with the others."""
    return not sequences.isdisjoint(word_sequences(text))


def numbers(text: str) -> set[str]:
    """The figures of a text, without separators of thousands."""
    return {found.rstrip(".,").replace(",", "") for found in _NUMBER.findall(text)}


def length(*texts: str) -> int:
    """Words as a reader counts them."""
    return sum(len(text.split()) for text in texts)


def asks(text: str) -> bool:
    """Whether a text ends in an open question: not one that yes or no would answer."""
    last = re.split(r"(?<=[.!?:])\s+", text.strip())[-1]
    return last.endswith("?") and bool(_ASKING.search(last)) and not _YES_OR_NO.match(last)


def looseness(lead: str, ask: str, material: str, kept: Iterable[str]) -> str | None:
    """Why words that a model chose are looser than the offline ones; None where they are not.

    `material` is everything that the model was shown of this prompt, `kept` what its lead must
    repeat word for word.
    """
    both = f"{lead} {ask}"
    if not all(text in lead for text in kept):
        return "the point of the review is not repeated word for word"
    shown = " ".join(material.split())
    if any(" ".join(found.split()).rstrip(".,!?") not in shown for found in _QUOTED.findall(both)):
        return "something stands in quotation marks that nobody wrote"
    if numbers(both) - numbers(material):
        return "it names a number that the material does not have"
    own_words = both
    for text in kept:
        own_words = own_words.replace(text, " ")
    if _MARKUP.search(own_words) or any(not c.isprintable() for c in both):
        return "it has markup or control characters"
    if _ADVICE.search(own_words):
        return "it gives advice"
    return None
