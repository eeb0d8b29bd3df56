"""Memory: an answerer that asks again only what a change of the design can have changed.

It stands before any other answerer. A check whose evidence, facts, searched sections and passages
are as they were keeps its answer, with ids of the new design; the others are asked as if for the
first time. A new answer changes a verdict only where it names changed text, or where what the old
verdict rested on is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from reviewer.agents.recall import Recalled, recall_points
from reviewer.domain.alignment import align
from reviewer.domain.design import Design, Span
from reviewer.domain.facts import Analysis
from reviewer.domain.finding import Finding
from reviewer.domain.questionnaire import (
    Answer,
    ChairAnswer,
    Check,
    Merge,
    RoleAnswer,
    Tradeoff,
    Verdict,
)
from reviewer.domain.review import CheckResult, Manifest, Review, Usage
from reviewer.domain.wording import Known
from reviewer.ports import Answerer, ChairBrief, RoleBrief

Bearing = Callable[[Sequence[Check], Sequence[Span]], frozenset[str]]
"""Which of these checks (their ids) any of these spans may bear on; in doubt it does."""

STANDS = "Nothing that was changed bears on this; the answer of the earlier version stands."


def comparable(earlier: Manifest, model: str, prompts: Mapping[str, str]) -> bool:
    """Whether answers of an earlier review may be kept: the same reviewer was asked the same."""
    return earlier.model == model and earlier.prompts == dict(prompts)


@dataclass(frozen=True)
class Reask:
    """What one brief needs: `kept` answers by check, `ask` for the rest (None: nothing), `old`.

    `old` holds the earlier answers of the checks that are asked again, where they can still stand.
    """

    brief: RoleBrief
    recalled: Recalled
    kept: Mapping[str, Answer]
    old: Mapping[str, Answer]
    ask: RoleBrief | None


class Remembering:
    """An answerer with the memory of an earlier review of the same group.

    `known` tells words of the language (see `reviewer.domain.wording`), `bearing` which checks new
    text may bear on. `corpus` is the hash of what can be cited now: where it is not that of the
    earlier review, a check whose passages are found no more is asked again, too. Prompts never
    mention that there was an earlier review.
    """

    def __init__(
        self,
        answerer: Answerer,
        earlier: Review,
        *,
        known: Known,
        bearing: Bearing,
        corpus: str | None = None,
    ) -> None:
        self.name = answerer.name
        self._answerer = answerer
        self._earlier = earlier
        self._known = known
        self._bearing = bearing
        self._same_corpus = corpus is None or corpus == earlier.manifest.corpus
        self._last: tuple[Design, Analysis, Recalled] | None = None

    async def answer(self, brief: RoleBrief) -> tuple[RoleAnswer, Usage]:
        """Answers to every check of the brief; the inner answerer is asked what may have changed."""
        plan = self.reask(brief)
        if plan.ask is None:
            return settled(plan, RoleAnswer()), Usage()
        answer, usage = await self._answerer.answer(plan.ask)
        return settled(plan, answer), usage

    async def chair(self, brief: ChairBrief) -> tuple[ChairAnswer, Usage]:
        """The chair's own checks; merges and trade-offs of findings that are still there stay."""
        plan = self.reask(brief.brief)
        told, usage = ChairAnswer(), Usage()
        if plan.ask is not None:
            told, usage = await self._answerer.chair(
                ChairBrief(brief=plan.ask, findings=brief.findings)
            )
        merges, tradeoffs = recalled_pairs(self._earlier, brief.findings)
        return ChairAnswer(
            answer=settled(plan, told.answer),
            merges=(*told.merges, *merges),
            tradeoffs=(*told.tradeoffs, *tradeoffs),
        ), usage

    def reask(self, brief: RoleBrief) -> Reask:
        """What of a brief is kept and what has to be asked again, without asking."""
        recalled = self._recalled(brief.design, brief.analysis)
        results = {r.id: r for r in self._earlier.checks}
        touched = self._touched(brief, recalled)
        kept: dict[str, Answer] = {}
        old: dict[str, Answer] = {}
        for check in brief.checks:
            answer = self._anchored(results.get(check.id), brief, recalled)
            if answer is not None and check.id not in touched and self._cited(answer, results):
                kept[check.id] = answer
            elif answer is not None:
                old[check.id] = answer
        asked = tuple(c for c in brief.checks if c.id not in kept)
        if recalled.alignment.same and recalled.abstained({r.id for r in brief.roles}):
            asked = ()
        passages = {c.id: brief.passages[c.id] for c in asked if c.id in brief.passages}
        roles = tuple(r for r in brief.roles if any(c.role == r.id for c in asked)) or brief.roles
        reduced = brief.model_copy(update={"checks": asked, "passages": passages, "roles": roles})
        return Reask(brief, recalled, kept, old, reduced if asked else None)

    def _cited(self, answer: Answer, results: Mapping[str, CheckResult]) -> bool:
        """Whether an answer can cite what it cited, as far as that depends on the corpus."""
        return self._same_corpus or answer.passages == results[answer.check].passages

    async def aclose(self) -> None:
        """Give back the inner answerer's connections."""
        await self._answerer.aclose()

    def _recalled(self, design: Design, analysis: Analysis) -> Recalled:
        """The earlier review seen from a new design; made once for all roles."""
        last = self._last
        if last is None or last[0] is not design or last[1] is not analysis:
            found = align(
                (self._earlier.design, self._earlier.analysis), (design, analysis), self._known
            )
            last = self._last = (design, analysis, Recalled(self._earlier, found, design, analysis))
        return last[2]

    def _touched(self, brief: RoleBrief, recalled: Recalled) -> frozenset[str]:
        """Checks that something changed may bear on."""
        found = recalled.alignment
        if found.same:
            return frozenset()
        spans = {s.id: s for s in brief.design.spans}
        fresh = [spans[i] for i in found.new]
        changed_facts = recalled.changed_fact_names
        touched = {
            check.id
            for check in brief.checks
            if any(_named(name, changed_facts) for name in check.offline.facts)
            or (found.map_changed and check.offline.applies_map)
        }
        if fresh or found.gone or found.map_changed:
            touched |= self._bearing(brief.checks, fresh)
        return frozenset(touched)

    def _anchored(
        self, result: CheckResult | None, brief: RoleBrief, recalled: Recalled
    ) -> Answer | None:
        """The earlier answer with ids of the new design; None where part of it is gone."""
        if result is None or (_unanswered(result) and not recalled.alignment.same):
            return None
        evidence = recalled.evidence(result.evidence)
        searched = recalled.searched(result.searched)
        if evidence is None or (result.searched and not searched):
            return None
        return Answer(
            check=result.id,
            verdict=result.verdict,
            evidence=evidence,
            searched=searched,
            passages=_passages(result, brief),
            note=result.note,
        )


