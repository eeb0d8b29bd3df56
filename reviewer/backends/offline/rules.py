"""Rules: one check against one reading, answered from facts, terms and two small classifiers.

In this order: a computed fact that fails or holds decides. Otherwise every line that bears on the
point is weighed: a decisive term in an affirmed statement speaks for the design, in a denied or
postponed one against it; other lines count as their relevance and polarity say. The strongest line
for and the strongest against settle the verdict; a line that only touches the point leaves it
`unclear`; silence of the whole design is `unmet` where the check says that silence is a weakness.
"""

from __future__ import annotations

from dataclasses import dataclass

from reviewer.backends.offline.assertion import (
    Assertion,
    assertion,
    of_the_old_system,
    whole_assertion,
)
from reviewer.backends.offline.conditions import holds
from reviewer.backends.offline.features import ON_TOPIC, Looked
from reviewer.backends.offline.reading import Line, Reading
from reviewer.backends.offline.terms import find_term
from reviewer.domain.facts import Analysis, Fact
from reviewer.domain.questionnaire import Answer, Check, Verdict

# Chances from the classifiers of model.py, set on the examples of the checks left out in turn.
DECIDES = 0.30  # relevance from which a line settles a point
SPEAKS = 0.20  # relevance from which a line speaks for the design in part
ACCUSES = 0.40  # relevance from which a line may be held against it
TOUCHES = 0.15  # relevance from which the design is not silent
FOR = 0.60  # polarity from which a line speaks for
AGAINST = 0.25  # polarity below which it speaks against
SETTLED = 0.80  # the weight of a decisive term
CLEARLY = 0.10  # a paraphrase of an example, this much closer than any of the other side
MARGIN = 0.15  # a side this much stronger than the other wins alone

_MOST_EVIDENCE = 3


@dataclass(frozen=True)
class Weighed:
    """A line that bears on a check: `side` is +1 for, -1 against, 0 only touching it."""

    line: Line
    side: int
    strength: float


def answer_check(
    check: Check, reading: Reading, analysis: Analysis, looked: Looked, *, english: bool
) -> Answer:
    """The offline answer to one check. Other languages than English are decided by facts only."""
    failing, holding = _facts(check, analysis)
    if failing:
        return _fact_answer(check, Verdict.UNMET, failing)
    against = [w for w in weigh(check, reading, looked) if w.side < 0] if english else []
    if holding and against:
        return _divided(check, holding, against)
    if holding:
        return _fact_answer(check, Verdict.MET, holding)
    if not applies(check, reading):
        return Answer(
            check=check.id,
            verdict=Verdict.NOT_APPLICABLE,
            note="Nothing in the design shows that this point applies.",
        )
    if not english:
        return Answer(
            check=check.id,
            verdict=Verdict.UNCLEAR,
            searched=reading.searched,
            note="The offline reviewer reads English; a model can answer this.",
        )
    return _verdict(check, weigh(check, reading, looked), reading)


def applies(check: Check, reading: Reading) -> bool:
    """Whether one of the check's conditions is true; a check without conditions always applies."""
    rule = check.offline
    if not rule.applies_text and not rule.applies_map:
        return True
    if any(holds(condition, reading.design.data_flow) for condition in rule.applies_map):
        return True
    return bool(reading.words.any(rule.applies_text))


def _facts(check: Check, analysis: Analysis) -> tuple[list[Fact], list[Fact]]:
    """The facts that decide a check: those that fail, and those that hold."""
    facts = [f for name in check.offline.facts for f in analysis.named(name)]
    return [f for f in facts if f.holds is False], [f for f in facts if f.holds]


def _divided(check: Check, holding: list[Fact], against: list[Weighed]) -> Answer:
    """The numbers hold and a statement speaks against the design: both are shown."""
    return Answer(
        check=check.id,
        verdict=Verdict.PARTLY,
        evidence=(against[0].line.span.id, holding[0].id),
        note=f"{holding[0].text} {_BOTH}",
    )


def _fact_answer(check: Check, verdict: Verdict, facts: list[Fact]) -> Answer:
    return Answer(
        check=check.id,
        verdict=verdict,
        evidence=tuple(f.id for f in facts[:_MOST_EVIDENCE]),
        note=facts[0].text,
    )


