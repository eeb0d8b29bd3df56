"""Contradiction: an answer that the analysis or the text itself speaks against is not counted.

A model may be talked into full marks by the design that it reads. Code cannot judge a design, but
it knows three things: a computed fact that fails, a sentence that speaks to the reviewer instead of
describing anything, and praise without exception whose quotes have no word in common with the
question. A verdict that one of them contradicts becomes `unclear`, and the review says so.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from reviewer.agents.grounding import Grounded
from reviewer.domain.address import speaks_to_reviewer
from reviewer.domain.design import Design
from reviewer.domain.facts import Analysis, Fact
from reviewer.domain.questionnaire import Check, Questionnaire, Verdict
from reviewer.domain.review import CheckResult

_ALL_BUT = 0.9  # of a role's verdicts that apply: praise without exception
_NOTHING = 0.75  # of a role's checks that do not apply: hardly anything is left to judge
_FEW = 5  # checks below which a share says nothing
_ONE_FOR_ALL = 4  # checks that one sentence may settle
_WORDS = 2  # words in common with the question from which a quote bears on it
_STEM = 5

_NOTE = {
    "fact": "Answered as met, but the computed facts speak against it: {told}",
    "applies": "Called not applicable, but a computed fact is about it: {told}",
    "words": "The text quoted for this speaks to the reviewer and describes nothing.",
    "praise": "Everything was answered as met, and the text quoted here does not bear on the point.",
    "silence": "Nearly everything was called not applicable, which leaves nothing to judge.",
}


@dataclass(frozen=True)
class _Known:
    """What code knows of the design, beside the answers."""

    design: Design
    analysis: Analysis
    checks: dict[str, Check]
    spans: dict[str, str]
    spoken: dict[str, bool] = field(default_factory=dict)

    def speaks(self, span: str) -> bool:
        """Whether a span speaks to the reviewer; looked at once, however many checks quote it."""
        if span not in self.spoken:
            self.spoken[span] = speaks_to_reviewer(self.spans[span])
        return self.spoken[span]

    def facts(self, check: str) -> list[Fact]:
        """The facts that decide a check."""
        return [f for n in self.checks[check].offline.facts for f in self.analysis.named(n)]


def doubted(
    questionnaire: Questionnaire, design: Design, analysis: Analysis, answered: Sequence[Grounded]
) -> tuple[list[Grounded], tuple[str, ...]]:
    """The answers with contradicted verdicts as `unclear`, and a sentence for each such role."""
    known = _Known(
        design,
        analysis,
        {check.id: check for check in questionnaire.checks},
        {span.id: span.text for span in design.spans},
    )
    titles = {role.id: role.title for role in questionnaire.roles}
    kept: list[Grounded] = []
    notes: list[str] = []
    for one in answered:
        doubts = _doubts(one.checks, known)
        kept.append(_without(one, doubts) if doubts else one)
        if doubts:
            notes.append(
                f"{titles.get(one.role, one.role)}: {len(doubts)} of {len(one.checks)} answers "
                "contradict the analysis or rest on text that does not settle the point "
                f"({', '.join(sorted(doubts))}). They count as unclear, not as earned."
            )
    return kept, tuple(notes)


def _doubts(results: Sequence[CheckResult], known: _Known) -> dict[str, str]:
    """By check, why its verdict cannot stand."""
    praised = _share(results, Verdict.MET, within=_applying(results)) >= _ALL_BUT
    silent = _share(results, Verdict.NOT_APPLICABLE, within=results) >= _NOTHING
    used = Counter(e for r in results if r.verdict is Verdict.MET for e in set(r.evidence))
    doubts = {}
    for result in results:
        if result.verdict in (Verdict.MET, Verdict.PARTLY):
            reason = _against(result, known, used if praised else None)
        elif result.verdict is Verdict.NOT_APPLICABLE:
            reason = _applies(result, known) or (_NOTE["silence"] if silent else "")
        else:
            reason = ""
        if reason:
            doubts[result.id] = reason
    return doubts


def _against(result: CheckResult, known: _Known, used: Counter[str] | None) -> str:
    """Why a verdict of met cannot stand; `used` counts quotes where everything was praised."""
    failing = [f for f in known.facts(result.id) if f.holds is False]
    if failing and result.verdict is Verdict.MET:
        return _NOTE["fact"].format(told=failing[0].text)
    quoted = {e: known.spans[e] for e in result.evidence if e in known.spans}
    if not quoted:
        return ""  # rests on facts that hold
    if all(known.speaks(span) for span in quoted):
        return _NOTE["words"]
    if used is None or len(quoted) < len(result.evidence):
        return ""
    sole = [text for e, text in quoted.items() if used[e] <= _ONE_FOR_ALL]
    if not sole:
        return _NOTE["praise"]
    english = known.design.language == "en"
    if english and not any(_bears(text, known.checks[result.id]) for text in sole):
        return _NOTE["praise"]
    return ""


def _applies(result: CheckResult, known: _Known) -> str:
    deciding = [f for f in known.facts(result.id) if f.holds is False]
    return _NOTE["applies"].format(told=deciding[0].text) if deciding else ""


def _bears(text: str, check: Check) -> bool:
    """Whether a quote has words in common with the check's question, terms or examples."""
    rule = check.offline
    asked = (check.question, check.remedy, *rule.topic, *rule.decisive, *rule.met)
    return len(_stems((text,)) & _stems(asked)) >= _WORDS


def _stems(texts: Iterable[str]) -> set[str]:
    return {w[:_STEM] for t in texts for w in re.findall(r"\w+", t.casefold()) if len(w) >= _STEM}


def _applying(results: Sequence[CheckResult]) -> list[CheckResult]:
    return [r for r in results if r.verdict is not Verdict.NOT_APPLICABLE]


def _share(
    results: Sequence[CheckResult], verdict: Verdict, *, within: Sequence[CheckResult]
) -> float:
    if len(within) < _FEW:
        return 0.0
    return sum(r.verdict is verdict for r in results) / len(within)


def _without(one: Grounded, doubts: dict[str, str]) -> Grounded:
    """The answer with those verdicts unclear, and without the strengths that rest on them."""
    checks = tuple(
        r.model_copy(update={"verdict": Verdict.UNCLEAR, "note": doubts[r.id]})
        if r.id in doubts
        else r
        for r in one.checks
    )
    strengths = tuple(s for s in one.strengths if not set(s.checks) & doubts.keys())
    return one.model_copy(update={"checks": checks, "strengths": strengths})
