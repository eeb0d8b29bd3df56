"""The JSON object in a model's answer, whatever stands around it."""

from __future__ import annotations

import json
import re

_THOUGHTS = re.compile(r"^\s*<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL | re.IGNORECASE)


def json_object(text: str) -> str | None:
    """The JSON object in the text; None if there is none that is whole.

    Models without structured output put code fences, a sentence, or their thoughts around it.
    """
    text = _THOUGHTS.sub("", text).strip()
    if _is_object(text):
        return text
    start, end = text.find("{"), text.rfind("}")
    inner = text[start : end + 1]
    return inner if start >= 0 and _is_object(inner) else None


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
