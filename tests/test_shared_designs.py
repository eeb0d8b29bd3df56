"""The bars that hold for every design of others: verbatim quotes, few findings, no false alarm."""

from __future__ import annotations

import importlib.util
import json
import time
from collections import Counter
from pathlib import Path
from statistics import median

import pytest
import yaml

from reviewer.domain.review import Review
from reviewer.service import ReviewService

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def service() -> ReviewService:
    return ReviewService()


@pytest.fixture(scope="module")
def reviews(testdata: Path, service: ReviewService) -> dict[str, Review]:
    return {p.stem: service.review(p) for p in sorted((testdata / "designs").glob("*.md"))}


def test_quotes_are_verbatim_at_their_offsets(reviews: dict[str, Review]) -> None:
    assert len(reviews) >= 8
    for review in reviews.values():
        for finding in (*review.findings, *review.strengths, *review.unsupported):
            for e in finding.evidence:
                assert review.design.text[e.start : e.end] == e.quote


def test_few_findings_are_shown(reviews: dict[str, Review]) -> None:
    for review in reviews.values():
        assert len(review.priorities) <= 5
        assert max(Counter(f.role for f in review.shown).values()) <= 4
    assert median(len(r.shown) for r in reviews.values()) <= 12


def test_a_second_run_is_identical_and_cheap(testdata: Path, reviews: dict[str, Review]) -> None:
    fresh = ReviewService()
    fresh.review(ROOT / "examples" / "support-assistant.md")  # the model is loaded
    for path in sorted((testdata / "designs").glob("*.md")):
        began = time.process_time()
        again = fresh.review(path)
        assert time.process_time() - began < 3
        first = reviews[path.stem]
        unlike = {"manifest"}
        assert again.model_dump(exclude=unlike) == first.model_dump(exclude=unlike)


def test_half_of_the_grave_weaknesses_are_raised(
    testdata: Path, reviews: dict[str, Review]
) -> None:
    spec = importlib.util.spec_from_file_location("gold", ROOT / "benchmarks" / "gold.py")
    assert spec is not None
    assert spec.loader is not None
    gold = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(gold)
    mapping = yaml.safe_load((ROOT / "benchmarks" / "gold_checks.yaml").read_text())
    verdicts = [
        gold.is_raised(reviews[path.name.removesuffix(".gold.json")], point, mapping[name])
        for path in sorted((testdata / "designs").glob("*.gold.json"))
        for name, point in gold.grave_points(json.loads(path.read_text(encoding="utf-8")))
    ]
    assert len(verdicts) == 23
    assert sum(verdicts) >= 12
