"""The language of a text: by script where that is enough, by small English words, else by a model."""

from __future__ import annotations

import importlib
import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

_ENOUGH = 20
_SAMPLE = 6_000
_LANGUAGES = [
    "en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "no", "fi", "pl", "cs", "sk", "hu", "ro",
    "tr", "id", "vi", "ca", "hr", "sl", "el", "ru", "uk", "bg", "sr", "ar", "fa", "ur", "he", "hi",
    "bn", "ta", "te", "th", "zh", "ja", "ko",
]  # fmt: skip
_SCRIPTS = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7af\u1100-\u11ff]")),
    ("zh", re.compile("[\u3400-\u9fff\uf900-\ufaff]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
    ("hi", re.compile("[\u0900-\u097f]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
    ("bn", re.compile("[\u0980-\u09ff]")),
    ("ta", re.compile("[\u0b80-\u0bff]")),
    ("te", re.compile("[\u0c00-\u0c7f]")),
)
_LETTER = re.compile(r"[^\W\d_]")
_NOISE = re.compile(r"https?://\S+|`[^`\n]*`|[^\W\d_]*\d\S*|\b[A-Z]{2,}\b")
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
_SHARED = {"ru": ("ru", "uk", "bg", "sr"), "ar": ("ar", "fa", "ur"), "zh": ("zh", "ja")}


def spoken(text: str) -> str:
    """ISO 639-1 code of the language most of a text is in, or "" where it is too short to tell."""
    letters = len(_LETTER.findall(text)) or 1
    counts = Counter({code: len(pattern.findall(text)) for code, pattern in _SCRIPTS})
    if counts["ja"] * 20 > letters:  # Japanese mixes its own letters with Chinese ones
        return "ja"
    code, count = counts.most_common(1)[0]
    if count * 3 > letters:
        return _identify(text, _SHARED[code]) if code in ("ru", "ar") else code
    words = _NOISE.sub(" ", text).split()
    if len(words) < _ENOUGH:
        return ""
    return "en" if _reads_as_english(words) else _identify(" ".join(words), None)


def language_of(text: str, declared: str = "") -> str:
    """What a document is written in: what it says, unless it says nothing or its words say otherwise.

    Programs declare English where nobody has said anything, so that is not believed.
    """
    code = declared.strip().lower().replace("_", "-").partition("-")[0]
    code = code if re.fullmatch("[a-z]{2}", code) else ""
    middle = max(0, len(text) // 2 - _SAMPLE // 2)
    sample = text[middle : middle + _SAMPLE]
    words = _NOISE.sub(" ", sample).split()
    if code and code != "en":
        return "en" if len(words) >= _ENOUGH and _reads_as_english(words) else code
    try:
        return spoken(sample) or code
    except (OSError, MemoryError):  # no room for the model: the text is worth more than its tag
        return code


def _reads_as_english(words: Sequence[str]) -> bool:
    """Whether small English words are as frequent as only English text has them.

    A fifth of the words of a technical text in English are among these, and a twentieth at most in
    any other language; most designs are told without loading the model.
    """
    common = sum(word.strip(".,;:()\"'").casefold() in _ENGLISH for word in words)
    return common >= _ENGLISH_SHARE * len(words)


def _identify(text: str, among: tuple[str, ...] | None) -> str:
    ranked: list[tuple[str, float]] = _identifier().rank(text)
    for code, _ in ranked:
        if among is None or code in among:
            return str(code)
    return "en"


@lru_cache(maxsize=1)
def _identifier() -> Any:
    """The model of py3langid, which takes half a second to load: only where it is needed."""
    langid = importlib.import_module("py3langid.langid")
    identifier = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE)
    identifier.set_languages(_LANGUAGES)
    return identifier
