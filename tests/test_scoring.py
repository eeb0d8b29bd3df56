"""Scores against hand-computed levels, and the promise that worse or vaguer never scores higher."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.agents.scoring import role_score, score
from reviewer.domain.questionnaire import Criterion, Questionnaire, Role, Verdict
from reviewer.domain.review import CheckResult
from tests.panels import make_check, make_criterion

M, P, U, N, X = (
    Verdict.MET,
    Verdict.PARTLY,
    Verdict.UNMET,
    Verdict.NOT_APPLICABLE,
    Verdict.UNCLEAR,
)


def questions(*criteria: tuple[float, tuple[float, ...]]) -> Questionnaire:
    """Criteria c0, c1 … given as (weight, weights of its checks); checks are c0-0, c0-1 …"""
    rows: list[Criterion] = [
        make_criterion(f"c{i}", "latency", weight) for i, (weight, _) in enumerate(criteria)
    ]
    return Questionnaire(
        tasks=(),
        roles=(Role(id="latency", title="L", scope="s", brief="b"),),
        criteria=tuple(rows),
        checks=tuple(
            make_check(f"c{i}-{n}", "latency", f"c{i}", weight=weight)
            for i, (_, checks) in enumerate(criteria)
            for n, weight in enumerate(checks)
        ),
    )


def results(asked: Questionnaire, *verdicts: Verdict) -> list[CheckResult]:
    return [
        CheckResult(id=c.id, role=c.role, criterion=c.criterion, verdict=v)
        for c, v in zip(asked.checks, verdicts, strict=True)
    ]


@pytest.mark.parametrize(
    ("verdicts", "level", "ends"),
    [
        ((M, M, M), 5.0, (5.0, 5.0)),
        ((U, U, U), 0.0, (0.0, 0.0)),
        ((M, U, U), 2.5, (2.5, 2.5)),  # weights 2, 1, 1
        ((P, P, P), 2.5, (2.5, 2.5)),
        ((M, P, U), 3.12, (3.12, 3.12)),  # 5 x 2.5 / 4 = 3.125
        ((M, X, U), 3.33, (2.5, 3.75)),  # decided 3 of 4: 5 x 2/3; 5 x 2/4; 5 x 3/4
        ((X, M, U), 2.5, (1.25, 3.75)),  # decided 2 of 4: exactly half is enough
        ((X, X, M), None, (1.25, 5.0)),  # decided 1 of 4
        ((X, X, X), None, (0.0, 5.0)),
        ((N, M, U), 2.5, (2.5, 2.5)),  # the weight of 2 is left out
        ((N, X, M), 5.0, (2.5, 5.0)),
        ((N, N, X), None, (0.0, 5.0)),
    ],
)
def test_levels_and_ranges_by_hand(
    verdicts: tuple[Verdict, ...], level: float | None, ends: tuple[float, float]
) -> None:
    asked = questions((1.0, (2.0, 1.0, 1.0)))
    (row,) = score(asked, results(asked, *verdicts)).criteria
    assert row.level == level
    assert row.range == ends
    assert ("Not scored" in row.reason) is (level is None)


def test_the_total_by_hand() -> None:
    asked = questions((3.0, (1.0, 1.0)), (1.0, (1.0, 1.0)))
    rubric = score(asked, results(asked, M, P, M, X))
    # lower ends 3.75 and 2.5, upper ends 3.75 and 5: (3 x 3.75 + 2.5) / 4 / 5, (3 x 3.75 + 5) / 20
    assert rubric.total == pytest.approx(68.8)
    assert rubric.range == pytest.approx((68.8, 81.2))
    assert rubric.decided_weight == 0.75
    assert role_score(rubric, "latency") == pytest.approx((3 * 3.75 + 5) / 4, abs=0.01)


def test_a_criterion_that_does_not_apply_is_left_out_of_the_total() -> None:
    asked = questions((1.0, (1.0,)), (9.0, (1.0,)))
    rubric = score(asked, results(asked, M, N))
    assert rubric.total == 100.0
    assert rubric.criteria[1].level is None
    assert rubric.criteria[1].reason == "No check of this criterion applies."


def test_an_unclear_criterion_stays_in_the_total() -> None:
    asked = questions((1.0, (3.0,)), (1.0, (1.0,)))
    assert score(asked, results(asked, M, X)).total == 50.0


@pytest.mark.parametrize("verdict", [N, X])
def test_nothing_decided_is_no_total(verdict: Verdict) -> None:
    asked = questions((1.0, (1.0,)), (1.0, (1.0,)))
    rubric = score(asked, results(asked, verdict, verdict))
    assert (rubric.total, rubric.range, rubric.decided_weight) == (None, None, 0.0)
    assert role_score(rubric, "latency") is None


def test_a_total_needs_every_criterion_answered() -> None:
    asked = questions((1.0, (1.0,)), (1.0, (1.0,)))
    rubric = score(asked, results(asked, M, M)[:1])
    assert rubric.total is None
    assert rubric.criteria[0].level == 5.0
    assert "could not answer" in rubric.criteria[1].reason


def test_a_role_without_criteria_has_no_score() -> None:
    asked = questions((1.0, (1.0,)))
    assert role_score(score(asked, results(asked, M)), "compliance") is None


criteria_of = st.lists(
    st.tuples(st.floats(0.5, 20), st.lists(st.floats(0.25, 4), min_size=1, max_size=5).map(tuple)),
    min_size=1,
    max_size=4,
)
WORSE = {M: (P, U, X), P: (U,), U: (), X: (), N: ()}
VAGUER = {M: (X,), P: (X,), U: (X,), X: (), N: ()}


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_worse_never_scores_higher(data: st.DataObject) -> None:
    asked = questions(*data.draw(criteria_of))
    verdicts = [data.draw(st.sampled_from(list(Verdict))) for _ in asked.checks]
    place = data.draw(st.integers(0, len(verdicts) - 1))
    before = score(asked, results(asked, *verdicts))
    for worse in (*WORSE[verdicts[place]], *VAGUER[verdicts[place]]):
        after = score(asked, results(asked, *verdicts[:place], worse, *verdicts[place + 1 :]))
        for old, new in zip(before.criteria, after.criteria, strict=True):
            assert new.range[0] <= old.range[0]
            if worse is not X and old.level is not None:
                assert new.level is not None
                assert new.level <= old.level
        if after.total is not None:
            assert before.total is not None
            assert after.total <= before.total


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_deciding_what_was_unclear_stays_within_the_range(data: st.DataObject) -> None:
    asked = questions(*data.draw(criteria_of))
    verdicts = [data.draw(st.sampled_from(list(Verdict))) for _ in asked.checks]
    settled = [data.draw(st.sampled_from([M, P, U])) if v is X else v for v in verdicts]
    before = score(asked, results(asked, *verdicts))
    after = score(asked, results(asked, *settled))
    for old, new in zip(before.criteria, after.criteria, strict=True):
        assert 0 <= old.range[0] <= old.range[1] <= 5
        if old.level is not None:
            assert old.range[0] <= old.level <= old.range[1]
        if new.level is not None:
            assert old.range[0] <= new.level <= old.range[1]
    if before.total is not None and before.range is not None:
        assert before.total == before.range[0]
        assert after.total is not None
        assert before.range[0] <= after.total <= before.range[1]
    assert 0 <= before.decided_weight <= 1
