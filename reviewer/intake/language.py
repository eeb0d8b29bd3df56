"""Tells the language of a design."""

from __future__ import annotations

from collections.abc import Sequence

from knowledge.language import spoken
from reviewer.domain.design import Span

_MOST = 6_000  # characters that are looked at


def language_of(spans: Sequence[Span]) -> str:
    """ISO 639-1 code of the language most of the text is in; a text too short to tell is English."""
    return spoken(" ".join(s.text for s in spans if s.kind != "code")[:_MOST]) or "en"
