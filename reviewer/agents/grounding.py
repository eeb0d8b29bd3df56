"""Grounding: ids become quotes, passages and facts; what points at nothing is set apart."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterable, Sequence

from knowledge.types import Hit
from reviewer.domain.design import Frozen, Span
from reviewer.domain.facts import Fact
from reviewer.domain.finding import Citation, Evidence, Finding, FindingKind, Severity
from reviewer.domain.questionnaire import Answer, Check, Point, RoleAnswer, Verdict
from reviewer.domain.review import CheckResult
from reviewer.ports import RoleBrief

_QUOTES = 4
_OF_A_FACT = 2  # quotes of one fact

_TIMES = r"\b(?:interval|mode|p50|p99|refresh)"
_LOADS = r"\b(?:rate|capacity|peak|parallelism|limit|record_size)"
_STATED_BY: dict[str, re.Pattern[str]] = {
    name: re.compile(pattern)
    for name, pattern in {
        "capacity": _LOADS,
        "growth": _LOADS,
        "latency": r"\bp(?:50|99)",
        "freshness": _TIMES,
        "storage": r"\b(?:retention|storage|replicas|record_size|rate)",
        "retention": r"\b(?:retention|storage|replicas|record_size|rate)",
        "cost": r"\b(?:price|cost|tokens)",
        "privacy": r"\b(?:personal_data|external|region|encrypt)",
        "residency": r"\b(?:region|personal_data)",
        "reliability": r"\b(?:parallelism|replicas|fallback|failure|availability)",
        "availability": r"\b(?:availability|replicas)",
        "legacy": r"\b(?:interface|interval|system|age)",
        "model": r"\b(?:limit|tokens|context_window|refresh|fallback|external)",
        "model_limit": r"\b(?:limit|tokens|rate)",
        "context_window": r"\b(?:context_window|tokens)",
        "drill": _LOADS,
        "stated": r"\d|:",
        "contradiction": r"\d",
    }.items()
}
_CITATIONS = 2
_STRENGTHS = 3
_QUESTIONS = 3


class Grounded(Frozen):
    """What is left of a role's answer when everything it names exists and was offered to it."""

    role: str
    checks: tuple[CheckResult, ...] = ()
    findings: tuple[Finding, ...] = ()
    strengths: tuple[Finding, ...] = ()
    unsupported: tuple[Finding, ...] = ()
    questions: tuple[str, ...] = ()
    abstained: str | None = None


class _Offered:
    """Everything the role was shown, by id."""

    def __init__(self, brief: RoleBrief) -> None:
        self.design = brief.design
        self.spans = {span.id: span for span in brief.design.spans}
        self.facts = {fact.id: fact for fact in brief.analysis.facts}
        self.sections = {section.id for section in brief.design.sections}
        self.hits = {hit.passage.id: hit for hits in brief.passages.values() for hit in hits}
        self.checks = {check.id: check for check in brief.checks}
        self._citations: dict[str, Citation] = {}

    def evidence(self, ids: Iterable[str]) -> tuple[str, ...]:
        return _unique([i for i in ids if i in self.spans or i in self.facts]) if ids else ()

    def searched(self, ids: Iterable[str]) -> tuple[str, ...]:
        return _unique([i for i in ids if i in self.sections]) if ids else ()

    def passages(self, ids: Iterable[str]) -> tuple[str, ...]:
        return _unique([i for i in ids if i in self.hits]) if ids else ()

    def quotes(self, ids: Sequence[str]) -> tuple[Evidence, ...]:
        if not ids:
            return ()
        named = [self.spans[i] for i in ids if i in self.spans]
        facts = [self.facts[i] for i in ids if i in self.facts]
        spans = [*named, *(s for fact in facts for s in self._telling(fact))]
        return tuple(
            Evidence(span=s.id, quote=s.text, start=s.start, end=s.end)
            for s in list(dict.fromkeys(spans))[:_QUOTES]
        )

    def citations(self, ids: Sequence[str]) -> tuple[Citation, ...]:
        """The first passages as citations, each made once."""
        if not ids:
            return ()
        for i in (first := ids[:_CITATIONS]):
            if i not in self._citations:
                self._citations[i] = _citation(self.hits[i])
        return tuple(self._citations[i] for i in first)

    def _telling(self, fact: Fact) -> list[Span]:
        """The prose behind a fact, and the lines of the map that state what it is about."""
        spans = [self.spans[s] for s in fact.spans if s in self.spans]
        about = _stated_by(fact.name)
        prose = [s for s in spans if s.kind != "code"][:_OF_A_FACT]
        lines = [s for s in spans if s.kind == "code" and about.search(s.text)]
        lines.sort(key=lambda span: not re.search(r"\d", span.text))  # values before words
        return [*prose, *lines[: _OF_A_FACT - len(prose)]] or spans[:1]

    def named_facts(self, ids: Iterable[str]) -> tuple[Fact, ...]:
        return tuple([self.facts[i] for i in ids if i in self.facts]) if ids else ()


