"""Which reviewer answers to a name; each adapter is imported only when it is chosen.

`offline`, `openai:NAME`, `scripted:FILE`, `recorded:FILE`, or any other `PROVIDER:NAME` through
LangChain.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from reviewer.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reviewer.agents.chat import ChatAnswerer
    from reviewer.agents.prompting import PromptSet
    from reviewer.backends.retry import ConcurrencyLimit
    from reviewer.domain.questionnaire import Check
    from reviewer.ports import Answerer, ChatBackend, Embedder
    from reviewer.settings import Settings

OFFLINE = "offline"


def make_answerer(
    name: str, settings: Settings, embedder: Embedder, checks: Sequence[Check]
) -> Answerer:
    """Whoever answers under that name; `SettingsError` if the name or its key will not do."""
    if name == OFFLINE:
        from reviewer.backends.offline.answerer import OfflineAnswerer
        from reviewer.backends.offline.model import load_model
        from reviewer.catalogue import load_examples

        return OfflineAnswerer(embedder, load_model(), load_examples(checks))
    return make_chat_answerer(name, settings)


def make_chat_answerer(name: str, settings: Settings) -> ChatAnswerer:
    """A chat model behind retries, a concurrency limit and a budget of its own."""
    from reviewer.agents.chat import ChatAnswerer
    from reviewer.backends.budget import Budget
    from reviewer.backends.guard import guarded
    from reviewer.backends.prices import load_prices
    from reviewer.backends.retry import RetryPolicy

    backend = guarded(
        connect_model(name, settings),
        budget=Budget(
            max_tokens=settings.max_tokens,
            max_cost=settings.max_cost,
            price=load_prices(settings.prices).price(name),
        ),
        limit=limit_of(settings.max_concurrency),
        policy=RetryPolicy(retries=settings.max_retries, timeout=settings.timeout),
    )
    return ChatAnswerer(
        backend,
        prompts(),
        id_enums=settings.id_enums,
        warm_cache=settings.warm_cache,
        checks_per_call=settings.checks_per_call,
    )


def check_model(name: str, settings: Settings) -> None:
    """Raises `SettingsError` if the name, its key or its price will not do; nothing is sent."""
    if name != OFFLINE:
        make_chat_answerer(name, settings)


@lru_cache
def limit_of(calls: int) -> ConcurrencyLimit:
    """One limit for all reviews of the process."""
    from reviewer.backends.retry import ConcurrencyLimit

    return ConcurrencyLimit(calls)


def prompts() -> PromptSet:
    """The prompt files, checked."""
    from reviewer.agents.prompting import load_prompts

    return load_prompts()


def connect_model(name: str, settings: Settings) -> ChatBackend:
    """The model itself: one try for each call. Nothing is sent yet."""
    provider, _, model = name.partition(":")
    if not model:
        raise SettingsError(
            f"The model {name!r} is not known.",
            hint="Give offline, openai:NAME, or PROVIDER:NAME (for example anthropic:NAME).",
        )
    if provider == "scripted":
        from reviewer.backends.scripted import scripted_from_file

        return scripted_from_file(Path(model))
    if provider == "recorded":
        from reviewer.backends.recorded import recorded

        return recorded(Path(model))
    from reviewer.backends.options import ModelOptions

    options = ModelOptions(
        base_url=settings.openai_base_url,
        api_key=settings.openai_api_key,
        timeout=settings.timeout,
        temperature=settings.temperature,
        structured_output=settings.structured_output,
    )
    if provider == "openai":
        from reviewer.backends import openai

        return openai.connect(model, options)
    from reviewer.backends import langchain

    return langchain.connect(name, options)
