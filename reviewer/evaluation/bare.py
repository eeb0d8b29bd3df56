"""The barest baseline: one plain question to a chat model, with none of our parts around it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from reviewer.domain.design import Design
from reviewer.domain.facts import Analysis
from reviewer.domain.finding import Evidence, Finding, FindingKind, Severity
from reviewer.domain.review import Manifest, Review, Rubric
from reviewer.errors import BackendRubbish
from reviewer.ports import ChatBackend, Completion, Message, Prompt

_SYSTEM = "You are a senior reviewer of data pipelines."
_ASK = """Name the weaknesses of this design, the gravest first. Answer with JSON:
{{"weaknesses": [{{"title": "...", "explanation": "...", "severity": "high", "quote": "..."}}]}}
Severity is one of critical, high, medium, low; quote is the sentence of the design that shows the
weakness, or empty where something is missing.

{design}"""
_TEXT = {"type": "string"}
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "weaknesses": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "title": _TEXT,
                    "explanation": _TEXT,
                    "severity": {"type": "string", "enum": [s.value for s in Severity]},
                    "quote": _TEXT,
                },
                "required": ["title", "explanation", "severity", "quote"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["weaknesses"],
    "additionalProperties": False,
}
_FIRST = 5  # of a list in order of gravity: what the review says to take first


async def bare_review(backend: ChatBackend, design: Design) -> Review:
    """What the model names when it is simply asked; no role, no check, no score.

    Raises `BackendRubbish` where the answer is no list of weaknesses.
    """
    prompt = Prompt(
        purpose="bare",
        messages=(
            Message(role="system", content=_SYSTEM),
            Message(role="user", content=_ASK.format(design=design.text)),
        ),
        schema_name="weaknesses",
        answer_schema=_SCHEMA,
    )
    completion = await backend.complete(prompt)
    findings = tuple(_findings(completion, design, backend.name))
    return Review(
        design=design,
        analysis=Analysis(),
        roles=(),
        checks=(),
        findings=findings,
        priorities=tuple(f.id for f in findings[:_FIRST]),
        rubric=Rubric(criteria=(), total=None, decided_weight=0.0),
        manifest=Manifest(model=backend.name, usage=completion.usage),
    )


def _findings(completion: Completion, design: Design, model: str) -> Iterator[Finding]:
    found = re.search(r"\{.*\}", completion.text, re.DOTALL)
    try:
        items = json.loads(found[0])["weaknesses"] if found else None
        if not isinstance(items, list):
            raise TypeError
    except (ValueError, KeyError, TypeError):
        raise BackendRubbish(f"{model}: the answer is not a list of weaknesses.") from None
    for number, item in enumerate((i for i in items if isinstance(i, dict)), 1):
        told = {key: str(item.get(key) or "") for key in ("title", "explanation", "quote")}
        severity = str(item.get("severity"))
        yield Finding(
            id=f"bare-{number}",
            role="chair",
            kind=FindingKind.RISK,
            severity=Severity(severity) if severity in set(Severity) else Severity.MEDIUM,
            title=told["title"],
            explanation=told["explanation"],
            recommendation="",
            evidence=_quoted(design, told["quote"]),
            author="model",
        )


def _quoted(design: Design, quote: str) -> tuple[Evidence, ...]:
    """The quote where it stands in the design; one that does not is kept, and is not verbatim."""
    if not quote.strip():
        return ()
    start = design.text.find(quote)
    if start < 0:
        return (Evidence(span="", quote=quote, start=0, end=0),)
    end = start + len(quote)
    span = next((s.id for s in design.spans if s.start <= start < s.end), "")
    return (Evidence(span=span, quote=quote, start=start, end=end),)
