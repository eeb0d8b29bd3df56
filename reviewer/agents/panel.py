"""The panel: measure, ask each role, ground, chair, review."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from reviewer.agents.conclusion import conclude
from reviewer.agents.grounding import Grounded
from reviewer.agents.retrieval import brief_roles
from reviewer.agents.role import Outcome, ask, ask_at_once, ask_chair
from reviewer.domain.design import Design
from reviewer.domain.facts import Analysis
from reviewer.domain.finding import Finding
from reviewer.domain.questionnaire import Questionnaire
from reviewer.domain.review import Review
from reviewer.errors import ReviewerError
from reviewer.ports import Answerer, Progress, Retriever, RoleBrief

CHAIR = "chair"


@dataclass(frozen=True)
class Panel:
    """A questionnaire, whoever answers it, and where passages and facts come from."""

    questionnaire: Questionnaire
    answerer: Answerer
    retriever: Retriever | None
    measure: Callable[[Design], Analysis]
    mode: Literal["roles", "single"] = "roles"


class Asking:
    """How a panel asks. A durable review asks through its own, which keeps every answer."""

    def __init__(self, answerer: Answerer, progress: Progress) -> None:
        self._answerer = answerer
        self._progress = progress

    async def role(self, brief: RoleBrief) -> Outcome:
        """One role's outcome."""
        return await ask(self._answerer, brief, self._progress)

    async def at_once(self, briefs: Mapping[str, RoleBrief]) -> list[Outcome]:
        """The outcomes of all roles from one call."""
        return await ask_at_once(self._answerer, briefs, self._progress)

    async def chair(self, brief: RoleBrief, findings: Sequence[Finding]) -> Outcome:
        """The chair's outcome, who sees the findings of all roles."""
        return await ask_chair(self._answerer, brief, findings, self._progress)


async def run_panel(design: Design, panel: Panel, progress: Progress) -> Review:
    """One review of one design. The manifest is left for the caller to sign.

    A role that fails is a `RoleFailure` in the review; if no role answers at all, the first
    `ReviewerError` is raised.
    """
    progress("analysis", "running")
    analysis = panel.measure(design)
    progress("analysis", "done")
    briefs = brief_roles(design, analysis, panel.questionnaire, panel.retriever, progress)
    outcomes = await outcomes_of(briefs, panel.mode, Asking(panel.answerer, progress))
    return conclude(panel.questionnaire, design, analysis, outcomes)


async def outcomes_of(
    briefs: Mapping[str, RoleBrief], mode: Literal["roles", "single"], asking: Asking
) -> list[Outcome]:
    """Every role at the same time, blind to the others; then the chair, who sees them all."""
    if mode == "single":
        outcomes = await asking.at_once(briefs)
        _raise_if_all_failed(outcomes)
        return outcomes
    roles = [brief for name, brief in briefs.items() if name != CHAIR]
    outcomes = list(await asyncio.gather(*(asking.role(brief) for brief in roles)))
    _raise_if_all_failed(outcomes)
    found = [f for o in outcomes if isinstance(o.result, Grounded) for f in o.result.findings]
    return [*outcomes, await asking.chair(briefs[CHAIR], found)]


def _raise_if_all_failed(outcomes: list[Outcome]) -> None:
    errors = [o.error for o in outcomes if o.error]
    if errors and len(errors) == len(outcomes):
        raise next((e for e in errors if isinstance(e, ReviewerError)), errors[0]) from None
