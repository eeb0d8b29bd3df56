"""Libraries for tests: a quick embedder, varied texts, and what is in the records."""

from __future__ import annotations

import random
from pathlib import Path

from benchmarks.import_kills import Hashed, state
from knowledge.library import Library, open_library

__all__ = ["Hashed", "library", "prepare", "prose", "state", "written"]


def library(home: Path, **options: object) -> Library:
    """A library with a quick embedder."""
    return open_library(home, **{"embedder": Hashed(), **options})  # type: ignore[arg-type]  # passed on


def prepare(home: Path) -> Path:
    """A home with the starter corpus and its index, to be copied: that is faster."""
    made = library(home)
    made.current()
    made.close()
    return home


def prose(seed: int, sentences: int = 40) -> str:
    """Text that shares next to nothing with that of another seed."""
    chance = random.Random(seed)

    def word() -> str:
        return "".join(
            chance.choice(("ba", "ke", "li", "mo", "nu", "sa", "te", "vo")) for _ in "abc"
        )

    return " ".join(
        " ".join(word() for _ in range(chance.randint(6, 16))).capitalize() + "."
        for _ in range(sentences)
    )


def written(path: Path, text: str) -> Path:
    """A file with this text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
