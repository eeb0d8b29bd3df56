"""OpenAI and every OpenAI-compatible server, through the openai SDK (the only file that does)."""

from __future__ import annotations

import json
import ssl
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn
from urllib.parse import urlsplit

import openai
from pydantic import SecretStr, ValidationError
from pydantic_core import to_json

from reviewer.backends.dialect import Dialect, is_reasoning
from reviewer.backends.faults import address, fault, redact, retry_after
from reviewer.backends.loops import PerLoop
from reviewer.backends.options import ModelOptions
from reviewer.backends.reply import Choice, Reply
from reviewer.errors import BackendRejected, BackendRubbish, BackendUnreachable, SettingsError
from reviewer.ports import Completion, Prompt

OFFICIAL = "https://api.openai.com/v1"
REASONING_ALLOWANCE = 16_000  # output tokens for thinking, on top of the answer
_REFUSALS = (400, 422)  # statuses with which servers refuse a parameter
_CONNECT_SECONDS = 10.0


class OpenAIBackend:
    """One model behind the OpenAI chat protocol; one try for each call, no retries.

    What the server refuses (json_schema, temperature, an output limit's name …) is left out of
    this call and of all later ones. `before_another` is awaited before such a call is sent again,
    so that whoever counts requests can count that one.
    """

    before_another: Callable[[Prompt], Awaitable[object]] | None = None

    def __init__(self, model: str, options: ModelOptions) -> None:
        self.name = f"openai:{model}"
        self.extra_output = REASONING_ALLOWANCE if is_reasoning(model) else 0
        self._model = model
        self._options = options
        self._url = options.base_url or OFFICIAL
        self._key = options.api_key.get_secret_value() if options.api_key else ""
        self._who = f"{self.name} at {address(self._url)}"
        self._dialect = _first_dialect(model, options)
        self._clients = PerLoop(self._connect)

    async def complete(self, prompt: Prompt) -> Completion:
        """The model's answer; the text may be cut off (`finish`) or not be JSON."""
        while True:
            dialect = self._dialect
            try:
                return await self._ask(dialect, prompt)
            except _Refused as refused:
                if self._dialect is dialect:  # else a call beside this one has learnt it already
                    following = dialect.without(refused.message, refused.param)
                    if following is None:
                        raise fault(self._who, refused.status, refused.message) from None
                    self._dialect = following
            if self.before_another is not None:
                await self.before_another(prompt)

    async def aclose(self) -> None:
        """Close the running loop's connections."""
        client = self._clients.pop()
        if client is not None:
            await client.close()

    async def _ask(self, dialect: Dialect, prompt: Prompt) -> Completion:
        # The typed method copies the whole body along its types, writes it out ten times slower,
        # and builds the whole answer as models, for fields that nobody reads.
        body = to_json({"model": self._model, **dialect.request(prompt, self.extra_output)})
        client = self._clients.get()
        with self._translated():
            said = await client.post("/chat/completions", content=body, cast_to=bytes)
        reply = self._reply(said)
        choice = reply.choices[0]
        return Completion(text=self._text(choice), usage=reply.counted, finish=choice.finish)

    def _reply(self, said: bytes) -> Reply:
        try:
            return Reply.model_validate_json(said)
        except ValidationError:
            pass  # pydantic's reader is stricter with what is JSON than servers are
        try:
            return Reply.model_validate(json.loads(said))
        except (ValueError, RecursionError):
            raise BackendRubbish(
                f"{self._who} did not answer in the OpenAI chat protocol.",
                hint="Check the base URL (many end in /v1).",
            ) from None

    def _text(self, choice: Choice) -> str:
        message = choice.message
        if choice.finish_reason == "content_filter" or message.refusal:
            why = redact(message.refusal or "its content filter stopped the answer", [self._key])
            raise BackendRejected(
                f"{self._who} refused to answer: {why[:200].rstrip('.')}.",
                hint="Look for text in the design that a content filter may object to.",
            )
        for call in message.tool_calls or ():
            return call.function.arguments
        return message.content or ""

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except openai.APIStatusError as exc:
            self._raise_status(exc)
        except openai.APIConnectionError as exc:
            # aiohttp's transport calls a dropped connection a time-out, too: the root tells.
            root = _root(exc)
            if isinstance(root, TimeoutError):
                why = f"did not answer within {self._options.timeout:g} seconds"
            else:
                why = f"cannot be reached: {redact(str(root), [self._key])[:200]}".rstrip(".")
            raise BackendUnreachable(f"{self._who} {why}.") from None
        except (openai.OpenAIError, ValueError) as exc:  # ValueError: a body that is not JSON
            why = redact(str(exc), [self._key])
            raise BackendRubbish(
                f"{self._who} answered with something unreadable: {why[:200]}."
            ) from None

    def _raise_status(self, exc: openai.APIStatusError) -> NoReturn:
        message = redact(_said(exc), [self._key])
        if exc.status_code in _REFUSALS:
            raise _Refused(exc.status_code, message, exc.param) from None
        raise fault(
            self._who,
            exc.status_code,
            message,
            code=exc.code or exc.type,
            wait=retry_after(exc.response.headers.get("retry-after")),
        ) from None

    def _connect(self) -> openai.AsyncOpenAI:
        timeout = openai.Timeout(self._options.timeout, connect=_CONNECT_SECONDS)
        # Loading the certificate authorities takes longer than a local call: a server without TLS
        # gets a context that trusts nobody.
        plain = urlsplit(self._url).scheme == "http"
        verify = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if plain else True
        http = openai.DefaultAioHttpClient(timeout=timeout, verify=verify)
        return openai.AsyncOpenAI(
            api_key=self._key, base_url=self._url, max_retries=0, timeout=timeout, http_client=http
        )


