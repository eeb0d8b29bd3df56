"""The one history of the database's tables: numbered steps that are only ever added to."""

from __future__ import annotations

from pathlib import Path

DIRECTORY = Path(__file__).resolve().parent
HISTORY: tuple[str, ...] = tuple(
    sorted(file.name.split("_")[0] for file in (DIRECTORY / "versions").glob("[0-9]*_*.py"))
)
HEAD = HISTORY[-1]