def _stated_by(name: str) -> re.Pattern[str]:
    """What a line of the map says that states a fact of this name; its kind, else its family."""
    family, kind = name.split(".")[0], name.split(".")[-1]
    return _STATED_BY.get(kind) or _STATED_BY.get(family) or _STATED_BY["stated"]


def ground(brief: RoleBrief, answer: RoleAnswer, *, author: str = "code") -> Grounded:
    """Checks every id of a role's answer and turns the answer into findings with quotes.

    Ids that do not exist or were not offered are dropped; a verdict that then rests on nothing
    becomes `unclear`, a point that rests on nothing goes to `unsupported`.
    """
    offered = _Offered(brief)
    role = brief.roles[0].id
    if answer.abstained:
        return Grounded(role=role, abstained=answer.abstained)
    results = _results(offered, brief.checks, answer.answers)
    points = [p for p in (_repointed(offered, p) for p in answer.points) if p.title or p.check]
    grounded = [_finding(offered, role, point, author) for point in points]
    weak = {r.id for r in results if r.verdict in (Verdict.UNMET, Verdict.PARTLY)}
    risks = [f for f in grounded if _supported(f) and f.kind is not FindingKind.NON_RISK]
    spoken_for = {f.check for f in risks}
    derived = [_derived(offered, r) for r in results if r.id in weak - spoken_for]
    strengths = [f for f in grounded if _supported(f) and f.kind is FindingKind.NON_RISK]
    taken: set[str] = set()
    return Grounded(
        role=role,
        checks=tuple(results),
        findings=_named(merge_absences([*risks, *derived], offered.checks), taken),
        strengths=_named((strengths or _sound(offered, results))[:_STRENGTHS], taken),
        unsupported=_named([f for f in grounded if not _supported(f)], taken),
        questions=_unique(q.strip() for q in answer.questions if q.strip())[:_QUESTIONS],
    )


def _results(
    offered: _Offered, checks: Sequence[Check], answers: Sequence[Answer]
) -> list[CheckResult]:
    given = {answer.check: answer for answer in reversed(answers)}  # the first one counts
    return [_result(offered, check, given.get(check.id)) for check in checks]


def _result(offered: _Offered, check: Check, answer: Answer | None) -> CheckResult:
    if answer is None:
        return CheckResult(
            id=check.id,
            role=check.role,
            criterion=check.criterion,
            verdict=Verdict.UNCLEAR,
            note="Not answered.",
        )
    evidence, searched = offered.evidence(answer.evidence), offered.searched(answer.searched)
    verdict, note = answer.verdict, answer.note.strip()
    if verdict in (Verdict.MET, Verdict.PARTLY) and not evidence:
        verdict, note = Verdict.UNCLEAR, "Answered without evidence that exists in the design."
    if verdict is Verdict.UNMET and not evidence and not searched:
        verdict, note = Verdict.UNCLEAR, "Called missing without naming where it was searched."
    if verdict is Verdict.NOT_APPLICABLE and not (note or evidence or searched):
        verdict, note = Verdict.UNCLEAR, "Called not applicable without a reason."
    return CheckResult(
        id=check.id,
        role=check.role,
        criterion=check.criterion,
        verdict=verdict,
        evidence=evidence,
        searched=searched,
        passages=offered.passages(answer.passages),
        note=note,
    )


def _repointed(offered: _Offered, point: Point) -> Point:
    """The point with only those ids that were offered; an unknown check becomes none."""
    return point.model_copy(
        update={
            "title": point.title.strip(),
            "check": point.check if point.check in offered.checks else None,
            "evidence": offered.evidence(point.evidence),
            "searched": offered.searched(point.searched),
            "passages": offered.passages(point.passages),
        }
    )


def _finding(offered: _Offered, role: str, point: Point, author: str) -> Finding:
    check = offered.checks.get(point.check) if point.check else None
    facts = offered.named_facts(point.evidence)
    quotes = offered.quotes(point.evidence)
    return Finding(
        id="",
        role=check.role if check else role,
        check=check.id if check else None,
        checks=(check.id,) if check else (),
        criterion=check.criterion if check else None,
        kind=point.kind,
        severity=point.severity,
        title=point.title or _own_title(check, point),
        explanation=point.explanation.strip() or (check.why if check else ""),
        recommendation=point.recommendation.strip() or (check.remedy if check else ""),
        claims_absence=not quotes and not facts and bool(point.searched),
        evidence=quotes,
        searched=point.searched,
        facts=tuple(f.id for f in facts),
        node=next((f.node for f in facts if f.node), None),
        citations=offered.citations(point.passages),
        author="model" if author == "model" else "code",
    )


def _own_title(check: Check | None, point: Point) -> str:
    """The check's words for a point that came without a title."""
    if check is None:
        return ""
    return (check.strength if point.kind is FindingKind.NON_RISK else check.risk) or check.question