def weigh(check: Check, reading: Reading, looked: Looked) -> list[Weighed]:
    """The lines that bear on the check, strongest first."""
    polarities = reading.polarity
    chances = reading.model.relevance.probability(looked.features)
    weighed = []
    for row, found, relevance, lean in zip(
        looked.rows, looked.features, chances, looked.leaning, strict=True
    ):
        line = reading.compared[row]
        if line.span.kind == "code" and not found[ON_TOPIC]:
            continue  # a line of code without a word of the point says nothing about it
        settled = find_term(line.plain, check.offline.decisive) if relevance >= TOUCHES else None
        section = _standing(check, line)
        side, strength = _side(
            line, settled, section, (float(relevance), float(polarities[row])), float(lean)
        )
        if side or strength >= TOUCHES:
            weighed.append(Weighed(line, side, strength))
    return sorted(weighed, key=lambda w: (-w.strength, w.line.span.start))


def _standing(check: Check, line: Line) -> Assertion:
    """How the line's section asserts it; options are what a comparison is asked for."""
    if line.section is Assertion.ASIDE and line.task in check.tasks:
        return Assertion.AFFIRMED
    if line.task == "scenario" and check.role != "chair" and of_the_old_system(line.plain):
        return Assertion.ASIDE
    return line.section


def _side(
    line: Line,
    settled: tuple[int, int] | None,
    section: Assertion,
    chances: tuple[float, float],
    leaning: float,
) -> tuple[int, float]:
    relevance, polarity = chances
    if settled:
        stands = assertion(line.plain, *settled, section)
        if stands is Assertion.AFFIRMED and polarity > AGAINST:
            return 1, max(SETTLED, relevance)
        # "what is not compatible is refused" denies a term and speaks for the design
        if stands is Assertion.POSTPONED or (stands is Assertion.DENIED and polarity < FOR):
            return -1, max(SETTLED, relevance)
    stands = whole_assertion(line.plain, section)
    if abs(leaning) >= CLEARLY and stands is Assertion.AFFIRMED:
        return (1 if leaning > 0 else -1), max(DECIDES, relevance)
    if stands is Assertion.ASIDE or relevance < SPEAKS:
        return 0, relevance
    if stands is Assertion.POSTPONED:
        return -1, relevance
    if polarity >= FOR:
        return 1, relevance
    if polarity <= AGAINST and relevance >= ACCUSES:
        return -1, relevance
    return 0, relevance


def _verdict(check: Check, weighed: list[Weighed], reading: Reading) -> Answer:
    for_it = [w for w in weighed if w.side > 0]
    against = [w for w in weighed if w.side < 0]
    lead = (for_it[0].strength if for_it else 0.0) - (against[0].strength if against else 0.0)
    if for_it and against and abs(lead) < MARGIN:
        return _answer(check, Verdict.PARTLY, [against[0], for_it[0]], _BOTH)
    if for_it and lead > 0:
        settles = for_it[0].strength >= DECIDES
        verdict = Verdict.MET if settles else Verdict.PARTLY
        return _answer(check, verdict, for_it, "" if settles else _IN_PART)
    if against:
        return _answer(check, Verdict.UNMET, against, "")
    if weighed:
        return _answer(check, Verdict.UNCLEAR, weighed, _TOUCHED)
    if not check.offline.absent:
        return Answer(check=check.id, verdict=Verdict.NOT_APPLICABLE, note=_SILENT_IS_FINE)
    return Answer(check=check.id, verdict=Verdict.UNMET, searched=reading.searched, note=_SILENT)


_BOTH = "One statement speaks for the design here, another against it."
_IN_PART = "The design speaks of this, but not in a way that settles it."
_TOUCHED = "The design touches on this without deciding it."
_SILENT = "No section speaks of this."
_SILENT_IS_FINE = "The design does not raise this, and need not."


def _answer(check: Check, verdict: Verdict, weighed: list[Weighed], note: str) -> Answer:
    spans = dict.fromkeys(w.line.span.id for w in weighed)
    evidence = tuple(spans)[:_MOST_EVIDENCE]
    return Answer(check=check.id, verdict=verdict, evidence=evidence, note=note)
