"""A chat model may phrase reflection prompts better, never looser: checked by code, one by one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from reviewer.agents.material import mark
from reviewer.agents.prompting import Template
from reviewer.agents.reflection_rules import (
    LEAST_WORDS,
    MOST_WORDS,
    asks,
    length,
    looseness,
    sequences_of,
    shares,
)
from reviewer.domain.questionnaire import Questionnaire
from reviewer.domain.reflection import ReflectionPrompt, ReflectionSheet
from reviewer.domain.review import Review, Usage
from reviewer.ports import ChatBackend, Message, Prompt

_TOKENS_BASE, _TOKENS_PROMPT, _MOST_TOKENS = 400, 260, 16_000
_TEXT = {"type": "string"}
_ENTRY = {
    "type": "object",
    "properties": {"id": _TEXT, "lead": _TEXT, "ask": _TEXT},
    "required": ["id", "lead", "ask"],
    "additionalProperties": False,
}
PHRASING_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"prompts": {"type": "array", "items": _ENTRY}},
    "required": ["prompts"],
    "additionalProperties": False,
}


async def phrased(
    sheet: ReflectionSheet,
    review: Review,
    questionnaire: Questionnaire,
    backend: ChatBackend,
    template: Template,
) -> tuple[ReflectionSheet, Usage]:
    """The sheet in a model's words where they keep every rule, in the offline words elsewhere.

    One call. An answer without the agreed form changes nothing and is told in `notes`. Raises the
    `BackendError` family where the model cannot be asked.
    """
    if not sheet.prompts:
        return sheet, Usage()
    completion = await backend.complete(_request(sheet, review, template))
    written = read_json(completion.text).get("prompts")
    entries = (
        [entry for entry in written if isinstance(entry, dict)] if isinstance(written, list) else []
    )
    words = {str(e.get("id", "")): e for e in entries}
    remedies = [f.recommendation for f in review.findings if f.recommendation]
    remedies += [check.remedy for check in questionnaire.checks]
    forbidden = sequences_of(remedies)
    taken = {prompt.ask for prompt in sheet.prompts}
    members, kept = [], 0
    for member in sheet.members:
        prompts = []
        for prompt in member.prompts:
            better = _better(prompt, words.get(prompt.id), backend.name)
            clean = better is not None and not shares(better.text, forbidden)
            if better is None or not clean or better.ask in taken:
                prompts.append(prompt)
                kept += 1
                continue
            taken.add(better.ask)
            prompts.append(better)
        members.append(member.model_copy(update={"prompts": tuple(prompts)}))
    notes = (*sheet.notes, *_told(kept, len(sheet.prompts), backend.name))
    changed = sheet.model_copy(update={"members": tuple(members), "notes": notes})
    return changed, completion.usage


def read_json(text: str) -> dict[str, Any]:
    """The JSON object in an answer; an empty one where there is none."""
    start, end = text.find("{"), text.rfind("}")
    try:
        found = json.loads(text[start : end + 1]) if 0 <= start < end else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _better(
    prompt: ReflectionPrompt, entry: Mapping[str, Any] | None, model: str
) -> ReflectionPrompt | None:
    """The prompt in the model's words; None where they are looser than the offline ones."""
    lead, ask = (entry or {}).get("lead"), (entry or {}).get("ask")
    if not isinstance(lead, str) or not isinstance(ask, str):
        return None
    lead, ask = " ".join(lead.split()), " ".join(ask.split())
    said = stated_points(prompt.lead)
    material = f"{prompt.lead} {prompt.quote.text} {prompt.ask}"
    sound = (
        LEAST_WORDS <= length(lead, ask) <= MOST_WORDS
        and bool(lead)
        and asks(ask)
        and looseness(lead, ask, material, said) is None
    )
    return prompt.model_copy(update={"lead": lead, "ask": ask, "model": model}) if sound else None


def stated_points(lead: str) -> tuple[str, ...]:
    """What an offline lead says in quotation marks: the review's own words."""
    return tuple(part.partition("”")[0] for part in lead.split("“")[1:])


def _told(kept: int, of: int, model: str) -> tuple[str, ...]:
    if not kept:
        return ()
    return (f"{kept} of {of} prompts keep the offline words: those of {model} broke a rule.",)


def _request(sheet: ReflectionSheet, review: Review, template: Template) -> Prompt:
    topics = {topic.id: topic.title for topic in sheet.topics}
    shown = (_shown(prompt, topics.get(prompt.topic, prompt.topic)) for prompt in sheet.prompts)
    parts = [f"Design: {' '.join(review.design.title.split())}", *shown]
    material = "\n\n".join(parts)
    asked = template.render(language=review.design.language, mark=mark(material), material=material)
    room = _TOKENS_BASE + _TOKENS_PROMPT * len(sheet.prompts)
    return Prompt(
        purpose="reflection",
        messages=(Message(role="user", content=asked),),
        schema_name="reflection_prompts",
        answer_schema=PHRASING_SCHEMA,
        max_output_tokens=min(room, _MOST_TOKENS),
    )


def _shown(prompt: ReflectionPrompt, topic: str) -> str:
    quote = " ".join(prompt.quote.text.split())
    return (
        f"{prompt.id} | topic: {topic} | stance: {prompt.stance}\n"
        f"lead: {prompt.lead}\nquote: {quote}\nask: {prompt.ask}"
    )
