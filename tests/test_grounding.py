"""Grounding: what points at nothing counts for nothing, and what is quoted is verbatim."""

from __future__ import annotations

import pytest

from reviewer.agents.grounding import Grounded, _stated_by, ground
from reviewer.domain.design import Design
from reviewer.domain.facts import FACT_NAMES, Analysis, Fact
from reviewer.domain.finding import FindingKind, Severity
from reviewer.domain.questionnaire import Answer, Point, RoleAnswer, Verdict
from tests.panels import DESIGN, FACTS, brief, make_check, make_design, make_hit, questionnaire

LAT = [c.id for c in questionnaire().checks_of("latency")]
FACT = FACTS.facts[0].id


def answered(*answers: Answer, points: tuple[Point, ...] = ()) -> Grounded:
    passages = {"LAT-01": (make_hit("a"), make_hit("b", "excerpt"), make_hit("c"))}
    given = RoleAnswer(answers=answers, points=points)
    return ground(brief(passages=passages), given, author="model")


def verdict_of(grounded: Grounded, check: str = "LAT-01") -> Verdict:
    return next(r.verdict for r in grounded.checks if r.id == check)


@pytest.mark.parametrize("verdict", [Verdict.MET, Verdict.PARTLY])
@pytest.mark.parametrize("evidence", [(), ("S99",), ("s1",), ("",), ("F-none",), ("Scenario",)])
def test_a_claim_without_existing_evidence_is_unclear(
    verdict: Verdict, evidence: tuple[str, ...]
) -> None:
    grounded = answered(Answer(check="LAT-01", verdict=verdict, evidence=evidence))
    assert verdict_of(grounded) is Verdict.UNCLEAR
    assert not grounded.strengths
    assert not grounded.findings


def test_invented_ids_are_dropped_and_real_ones_kept_once() -> None:
    grounded = answered(
        Answer(
            check="LAT-01",
            verdict=Verdict.MET,
            evidence=("S99", "S1", FACT, "S1"),
            searched=("Nowhere", "Scenario"),
            passages=("P-zzz", "P-a"),
        )
    )
    result = grounded.checks[0]
    assert result.evidence == ("S1", FACT)
    assert result.searched == ("Scenario",)
    assert result.passages == ("P-a",)


@pytest.mark.parametrize(
    ("evidence", "searched", "expected"),
    [
        ((), (), Verdict.UNCLEAR),
        (("S99",), ("Nowhere",), Verdict.UNCLEAR),
        ((), ("Scenario",), Verdict.UNMET),
        (("S3",), (), Verdict.UNMET),
        ((FACT,), (), Verdict.UNMET),
    ],
)
def test_unmet_needs_evidence_or_a_search(
    evidence: tuple[str, ...], searched: tuple[str, ...], expected: Verdict
) -> None:
    answer = Answer(check="LAT-01", verdict=Verdict.UNMET, evidence=evidence, searched=searched)
    grounded = answered(answer)
    assert verdict_of(grounded) is expected
    assert bool(grounded.findings) is (expected is Verdict.UNMET)


def test_not_applicable_needs_a_reason() -> None:
    bare = answered(Answer(check="LAT-01", verdict=Verdict.NOT_APPLICABLE))
    assert verdict_of(bare) is Verdict.UNCLEAR
    told = answered(Answer(check="LAT-01", verdict=Verdict.NOT_APPLICABLE, note="No requests."))
    assert verdict_of(told) is Verdict.NOT_APPLICABLE


def test_passages_of_another_role_are_rejected() -> None:
    elsewhere = {"COM-01": (make_hit("theirs"),)}
    ours = brief(passages={"LAT-01": (make_hit("ours"),)})
    theirs = brief("compliance", passages=elsewhere)
    answer = RoleAnswer(
        answers=(
            Answer(
                check="LAT-01",
                verdict=Verdict.UNMET,
                evidence=("S3",),
                passages=("P-theirs", "P-ours"),
            ),
        )
    )
    grounded = ground(ours, answer)
    assert [c.passage for c in grounded.findings[0].citations] == ["P-ours"]
    assert ground(theirs, answer).findings == ()


def test_every_check_has_one_result_in_order_whatever_was_answered() -> None:
    grounded = answered(
        Answer(check="COM-01", verdict=Verdict.MET, evidence=("S1",)),  # of another role
        Answer(check="LAT-03", verdict=Verdict.MET, evidence=("S1",)),
        Answer(check="LAT-02", verdict=Verdict.MET, evidence=("S2",)),
        Answer(check="LAT-02", verdict=Verdict.UNMET, searched=("Scenario",)),  # said twice
        Answer(check="", verdict=Verdict.MET, evidence=("S1",)),
    )
    assert [r.id for r in grounded.checks] == LAT
    verdicts = [r.verdict for r in grounded.checks]
    assert verdicts == [Verdict.UNCLEAR, Verdict.MET, Verdict.MET, Verdict.UNCLEAR]
    assert not grounded.findings


