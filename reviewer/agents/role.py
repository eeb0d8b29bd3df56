"""Asking: one role, the chair, or all of them in one call; a failure is an outcome, not an end."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from reviewer.agents.grounding import Grounded, ground
from reviewer.domain.finding import Finding
from reviewer.domain.questionnaire import ChairAnswer, RoleAnswer
from reviewer.domain.review import RoleFailure, Usage
from reviewer.errors import ReviewerError
from reviewer.ports import Answerer, ChairBrief, Progress, RoleBrief


@dataclass(frozen=True)
class Outcome:
    """What came of asking one role; `error` is why it failed, if it did."""

    result: Grounded | RoleFailure
    usage: Usage = field(default_factory=Usage)
    error: Exception | None = None
    told: ChairAnswer = field(default_factory=ChairAnswer)


async def ask(answerer: Answerer, brief: RoleBrief, progress: Progress) -> Outcome:
    """One role's grounded answer."""
    role = brief.roles[0].id
    progress(role, "running")
    try:
        answer, usage = await answerer.answer(brief)
    except Exception as error:  # noqa: BLE001 - one role's failure must not cost its siblings
        return _failed(role, error, progress)
    return replace(_grounded(answerer, brief, answer, progress), usage=usage)


async def ask_chair(
    answerer: Answerer, brief: RoleBrief, findings: Sequence[Finding], progress: Progress
) -> Outcome:
    """The chair's own checks, and what it says of the roles' findings."""
    role = brief.roles[0].id
    progress(role, "running")
    try:
        told, usage = await answerer.chair(ChairBrief(brief=brief, findings=tuple(findings)))
    except Exception as error:  # noqa: BLE001 - the roles' answers are kept without a chair
        return _failed(role, error, progress)
    return replace(_grounded(answerer, brief, told.answer, progress), usage=usage, told=told)


async def ask_at_once(
    answerer: Answerer, briefs: Mapping[str, RoleBrief], progress: Progress
) -> list[Outcome]:
    """All roles in one call: the answer is divided by the role that owns each check."""
    for role in briefs:
        progress(role, "running")
    whole = whole_brief(briefs)
    try:
        answer, usage = await answerer.answer(whole)
    except Exception as error:  # noqa: BLE001 - reported as the failure of every role
        return [_failed(role, error, progress) for role in briefs]
    known = {check.id for check in whole.checks}
    outcomes: list[Outcome] = []
    for brief in briefs.values():
        share = _share(answer, brief, known, first=not outcomes)
        outcomes.append(_grounded(answerer, brief, share, progress))
    outcomes[0] = replace(outcomes[0], usage=usage)  # one call, paid once
    return outcomes


def _grounded(
    answerer: Answerer, brief: RoleBrief, answer: RoleAnswer, progress: Progress
) -> Outcome:
    """A role's answer, grounded: nobody's failure here costs the answers of the others."""
    role = brief.roles[0].id
    try:
        outcome = Outcome(ground(brief, answer, author=_author(answerer)))
    except Exception as error:  # noqa: BLE001 - one role's failure must not cost its siblings
        return _failed(role, error, progress)
    progress(role, "done")
    return outcome


def whole_brief(briefs: Mapping[str, RoleBrief]) -> RoleBrief:
    """All roles and checks in one brief, for the panel of a single call."""
    one = next(iter(briefs.values()))
    return RoleBrief(
        design=one.design,
        analysis=one.analysis,
        roles=tuple(role for b in briefs.values() for role in b.roles),
        checks=tuple(check for b in briefs.values() for check in b.checks),
        passages={c: hits for b in briefs.values() for c, hits in b.passages.items()},
    )


def _share(
    answer: RoleAnswer, brief: RoleBrief, known: Collection[str], *, first: bool
) -> RoleAnswer:
    """The part of a joint answer that belongs to one role; unowned points go to the first."""
    mine = {check.id for check in brief.checks}
    return RoleAnswer(
        answers=tuple(a for a in answer.answers if a.check in mine),
        points=tuple(
            p for p in answer.points if p.check in mine or (first and p.check not in known)
        ),
        questions=answer.questions if first else (),
        abstained=answer.abstained,
    )


def _failed(role: str, error: Exception, progress: Progress) -> Outcome:
    progress(role, "failed")
    known = isinstance(error, ReviewerError)
    reason = (
        str(error) if known else f"An unexpected error stopped this role ({type(error).__name__})."
    )
    return Outcome(RoleFailure(role=role, reason=reason), error=error)


def _author(answerer: Answerer) -> str:
    return "code" if answerer.name == "offline" else "model"
