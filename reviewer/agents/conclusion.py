"""The conclusion: a review computed from grounded answers by code alone."""

from __future__ import annotations

from collections.abc import Sequence

from reviewer.agents import chair
from reviewer.agents.contradiction import doubted
from reviewer.agents.grounding import Grounded
from reviewer.agents.role import Outcome
from reviewer.agents.scoring import role_score, score
from reviewer.domain.design import Design
from reviewer.domain.facts import Analysis
from reviewer.domain.questionnaire import Questionnaire
from reviewer.domain.review import Manifest, Review, RoleFailure, RoleReport, Rubric, Usage


def conclude(
    questionnaire: Questionnaire, design: Design, analysis: Analysis, outcomes: Sequence[Outcome]
) -> Review:
    """Merge, score, order, fold and pair; the same answers always give the same review."""
    answered, doubts = doubted(
        questionnaire,
        design,
        analysis,
        [o.result for o in outcomes if isinstance(o.result, Grounded)],
    )
    told = outcomes[-1].told
    results = tuple(r for g in answered for r in g.checks)
    rubric = score(questionnaire, results)
    strengths = tuple(s for g in answered for s in g.strengths)
    merged, into = chair.merge([f for g in answered for f in g.findings], told)
    findings = chair.fold(chair.order(merged, rubric))
    return Review(
        design=design,
        analysis=analysis,
        roles=tuple(_report(o.result, rubric) for o in outcomes),
        checks=results,
        findings=tuple(findings),
        unsupported=tuple(u for g in answered for u in g.unsupported),
        strengths=strengths,
        questions=tuple(dict.fromkeys(q for g in answered for q in g.questions)),
        notes=(*doubts, *design.warnings, *(gap.text for gap in analysis.gaps)),
        conflicts=chair.conflicts(questionnaire, findings, strengths, told, into),
        priorities=chair.priorities(findings),
        rubric=rubric,
        manifest=_manifest(outcomes),
    )


def _report(result: Grounded | RoleFailure, rubric: Rubric) -> RoleReport | RoleFailure:
    if isinstance(result, RoleFailure):
        return result
    if result.abstained:
        return RoleReport(role=result.role, status="abstained", reason=result.abstained)
    return RoleReport(role=result.role, score=role_score(rubric, result.role))


def _manifest(outcomes: Sequence[Outcome]) -> Manifest:
    usage = sum((o.usage for o in outcomes), start=Usage())
    failed = any(isinstance(o.result, RoleFailure) for o in outcomes)
    return Manifest(usage=usage, status="partial" if failed else "complete")
