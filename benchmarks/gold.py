"""How many weaknesses that engineers noted on published designs are raised offline.

Run with REVIEWER_TESTDATA set: python benchmarks/gold.py
A weakness of severity high or critical counts as raised if a shown finding of its role quotes what
the note quotes, or claims the absence of a check that gold_checks.yaml (written before any tuning)
maps to it.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from statistics import median
from typing import Any

import yaml

from reviewer.domain.finding import Finding
from reviewer.domain.review import Review
from reviewer.service import ReviewService

MAPPING = Path(__file__).with_name("gold_checks.yaml")


def main() -> None:
    folder = Path(os.environ["REVIEWER_TESTDATA"]) / "designs"
    mapping = yaml.safe_load(MAPPING.read_text(encoding="utf-8"))
    service = ReviewService()
    raised, missed, shown = [], [], []
    for path in sorted(folder.glob("*.md")):
        review = service.review(path)
        shown.append(len(review.shown))
        notes = path.with_suffix(".gold.json")
        if notes.exists():
            for name, found in grave_points(json.loads(notes.read_text(encoding="utf-8"))):
                (raised if is_raised(review, found, mapping[name]) else missed).append(name)
    print(f"raised {len(raised)} of {len(raised) + len(missed)}; missed: {', '.join(missed)}")
    print(f"findings shown a design: {shown}, median {median(shown)}")


def grave_points(gold: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The notes of severity high and critical, each with its role as we write it."""
    return [
        (point["id"], {**point, "role": role.replace("-", "_")})
        for role, notes in gold["roles"].items()
        for point in notes["weaknesses"]
        if point["severity"] in ("high", "critical")
    ]


def is_raised(review: Review, point: dict[str, Any], checks: list[str]) -> bool:
    """Whether a shown finding of the point's role raises it."""
    mine = [f for f in review.shown if point["role"] in (f.role, *f.also_raised_by)]
    return any(_quotes(f, point["quotes"]) or _claims(f, checks) for f in mine)


def _claims(finding: Finding, checks: list[str]) -> bool:
    return finding.claims_absence and bool(set(finding.checks) & set(checks))


def _quotes(finding: Finding, quotes: list[str]) -> bool:
    said = [_flat(e.quote) for e in finding.evidence]
    return any(_flat(q) in s or s in _flat(q) for q in quotes for s in said)


def _flat(text: str) -> str:
    return re.sub(r"\s+", " ", text)


if __name__ == "__main__":
    main()
