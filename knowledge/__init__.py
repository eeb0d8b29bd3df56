"""The knowledge base: what reviews may cite, and how it is found."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from knowledge.search import Search, open_knowledge

__all__ = ["Search", "open_knowledge"]


def __getattr__(name: str) -> Any:
    """Loads the search on first use, so that `import knowledge` stays light."""
    if name in __all__:
        return getattr(importlib.import_module("knowledge.search"), name)
    raise AttributeError(f"module 'knowledge' has no attribute '{name}'")
