"""The same prompts sent by our engine, by plain LangChain, and by LangGraph."""

from __future__ import annotations

import asyncio
import operator
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Annotated, Any, TypedDict

from langchain_openai import ChatOpenAI
from langgraph.graph import END, START, StateGraph
from pydantic import SecretStr

from benchmarks.material import Material
from reviewer.agents.chat import ChatAnswerer
from reviewer.agents.panel import run_panel
from reviewer.agents.prompting import load_prompts
from reviewer.backends.budget import Budget
from reviewer.backends.guard import guarded
from reviewer.backends.openai import connect
from reviewer.backends.options import ModelOptions
from reviewer.backends.retry import ConcurrencyLimit
from reviewer.ports import Prompt


async def _nothing() -> None:
    """LangChain keeps its client for the process."""


@dataclass(frozen=True)
class Review:
    """One contender: runs a review, and gives back its connections."""

    run: Callable[[], Coroutine[Any, Any, object]]
    aclose: Callable[[], Coroutine[Any, Any, None]] = _nothing


def ours(url: str, material: Material) -> Review:
    """The whole engine: prompts made, asked, grounded, chaired, scored.

    Each review gets a design of its own, so that nothing is remembered of the one before.
    """
    raw = connect("scripted", ModelOptions(base_url=url))
    chat = ChatAnswerer(guarded(raw, budget=Budget(), limit=ConcurrencyLimit(8)), load_prompts())

    async def review() -> object:
        fresh = replace(
            material,
            design=material.design.model_copy(),
            analysis=material.analysis.model_copy(),
        )
        return await run_panel(fresh.design, fresh.panel(chat), lambda *_: None)

    return Review(review, raw.aclose)


def our_calls(url: str, material: Material) -> Review:
    """Our backend alone on ready prompts: what the other contenders do."""
    raw = connect("scripted", ModelOptions(base_url=url))
    backend = guarded(raw, budget=Budget(), limit=ConcurrencyLimit(8))
    roles, chair = material.prompts()

    async def review() -> object:
        answers = await asyncio.gather(*(backend.complete(prompt) for prompt in roles))
        return [*answers, await backend.complete(chair)]

    return Review(review, raw.aclose)


def langchain(url: str, material: Material) -> Review:
    """Plain LangChain with asyncio.gather."""
    ask = _langchain_call(url)
    roles, chair = material.prompts()

    async def review() -> object:
        answers = await asyncio.gather(*(ask(prompt) for prompt in roles))
        return [*answers, await ask(chair)]

    return Review(review)


class _State(TypedDict):
    answers: Annotated[list[Any], operator.add]


def langgraph(url: str, material: Material) -> Review:
    """A LangGraph with a node for each role, and the chair after them."""
    ask = _langchain_call(url)
    roles, chair = material.prompts()
    graph: Any = StateGraph(_State)

    def add(prompt: Prompt) -> str:
        async def node(_: _State) -> dict[str, Any]:
            return {"answers": [await ask(prompt)]}

        name = prompt.purpose.replace(":", "-")
        graph.add_node(name, node)
        return name

    last = add(chair)
    graph.add_edge(last, END)
    names = [add(prompt) for prompt in roles]
    for name in names:
        graph.add_edge(START, name)
    graph.add_edge(names, last)
    compiled = graph.compile()

    async def review() -> object:
        return await compiled.ainvoke({"answers": []})

    return Review(review)


def _langchain_call(url: str) -> Callable[[Prompt], Awaitable[Any]]:
    model = ChatOpenAI(
        model="scripted", base_url=url, api_key=SecretStr("none"), max_retries=0, temperature=0
    )
    made: dict[str, Any] = {}

    async def ask(prompt: Prompt) -> Any:
        if prompt.schema_name not in made:
            schema = {"title": prompt.schema_name, "description": "", **prompt.answer_schema}
            made[prompt.schema_name] = model.with_structured_output(schema, include_raw=True)
        return await made[prompt.schema_name].ainvoke(
            [(str(message.role), message.content) for message in prompt.messages]
        )

    return ask
