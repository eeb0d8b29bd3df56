"""The knowledge base: what reviews may cite, and how it is found."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from knowledge.library import Library, open_library
    from knowledge.search import Search, open_knowledge

__all__ = ["Library", "Search", "open_knowledge", "open_library"]

_HOMES = {"Library": "library", "open_library": "library"}


def __getattr__(name: str) -> Any:
    """Loads what is named on first use, so that `import knowledge` stays light."""
    if name in __all__:
        module = importlib.import_module(f"knowledge.{_HOMES.get(name, 'search')}")
        return getattr(module, name)
    raise AttributeError(f"module 'knowledge' has no attribute '{name}'")