def _passages(result: CheckResult, brief: RoleBrief) -> tuple[str, ...]:
    """What an earlier answer cites that is offered again, else what is offered for its check now."""
    offered = {hit.passage.id for hits in brief.passages.values() for hit in hits}
    again = tuple(p for p in result.passages if p in offered)
    if again or not result.passages:
        return again
    return tuple(hit.passage.id for hit in brief.passages.get(result.id, ()))


def settled(plan: Reask, answer: RoleAnswer) -> RoleAnswer:
    """Kept and new answers of a brief as one; a new one counts where the changes allow it."""
    asked = {c.id for c in plan.ask.checks} if plan.ask else set()
    given = {a.check: a for a in reversed(answer.answers) if a.check in asked}
    answers: list[Answer] = []
    renewed: set[str] = set()
    for check in plan.brief.checks:
        old, new = plan.old.get(check.id), given.get(check.id)
        if check.id in plan.kept:
            answers.append(plan.kept[check.id])
        elif new is not None and (old is None or _may_replace(check, old, new, plan.recalled)):
            answers.append(new)
            renewed.add(check.id)
        elif old is not None:
            answers.append(_standing(old, new))
    standing = {a.check for a in answers} - renewed
    roles = {r.id for r in plan.brief.roles}
    earlier = recall_points(plan.recalled, roles, standing)
    fresh = [
        p
        for p in answer.points
        if p.check in renewed or (p.check not in standing and plan.recalled.is_new(p.evidence))
    ]
    abstained = answer.abstained if plan.ask and not answers else None
    if plan.ask is None and not answers:
        abstained = plan.recalled.abstained(roles)
    return RoleAnswer(
        answers=tuple(answers),
        points=(*fresh, *earlier),
        questions=answer.questions if plan.ask else plan.recalled.questions(roles),
        abstained=abstained,
    )


def _may_replace(check: Check, old: Answer, new: Answer, recalled: Recalled) -> bool:
    """Whether a new answer may stand in the place of one that could still stand."""
    if recalled.is_new(new.evidence):
        return True
    # That a point applies now, or applies no more, rests on the map or on words elsewhere.
    applies = (old.verdict is Verdict.NOT_APPLICABLE) != (new.verdict is Verdict.NOT_APPLICABLE)
    return applies and recalled.applicability_changed(check)


def _unanswered(result: CheckResult) -> bool:
    """Whether an answer was missing, or rested on nothing."""
    return result.verdict is Verdict.UNCLEAR and not (result.evidence or result.searched)


def _standing(old: Answer, new: Answer | None) -> Answer:
    """The earlier answer, with a note where another was given for no reason in the text."""
    if new is None or new.verdict == old.verdict or old.note.endswith(STANDS):
        return old
    return old.model_copy(update={"note": f"{old.note} {STANDS}".strip()})


def _named(name: str, facts: frozenset[str]) -> bool:
    return any(f.startswith(name) for f in facts) if name.endswith(".") else name in facts


def recalled_pairs(
    earlier: Review, findings: Sequence[Finding]
) -> tuple[tuple[Merge, ...], tuple[Tradeoff, ...]]:
    """What the earlier chair said of findings that are there again: one point, or a trade-off."""
    by_check: dict[str, Finding] = {}
    for finding in findings:
        for check in finding.checks:
            by_check.setdefault(check, finding)
    now: dict[str, str] = {}
    merges = []
    for finding in earlier.findings:
        there = dict.fromkeys(by_check[c].id for c in finding.checks if c in by_check)
        if there:
            now[finding.id] = next(iter(there))
        if finding.also_raised_by and len(there) > 1:
            merges.append(Merge(findings=tuple(there)))
    tradeoffs = [
        Tradeoff(findings=(one, other), tension=c.tension, question=c.question)
        for c in earlier.conflicts
        if len(c.findings) == 2
        for one, other in [(now.get(c.findings[0]), now.get(c.findings[1]))]
        if one and other and one != other
    ]
    return tuple(merges), tuple(tradeoffs)
