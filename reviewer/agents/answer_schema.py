"""The form of a model's answer: one JSON schema for all roles and designs.

The schemas keep to what hosted providers, vLLM and llama.cpp all accept in their strict modes:
every property required, none unknown, no null, patterns and bounded lists only. "None" is an empty
string or an empty list. Texts are not bounded here but cut on reading: no paid answer is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from reviewer.domain.finding import FindingKind, Severity
from reviewer.domain.questionnaire import Verdict

Schema = dict[str, Any]

ROLE_SCHEMA_NAME = "role_answer"
CHAIR_SCHEMA_NAME = "chair_answer"

_ID = r"^[A-Za-z][A-Za-z0-9_.:-]{0,63}$"
_ID_OR_NONE = r"^([A-Za-z][A-Za-z0-9_.:-]{0,63})?$"
NONE = "none"  # the only choice where a list of ids has to be empty
_MOST_ANSWERS = 300  # all checks of all roles in one call
_MOST_POINTS = 8
_MOST_IDS = 8
_MOST_QUESTIONS = 3


def _object(properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(items: Schema, most: int) -> Schema:
    return {"type": "array", "items": items, "maxItems": most}


def _words(choices: Iterable[str]) -> Schema:
    return {"type": "string", "enum": list(choices)}


def _role_properties() -> Schema:
    one_id = {"type": "string", "pattern": _ID}
    ids = _list(one_id, _MOST_IDS)
    text = {"type": "string"}
    # Evidence and note come before the verdict: a model then decides on what it has just named.
    answer = {
        "check": one_id,
        "evidence": ids,
        "searched": ids,
        "note": text,
        "verdict": _words(Verdict),
        "passages": ids,
    }
    point = {
        "check": {"type": "string", "pattern": _ID_OR_NONE},
        "kind": _words(FindingKind),
        "severity": _words(Severity),
        "title": text,
        "explanation": text,
        "recommendation": text,
        "evidence": ids,
        "searched": ids,
        "passages": ids,
    }
    return {
        "answers": _list(_object(answer), _MOST_ANSWERS),
        "points": _list(_object(point), _MOST_POINTS),
        "questions": _list(text, _MOST_QUESTIONS),
        "abstained": text,
    }


def _chair_properties() -> Schema:
    one_id = {"type": "string", "pattern": _ID}
    merge = {"findings": _list(one_id, 6)}
    tradeoff = {
        "findings": {**_list(one_id, 2), "minItems": 2},
        "tension": {"type": "string"},
        "question": {"type": "string"},
    }
    return {
        **_role_properties(),
        "merges": _list(_object(merge), 20),
        "tradeoffs": _list(_object(tradeoff), 6),
    }


ROLE_SCHEMA: Schema = _object(_role_properties())
CHAIR_SCHEMA: Schema = _object(_chair_properties())


class Labels(BaseModel):
    """What one prompt lets a model name: label to id, in the order shown.

    Span and check ids are their own labels. Sections, facts, passages and findings get short ones:
    their ids are long, or hold words of the design in any script.
    """

    model_config = ConfigDict(frozen=True)

    checks: tuple[str, ...] = ()
    evidence: dict[str, str] = {}
    sections: dict[str, str] = {}
    passages: dict[str, str] = {}
    findings: dict[str, str] = {}


def with_ids(schema: Schema, labels: Labels) -> Schema:
    """The schema with the ids that exist as enums, and short texts: for small local models."""
    choices = {
        "check": labels.checks,
        "evidence": tuple(labels.evidence),
        "searched": tuple(labels.sections),
        "passages": tuple(labels.passages),
        "findings": tuple(labels.findings),
    }
    closed: Schema = _closed(schema, choices)
    answers = closed["properties"]["answers"]
    answers["minItems"] = answers["maxItems"] = len(labels.checks)
    closed["properties"]["points"]["maxItems"] = 2  # small models go on until they are stopped
    closed["properties"]["questions"]["maxItems"] = 1
    return closed


def _closed(node: Any, choices: Mapping[str, tuple[str, ...]]) -> Any:
    if not isinstance(node, dict):
        return node
    if node.get("type") == "string" and "enum" not in node:
        return {"type": "string", "maxLength": 200}
    copy = {key: _closed(value, choices) for key, value in node.items()}
    for name, ids in choices.items():
        field = node.get("properties", {}).get(name)
        if field is not None:
            copy["properties"][name] = _choice(field, ids)
    return copy


def _choice(field: Schema, ids: tuple[str, ...]) -> Schema:
    words = _words(ids or (NONE,))
    if field["type"] != "array":
        return words if field.get("pattern") == _ID else _words((*ids, NONE))
    bounds = {k: v for k, v in field.items() if k in ("minItems", "maxItems")}
    return {"type": "array", "items": words, **bounds, "maxItems": min(3, bounds["maxItems"])}
