"""Any chat model that LangChain can make (the only file that imports LangChain's models)."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Literal, Self, TypeVar

from langchain.chat_models import init_chat_model
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage

from reviewer.backends.dialect import Dialect
from reviewer.backends.options import ModelOptions
from reviewer.backends.provider_faults import clean, explained, status_of
from reviewer.domain.review import Usage
from reviewer.errors import BackendRejected, ReviewerError, SettingsError
from reviewer.ports import Completion, Prompt

OUTPUT_LIMIT = 16_000  # set for all providers: the default of some cuts an answer off
_METHODS = {"tool": "function_calling", "json_object": "json_mode"}
_REFUSALS = (400, 422)
_LIMIT_NAMES = re.compile(r"max_(?:completion|output)_tokens|maxOutputTokens|num_predict")
_CUT_OFF = {"length", "max_tokens", "max_output_tokens", "model_length"}
_BLOCKED = {"content_filter", "safety", "refusal", "prohibited_content", "blocklist"}

T = TypeVar("T")
Make = Callable[[dict[str, Any]], BaseChatModel]


class _Background:
    """One event loop for all calls of a process, in a thread of its own.

    LangChain's providers cache their async clients for the process, and a cached client fails with
    "Event loop is closed" once the loop that first used it has ended. This loop never ends.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Await the work on the background loop; cancelling here cancels it there."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._started()))

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(
                    target=self._loop.run_forever, name="langchain-calls", daemon=True
                ).start()
            return self._loop


_BACKGROUND = _Background()


class LangChainBackend:
    """One model of any LangChain provider; one try for each call, no retries.

    `make` builds the model from keyword arguments for temperature and output limit, either of
    which is left out once the provider has refused it.
    """

    def __init__(self, name: str, make: Make, options: ModelOptions) -> None:
        self.name = name
        self._make = make
        self._method = "json_schema" if options.structured_output == "json_schema" else None
        self._dialect = Dialect(
            form="tool" if options.structured_output == "tool" else "json_schema",
            may_change_form=options.structured_output == "auto",
            temperature=options.temperature,
            limits_refused=frozenset({"max_completion_tokens"}),
        )
        self._models: dict[tuple[float | None, str | None], BaseChatModel] = {}

    def prepare(self) -> None:
        """Build the model, so that a missing package or key shows before the first call."""
        self._model(self._dialect)

    async def complete(self, prompt: Prompt) -> Completion:
        """The model's answer; the text may be cut off (`finish`) or not be JSON."""
        return await _BACKGROUND.run(self._complete(prompt))

    async def aclose(self) -> None:
        """Providers keep their connections for the process; nothing to give back."""

    async def _complete(self, prompt: Prompt) -> Completion:
        while True:
            dialect = self._dialect
            with _Raised() as raised:
                return await self._ask(dialect, prompt)
            exc = raised.error
            following = _after(dialect, exc)
            if following is None:
                return explained(self.name, exc)
            if self._dialect is dialect:
                self._dialect = following

    async def _ask(self, dialect: Dialect, prompt: Prompt) -> Completion:
        model = self._model(dialect)
        messages = dialect.messages(prompt)
        if dialect.form == "text":
            return _completion(self.name, await model.ainvoke(messages), None)
        schema = {"title": prompt.schema_name, **dialect.schema_of(prompt)}
        schema.setdefault("description", "The answer in the agreed form.")
        method = _METHODS.get(dialect.form, self._method)
        chosen = {} if method is None else {"method": method}
        asked = model.with_structured_output(schema, include_raw=True, **chosen)
        answer: Any = await asked.ainvoke(messages)
        return _completion(self.name, answer["raw"], answer.get("parsed"))

    def _model(self, dialect: Dialect) -> BaseChatModel:
        key = (dialect.temperature, dialect.limit)
        if key not in self._models:
            given: dict[str, Any] = {}
            if dialect.temperature is not None:
                given["temperature"] = dialect.temperature
            if dialect.limit is not None:
                given["max_tokens"] = OUTPUT_LIMIT
            self._models[key] = self._make(given)
        return self._models[key]