def test_points_without_support_are_set_apart_and_do_not_hide_the_weakness() -> None:
    grounded = answered(
        Answer(check="LAT-01", verdict=Verdict.UNMET, searched=("Scenario",)),
        points=(
            Point(check="LAT-01", title="A guess", evidence=("S404",)),
            Point(check="COM-02", title="Not mine", evidence=("S1",)),
            Point(title="Free", searched=("Nowhere",)),
        ),
    )
    assert {f.title for f in grounded.unsupported} == {"A guess", "Free"}
    assert {f.title for f in grounded.findings} == {"Not mine", "Nothing about LAT-01"}
    foreign = next(f for f in grounded.findings if f.title == "Not mine")
    assert (foreign.check, foreign.role) == (None, "latency")


def test_a_supported_point_takes_the_place_of_the_checks_own_words() -> None:
    point = Point(check="LAT-01", title="Too old", evidence=("S3",), severity=Severity.CRITICAL)
    answer = Answer(check="LAT-01", verdict=Verdict.UNMET, evidence=("S3",))
    (finding,) = answered(answer, points=(point,)).findings
    assert (finding.title, finding.severity, finding.author) == (
        "Too old", Severity.CRITICAL, "model",
    )  # fmt: skip
    assert (finding.recommendation, finding.explanation) == ("Decide LAT-01.", "LAT-01 matters.")


def test_praise_does_not_hide_the_weakness_of_the_same_check() -> None:
    praise = Point(check="LAT-01", kind=FindingKind.NON_RISK, title="Great", evidence=("S1",))
    answer = Answer(check="LAT-01", verdict=Verdict.UNMET, evidence=("S3",))
    grounded = answered(answer, points=(praise,))
    assert [f.title for f in grounded.findings] == ["A wrong choice for LAT-01"]
    assert [f.title for f in grounded.strengths] == ["Great"]


def test_a_point_without_a_title_speaks_in_the_checks_words_or_not_at_all() -> None:
    grounded = answered(
        points=(
            Point(check="LAT-01", title="  ", evidence=("S1",)),
            Point(title="", evidence=("S1",)),
        )
    )
    assert [f.title for f in grounded.findings] == ["A wrong choice for LAT-01"]


def test_titles_tell_absent_from_wrong_from_half() -> None:
    grounded = answered(
        Answer(check="LAT-01", verdict=Verdict.UNMET, searched=("Scenario",)),
        Answer(check="LAT-02", verdict=Verdict.UNMET, evidence=("S3",)),
        Answer(check="LAT-03", verdict=Verdict.PARTLY, evidence=("S2",)),
    )
    by_check = {f.check: f for f in grounded.findings}
    assert by_check["LAT-01"].title == "Nothing about LAT-01"
    assert by_check["LAT-01"].claims_absence
    assert by_check["LAT-01"].searched == ("Scenario",)
    assert by_check["LAT-02"].title == "A wrong choice for LAT-02"
    assert not by_check["LAT-02"].claims_absence
    assert by_check["LAT-03"].title.startswith("Only in part: ")
    assert by_check["LAT-03"].severity is Severity.MEDIUM.lowered()


def test_a_contradiction_of_numbers_is_at_least_high() -> None:
    fact = Fact(id="F-c", name="contradiction.freshness", text="5 min, nightly.", spans=("S3",),
                holds=False)  # fmt: skip
    answer = RoleAnswer(answers=(Answer(check="LAT-01", verdict=Verdict.UNMET, evidence=("F-c",)),))
    (finding,) = ground(brief(analysis=Analysis(facts=(fact,))), answer).findings
    assert finding.severity is Severity.HIGH
    assert finding.facts == ("F-c",)
    assert finding.explanation.startswith("5 min, nightly.")
    assert [e.quote for e in finding.evidence] == ["A nightly job loads sales."]


def test_absences_of_one_criterion_are_one_finding_named_after_the_gravest() -> None:
    checks = (
        make_check("LAT-01", "latency", "c1", severity="low"),
        make_check("LAT-02", "latency", "c1", severity="high"),
        make_check("LAT-03", "latency", "c1", severity="medium"),
        make_check("LAT-04", "latency", "c2", severity="critical"),
    )
    sections = {"LAT-01": "Scenario", "LAT-02": "Architecture"}
    answers = tuple(
        Answer(check=c.id, verdict=Verdict.UNMET, searched=(sections.get(c.id, "Scenario"),))
        for c in checks
    )
    grounded = ground(brief(asked=checks), RoleAnswer(answers=answers))
    merged, single = grounded.findings
    assert merged.check == "LAT-02"
    assert set(merged.checks) == {"LAT-01", "LAT-02", "LAT-03"}
    assert merged.title == "Nothing about LAT-02 (and 2 more)"
    assert "nothing about LAT-03; nothing about LAT-01" in merged.explanation
    assert set(merged.searched) == {"Scenario", "Architecture"}
    assert (merged.id, single.id) == ("LAT-02:absent", "LAT-04:absent")


