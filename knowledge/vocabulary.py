"""The vocabulary: whole English words that the packaged tokenizer knows."""

from __future__ import annotations

import json
from functools import lru_cache

from knowledge.embedding import packaged_files
from knowledge.errors import ModelError

_SHORTEST = 2


@lru_cache(maxsize=1)
def vocabulary() -> frozenset[str]:
    """Words in lower case; pieces of words are left out.

    Raises:
        ModelError: the tokenizer is not installed, or is no tokenizer.
    """
    _, file = packaged_files()
    try:
        entries = json.loads(file.read_bytes())["model"]["vocab"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"The tokenizer's vocabulary cannot be read from '{file.name}'."
        ) from error
    return frozenset(word for word in entries if len(word) >= _SHORTEST and word.isalpha())
