"""The chair's code: duplicates, conflicts, order, what is shown, what comes first."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.agents import chair
from reviewer.domain.finding import Evidence, Finding, FindingKind, Severity
from reviewer.domain.questionnaire import ChairAnswer, Merge, Tradeoff
from reviewer.domain.review import CriterionScore, Rubric
from tests.panels import ROLES, make_finding, questionnaire

NOTHING = ChairAnswer()
EMPTY = Rubric(criteria=(), total=None, decided_weight=0)


def quote(span: str) -> Evidence:
    return Evidence(span=span, quote=span, start=0, end=2)


def merges(*groups: tuple[str, ...]) -> ChairAnswer:
    return ChairAnswer(merges=tuple(Merge(findings=group) for group in groups))


def test_two_roles_on_the_same_facts_give_one_finding_that_names_both() -> None:
    one = make_finding("LAT-01:app", facts=("F-1",), evidence=(quote("S1"),))
    other = make_finding("LEG-02:app", "legacy_integration", facts=("F-1",), checks=("LEG-02",),
                         evidence=(quote("S2"),))  # fmt: skip
    (kept,), into = chair.merge([one, other], NOTHING)
    assert (kept.role, kept.also_raised_by) == ("latency", ("legacy_integration",))
    assert "LEG-02" in kept.checks
    assert [e.span for e in kept.evidence] == ["S1", "S2"]
    assert other.title in kept.explanation
    assert into == {"LEG-02:app": "LAT-01:app"}


def test_two_roles_on_the_same_words_are_one_point_only_if_their_titles_agree() -> None:
    spans = (quote("S1"), quote("S2"))
    one = make_finding("LAT-01:text", title="The nightly load is too old", evidence=spans)
    same = make_finding("LEG-01:text", "legacy_integration", evidence=spans,
                        title="Nightly load makes stock too old")  # fmt: skip
    unlike = make_finding("COM-01:text", "compliance", title="Names leave", evidence=spans)
    found, _ = chair.merge([one, same, unlike], NOTHING)
    assert [f.id for f in found] == ["COM-01:text", "LAT-01:text"]
    assert found[1].also_raised_by == ("legacy_integration",)


def test_absent_points_of_two_roles_are_not_one_because_neither_quotes() -> None:
    one = make_finding("LAT-01:absent", title="No fallback stated", claims_absence=True)
    other = make_finding("REL-01:absent", "reliability", title="No fallback stated",
                         claims_absence=True)  # fmt: skip
    assert len(chair.merge([one, other], NOTHING)[0]) == 2


def test_the_chairs_word_merges_two_roles_and_unknown_ids_are_ignored() -> None:
    one = make_finding("LAT-01:absent", claims_absence=True, searched=("Scenario",))
    other = make_finding("REL-01:text", "reliability", evidence=(quote("S1"),))
    told = merges(("LAT-01:absent", "REL-01:text", "XXX"), ("A", "B"), ())
    found, _ = chair.merge([one, other], told)
    assert len(found) == 1
    assert {found[0].role, *found[0].also_raised_by} == {"latency", "reliability"}


def test_an_absence_takes_no_quotes_from_its_twin() -> None:
    absent = make_finding("LAT-01:absent", severity=Severity.CRITICAL, claims_absence=True)
    quoted = make_finding("REL-01:text", "reliability", severity=Severity.LOW,
                          evidence=(quote("S1"),))  # fmt: skip
    (kept,), _ = chair.merge([absent, quoted], merges(("LAT-01:absent", "REL-01:text")))
    assert (kept.id, kept.claims_absence, kept.evidence) == ("LAT-01:absent", True, ())
    assert quoted.title in kept.explanation


def test_no_merge_can_swallow_the_findings_of_a_role() -> None:
    found = [
        make_finding(f"{role[:3].upper()}-{n:02}:text", role, evidence=(quote(f"S{n}"),))
        for role in ROLES
        for n in (1, 2, 3)
    ]
    everything = merges(tuple(f.id for f in found))
    kept, into = chair.merge(found, everything)
    assert len(kept) >= 3
    words = " ".join(f"{f.title} {f.explanation}" for f in kept)
    assert all(f.title in words for f in found)
    assert len(kept) + len(into) == len(found)


def test_conflicts_keep_both_sides_even_where_one_is_a_strength() -> None:
    asked = questionnaire()
    risk = make_finding("LAT-01:text", checks=("LAT-01",))
    strength = make_finding(
        "COM-01:sound", "compliance", kind=FindingKind.NON_RISK, checks=("COM-01",)
    )
    (kept,) = chair.conflicts(asked, [risk], [strength], NOTHING, {})
    assert kept.findings == ("LAT-01:text", "COM-01:sound")
    assert kept.roles == ("latency", "compliance")
    sound = risk.model_copy(update={"kind": FindingKind.NON_RISK})
    assert chair.conflicts(asked, [], [sound, strength], NOTHING, {}) == ()
    assert chair.conflicts(asked, [risk], [], NOTHING, {}) == ()


def test_what_the_chair_names_comes_first_once_and_follows_what_was_merged() -> None:
    asked = questionnaire()
    one = make_finding("LAT-01:text", checks=("LAT-01",))
    other = make_finding("COM-01:text", "compliance", checks=("COM-01",))
    told = ChairAnswer(
        tradeoffs=(
            Tradeoff(findings=("nobody", "LAT-01:text"), tension="t", question="q"),
            Tradeoff(findings=("LAT-01:text", "LAT-01:text"), tension="t", question="q"),
            Tradeoff(findings=("REL-09:text", "COM-01:text"), tension="mine", question="q"),
        )
    )
    (kept,) = chair.conflicts(asked, [one, other], [], told, {"REL-09:text": "LAT-01:text"})
    assert (kept.tension, set(kept.findings)) == ("mine", {"LAT-01:text", "COM-01:text"})


def test_order_is_gravity_then_lost_weight_then_id() -> None:
    def row(name: str, weight: float, low: float) -> CriterionScore:
        return CriterionScore(
            id=name, title=name, role="latency", level=low, range=(low, low), weight=weight,
            decided_weight=1, reason="", checks=(),
        )  # fmt: skip

    rubric = Rubric(criteria=(row("lost", 10, 0), row("kept", 10, 5)), total=None, decided_weight=1)
    words = {"evidence": (quote("S1"),)}
    found = [
        make_finding("d", severity=Severity.MEDIUM, criterion="lost", **words),
        make_finding("b", severity=Severity.HIGH, criterion="kept", **words),
        make_finding("c", severity=Severity.HIGH, criterion="lost", **words),
        make_finding("a", severity=Severity.CRITICAL, criterion="kept", **words),
        make_finding("e", severity=Severity.MEDIUM, criterion="lost", claims_absence=True),
    ]
    assert [f.id for f in chair.order(found, rubric)] == ["a", "c", "b", "d", "e"]


def test_low_findings_are_folded_and_numbers_are_bounded() -> None:
    found = [make_finding(f"{role}-{n}", role) for n in range(6) for role in ROLES]
    low = make_finding("low", severity=Severity.LOW)
    folded = chair.fold([low, *found])
    shown = [f for f in folded if not f.folded]
    assert len(folded) == 37
    assert len(shown) == 12
    assert folded[0].folded
    assert shown == [f.model_copy(update={"folded": False}) for f in found[:12]]
    of_one = chair.fold([make_finding(str(n)) for n in range(9)])
    assert [f.folded for f in of_one] == [False] * 4 + [True] * 5


def test_priorities_spread_over_roles_only_among_equals() -> None:
    def of(role: str, severity: Severity, n: int) -> Finding:
        return make_finding(f"{role}{n}", role, severity=severity)

    found = [of("latency", Severity.HIGH, n) for n in range(4)]
    equal = of("compliance", Severity.HIGH, 0)
    lesser = of("reliability", Severity.MEDIUM, 0)
    chosen = chair.priorities([*found, equal, lesser])
    assert chosen == ("latency0", "latency1", "compliance0", "latency2", "latency3")
    assert chair.priorities([*found, lesser])[-1] == "reliability0"
    assert chair.priorities([f.model_copy(update={"folded": True}) for f in found]) == ()


@st.composite
def some_findings(draw: st.DrawFn) -> list[Finding]:
    ids = draw(st.lists(st.integers(0, 400), unique=True, max_size=30))
    found = []
    for number in ids:
        spans = draw(st.lists(st.sampled_from(["S1", "S2", "S3"]), unique=True, max_size=2))
        found.append(
            make_finding(
                f"F{number}",
                draw(st.sampled_from(ROLES)),
                severity=draw(st.sampled_from(list(Severity))),
                title=draw(
                    st.sampled_from(["Nightly load too old", "Nightly load", "Names leave"])
                ),
                evidence=tuple(quote(s) for s in spans),
                facts=tuple(draw(st.lists(st.sampled_from(["F-1", "F-2"]), max_size=1))),
                claims_absence=not spans,
                checks=(f"K{number}",),
            )
        )
    return found


@settings(max_examples=120, deadline=None)
@given(some_findings(), st.randoms(use_true_random=False), st.data())
def test_the_chair_is_deterministic_bounded_and_loses_nothing(
    found: list[Finding], order: random.Random, data: st.DataObject
) -> None:
    ids = [f.id for f in found] + ["unknown"]
    groups = data.draw(st.lists(st.lists(st.sampled_from(ids), max_size=6).map(tuple), max_size=3))
    told = merges(*groups)

    def run(findings: list[Finding]) -> list[Finding]:
        return chair.fold(chair.order(chair.merge(findings, told)[0], EMPTY))

    shuffled = list(found)
    order.shuffle(shuffled)
    result = run(found)
    assert result == run(shuffled)
    assert {c for f in result for c in f.checks} == {c for f in found for c in f.checks}
    assert {r for f in result for r in (f.role, *f.also_raised_by)} == {f.role for f in found}
    shown = [f for f in result if not f.folded]
    assert len(shown) <= 12
    assert max(Counter(f.role for f in shown).values(), default=0) <= 4
    first = chair.priorities(result)
    assert len(first) == min(5, len(shown))
    assert set(first) <= {f.id for f in shown}
    assert [f.severity for f in result if f.id in first[:1]] == [f.severity for f in shown[:1]]


@pytest.mark.parametrize("count", [0, 1])
def test_few_findings_need_no_chair(count: int) -> None:
    found = [make_finding("one")][:count]
    assert chair.merge(found, NOTHING) == (found, {})
