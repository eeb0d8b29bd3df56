"""A review as `review/1`: the JSON that others read, and the way back."""

from __future__ import annotations

import json
from typing import Any

from reviewer.domain.design import DataFlow, Frozen
from reviewer.domain.finding import Finding
from reviewer.domain.review import Review
from reviewer.export.read_json import SCHEMA, from_json, read_review

__all__ = ["SCHEMA", "from_json", "read_review", "to_dict", "to_json"]


def to_json(review: Review) -> str:
    """The document as text, keys in a fixed order, characters as they are."""
    return json.dumps(to_dict(review), ensure_ascii=False, indent=2) + "\n"


def to_dict(review: Review) -> dict[str, Any]:
    """The document. Fields may be added, never renamed; `manifest.seconds` is the only time."""
    return {
        "schema": SCHEMA,
        "design": _design(review),
        "roles": {
            report.role: {"status": report.status, "score": report.score, "reason": report.reason}
            for report in review.roles
        },
        "checks": [_plain(check) for check in review.checks],
        "findings": [_finding(f) for f in review.findings],
        "unsupported": [_finding(f) for f in review.unsupported],
        "strengths": [_finding(f) for f in review.strengths],
        "questions": list(review.questions),
        "notes": list(review.notes),
        "conflicts": [_plain(conflict) for conflict in review.conflicts],
        "priorities": list(review.priorities),
        "rubric": _plain(review.rubric),
        "manifest": _manifest(review),
    }


def _design(review: Review) -> dict[str, Any]:
    design = review.design
    return {
        "title": design.title,
        "source": design.source,
        "language": design.language,
        "text": design.text,
        "sections": [_plain(section) for section in design.sections],
        "spans": [_plain(span) for span in design.spans],
        "data_flow": _data_flow(design.data_flow),
        "requirements": [_plain(r) for r in design.requirements],
        "facts": [_fact(fact) for fact in review.analysis.facts],
        "not_computed": [gap.text for gap in review.analysis.gaps],
        "gaps": [_plain(gap) for gap in review.analysis.gaps],
        "warnings": list(design.warnings),
        "form": dict(design.form),
    }


def _fact(fact: Frozen) -> dict[str, Any]:
    told = _plain(fact)
    told["from"] = told.pop("inputs")
    return told


def _data_flow(flow: DataFlow) -> dict[str, Any]:
    return {
        "origin": flow.origin,
        "nodes": [_stated(node) for node in flow.nodes],
        "flows": [_stated(f) for f in flow.flows],
    }


def _stated(item: Frozen) -> dict[str, Any]:
    """Only what the design states: unstated attributes are left out."""
    told: dict[str, Any] = item.model_dump(mode="json", exclude_none=True)
    return told


def _finding(finding: Finding) -> dict[str, Any]:
    return _plain(finding)


def _manifest(review: Review) -> dict[str, Any]:
    told = _plain(review.manifest)
    usage = told.pop("usage")
    cost = usage.pop("cost")
    return {**told, "tokens": usage, "cost": cost}


def _plain(item: Frozen) -> dict[str, Any]:
    told: dict[str, Any] = item.model_dump(mode="json")
    return told
