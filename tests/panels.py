"""A small questionnaire, a small design and a scripted answerer for tests of the engine's heart."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from knowledge.types import Hit, Passage, Source
from reviewer.agents.panel import Panel
from reviewer.domain.design import Design, Section, Span
from reviewer.domain.facts import Analysis, Fact
from reviewer.domain.finding import Finding, FindingKind, Severity
from reviewer.domain.questionnaire import (
    Answer,
    ChairAnswer,
    Check,
    Criterion,
    LessonTask,
    Questionnaire,
    Role,
    RoleAnswer,
    Tension,
    Verdict,
)
from reviewer.domain.review import Usage
from reviewer.ports import ChairBrief, RoleBrief

ROLES = ("scalability", "latency", "compliance", "legacy_integration", "reliability", "chair")
PREFIX = {role: role[:3].upper() for role in ROLES}


def make_check(check_id: str, role: str, criterion: str, **given: object) -> Check:
    words = {
        "question": f"Is {check_id} decided?",
        "weakness": f"Nothing about {check_id}",
        "risk": f"A wrong choice for {check_id}",
        "strength": f"A sound choice for {check_id}",
        "why": f"{check_id} matters.",
        "remedy": f"Decide {check_id}.",
    }
    return Check.model_validate(
        {"id": check_id, "role": role, "criterion": criterion, **words, **given}
    )


def make_criterion(criterion_id: str, role: str, weight: float = 1.0) -> Criterion:
    levels = ("a", "b", "c", "d", "e", "f")
    return Criterion(
        id=criterion_id, title=criterion_id.title(), role=role, weight=weight, levels=levels
    )


def questionnaire(per_criterion: int = 2) -> Questionnaire:
    """Six roles with two criteria each; check ids are like LAT-01."""
    checks, criteria = [], []
    for role in ROLES:
        number = 1
        for part in ("built", "measured"):
            criterion = f"{role}_{part}"
            criteria.append(make_criterion(criterion, role))
            for _ in range(per_criterion):
                checks.append(make_check(f"{PREFIX[role]}-{number:02}", role, criterion))
                number += 1
    return Questionnaire(
        tasks=(LessonTask(id="scenario", title="Scenario", ask="Say what it is."),),
        roles=tuple(Role(id=r, title=r.title(), scope=r, brief=f"Judge {r}.") for r in ROLES),
        criteria=tuple(criteria),
        checks=tuple(checks),
        tensions=(
            Tension(
                id="t1", checks=("LAT-01", "COM-01"), tension="Fast or private.", question="Which?"
            ),
        ),
    )


def make_design(sections: Sequence[tuple[str, Sequence[str]]]) -> Design:
    """A design of these sections and sentences, with exact offsets."""
    text = ""
    spans: list[Span] = []
    found: list[Section] = []
    for title, lines in sections:
        first = len(text)
        for line in lines:
            start = len(text)
            text += line
            spans.append(
                Span(
                    id=f"S{len(spans) + 1}",
                    section=title,
                    kind="sentence",
                    text=line,
                    start=start,
                    end=len(text),
                )
            )
            text += "\n"
        found.append(Section(id=title, title=title, level=2, start=first, end=len(text)))
    return Design(title="T", source="t.md", text=text, sections=tuple(found), spans=tuple(spans))


DESIGN = make_design(
    (
        ("Scenario", ("A grocer drafts offers.", "Answers come within two seconds.")),
        ("Architecture", ("A nightly job loads sales.", "Customer names are in the prompt.")),
    )
)
FACTS = Analysis(
    facts=(
        Fact(
            id="F-freshness.end_to_end-app",
            name="freshness.end_to_end",
            text="Data is 24 h old.",
            spans=("S3",),
            node="app",
            holds=False,
        ),
        Fact(id="F-privacy.reach", name="privacy.reach", text="Names reach 2 nodes."),
    )
)


def make_hit(name: str, kind: str = "summary", source: str = "s1") -> Hit:
    passage = Passage.model_validate(
        {"id": f"P-{name}", "source": source, "text": f"Text of {name}.", "kind": kind}
    )
    return Hit(
        passage=passage,
        source=Source(id=source, title=f"Source {source}"),
        score=1.0,
        dense=1.0,
        lexical=1.0,
    )


def brief(
    role: str = "latency",
    *,
    design: Design = DESIGN,
    analysis: Analysis = FACTS,
    asked: Sequence[Check] | None = None,
    passages: dict[str, tuple[Hit, ...]] | None = None,
) -> RoleBrief:
    whole = questionnaire()
    checks = tuple(asked) if asked is not None else whole.checks_of(role)
    return RoleBrief(
        design=design,
        analysis=analysis,
        roles=(whole.role(role),),
        checks=checks,
        passages=passages or {},
    )


def make_finding(finding_id: str, role: str = "latency", **given: object) -> Finding:
    base = {
        "id": finding_id,
        "role": role,
        "kind": FindingKind.RISK,
        "severity": Severity.HIGH,
        "title": f"Title of {finding_id}",
        "explanation": "Why.",
        "recommendation": "Do.",
    }
    return Finding.model_validate({**base, **given})


def all_answers(brief: RoleBrief, verdict: Verdict, evidence: str = "S1") -> RoleAnswer:
    named = (evidence,) if verdict in (Verdict.MET, Verdict.PARTLY) else ()
    searched = ("Scenario",) if verdict is Verdict.UNMET else ()
    return RoleAnswer(
        answers=tuple(
            Answer(check=c.id, verdict=verdict, evidence=named, searched=searched, note="n")
            for c in brief.checks
        )
    )


Reply = Callable[[RoleBrief], Awaitable[RoleAnswer]]
ChairReply = Callable[[ChairBrief], Awaitable[ChairAnswer]]


class Scripted:
    """An answerer that says what its functions say, and remembers what it was shown."""

    name = "scripted"

    def __init__(self, reply: Reply, chair: ChairReply | None = None) -> None:
        self._reply = reply
        self._chair = chair
        self.briefs: list[RoleBrief] = []
        self.chair_briefs: list[ChairBrief] = []

    async def answer(self, brief: RoleBrief) -> tuple[RoleAnswer, Usage]:
        self.briefs.append(brief)
        return await self._reply(brief), Usage(input=10, output=1, calls=1)

    async def chair(self, brief: ChairBrief) -> tuple[ChairAnswer, Usage]:
        self.chair_briefs.append(brief)
        told = (
            await self._chair(brief)
            if self._chair
            else ChairAnswer(answer=await self._reply(brief.brief))
        )
        return told, Usage(input=10, output=1, calls=1)

    async def aclose(self) -> None:
        """Nothing to give back."""


class Library:
    """A retriever that finds one passage for each query, named after its role."""

    corpus = "sha256:test"

    def search(self, query: str, *, role: str | None = None, limit: int = 5) -> list[Hit]:
        return [make_hit(f"{role}-{len(query)}-{query[3:9]}")][:limit]

    def search_many(
        self, queries: Sequence[tuple[str, str | None]], *, limit: int = 5
    ) -> list[list[Hit]]:
        return [self.search(q, role=r, limit=limit) for q, r in queries]


def silent(stage: str, state: str) -> None:
    """Nobody watches."""


def make_panel(answerer: Scripted, **given: object) -> Panel:
    parts: dict[str, object] = {
        "questionnaire": questionnaire(),
        "answerer": answerer,
        "retriever": Library(),
        "measure": lambda design: FACTS,
        **given,
    }
    return Panel(**parts)  # type: ignore[arg-type]  # the parts are of the types above
