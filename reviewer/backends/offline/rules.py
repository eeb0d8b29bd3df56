"""Rules: one check against one reading, answered from facts, sentences and learned likeness.

In this order: a computed fact that fails or holds decides. Otherwise every sentence is weighed:
how surely it bears on the check, and how far it stands on the side of sound answers. The support
of all sentences together makes the point met, leaves it open, or is so small that the point is
`unmet`: said wrongly where a sentence bears on it, and else not said at all. A sentence that
clearly decides the other way, that denies or puts off, is held against the design by itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from reviewer.backends.offline.assertion import (
    Assertion,
    assertion,
    of_the_old_system,
    whole_assertion,
)
from reviewer.backends.offline.conditions import holds
from reviewer.backends.offline.features import DECISIVE, ON_TOPIC, Looked
from reviewer.backends.offline.reading import Line, Reading
from reviewer.backends.offline.terms import find_term
from reviewer.domain.facts import Analysis, Fact
from reviewer.domain.questionnaire import Answer, Check, Verdict

# Set on the part of the evaluation that is kept for tuning; see docs/evaluation.md.
MET = 0.28  # support by one sentence from which a point is met
OPEN = 0.17  # support by the best two from which it is not called unmet
BEARS = 0.45  # relevance from which a sentence bears on the point, whatever its side
ACCUSES = 0.50  # relevance from which a sentence may be held against the design
NAMES = 0.05  # relevance from which a decisive term keeps the design from being called silent
TOUCHES = 0.16  # relevance from which a sentence is named at all
NEUTRAL = 2.0  # stance at which a sentence counts half: sound sentences lie at 3 and more
STEEP = 0.5
AGAINST = -1.0  # stance below which a sentence accuses the design by itself

DENIAL = 3.0  # taken from the stance where a decisive term is denied: vectors hardly see a "not"
DENIED = 0.3  # what is left of its relevance to the point
_COUNTED = (
    2  # sentences that support a point; many faint ones make no answer, however long the text
)
_MOST_EVIDENCE = 3


@dataclass(frozen=True)
class Weighed:
    """A sentence that bears on a check: how surely, its part of the support, what it accuses."""

    line: Line
    relevance: float
    support: float
    accuses: bool
    names: bool = False  # has a decisive term in an affirmed statement


def answer_check(
    check: Check, reading: Reading, analysis: Analysis, looked: Looked, *, english: bool
) -> Answer:
    """The offline answer to one check. Other languages than English are decided by facts only."""
    failing, holding = _facts(check, analysis)
    if failing:
        return _fact_answer(check, Verdict.UNMET, failing)
    weighed = weigh(check, reading, looked) if english else []
    against = [w for w in weighed if w.accuses]
    if holding and against:
        return _divided(check, holding, against)
    if holding:
        return _fact_answer(check, Verdict.MET, holding)
    if not applies(check, reading) and not any(w.relevance >= BEARS for w in weighed):
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
    return _verdict(check, weighed, reading)


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
    """The sentences that bear on the check, each once, the most relevant first."""
    chances = reading.model.relevance.probability(looked.features)
    spans: dict[str, Weighed] = {}
    for row, found, relevance, stance in zip(
        looked.rows, looked.features, chances, looked.stance, strict=True
    ):
        line = reading.compared[row]
        if relevance < (NAMES if found[DECISIVE] else TOUCHES):
            continue
        if line.span.kind == "code" and not found[ON_TOPIC]:
            continue  # a line of code without a word of the point says nothing about it
        weighed = _weighed(check, line, float(relevance), float(stance))
        known = spans.get(line.span.id)
        spans[line.span.id] = weighed if known is None else _joined(known, weighed)
    return sorted(spans.values(), key=lambda w: (-w.relevance, w.line.span.start))


def _joined(one: Weighed, other: Weighed) -> Weighed:
    """A sentence and a clause of it: a part that supports the point excuses what the rest lacks."""
    support = max(one.support, other.support)
    return replace(
        one if one.relevance >= other.relevance else other,
        support=support,
        accuses=(one.accuses or other.accuses) and support < MET,
        names=one.names or other.names,
    )


def _weighed(check: Check, line: Line, relevance: float, stance: float) -> Weighed:
    section = _standing(check, line)
    stands = whole_assertion(line.plain, section)
    may = relevance >= ACCUSES
    if stands is Assertion.ASIDE:
        return Weighed(line, relevance, 0.0, accuses=False)
    if stands is Assertion.POSTPONED:
        return Weighed(line, relevance, 0.0, accuses=may)
    named = False
    if term := find_term(line.plain, check.offline.decisive):
        # "what is not compatible is refused" denies a term and speaks for the design
        if assertion(line.plain, *term, section) is Assertion.DENIED:
            relevance, stance = relevance * DENIED, stance - DENIAL
        else:
            named = True
    share = 1.0 / (1.0 + math.exp(-STEEP * (stance - NEUTRAL)))
    return Weighed(line, relevance, relevance * share, may and stance < AGAINST, named)


def _standing(check: Check, line: Line) -> Assertion:
    """How the line's section asserts it; options are what a comparison is asked for."""
    if line.section is Assertion.ASIDE and line.task in check.tasks:
        return Assertion.AFFIRMED
    if line.task == "scenario" and check.role != "chair" and of_the_old_system(line.plain):
        return Assertion.ASIDE
    return line.section


def _verdict(check: Check, weighed: list[Weighed], reading: Reading) -> Answer:
    best = sorted(weighed, key=lambda w: -w.support)
    support = 1.0 - math.prod(1.0 - w.support for w in best[:_COUNTED])
    against = [w for w in weighed if w.accuses]
    bearing = [w for w in weighed if w.relevance >= BEARS]
    if best and best[0].support >= MET:
        return _answer(check, Verdict.MET, best, "")
    if against:
        return _answer(check, Verdict.UNMET, against, "")
    if support >= OPEN or any(w.names for w in weighed):
        return _answer(check, Verdict.UNCLEAR, best, _TOUCHED)
    if not check.offline.absent and not bearing:
        return Answer(check=check.id, verdict=Verdict.NOT_APPLICABLE, note=_SILENT_IS_FINE)
    note = _UNSETTLED if bearing else _SILENT
    return Answer(check=check.id, verdict=Verdict.UNMET, searched=reading.searched, note=note)


_BOTH = "One statement speaks for the design here, another against it."
_TOUCHED = "The design touches on this without deciding it."
_SILENT = "No section speaks of this."
_UNSETTLED = "The sentences that come near do not settle this."
_SILENT_IS_FINE = "The design does not raise this, and need not."


def _answer(check: Check, verdict: Verdict, weighed: list[Weighed], note: str) -> Answer:
    spans = dict.fromkeys(w.line.span.id for w in weighed)
    evidence = tuple(spans)[:_MOST_EVIDENCE]
    return Answer(check=check.id, verdict=verdict, evidence=evidence, note=note)
