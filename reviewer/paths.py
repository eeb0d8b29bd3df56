"""Where the packaged data files are, and where the user's data goes."""

from __future__ import annotations

from pathlib import Path

import platformdirs

_PACKAGE = Path(__file__).resolve().parent


def _data(name: str) -> Path:
    packaged = _PACKAGE / "_data" / name
    return packaged if packaged.is_dir() else _PACKAGE.parent / name


PROMPTS = _data("prompts")
EXAMPLES = _data("examples")
VECTORS = _PACKAGE / "vectors.npz"


def default_home() -> Path:
    """The platform's user data directory for this program (nothing is created)."""
    return Path(platformdirs.user_data_dir("design-reviewer", appauthor=False))
