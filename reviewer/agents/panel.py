"""The panel: measure, ask each role, ground, chair, review."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from reviewer.agents.conclusion import conclude
from reviewer.agents.grounding import Grounded
from reviewer.agents.retrieval import brief_roles
from reviewer.agents.role import Outcome, ask, ask_at_once, ask_chair
from reviewer.domain.design import Design
from reviewer.domain.facts import Analysis
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


async def run_panel(design: Design, panel: Panel, progress: Progress) -> Review:
    """One review of one design. The manifest is left for the caller to sign.

    A role that fails is a `RoleFailure` in the review; if no role answers at all, the first
    `ReviewerError` is raised.
    """
    progress("analysis", "running")
    analysis = panel.measure(design)
    progress("analysis", "done")
    briefs = brief_roles(design, analysis, panel.questionnaire, panel.retriever, progress)
    if panel.mode == "single":
        outcomes = await ask_at_once(panel.answerer, briefs, progress)
    else:
        outcomes = await _ask_roles(panel.answerer, briefs, progress)
    _raise_if_all_failed(outcomes)
    return conclude(panel.questionnaire, design, analysis, outcomes)


async def _ask_roles(
    answerer: Answerer, briefs: dict[str, RoleBrief], progress: Progress
) -> list[Outcome]:
    """Every role at the same time, blind to the others; then the chair, who sees them all."""
    roles = [brief for name, brief in briefs.items() if name != CHAIR]
    outcomes = list(await asyncio.gather(*(ask(answerer, brief, progress) for brief in roles)))
    _raise_if_all_failed(outcomes)
    found = [f for o in outcomes if isinstance(o.result, Grounded) for f in o.result.findings]
    return [*outcomes, await ask_chair(answerer, briefs[CHAIR], found, progress)]


def _raise_if_all_failed(outcomes: list[Outcome]) -> None:
    errors = [o.error for o in outcomes if o.error]
    if errors and len(errors) == len(outcomes):
        raise next((e for e in errors if isinstance(e, ReviewerError)), errors[0]) from None
