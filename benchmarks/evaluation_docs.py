"""Puts the tables of a run into docs/evaluation.md: python -m benchmarks.evaluation_docs FOLDER.

FOLDER is what `reviewer evaluate --out FOLDER` wrote; the tables stand between two marks.
"""

from __future__ import annotations

import sys
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "evaluation.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"


def filled(page: str, tables: str) -> str:
    """The page with these tables between its marks."""
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n\n{tables.strip()}\n\n{END}{tail}"


if __name__ == "__main__":
    written = (Path(sys.argv[1]) / "evaluation.md").read_text(encoding="utf-8")
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), written), encoding="utf-8")
