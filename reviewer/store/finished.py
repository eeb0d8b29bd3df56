"""What a finished review leaves in rows, so that lists need not read it."""

from __future__ import annotations

from typing import Any

from reviewer.domain.finding import Finding
from reviewer.domain.review import Review


def finding_rows(key: str, course: str, review: Review) -> list[dict[str, Any]]:
    """One row for each finding, strengths and points without evidence included."""
    parts = {
        "finding": review.findings,
        "strength": review.strengths,
        "unsupported": review.unsupported,
    }
    found = [(part, finding) for part, findings in parts.items() for finding in findings]
    return [
        {"review": key, "course": course, "position": position, "part": part, **_values(finding)}
        for position, (part, finding) in enumerate(found)
    ]


def citation_rows(key: str, review: Review) -> list[dict[str, Any]]:
    """The sources that a review cites, each once."""
    everything = (*review.findings, *review.strengths, *review.unsupported)
    cited = {c.source: c.title for finding in everything for c in finding.citations}
    return [{"review": key, "source": s, "title": title} for s, title in cited.items()]


def levels_of(review: Review) -> dict[str, float | None]:
    """The level of each criterion."""
    return {criterion.id: criterion.level for criterion in review.rubric.criteria}


def _values(finding: Finding) -> dict[str, Any]:
    return {
        "finding": finding.id,
        "role": finding.role,
        "check": finding.check,
        "criterion": finding.criterion,
        "kind": finding.kind.value,
        "severity": finding.severity.value,
        "title": finding.title,
        "folded": finding.folded,
        "cited": bool(finding.citations),
    }
