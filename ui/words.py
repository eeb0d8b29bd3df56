"""The words of the interface: one catalogue a language, the same keys in each."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

STRINGS = Path(__file__).with_name("strings")
DEFAULT = "en"


@lru_cache
def languages() -> tuple[str, ...]:
    """The languages there are: one file each, the default first."""
    found = sorted(path.stem for path in STRINGS.glob("*.yaml"))
    return (DEFAULT, *(name for name in found if name != DEFAULT))


@lru_cache
def catalogue(language: str) -> dict[str, str]:
    """All words of a language by dotted key; the default language where there is no such file."""
    name = language if language in languages() else DEFAULT
    read = yaml.load((STRINGS / f"{name}.yaml").read_text(encoding="utf-8"), _Loader)
    return dict(_flat("", read))


class Words:
    """The words of one language: `words("home.title", group=…)`."""

    def __init__(self, language: str) -> None:
        self.language = language if language in languages() else DEFAULT
        self._found = catalogue(self.language)

    def __call__(self, key: str, /, **values: object) -> str:
        """The words under a key, with values filled in; KeyError for a key that does not exist."""
        text = self._found[key]
        return text.format(**values) if values else text

    def under(self, prefix: str) -> dict[str, str]:
        """All words whose key begins with `prefix.`, by the rest of the key."""
        start = f"{prefix}."
        return {k.removeprefix(start): v for k, v in self._found.items() if k.startswith(start)}


_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _flat(prefix: str, value: Any) -> list[tuple[str, str]]:
    if not isinstance(value, dict):
        return [(prefix, str(value))]
    start = f"{prefix}." if prefix else ""
    return [pair for key, inner in value.items() for pair in _flat(f"{start}{key}", inner)]
