"""The OpenAI backend against a scripted server: forms, refused parameters, usage and faults."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from briefs import prompt
from pydantic import SecretStr
from servers import Behaviour, ScriptedServer

from reviewer.backends.loops import run
from reviewer.backends.openai import OpenAIBackend, connect
from reviewer.backends.options import ModelOptions
from reviewer.errors import (
    BackendBusy,
    BackendError,
    BackendRefusedKey,
    BackendRejected,
    BackendRubbish,
    BackendUnreachable,
    SettingsError,
)
from reviewer.ports import Completion, Prompt

KEY = "sk-test-1234567890abcdef"


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer(Behaviour(answer=lambda _: {"word": "yes"})) as running:
        yield running


def backend(server: ScriptedServer, model: str = "small", **options: Any) -> OpenAIBackend:
    given: dict[str, Any] = {"base_url": server.url, "api_key": SecretStr(KEY), **options}
    return connect(model, ModelOptions(**given))


def ask(backend: OpenAIBackend, asked: Prompt | None = None) -> Completion:
    async def once() -> Completion:
        try:
            return await backend.complete(asked or prompt())
        finally:
            await backend.aclose()

    return run(once())


def test_sends_the_schema_strictly_and_reads_usage(server: ScriptedServer) -> None:
    answer = ask(backend(server))
    assert answer.text == '{"word": "yes"}'
    assert (answer.usage.calls, answer.finish) == (1, "stop")
    assert answer.usage.input > 0
    body = server.bodies[0]
    assert body["response_format"]["json_schema"]["strict"] is True
    assert body["response_format"]["json_schema"]["schema"] == prompt().answer_schema
    assert body["temperature"] == 0.0
    assert body["max_tokens"] == 100
    assert server.keys == [f"Bearer {KEY}"]


def test_cached_tokens_are_counted_apart(server: ScriptedServer) -> None:
    async def twice() -> list[Completion]:
        model = backend(server)
        answers = [await model.complete(prompt("word " * 100)) for _ in range(2)]
        await model.aclose()
        return answers

    first, second = run(twice())
    assert (first.usage.cached, second.usage.cached > 100) == (0, True)
    assert second.usage.cached <= second.usage.input


def test_a_server_without_usage(server: ScriptedServer) -> None:
    server.behaviour.usage = False
    assert ask(backend(server)).usage.input == 0


@pytest.mark.parametrize(
    ("refuse", "requests", "kept"),
    [
        (("json_schema",), 2, "tools"),
        (("json_schema", "tools"), 3, "response_format"),
        (("json_schema", "tools", "json_object"), 4, "messages"),
        (("pattern",), 2, "response_format"),
        (("temperature",), 2, "max_tokens"),
        (("max_tokens",), 2, "max_completion_tokens"),
        (("max_tokens", "max_completion_tokens", "temperature"), 4, "response_format"),
    ],
)
def test_what_a_server_refuses_is_left_out_once_and_for_all(
    server: ScriptedServer, refuse: tuple[str, ...], requests: int, kept: str
) -> None:
    server.behaviour.refuse = refuse

    async def twice() -> list[Completion]:
        model = backend(server)
        answers = [await model.complete(prompt()) for _ in range(2)]
        await model.aclose()
        return answers

    assert [a.text for a in run(twice())] == ['{"word": "yes"}'] * 2
    assert len(server.bodies) == requests + 1
    assert kept in server.bodies[-1]
    if kept == "messages":
        assert '"word"' in server.bodies[-1]["messages"][-1]["content"]


def test_calls_side_by_side_learn_the_same_thing(server: ScriptedServer) -> None:
    server.behaviour.refuse = ("json_schema", "temperature")
    server.behaviour.latency = 0.02

    async def five() -> list[Completion]:
        model = backend(server)
        answers = await asyncio.gather(*(model.complete(prompt()) for _ in range(5)))
        await model.aclose()
        return answers

    assert len(run(five())) == 5
    assert server.counts.refused <= 10


def test_a_fixed_form_is_not_changed(server: ScriptedServer) -> None:
    server.behaviour.refuse = ("json_schema",)
    with pytest.raises(BackendRejected, match="response_format"):
        ask(backend(server, structured_output="json_schema"))
    assert len(server.bodies) == 1
    ask(backend(server, structured_output="tool"))
    assert server.bodies[-1]["tool_choice"]["function"]["name"] == "word"


@pytest.mark.parametrize(
    ("model", "reasoning"),
    [("o3", True), ("o4-mini", True), ("gpt-5-mini", True), ("openai/gpt-5", True),
     ("gpt-5-chat-latest", False), ("gpt-4o", False), ("olmo-2", False), ("smollm", False)],
)  # fmt: skip
def test_reasoning_models_get_no_temperature_and_more_room(
    server: ScriptedServer, model: str, reasoning: bool
) -> None:
    ask(backend(server, model))
    body = server.bodies[0]
    assert ("temperature" not in body) is reasoning
    if reasoning:
        assert body["max_completion_tokens"] > 10_000
    else:
        assert body["max_tokens"] == 100


@pytest.mark.parametrize(
    ("kind", "error", "words"),
    [
        ("401", BackendRefusedKey, "did not accept the key"),
        ("403", BackendRefusedKey, "did not accept the key"),
        ("404", BackendRejected, "does not exist"),
        ("429", BackendBusy, "over its limit"),
        ("500", BackendUnreachable, "500"),
        ("quota", BackendRejected, "no credit"),
        ("context", BackendRejected, "maximum context length"),
        ("disconnect", BackendUnreachable, "cannot be reached"),
        ("slow", BackendUnreachable, "did not answer within"),
        ("empty", BackendRubbish, "chat protocol"),
        ("html", BackendRubbish, "chat protocol"),
        ("refusal", BackendRejected, "refused to answer"),
        ("content_filter", BackendRejected, "refused to answer"),
    ],
)
def test_faults_become_our_errors_without_the_key(
    server: ScriptedServer, kind: str, error: type[BackendError], words: str
) -> None:
    server.behaviour.fault = lambda _: kind
    with pytest.raises(error, match=words) as raised:
        ask(backend(server, timeout=0.3))
    told = f"{raised.value} {raised.value.hint} {raised.value.__cause__}"
    assert KEY not in told
    assert "sk-" not in told
    assert len(server.bodies) == 1  # the SDK does not retry behind our back
    if isinstance(raised.value, BackendBusy):
        assert raised.value.retry_after == 0.05


@pytest.mark.parametrize(("kind", "finish"), [("truncated", "length"), ("half", "unknown")])
def test_a_cut_off_answer_says_so(server: ScriptedServer, kind: str, finish: str) -> None:
    server.behaviour.fault = lambda _: kind
    assert ask(backend(server)).finish == finish


def test_nobody_listens_there() -> None:
    model = connect("small", ModelOptions(base_url="http://127.0.0.1:9/v1?token=secret"))
    with pytest.raises(BackendUnreachable, match="cannot be reached") as raised:
        ask(model)
    assert "secret" not in str(raised.value)


def test_a_second_event_loop_gets_its_own_connections(server: ScriptedServer) -> None:
    model = backend(server)
    assert [ask(model).text for _ in range(3)] == ['{"word": "yes"}'] * 3


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (ModelOptions(), "no key for openai:small"),
        (ModelOptions(api_key=SecretStr(" ")), "no key for openai:small"),
        (ModelOptions(api_key=SecretStr("sk-a\nb")), "OPENAI_API_KEY"),
        (ModelOptions(base_url="localhost:11434"), "REVIEWER_OPENAI_BASE_URL"),
        (ModelOptions(base_url="http://me:secret@host/v1"), "user or password .http://host/v1"),
        (ModelOptions(base_url="ftp://host/v1"), "REVIEWER_OPENAI_BASE_URL"),
    ],
)
def test_bad_settings_are_told_before_a_call(options: ModelOptions, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        connect("small", options)
