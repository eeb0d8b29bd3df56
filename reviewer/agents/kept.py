"""What a review keeps on its way, as plain data: what the roles are given, and what they say."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from knowledge.types import Hit
from reviewer.agents.grounding import Grounded
from reviewer.agents.role import Outcome
from reviewer.domain.questionnaire import ChairAnswer
from reviewer.domain.review import Usage

_NOTHING_TOLD = ChairAnswer()


def answer_data(outcome: Outcome) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the chair told (empty for a role), and what is left of the answer once grounded.

    The outcome must be an answer, not a failure.
    """
    if not isinstance(outcome.result, Grounded):
        raise TypeError("a failure is not an answer")
    told = {} if outcome.told == _NOTHING_TOLD else outcome.told.model_dump(mode="json")
    return told, outcome.result.model_dump(mode="json")


def kept_outcome(answer: dict[str, Any], grounded: dict[str, Any], usage: Usage) -> Outcome:
    """The outcome again."""
    told = ChairAnswer.model_validate(answer) if answer else _NOTHING_TOLD
    return Outcome(Grounded.model_validate(grounded), usage=usage, told=told)


def passages_text(hits: Mapping[str, tuple[Hit, ...]]) -> str:
    """The passages offered for each check, each passage once."""
    found: dict[str, Hit] = {}
    for some in hits.values():
        for hit in some:
            found.setdefault(_id(hit), hit)
    return json.dumps(
        {
            "checks": {check: [_id(hit) for hit in some] for check, some in hits.items()},
            "hits": {key: hit.model_dump(mode="json") for key, hit in found.items()},
        },
        separators=(",", ":"),
    )


def passages_of_text(text: str) -> dict[str, tuple[Hit, ...]]:
    """The passages of each check again."""
    data = json.loads(text)
    hits = {key: Hit.model_validate(hit) for key, hit in data["hits"].items()}
    return {check: tuple(hits[key] for key in keys) for check, keys in data["checks"].items()}


def content_hash(text: str) -> str:
    """By which a text is known."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _id(hit: Hit) -> str:
    """The same passage has another score for another check."""
    return f"{hit.passage.id}:{hit.score!r}:{hit.dense!r}:{hit.lexical!r}"
