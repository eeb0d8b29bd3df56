"""Text of a design, a document or a model in places that read Markdown."""

from __future__ import annotations

_MARKS = frozenset(r"\`*_{}[]()#+-.!|~<>$:&")


def plain(text: str) -> str:
    """The text with everything escaped that Streamlit's Markdown gives a meaning to."""
    return "".join(f"\\{c}" if c in _MARKS else c for c in " ".join(text.split()))