def connect(model: str, options: ModelOptions) -> LangChainBackend:
    """A backend for `PROVIDER:NAME`. Nothing is sent yet.

    Raises:
        SettingsError: the provider is unknown, its package is not installed, or its key is missing.
    """
    provider, _, name = model.partition(":")
    if not provider or not name:
        raise SettingsError(
            f"The model {model!r} is not of the form PROVIDER:NAME.",
            hint="For example anthropic:claude-sonnet-4-5, or --model offline.",
        )

    def make(given: dict[str, Any]) -> BaseChatModel:
        made: BaseChatModel = init_chat_model(
            name, model_provider=provider, timeout=options.timeout, max_retries=0, **given
        )
        return made

    backend = LangChainBackend(model, make, options)
    with _Raised() as raised:
        backend.prepare()
        return backend
    raise _not_made(model, raised.error)


class _Raised:
    """Catches what a provider's package raises: its classes are not known before it is chosen.

    Our own errors pass. Nothing is chained to what is raised later, as it may hold a key.
    """

    error: Exception

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, Exception) or isinstance(error, ReviewerError):
            return False
        self.error = error
        return True


def _not_made(model: str, exc: Exception) -> SettingsError:
    provider = model.partition(":")[0]
    if isinstance(exc, ImportError):
        package = (exc.name or f"langchain-{provider}").split(".")[0].replace("_", "-")
        return SettingsError(
            f"The model {model} needs the package {package}, which is not installed.",
            hint=f"Run: python -m pip install {package}",
        )
    said = " ".join(clean(str(exc)).split())
    if "unsupported" in said.lower() and "provider" in said.lower():
        return SettingsError(
            f"LangChain knows no provider {provider!r}.",
            hint="For example anthropic, google_genai, mistralai, ollama; see docs/models.md.",
        )
    return SettingsError(
        f"The model {model} cannot be set up: {said[:200].rstrip('.')}.",
        hint="Set the key of this provider in the environment; see docs/models.md.",
    )


def _completion(who: str, raw: AIMessage, parsed: Any) -> Completion:
    finish = _finish(raw)
    if finish in _BLOCKED:
        raise BackendRejected(
            f"{who} refused to answer ({finish}).",
            hint="Look for text in the design that a content filter may object to.",
        )
    ended: Literal["stop", "length", "unknown"] = "stop" if finish else "unknown"
    return Completion(
        text=_text(raw, parsed),
        usage=_usage(raw),
        finish="length" if finish in _CUT_OFF else ended,
    )


def _finish(raw: AIMessage) -> str:
    told = raw.response_metadata
    for field in ("finish_reason", "stop_reason", "stopReason", "done_reason"):
        if told.get(field):
            return str(told[field]).lower().rpartition(".")[2]
    return ""


def _text(raw: AIMessage, parsed: Any) -> str:
    if raw.tool_calls:
        return json.dumps(raw.tool_calls[0]["args"], ensure_ascii=False)
    if raw.invalid_tool_calls:  # cut off or broken: kept as it came, so that it is asked again
        return raw.invalid_tool_calls[0]["args"] or ""
    if isinstance(parsed, dict):
        return json.dumps(parsed, ensure_ascii=False)
    return str(raw.text)


def _usage(raw: AIMessage) -> Usage:
    used = raw.usage_metadata
    if used is None:
        return Usage(calls=1)
    details = used.get("input_token_details") or {}
    return Usage(
        input=used["input_tokens"],
        output=used["output_tokens"],
        cached=details.get("cache_read") or 0,
        calls=1,
    )


def _after(dialect: Dialect, exc: Exception) -> Dialect | None:
    """What to try after a refusal by the provider, or by its package before anything is sent."""
    if isinstance(exc, NotImplementedError):  # the package knows no structured output at all
        bare = dialect.may_change_form and dialect.form != "text"
        return dialect.model_copy(update={"form": "text"}) if bare else None
    if status_of(exc) not in _REFUSALS and not isinstance(exc, ValueError):
        return None
    return dialect.without(_LIMIT_NAMES.sub("max_tokens", str(exc)))