class _Refused(Exception):
    """The server refused something in the request; never leaves this file."""

    def __init__(self, status: int, message: str, param: str | None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.param = param


def connect(model: str, options: ModelOptions) -> OpenAIBackend:
    """A backend for `openai:MODEL`. Nothing is sent yet.

    Raises:
        SettingsError: there is no key for OpenAI itself, or the key or base URL is malformed.
    """
    key = options.api_key.get_secret_value().strip() if options.api_key else ""
    if not key and options.base_url is None:
        raise SettingsError(
            f"There is no key for openai:{model}.",
            hint="Set OPENAI_API_KEY, or REVIEWER_OPENAI_BASE_URL for a local server, or review "
            "with --model offline.",
        )
    if not key.isascii() or not key.isprintable() or " " in key:
        raise SettingsError(
            "OPENAI_API_KEY has characters that no key has.", hint="Copy the key once more."
        )
    if options.base_url is not None:
        _check_url(options.base_url)
    # Local servers take any key, and the SDK insists on one.
    return OpenAIBackend(model, options.model_copy(update={"api_key": SecretStr(key or "none")}))


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingsError(
            f"REVIEWER_OPENAI_BASE_URL is not a web address: {redact(url)!r}.",
            hint="Give the whole address, for example http://localhost:11434/v1.",
        )
    if parts.username is not None or parts.password is not None:
        raise SettingsError(
            f"REVIEWER_OPENAI_BASE_URL holds a user or password ({address(url)}).",
            hint="Leave them out of the address and put the key into OPENAI_API_KEY.",
        )


def _first_dialect(model: str, options: ModelOptions) -> Dialect:
    official = urlsplit(options.base_url or OFFICIAL).hostname == urlsplit(OFFICIAL).hostname
    reasoning = is_reasoning(model)
    return Dialect(
        form="tool" if options.structured_output == "tool" else "json_schema",
        may_change_form=options.structured_output == "auto",
        temperature=None if reasoning else options.temperature,
        limit="max_completion_tokens" if official or reasoning else "max_tokens",
    )


def _root(exc: BaseException) -> BaseException:
    while exc.__cause__ is not None:
        exc = exc.__cause__
    return exc


def _said(exc: openai.APIStatusError) -> str:
    """What the server said, without the SDK's words around it."""
    body = exc.body
    if isinstance(body, dict):
        for field in ("message", "detail", "error"):
            if isinstance(body.get(field), str):
                return str(body[field])
    return str(body) if body else exc.message
