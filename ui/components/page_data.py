"""A review as the board takes it: plain values, in the words of the page's language.

Nothing here is markup. The board's script puts every value into the page as text, so whatever a
design, a document or a model wrote stays text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reviewer.domain.finding import Citation, Finding, Severity
from reviewer.domain.questionnaire import Questionnaire
from reviewer.domain.review import CriterionScore, Review, RoleFailure, RoleReport
from ui.components.design_data import design_blocks
from ui.components.diagram_data import badges_of, diagram, reached_by_people
from ui.components.numbers_data import numbers
from ui.look import ROLE_ICONS, SEVERITY_SHAPES, role_colour
from ui.words import Words

Values = dict[str, Any]


def review_page(review: Review, asked: Questionnaire, words: Words) -> Values:
    """Everything the board shows of a review; findings are numbered as in the exports."""
    numbered = {f.id: n for n, f in enumerate(review.findings, start=1)}
    badges, reached = badges_of(review, numbered), reached_by_people(review.analysis)
    data_flow = review.design.data_flow
    return {
        "head": _head(review, asked, words),
        "roles": {role: _role(role, asked, words) for role in _roles(review, asked)},
        "criteria": {c.id: c.title for c in asked.criteria},
        "severities": {
            s.value: {"word": words(f"severity.{s.value}"), "shape": SEVERITY_SHAPES[s]}
            for s in Severity
        },
        "priorities": [id for id in review.priorities if id in numbered],
        "findings": [_finding(f, numbered[f.id], review, words) for f in review.findings],
        "strengths": [_strength(f) for f in review.strengths],
        "unsupported": [_finding(f, 0, review, words) for f in review.unsupported],
        "conflicts": _conflicts(review, numbered),
        "rubric": [_criterion(row, asked, words) for row in review.rubric.criteria],
        "questions": list(review.questions),
        "notes": list(dict.fromkeys((*review.design.warnings, *review.notes))),
        "blocks": design_blocks(review.design, review.findings, numbered),
        "diagram": {
            "wide": diagram(data_flow, badges, reached=reached, across=3),
            "narrow": diagram(data_flow, badges, reached=reached, across=2),
        },
        "numbers": numbers(review, words),
        "words": {**words.under("board"), **words.under("diagram")},
        "language": words.language,
    }


def _roles(review: Review, asked: Questionnaire) -> Iterable[str]:
    known = [role.id for role in asked.roles]
    used = [f.role for f in (*review.findings, *review.strengths, *review.unsupported)]
    return dict.fromkeys([*known, *(r.role for r in review.roles), *used])


def _role(role: str, asked: Questionnaire, words: Words) -> Values:
    titles = {r.id: r.title for r in asked.roles}
    translated = words.under("role").get(role)
    return {
        "title": translated or titles.get(role, role.replace("_", " ")),
        "colour": role_colour(role),
        "icon": ROLE_ICONS.get(role, "person"),
    }


def _head(review: Review, asked: Questionnaire, words: Words) -> Values:
    rubric = review.rubric
    low, high = rubric.range or (None, None)
    return {
        "total": None if rubric.total is None else round(rubric.total),
        "low": None if low is None else round(low),
        "high": None if high is None else round(high),
        "roles": [_standing(report, review) for report in review.roles],
        "model": review.manifest.model,
    }


def _standing(report: RoleReport | RoleFailure, review: Review) -> Values:
    mine = [f for f in review.findings if f.role == report.role]
    return {
        "role": report.role,
        "status": report.status,
        "score": report.score,
        "reason": report.reason,
        "count": sum(1 for f in mine if not f.folded),
    }


def _finding(finding: Finding, number: int, review: Review, words: Words) -> Values:
    facts = {f.id: f for f in review.analysis.facts}
    named = [facts[i] for i in finding.facts if i in facts]
    sections = {s.id: s.title for s in review.design.sections}
    return {
        "id": finding.id,
        "n": number,
        "role": finding.role,
        "also": list(finding.also_raised_by),
        "criterion": finding.criterion,
        "check": finding.check or "",
        "kind": words(f"kind.{finding.kind.value}"),
        "severity": finding.severity.value,
        "title": finding.title,
        "why": finding.explanation,
        "todo": finding.recommendation,
        "folded": finding.folded,
        "quotes": [{"span": e.span, "text": e.quote} for e in finding.evidence],
        "searched": [sections.get(s, s) for s in finding.searched],
        "absence": finding.claims_absence,
        "facts": [{"id": f.id, "text": f.text, "formula": f.formula} for f in named],
        "node": finding.node,
        "citations": [_citation(c) for c in finding.citations],
        "model": finding.author == "model",
    }


def _strength(finding: Finding) -> Values:
    return {
        "id": finding.id,
        "role": finding.role,
        "title": finding.title,
        "quotes": [{"span": e.span, "text": e.quote} for e in finding.evidence[:1]],
    }


def _citation(citation: Citation) -> Values:
    return {
        "kind": citation.kind,
        "passage": citation.passage,
        "title": citation.title,
        "locator": citation.locator,
        "text": citation.text,
        "evidence": citation.evidence or "",
    }


def _conflicts(review: Review, numbered: Mapping[str, int]) -> list[Values]:
    by_id = {f.id: f for f in (*review.findings, *review.strengths, *review.unsupported)}
    return [
        {
            "id": conflict.id,
            "tension": conflict.tension,
            "question": conflict.question,
            "sides": [
                {
                    "id": i,
                    "n": numbered.get(i, 0),
                    "role": by_id[i].role,
                    "title": by_id[i].title,
                    "why": by_id[i].explanation,
                }
                for i in conflict.findings
                if i in by_id
            ],
        }
        for conflict in review.conflicts
    ]


def _criterion(row: CriterionScore, asked: Questionnaire, words: Words) -> Values:
    levels = next((c.levels for c in asked.criteria if c.id == row.id), None)
    reached = None if row.level is None else int(row.level)
    return {
        "id": row.id,
        "title": row.title,
        "role": row.role,
        "level": row.level,
        "low": row.range[0],
        "high": row.range[1],
        "weight": row.weight,
        "reason": row.reason,
        "stands": levels[reached] if levels and reached is not None else "",
        "next": levels[min((reached or 0) + 1, 5)] if levels and reached != 5 else "",
        "nextLevel": None if reached == 5 else (reached or 0) + 1,
        "levels": list(levels or ()),
    }
