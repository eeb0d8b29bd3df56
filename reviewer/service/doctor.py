"""The doctor: tries settings, questionnaire, knowledge base and model, and says what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, TypedDict

from reviewer.backends.loops import run
from reviewer.errors import ReviewerError
from reviewer.service.models import OFFLINE, make_chat_answerer

if TYPE_CHECKING:
    from reviewer.service import ReviewService


class Row(TypedDict):
    """One thing that was tried."""

    name: str
    state: Literal["fine", "broken", "not tried"]
    text: str


def examine(service: ReviewService, model: str | None) -> list[Row]:
    """A row for each part; a broken part's text says what to do."""
    rows = [
        _try("settings", lambda: _settings(service)),
        _try("questionnaire", lambda: _questionnaire(service)),
        _try("knowledge base", lambda: _knowledge(service)),
    ]
    name = model or (service.settings.model if rows[0]["state"] == "fine" else OFFLINE)
    rows.append(_try(f"model {name}", lambda: _model(service, name)))
    return rows


def _try(name: str, look: Callable[[], str]) -> Row:
    try:
        return Row(name=name, state="fine", text=look())
    except ReviewerError as error:
        return Row(name=name, state="broken", text=f"{error} {error.hint}".strip())


def _settings(service: ReviewService) -> str:
    service.home()
    settings = service.settings
    key = "set" if settings.openai_api_key else "not set"
    return f"REVIEWER_HOME is {settings.home}; OPENAI_API_KEY is {key}."


def _questionnaire(service: ReviewService) -> str:
    asked = service.questionnaire
    return (
        f"{len(asked.checks)} checks of {len(asked.roles)} roles in {len(asked.criteria)} criteria."
    )


def _knowledge(service: ReviewService) -> str:
    search = service.knowledge()
    found = search.search("How is personal data deleted on request?", limit=1)
    return f"Corpus {search.corpus[:19]}; a trial search found {len(found)} passage."


def _model(service: ReviewService, name: str) -> str:
    if name == OFFLINE:
        return "Answers without a network and without a key."
    run(_ask(service, name))
    return "Answered in the agreed form."


async def _ask(service: ReviewService, name: str) -> None:
    from reviewer.ports import Message, Prompt

    answerer = make_chat_answerer(name, service.settings)
    schema = {
        "type": "object",
        "properties": {"answer": {"type": "string"}},
        "required": ["answer"],
        "additionalProperties": False,
    }
    prompt = Prompt(
        purpose="doctor",
        messages=(Message(role="user", content='Answer with {"answer": "ready"}.'),),
        schema_name="ready",
        answer_schema=schema,
        max_output_tokens=300,
    )
    try:
        await answerer.backend.complete(prompt)
    finally:
        await answerer.aclose()