def test_what_is_quoted_is_never_merged_into_an_absence() -> None:
    grounded = answered(
        Answer(check="LAT-01", verdict=Verdict.UNMET, searched=("Scenario",)),
        Answer(check="LAT-02", verdict=Verdict.UNMET, evidence=("S3",)),
    )
    assert len(grounded.findings) == 2


def test_strengths_are_the_heaviest_met_checks_with_words() -> None:
    weights = {"LAT-01": 1, "LAT-02": 3, "LAT-03": 2, "LAT-04": 4, "LAT-05": 5}
    checks = tuple(make_check(i, "latency", "c", weight=w) for i, w in weights.items())
    answers = tuple(
        Answer(
            check=c.id,
            verdict=Verdict.MET,
            evidence=("F-privacy.reach",) if c.id == "LAT-05" else ("S1",),  # no span behind it
        )
        for c in checks
    )
    grounded = ground(brief(asked=checks), RoleAnswer(answers=answers))
    assert [s.check for s in grounded.strengths] == ["LAT-04", "LAT-02", "LAT-03"]
    assert all(s.kind is FindingKind.NON_RISK and s.evidence for s in grounded.strengths)
    assert grounded.strengths[0].title == "A sound choice for LAT-04"
    assert not grounded.findings


def test_citations_keep_their_kind_and_are_few() -> None:
    (finding,) = answered(
        Answer(
            check="LAT-01",
            verdict=Verdict.UNMET,
            evidence=("S3",),
            passages=("P-b", "P-a", "P-c", "P-b"),
        )
    ).findings
    assert [(c.passage, c.kind) for c in finding.citations] == [
        ("P-b", "excerpt"),
        ("P-a", "summary"),
    ]
    assert finding.citations[0].title == "Source s1"


def test_ids_are_unique_over_findings_strengths_and_unsupported() -> None:
    points = tuple(
        Point(check=check, kind=kind, title=title, evidence=evidence)
        for check in ("LAT-01", None)
        for kind in FindingKind
        for title in ("One", "one", "Two")
        for evidence in (("S1",), ("S2",), (), (FACT,))
    )
    grounded = answered(
        Answer(check="LAT-01", verdict=Verdict.UNMET, evidence=("S3",)), points=points
    )
    found = (*grounded.findings, *grounded.strengths, *grounded.unsupported)
    assert len({f.id for f in found}) == len(found) > 20


def test_ids_that_end_in_a_number_do_not_run_into_each_other() -> None:
    facts = tuple(
        Fact(id=f"F-{n}", name="capacity.peak", text="t", node=node, holds=False)
        for n, node in enumerate(("a", "a", "a-2", "A"))
    )
    points = tuple(Point(check="LAT-01", title=f.id, evidence=(f.id,)) for f in facts)
    grounded = ground(brief(analysis=Analysis(facts=facts)), RoleAnswer(points=points))
    assert len({f.id for f in grounded.findings}) == 4


def test_ids_do_not_change_with_unrelated_text() -> None:
    other = make_design(
        (
            ("Preface", ("Something new stands here.", "And here.")),
            ("Scenario", ("A grocer drafts offers.", "Answers come within two seconds.")),
            ("Architecture", ("A nightly job loads sales.",)),
        )
    )

    def ids(design: Design, span: str) -> list[str]:
        answers = (
            Answer(check="LAT-01", verdict=Verdict.UNMET, evidence=(span,)),
            Answer(check="LAT-02", verdict=Verdict.UNMET, evidence=(FACT,)),
            Answer(check="LAT-03", verdict=Verdict.UNMET, searched=("Scenario",)),
        )
        return [f.id for f in ground(brief(design=design), RoleAnswer(answers=answers)).findings]

    assert ids(DESIGN, "S3") == ids(other, "S5")
    assert ids(DESIGN, "S3") == ["LAT-01:text", "LAT-02:app", "LAT-03:absent"]


def test_questions_are_trimmed_few_and_said_once() -> None:
    answer = RoleAnswer(questions=(" A? ", "A?", "", "  ", "B?", "C?", "D?"))
    assert ground(brief(), answer).questions == ("A?", "B?", "C?")


def test_who_abstains_is_not_heard_otherwise() -> None:
    answer = RoleAnswer(
        abstained="No text.",
        answers=(Answer(check="LAT-01", verdict=Verdict.MET, evidence=("S1",)),),
    )
    grounded = ground(brief(), answer)
    assert grounded == Grounded(role="latency", abstained="No text.")


@pytest.mark.parametrize("name", [*FACT_NAMES, "invented.name", "plain", ""])
def test_every_fact_has_lines_of_the_map_that_may_tell_of_it(name: str) -> None:
    assert _stated_by(name).pattern
