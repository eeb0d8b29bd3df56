"""Briefs: what each role is shown, with the passages found for each of its checks."""

from __future__ import annotations

from knowledge.types import Hit
from reviewer.domain.design import Design
from reviewer.domain.facts import Analysis
from reviewer.domain.questionnaire import Check, Questionnaire
from reviewer.ports import Progress, Retriever, RoleBrief

_PER_CHECK = 2


def brief_roles(
    design: Design,
    analysis: Analysis,
    questionnaire: Questionnaire,
    retriever: Retriever | None,
    progress: Progress,
) -> dict[str, RoleBrief]:
    """A brief for each role of the questionnaire, in its order.

    The query of a check is its question and reason; a source that the check names counts as
    close only if it is found, too. Without a retriever nothing is cited.
    """
    progress("passages", "running")
    hits = _passages(questionnaire, retriever)
    progress("passages", "done")
    briefs = {}
    for role in questionnaire.roles:
        checks = questionnaire.checks_of(role.id)
        briefs[role.id] = RoleBrief(
            design=design,
            analysis=analysis,
            roles=(role,),
            checks=checks,
            passages={check.id: hits[check.id] for check in checks if hits.get(check.id)},
        )
    return briefs


def _passages(
    questionnaire: Questionnaire, retriever: Retriever | None
) -> dict[str, tuple[Hit, ...]]:
    if retriever is None:
        return {}
    queries = [(query_of(check), None if check.role == "chair" else check.role)
               for check in questionnaire.checks]  # fmt: skip
    found = retriever.search_many(queries, limit=8)
    return {
        check.id: _named_first(hits, check.sources)
        for check, hits in zip(questionnaire.checks, found, strict=True)
    }


def query_of(check: Check) -> str:
    """What is searched for a check: its question and its reason."""
    return f"{check.question} {check.why}"


def _named_first(hits: list[Hit], sources: tuple[str, ...]) -> tuple[Hit, ...]:
    """The passages that a check is shown: of sources that it names before any others."""
    named: list[Hit] = []
    others: list[Hit] = []
    for hit in hits:
        (named if hit.source.id in sources else others).append(hit)
    return (*named, *others)[:_PER_CHECK]