def _derived(offered: _Offered, result: CheckResult) -> Finding:
    """The finding that a check's own words make of an `unmet` or `partly` answer."""
    check = offered.checks[result.id]
    facts = offered.named_facts(result.evidence)
    failing = [f for f in facts if f.holds is False]
    silent = not result.evidence
    reason = " ".join(list(dict.fromkeys(f.text for f in failing))[:2]) or result.note
    severity = check.severity
    if result.verdict is Verdict.PARTLY:
        severity = severity.lowered()
    elif any(f.name.startswith("contradiction.") for f in failing):
        severity = max(
            severity, Severity.HIGH, key=lambda s: s.rank
        )  # two numbers cannot both hold
    return Finding(
        id="",
        role=check.role,
        check=check.id,
        checks=(check.id,),
        criterion=check.criterion,
        kind=FindingKind.RISK,
        severity=severity,
        title=_title(check, result),
        explanation=f"{reason} {check.why}".strip(),
        recommendation=check.remedy,
        claims_absence=silent,
        evidence=offered.quotes(result.evidence),
        searched=result.searched if silent else (),
        facts=tuple(f.id for f in facts),
        node=next((f.node for f in failing if f.node), None),
        citations=offered.citations(result.passages),
    )


def _title(check: Check, result: CheckResult) -> str:
    if result.verdict is Verdict.PARTLY:
        sound = check.strength or check.weakness
        acronym = sound[1:2].isupper()
        return f"Only in part: {sound if acronym else sound[:1].lower() + sound[1:]}"
    return check.risk if result.evidence else check.weakness


def _sound(offered: _Offered, results: Sequence[CheckResult]) -> list[Finding]:
    """Strengths: the heaviest checks that are met by words of the design."""
    met = [r for r in results if r.verdict is Verdict.MET]
    met.sort(key=lambda r: (-offered.checks[r.id].weight, r.id))
    quoted = (r for r in met if offered.quotes(r.evidence))
    return [_strength(offered, result) for result in itertools.islice(quoted, _STRENGTHS)]


def _strength(offered: _Offered, result: CheckResult) -> Finding:
    check = offered.checks[result.id]
    facts = offered.named_facts(result.evidence)
    return Finding(
        id="",
        role=check.role,
        check=check.id,
        checks=(check.id,),
        criterion=check.criterion,
        kind=FindingKind.NON_RISK,
        severity=Severity.LOW,
        title=check.strength or check.question,
        explanation=" ".join(f.text for f in facts) or check.why,
        recommendation="",
        evidence=offered.quotes(result.evidence),
        facts=tuple(f.id for f in facts),
        citations=offered.citations(result.passages),
    )


def merge_absences(findings: Sequence[Finding], checks: dict[str, Check]) -> list[Finding]:
    """Absent points of one criterion become one finding, named after the gravest of them.

    It has that one's citations only: what supports another point would seem to support the title.
    """
    kept: list[Finding] = []
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.claims_absence and finding.criterion:
            groups.setdefault(finding.criterion, []).append(finding)
        else:
            kept.append(finding)
    return kept + [_merged(group, checks) for group in groups.values()]


def _merged(group: Sequence[Finding], checks: dict[str, Check]) -> Finding:
    def gravity(finding: Finding) -> tuple[int, float, str]:
        weight = max((checks[c].weight for c in finding.checks if c in checks), default=1.0)
        return (-finding.severity.rank, -weight, finding.check or "")

    first, *others = sorted(group, key=gravity)
    if not others:
        return first
    more = f" (and {len(others)} more)"
    also = "; ".join(f.title[:1].lower() + f.title[1:] for f in others)
    return first.model_copy(
        update={
            "title": first.title + more,
            "explanation": f"{first.explanation} Also not addressed: {also}.",
            "checks": _unique(c for f in (first, *others) for c in f.checks),
            "searched": _unique(s for f in (first, *others) for s in f.searched),
        }
    )


def _citation(hit: Hit) -> Citation:
    return Citation(
        kind=hit.passage.kind,
        passage=hit.passage.id,
        source=hit.source.id,
        title=hit.source.title,
        text=hit.passage.text,
        locator=hit.passage.locator,
        evidence=hit.passage.evidence,
    )


def _supported(finding: Finding) -> bool:
    return bool(finding.evidence or finding.facts or finding.searched)


def _named(findings: Sequence[Finding], taken: set[str]) -> tuple[Finding, ...]:
    """Gives each finding its id: check and place, so that it lasts from revision to revision.

    `taken` are the ids that the role has already given away; new ones are added.
    """
    named = []
    for finding in findings:
        base = f"{finding.check or 'X-' + finding.role}:{_place(finding)}"
        numbered = (f"{base}-{n}" for n in itertools.count(2))
        name = next(i for i in itertools.chain((base,), numbered) if i not in taken)
        taken.add(name)
        named.append(finding.model_copy(update={"id": name}))
    return tuple(named)


def _place(finding: Finding) -> str:
    if finding.node:
        return _slug(finding.node)
    if finding.check is None:
        digest = hashlib.sha256(finding.title.casefold().encode()).hexdigest()
        return digest[:6]
    if finding.kind is FindingKind.NON_RISK:
        return "sound"
    return "absent" if finding.claims_absence else "text"


def _slug(text: str) -> str:
    return re.sub(r"[^\w]+", "-", text.casefold()).strip("-")[:40] or "place"


def _unique(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))
