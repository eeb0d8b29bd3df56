"""The language of a document: what it says, unless it says nothing or its words say otherwise."""

from __future__ import annotations

import importlib
import re
from functools import lru_cache
from typing import Any

_SAMPLE = 6_000
_FEWEST_WORDS = 20
_ENGLISH = frozenset(
    [
        "the",
        "of",
        "and",
        "to",
        "is",
        "for",
        "with",
        "are",
        "by",
        "that",
        "we",
        "from",
        "this",
        "be",
        "as",
        "at",
        "or",
        "which",
        "it",
        "our",
        "not",
        "has",
        "have",
        "each",
        "will",
        "its",
        "when",
        "into",
        "than",
        "before",
        "after",
        "per",
        "every",
        "only",
        "all",
        "they",
        "their",
        "must",
    ]
)
_ENGLISH_SHARE = 0.14
_WORD = re.compile(r"[^\W\d_]+")


def language_of(text: str, declared: str = "") -> str:
    """ISO 639-1 code, or "" where nothing tells."""
    code = declared.strip().lower().replace("_", "-").partition("-")[0]
    code = code if re.fullmatch("[a-z]{2}", code) else ""
    middle = max(0, len(text) // 2 - _SAMPLE // 2)
    sample = text[middle : middle + _SAMPLE]
    words = [w.casefold() for w in _WORD.findall(sample)]
    if len(words) < _FEWEST_WORDS:
        return code
    if sum(w in _ENGLISH for w in words) >= _ENGLISH_SHARE * len(words):
        return "en"
    if code and code != "en":  # programs write English where nobody has said anything
        return code
    try:
        return str(_identifier().rank(" ".join(words))[0][0])
    except (OSError, MemoryError):  # no room for the model: the text is worth more than its tag
        return code


@lru_cache(maxsize=1)
def _identifier() -> Any:
    """The model of py3langid, which takes a quarter of a second to load: only where needed."""
    langid = importlib.import_module("py3langid.langid")
    return langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE)
