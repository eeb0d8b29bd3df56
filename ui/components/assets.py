"""Scripts and styles of the components, read once from the package."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

_FOLDER = Path(__file__).with_name("board")


@lru_cache
def joined(*names: str) -> str:
    """The files one after the other: scripts share one module, styles one sheet."""
    return "\n".join((_FOLDER / name).read_text(encoding="utf-8") for name in names)
