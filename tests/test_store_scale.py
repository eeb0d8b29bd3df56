"""The bar of 10,000 stored reviews in short form; `benchmarks/store.py` measures it in full."""

from __future__ import annotations

from benchmarks.store import fill, questions, timed
from reviewer.store import Store
from tests.classes import a_design, a_finding, a_review
from tests.databases import database, opening, postgres, store

__all__ = ["database", "opening", "postgres", "store"]  # fixtures

REVIEWS, MILLISECONDS = 2_000, 100


def test_every_list_of_many_reviews_is_quick(store: Store) -> None:
    findings = tuple(a_finding(n) for n in range(20))
    review = a_review(a_design("Orders are read nightly. " * 2_000))
    groups = fill(store, review.model_copy(update={"findings": findings}), REVIEWS)
    assert store.reviews.count() == REVIEWS
    assert len(store.reviews.class_summary(next(iter(groups)))) == REVIEWS // 2
    slow = {name: timed(ask, 5)[0] for name, ask in questions(store, groups, REVIEWS)}
    assert {name: taken for name, taken in slow.items() if taken > MILLISECONDS} == {}
