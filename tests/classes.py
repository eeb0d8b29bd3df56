"""A class for tests: designs, reviews of them, and a store with somebody in it."""

from __future__ import annotations

from typing import NamedTuple

from reviewer.domain.course import Course, Group, Person, ReviewJob
from reviewer.domain.design import Design, Span
from reviewer.domain.facts import Analysis, Fact
from reviewer.domain.finding import Citation, Evidence, Finding, FindingKind, Severity
from reviewer.domain.questionnaire import Verdict
from reviewer.domain.review import (
    CheckResult,
    CriterionScore,
    Manifest,
    Review,
    RoleFailure,
    RoleReport,
    Rubric,
    Usage,
)
from reviewer.store import Store


class Class(NamedTuple):
    """A course with one group of two."""

    course: Course
    group: Group
    ann: Person
    ben: Person


def a_class(store: Store) -> Class:
    course = store.courses.add_course("Pipelines", ["starter", "spring"])
    ann, ben = store.courses.add_person("Ann"), store.courses.add_person("Ben")
    group = store.courses.add_group(course.id, "Group 1", [ann.id, ben.id])
    return Class(course, group, ann, ben)


def a_design(text: str = "Orders are read nightly.", title: str = "Prices") -> Design:
    span = Span(id="S1", section="Data", kind="sentence", text=text, start=0, end=len(text))
    return Design(title=title, source="prices.md", text=text, spans=(span,))


def a_finding(number: int = 1, *, source: str | None = "gone-2020", words: str = "Late") -> Finding:
    cited = Citation(kind="summary", passage="P-1", source=source or "", title="A paper", text="T")
    return Finding(
        id=f"F{number}",
        role="latency",
        check="LAT-01",
        checks=("LAT-01",),
        criterion="timely_data",
        kind=FindingKind.RISK,
        severity=Severity.HIGH,
        title=words,
        explanation=f"{words}: explained",
        recommendation=f"{words}: mended",
        evidence=(Evidence(span="S1", quote="Orders", start=0, end=6),),
        citations=(cited,) if source else (),
    )


def a_review(design: Design, *, partial: bool = False, findings: int = 2) -> Review:
    level = CriterionScore(
        id="timely_data",
        title="Timely data",
        role="latency",
        level=2.5,
        range=(2.5, 3.0),
        weight=2.0,
        decided_weight=1.5,
        reason="Decided by text.",
        checks=("LAT-01",),
    )
    check = CheckResult(
        id="LAT-01", role="latency", criterion="timely_data", verdict=Verdict.PARTLY
    )
    failed = RoleFailure(role="compliance", reason="no answer")
    return Review(
        design=design,
        analysis=Analysis(facts=(Fact(id="F-1", name="stated.load", text="Stated.", value=1.5),)),
        roles=(RoleReport(role="latency", score=2.5), *((failed,) if partial else ())),
        checks=(check,),
        findings=tuple(a_finding(n) for n in range(1, findings + 1)),
        strengths=(a_finding(90, source=None),),
        rubric=Rubric(criteria=(level,), total=47.1, range=(47.1, 60.0), decided_weight=1.5),
        manifest=Manifest(
            model="offline",
            usage=Usage(input=10, output=3, calls=1, cost=0.25),
            status="partial" if partial else "complete",
            seconds=1.25,
        ),
    )


def asked(store: Store, group: str, text: str = "Orders are read nightly.") -> ReviewJob:
    """A review that the group asked for."""
    handed_in = store.submissions.add(group, a_design(text), filename="prices.md")
    return store.reviews.request(handed_in.id, model="offline", key=handed_in.sha256)[0]
