"""The LangChain backend: through LangChain's own OpenAI package against a scripted server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from briefs import prompt
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import Field
from servers import Behaviour, ScriptedServer

from reviewer.backends.langchain import LangChainBackend, connect
from reviewer.backends.options import ModelOptions
from reviewer.errors import (
    BackendBusy,
    BackendError,
    BackendRefusedKey,
    BackendRejected,
    BackendUnreachable,
    SettingsError,
)
from reviewer.ports import Completion

KEY = "sk-test-1234567890abcdef"


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer(Behaviour(answer=lambda _: {"word": "yes"})) as running:
        yield running


@pytest.fixture
def backend(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> LangChainBackend:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    return connect("openai:small", ModelOptions(timeout=5.0))


def ask(backend: LangChainBackend) -> Completion:
    return asyncio.run(backend.complete(prompt("word " * 100)))


def test_one_schema_usage_and_cache(server: ScriptedServer, backend: LangChainBackend) -> None:
    first, second = ask(backend), ask(backend)
    assert first.text == '{"word": "yes"}'
    assert (first.finish, first.usage.calls) == ("stop", 1)
    assert first.usage.cached == 0
    assert 0 < second.usage.cached <= second.usage.input
    sent = server.bodies[0]["response_format"]["json_schema"]["schema"]
    assert sent["properties"] == prompt().answer_schema["properties"]


def test_many_event_loops_do_not_close_its_client(backend: LangChainBackend) -> None:
    assert [ask(backend).text for _ in range(4)] == ['{"word": "yes"}'] * 4


def test_five_calls_at_once(server: ScriptedServer, backend: LangChainBackend) -> None:
    server.behaviour.latency = 0.2

    async def five() -> list[Completion]:
        return await asyncio.gather(*(backend.complete(prompt()) for _ in range(5)))

    assert len(asyncio.run(five())) == 5
    assert server.counts.most_in_flight == 5


@pytest.mark.parametrize(
    ("refuse", "kept"),
    [(("pattern",), "response_format"), (("temperature",), "response_format"),
     (("max_tokens", "max_completion_tokens"), "response_format")],
)  # fmt: skip
def test_what_a_provider_refuses_is_left_out(
    server: ScriptedServer, backend: LangChainBackend, refuse: tuple[str, ...], kept: str
) -> None:
    server.behaviour.refuse = refuse
    assert [ask(backend).text for _ in range(2)] == ['{"word": "yes"}'] * 2
    assert kept in server.bodies[-1]
    assert not set(refuse) & server.bodies[-1].keys()
    assert server.counts.refused == 1


@pytest.mark.filterwarnings("ignore:This model does not support OpenAI's structured output")
@pytest.mark.parametrize(
    ("refuse", "kept"),
    [(("json_schema",), "tools"), (("json_schema", "tools"), "response_format"),
     (("json_schema", "tools", "json_object"), "messages")],
)  # fmt: skip
def test_another_way_to_the_schema(
    server: ScriptedServer, backend: LangChainBackend, refuse: tuple[str, ...], kept: str
) -> None:
    server.behaviour.refuse = refuse
    assert [ask(backend).text for _ in range(2)] == ['{"word": "yes"}'] * 2
    assert kept in server.bodies[-1]
    assert server.counts.refused == len(refuse)


@pytest.mark.parametrize(
    ("kind", "error", "words"),
    [
        ("401", BackendRefusedKey, "did not accept the key"),
        ("404", BackendRejected, "does not exist"),
        ("429", BackendBusy, "over its limit"),
        ("500", BackendUnreachable, "500"),
        ("quota", BackendRejected, "no credit"),
        ("disconnect", BackendUnreachable, "cannot be reached"),
        ("content_filter", BackendRejected, "refused to answer"),
    ],
)
def test_provider_errors_become_ours_without_the_key(
    server: ScriptedServer,
    backend: LangChainBackend,
    kind: str,
    error: type[BackendError],
    words: str,
) -> None:
    server.behaviour.fault = lambda _: kind
    with pytest.raises(error, match=words) as raised:
        ask(backend)
    assert KEY not in f"{raised.value} {raised.value.hint} {raised.value.__cause__}"
    assert len(server.bodies) == 1
    if isinstance(raised.value, BackendBusy):
        assert raised.value.retry_after == 0.05


@pytest.mark.parametrize(
    ("kind", "finish"), [("truncated", "length"), ("half", "unknown"), ("broken", "stop")]
)
def test_cut_off_and_broken_answers_are_completions(
    server: ScriptedServer, backend: LangChainBackend, kind: str, finish: str
) -> None:
    server.behaviour.fault = lambda _: kind
    answer = ask(backend)
    assert answer.finish == finish
    assert answer.usage.calls == 1
    assert answer.text != '{"word": "yes"}'


@pytest.mark.parametrize(
    ("model", "words", "hint"),
    [
        ("anthropic:some", "langchain-anthropic, which is not installed", "pip install"),
        ("nobody:some", "no provider 'nobody'", "docs/models.md"),
        ("openai:", "PROVIDER:NAME", "for example|For example"),
        ("openai:small", "cannot be set up", "key"),
    ],
)
def test_what_is_missing_is_told_before_a_call(model: str, words: str, hint: str) -> None:
    with pytest.raises(SettingsError, match=words) as raised:
        connect(model, ModelOptions())
    assert raised.match(words)
    assert any(part in raised.value.hint for part in hint.split("|"))


class OtherProvider(BaseChatModel):
    """A provider with neither tools nor json_schema, that names its fields as it likes."""

    message: AIMessage | None = None
    error: Exception | None = None
    seen: list[Any] = Field(default_factory=list)

    def _generate(self, messages: Any, *_: Any, **__: Any) -> ChatResult:
        self.seen.append(messages)
        if self.error is not None:
            raise self.error
        assert self.message is not None
        return ChatResult(generations=[ChatGeneration(message=self.message)])

    @property
    def _llm_type(self) -> str:
        return "other"


def test_a_provider_without_structured_output_gets_the_schema_in_words() -> None:
    said = AIMessage(
        content=[{"type": "text", "text": '{"word": "yes"}'}],
        response_metadata={"stop_reason": "end_turn"},
        usage_metadata={
            "input_tokens": 9,
            "output_tokens": 3,
            "total_tokens": 12,
            "input_token_details": {"cache_read": 5},
        },
    )
    model = OtherProvider(message=said)
    answer = ask(LangChainBackend("other:x", lambda _: model, ModelOptions()))
    assert answer.text == '{"word": "yes"}'
    assert answer.finish == "stop"
    assert (answer.usage.input, answer.usage.cached) == (9, 5)
    assert '"word"' in model.seen[-1][-1].content


@pytest.mark.parametrize(
    ("told", "finish"),
    [({"stop_reason": "max_tokens"}, "length"), ({"finish_reason": "MAX_TOKENS"}, "length"),
     ({"finish_reason": "FinishReason.STOP"}, "stop"), ({}, "unknown")],
)  # fmt: skip
def test_every_providers_word_for_being_cut_off(told: dict[str, str], finish: str) -> None:
    model = OtherProvider(message=AIMessage(content="{", response_metadata=told))
    assert ask(LangChainBackend("other:x", lambda _: model, ModelOptions())).finish == finish


class _Response:
    def __init__(self, status: int, headers: dict[str, str] | None = None) -> None:
        self.status_code = status
        self.headers = headers or {}


def _vendor(name: str, **attributes: Any) -> Exception:
    made: Exception = type(name, (Exception,), {"__module__": "vendor", **attributes})("it failed")
    return made


@pytest.mark.parametrize(
    ("error", "ours"),
    [
        (_vendor("APIStatus", status_code=529), BackendUnreachable),
        (_vendor("ResourceExhausted", code=429), BackendBusy),
        (_vendor("HTTPError", response=_Response(503, {"retry-after": "3"})), BackendBusy),
        (
            _vendor("ClientError", response={"ResponseMetadata": {"HTTPStatusCode": 403}}),
            BackendRefusedKey,
        ),
        (_vendor("ReadTimeout"), BackendUnreachable),
        (ConnectionResetError("reset"), BackendUnreachable),
        (_vendor("Strange"), BackendRejected),
        (TypeError("ours"), TypeError),
    ],
)
def test_errors_of_any_provider_by_their_status(error: Exception, ours: type[Exception]) -> None:
    backend = LangChainBackend("other:x", lambda _: OtherProvider(error=error), ModelOptions())
    with pytest.raises(ours) as raised:
        ask(backend)
    assert type(raised.value) is ours
