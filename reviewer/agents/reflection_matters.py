"""What of a review is worth thinking about: its points, conflicts, numbers and drills."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from pydantic import Field

from reviewer.domain.design import Frozen
from reviewer.domain.drill import DrillResult
from reviewer.domain.facts import Fact
from reviewer.domain.finding import Finding
from reviewer.domain.questionnaire import Questionnaire
from reviewer.domain.reflection import Matter
from reviewer.domain.review import Conflict, Review

_MORE = re.compile(r"\s*\(and \d+ more\)\s*$")
_SENTENCE = re.compile(r"(?<=\.)\s+(?=[A-Z0-9“])")
_MOST_WORDS = 24  # of a title
_MOST_TOLD = 34  # of a number or a drill
_QUOTES = str.maketrans({"“": "‘", "”": "’", '"': "’", "„": "‘", "«": "‘", "»": "’"})

# How surprising a fact is: (where it fails, where it holds, where it only informs); 0 is not told.
_SURPRISE: dict[str, tuple[float, float, float]] = {
    "capacity.ten_x": (8.5, 5.5, 5.0),
    "capacity.peak": (6.5, 0, 0),
    "capacity.retry_storm": (6.0, 0, 6.0),
    "latency.end_to_end": (8.0, 4.5, 0),
    "latency.stage": (0, 0, 3.5),
    "freshness.end_to_end": (8.5, 4.5, 0),
    "freshness.stage": (0, 0, 3.0),
    "storage.retention": (7.0, 0, 0),
    "storage.ten_x": (0, 0, 4.5),
    "cost.month": (7.0, 4.0, 5.5),
    "cost.ten_x": (7.5, 7.5, 7.5),
    "cost.model_request": (0, 0, 4.5),
    "privacy.reach": (6.5, 0, 6.5),
    "privacy.external": (7.5, 0, 0),
    "privacy.regions": (7.0, 0, 4.5),
    "privacy.unencrypted_hop": (6.5, 0, 0),
    "reliability.single_point": (7.0, 0, 0),
    "reliability.availability": (7.5, 4.5, 0),
    "legacy.dependents": (0, 0, 6.0),
    "legacy.freshness": (7.0, 0, 0),
    "model.rate_limit": (7.5, 4.0, 0),
    "model.token_limit": (7.0, 0, 0),
    "model.context_window": (7.0, 0, 0),
    "model.refresh": (6.5, 0, 0),
}
_CONTRADICTION = 7.0
_PASSAGE, _FRAGMENT = -4.0, 8.0  # weight of a passage, and what each step of unreadability costs it
_MOST_OF_A_KIND = 2  # facts of one name


class Material(Frozen):
    """One thing to think about. `words` fill a lead; `about` and `keys` tell it from others.

    `subject` finds its topics: a criterion or a family of facts. `told` is all that the review
    says of it, `answers` the recommendations and remedies that no prompt may repeat.
    """

    id: str
    matter: Matter
    weight: float
    words: dict[str, str] = Field(default_factory=dict)
    about: tuple[str, ...] = ()
    keys: frozenset[str] = frozenset()
    subjects: tuple[str, ...] = ()
    told: str = ""
    own: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()


def materials(
    review: Review, questionnaire: Questionnaire, drills: Sequence[DrillResult] = ()
) -> tuple[Material, ...]:
    """Everything that a review offers, in a fixed order; weights tell what comes first."""
    remedies = {check.id: check.remedy for check in questionnaire.checks}
    findings = {f.id: f for f in (*review.findings, *review.strengths, *review.unsupported)}
    points = (_point(f, review, remedies, place) for place, f in enumerate(review.findings))
    praise = (_praise(f, remedies, place) for place, f in enumerate(review.strengths))
    gaps = (gap for finding in review.findings for gap in _gaps(finding, questionnaire))
    conflicts = (_conflict(c, findings, remedies) for c in review.conflicts)
    everything = [*points, *praise, *conflicts, *_numbers(review.analysis.facts, review, remedies)]
    everything += [*_drills(drills, review), *gaps]
    return tuple(m for m in everything if m is not None)


def stated(title: str) -> str:
    """A title as it stands inside a sentence: one line, no end mark, no quotation marks within."""
    text = "".join(c for c in " ".join(title.split()) if c.isprintable())
    text = _MORE.sub("", text).translate(_QUOTES).rstrip(" .;,:")
    shown = text.split()
    return " ".join(shown[:_MOST_WORDS]) + " …" if len(shown) > _MOST_WORDS else text


def _answers(finding: Finding, remedies: dict[str, str]) -> tuple[str, ...]:
    checks = {*finding.checks, *((finding.check,) if finding.check else ())}
    told = (finding.recommendation, *(remedies.get(check, "") for check in sorted(checks)))
    return tuple(text for text in told if text)


def _checks(finding: Finding) -> tuple[str, ...]:
    return finding.checks or ((finding.check,) if finding.check else ())


def _point(
    finding: Finding, review: Review, remedies: dict[str, str], place: int
) -> Material | None:
    weight = 3.0 + 1.2 * finding.severity.rank - 0.01 * place - (3.0 if finding.folded else 0.0)
    if finding.id in review.priorities:
        weight += 3.0 - 0.3 * review.priorities.index(finding.id)
    absent = finding.claims_absence and not finding.evidence
    return _of_finding(finding, Matter.ABSENCE if absent else Matter.WEAKNESS, weight, remedies)


def _praise(finding: Finding, remedies: dict[str, str], place: int) -> Material | None:
    return _of_finding(finding, Matter.STRENGTH, 6.0 - 0.1 * place, remedies)


def _of_finding(
    finding: Finding, matter: Matter, weight: float, remedies: dict[str, str]
) -> Material | None:
    title = stated(finding.title)
    if not title:
        return None
    return Material(
        id=f"{matter.value}:{finding.id}",
        matter=matter,
        weight=weight,
        words={"point": title},
        about=(finding.id,),
        keys=frozenset({finding.id, *_checks(finding), *finding.facts}),
        subjects=tuple(x for x in (finding.criterion, finding.role) if x),
        told=f"{finding.title} {finding.explanation}",
        own=tuple(e.span for e in finding.evidence),
        checks=_checks(finding),
        answers=_answers(finding, remedies),
    )


def _gaps(finding: Finding, questionnaire: Questionnaire) -> Iterator[Material]:
    """What else is missing where a finding stands for several absent points."""
    if not finding.claims_absence or len(finding.checks) < 2:
        return
    known = {check.id: check for check in questionnaire.checks}
    for place, check_id in enumerate(finding.checks[1:]):
        check = known.get(check_id)
        if check is None:
            continue
        yield Material(
            id=f"gap:{check_id}",
            matter=Matter.ABSENCE,
            weight=2.5 + 0.5 * check.severity.rank - 0.05 * place,
            words={"point": stated(check.weakness)},
            about=(finding.id, check_id),
            keys=frozenset({check_id}),
            subjects=(check.criterion, check.role),
            told=f"{check.weakness} {check.question}",
            checks=(check_id,),
            answers=(check.remedy, finding.recommendation),
        )


def _conflict(
    conflict: Conflict, findings: dict[str, Finding], remedies: dict[str, str]
) -> Material | None:
    sides = [findings[i] for i in conflict.findings if i in findings]
    titles = [stated(side.title) for side in sides]
    if len(sides) < 2 or not all(titles[:2]) or titles[0] == titles[1]:
        return None
    return Material(
        id=f"conflict:{conflict.id}",
        matter=Matter.CONFLICT,
        weight=8.0,
        words={"first": titles[0], "second": titles[1]},
        about=(conflict.id, *(side.id for side in sides)),
        keys=frozenset({conflict.id, *(check for side in sides for check in _checks(side))}),
        subjects=tuple(side.criterion for side in sides if side.criterion),
        told=f"{conflict.tension} {titles[0]} {titles[1]}",
        own=tuple(e.span for side in sides for e in side.evidence),
        checks=tuple(check for side in sides for check in _checks(side)),
        answers=tuple(text for side in sides for text in _answers(side, remedies)),
    )


def _numbers(facts: Sequence[Fact], review: Review, remedies: dict[str, str]) -> Iterator[Material]:
    """Facts that surprise; of each kind the most telling ones, and no text twice."""
    seen: dict[str, int] = {}
    texts: set[str] = set()
    for fact in sorted(facts, key=lambda f: (-_surprise(f), -_share(f), f.id)):
        text = " ".join(fact.text.split()).translate(_QUOTES)
        count = seen.get(fact.name, 0)
        tellable = _surprise(fact) > 0 and text.endswith(".") and len(text.split()) <= _MOST_TOLD
        if not tellable or text in texts or count >= _MOST_OF_A_KIND:
            continue
        seen[fact.name] = count + 1
        texts.add(text)
        raised = [f for f in (*review.findings, *review.strengths) if fact.id in f.facts]
        yield Material(
            id=f"number:{fact.id}",
            matter=Matter.NUMBER,
            weight=_surprise(fact) - 1.5 * count,
            words={"number": text},
            about=(fact.id,),
            keys=frozenset({fact.id, *(check for f in raised for check in _checks(f))}),
            subjects=(fact.name.partition(".")[0],),
            told=text,
            own=fact.spans,
            answers=tuple(answer for f in raised for answer in _answers(f, remedies)),
        )


def _surprise(fact: Fact) -> float:
    if fact.name.startswith("contradiction."):
        return _CONTRADICTION if fact.holds is False else 0.0
    fails, holds, informs = _SURPRISE.get(fact.name, (0.0, 0.0, 0.0))
    return {False: fails, True: holds, None: informs}[fact.holds]


def _share(fact: Fact) -> float:
    """Of facts that give a part of a whole, the largest part comes first."""
    return fact.value if isinstance(fact.value, float) else 0.0


def _drills(drills: Sequence[DrillResult], review: Review) -> Iterator[Material]:
    spans = {node.id: node.spans for node in review.design.data_flow.nodes}
    recommendations = tuple(f.recommendation for f in review.findings if f.recommendation)
    for result in drills:
        told = _played(result)
        if result.status == "impossible" or told is None:
            continue
        hit = [node for event in result.events for node in event.nodes]
        nodes = dict.fromkeys([*hit, *((result.peak_node,) if result.peak_node else ())])
        harm = bool(result.growing or result.lost > 1 or (result.late_minutes or 0) > 1)
        yield Material(
            id=f"drill:{result.scenario}",
            matter=Matter.DRILL,
            weight=7.5 if harm else 4.0,
            words={"drill": told},
            about=(f"drill:{result.scenario}",),
            keys=frozenset({f"drill:{result.scenario}"}),
            subjects=("drill",),
            told=f"{result.title} {result.verdict}",
            related=tuple(span for node in nodes for span in spans.get(node, ())),
            answers=recommendations,
        )


def _played(result: DrillResult) -> str | None:
    """The title of a drill and as much of its outcome as is read at one go; None without any."""
    title = told = f"{stated(result.title)}."
    for sentence in _SENTENCE.split(" ".join(result.verdict.translate(_QUOTES).split())):
        if "could not" in sentence:
            continue
        if len(told.split()) + len(sentence.split()) > _MOST_TOLD:
            break
        told += f" {sentence}"
    return told if told != title else None


def passages(spans: Iterable[tuple[str, str, float]]) -> Iterator[Material]:
    """Material of last resort: spans (id, text, readability) by themselves.

    A span that reads badly comes after a second look at one that reads well.
    """
    for span_id, text, readable in spans:
        yield Material(
            id=f"passage:{span_id}",
            matter=Matter.PASSAGE,
            weight=_PASSAGE + _FRAGMENT * min(readable, 0.0),
            about=(span_id,),
            keys=frozenset({span_id}),
            told=text,
            own=(span_id,),
        )
