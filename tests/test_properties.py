"""Whatever design and whatever hostile answer: a review whose every id and quote exists."""

from __future__ import annotations

import asyncio
import itertools

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviewer.agents.panel import run_panel
from reviewer.domain.design import Design
from reviewer.domain.facts import FACT_NAMES, Analysis, Fact
from reviewer.domain.finding import FindingKind, Severity
from reviewer.domain.questionnaire import (
    Answer,
    ChairAnswer,
    Merge,
    Point,
    RoleAnswer,
    Tradeoff,
    Verdict,
)
from reviewer.domain.review import Review
from reviewer.ports import ChairBrief, RoleBrief
from tests.panels import Scripted, make_design, make_panel, questionnaire, silent

CHECKS = [c.id for c in questionnaire().checks]
lines = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=40)
designs = st.lists(
    st.tuples(st.sampled_from(["A", "Bé", "架构", "A (2)"]), st.lists(lines, max_size=4)),
    unique_by=lambda pair: pair[0],
    max_size=4,
).map(make_design)
junk = st.sampled_from(
    ["", " ", "S0", "s1", "S1 ", "F-", "P-", "../..", "S" * 5000, "LAT-01", "🙂"]
)


@st.composite
def analyses(draw: st.DrawFn, design: Design) -> Analysis:
    names = draw(st.lists(st.sampled_from([*FACT_NAMES, "other.kind"]), max_size=5))
    spans = [s.id for s in design.spans] + ["S999"]
    return Analysis(
        facts=tuple(
            Fact(
                id=f"F-{n}",
                name=name,
                text=draw(lines),
                spans=tuple(draw(st.lists(st.sampled_from(spans), max_size=5))),
                node=draw(st.sampled_from([None, "app", "架", "--"])),
                holds=draw(st.sampled_from([True, False, None])),
            )
            for n, name in enumerate(names)
        )
    )


@st.composite
def hostile(draw: st.DrawFn, design: Design, facts: Analysis) -> RoleAnswer:
    ids = [s.id for s in design.spans] + [f.id for f in facts.facts]
    names = st.lists(st.one_of(junk, st.sampled_from(ids)) if ids else junk, max_size=6).map(tuple)
    where = st.lists(
        st.one_of(junk, st.sampled_from([s.id for s in design.sections] or [""])), max_size=3
    ).map(tuple)
    check = st.one_of(st.sampled_from(CHECKS), junk)
    answer = st.builds(
        Answer,
        check=check,
        verdict=st.sampled_from(list(Verdict)),
        evidence=names,
        searched=where,
        passages=names,
        note=junk,
    )
    point = st.builds(
        Point,
        check=st.one_of(st.none(), check),
        kind=st.sampled_from(list(FindingKind)),
        severity=st.sampled_from(list(Severity)),
        title=junk,
        explanation=junk,
        recommendation=junk,
        evidence=names,
        searched=where,
        passages=names,
    )
    return RoleAnswer(
        answers=tuple(draw(st.lists(answer, max_size=30))),
        points=tuple(draw(st.lists(point, max_size=12))),
        questions=tuple(draw(st.lists(junk, max_size=8))),
        abstained=draw(st.sampled_from([None, None, None, "", "No."])),
    )


def holds(review: Review) -> None:
    """What is true of every review."""
    design = review.design
    spans = {s.id for s in design.spans}
    facts = {f.id for f in review.analysis.facts}
    sections = {s.id for s in design.sections}
    found = (*review.findings, *review.strengths, *review.unsupported)
    assert len({f.id for f in found}) == len(found)
    for finding in found:
        assert finding.title.strip()
        assert set(finding.facts) <= facts
        assert set(finding.searched) <= sections
        assert set(finding.checks) <= set(CHECKS)
        assert len(finding.evidence) <= 4
        for e in finding.evidence:
            assert e.span in spans
            assert design.text[e.start : e.end] == e.quote == design.span(e.span).text
        supported = finding.evidence or finding.facts or finding.searched
        assert bool(supported) is (finding not in review.unsupported)
        if finding.claims_absence:
            assert finding.searched
            assert not finding.evidence
    results = {r.id: r for r in review.checks}
    assert len(results) == len(review.checks)
    for result in review.checks:
        assert set(result.evidence) <= spans | facts
        assert set(result.searched) <= sections
        if result.verdict in (Verdict.MET, Verdict.PARTLY):
            assert result.evidence
        if result.verdict is Verdict.UNMET:
            assert result.evidence or result.searched
        if result.verdict in (Verdict.UNMET, Verdict.PARTLY):
            assert any(result.id in f.checks for f in review.findings)
    assert len(review.priorities) <= 5
    assert set(review.priorities) <= {f.id for f in review.shown}
    assert len(review.shown) <= 12
    ids = {f.id for f in (*review.findings, *review.strengths)}
    for conflict in review.conflicts:
        assert len(set(conflict.findings)) == 2
        assert set(conflict.findings) <= ids
    assert review.rubric.total is None or 0 <= review.rubric.total <= 100


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_hostile_answers_make_an_honest_review(data: st.DataObject) -> None:
    design = data.draw(designs)
    facts = data.draw(analyses(design))
    answers = [data.draw(hostile(design, facts)) for _ in range(2)]
    picks = data.draw(st.lists(st.integers(0, 99), min_size=8, max_size=8))

    async def reply(brief: RoleBrief) -> RoleAnswer:
        return answers[len(brief.roles[0].id) % 2]

    async def chair(brief: ChairBrief) -> ChairAnswer:
        ids = [*(f.id for f in brief.findings), "nobody", ""]
        chosen = [ids[p % len(ids)] for p in picks]
        return ChairAnswer(
            answer=answers[0],
            merges=(Merge(findings=tuple(chosen)), Merge(findings=tuple(chosen[:2]))),
            tradeoffs=tuple(
                Tradeoff(findings=(a, b), tension="t", question="q")
                for a, b in itertools.pairwise(chosen)
            ),
        )

    panel = make_panel(Scripted(reply, chair), measure=lambda _: facts)
    review = asyncio.run(run_panel(design, panel, silent))
    holds(review)
    single = make_panel(Scripted(reply), measure=lambda _: facts, mode="single")
    holds(asyncio.run(run_panel(design, single, silent)))
