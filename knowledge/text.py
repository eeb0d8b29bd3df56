"""Text in the one form in which it is hashed, embedded and searched."""

from __future__ import annotations

import unicodedata


def readable(text: str) -> str:
    """The text with a question mark for each lone surrogate, which has no UTF-8 form."""
    return text.encode("utf-8", "replace").decode("utf-8")


def folded(text: str) -> str:
    """The readable text in Unicode's composed form, every run of white space one space."""
    return " ".join(unicodedata.normalize("NFC", readable(text)).split())
