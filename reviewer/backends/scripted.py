"""A backend that says what it is told: for tests, demonstrations and lessons."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Awaitable, Callable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from reviewer.domain.design import Frozen
from reviewer.domain.review import Usage
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

Reply = str | dict[str, Any] | Completion | Exception
Script = Callable[[Prompt], Reply | Awaitable[Reply]]


class ScriptedBackend:
    """Answers from a list, one entry a call, or from a function of the prompt.

    An entry is the answer's text, a dict to be sent as JSON, a whole completion, an exception to
    raise, or a function (async ones may sleep). `prompts` keeps what was asked.
    """

    def __init__(
        self, script: Sequence[Reply | Script] | Script, *, name: str = "scripted"
    ) -> None:
        self.name = name
        self.prompts: list[Prompt] = []
        self._script = script

    async def complete(self, prompt: Prompt) -> Completion:
        """The next entry of the script; BackendRejected when there is none left."""
        self.prompts.append(prompt)
        entry = self._next()
        reply = entry(prompt) if callable(entry) else entry
        if inspect.isawaitable(reply):
            reply = await reply
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, Completion):
            return reply
        text = reply if isinstance(reply, str) else json.dumps(reply, ensure_ascii=False)
        return Completion(text=text, usage=Usage(calls=1))

    async def aclose(self) -> None:
        """Nothing to give back."""

    def _next(self) -> Reply | Script:
        if callable(self._script):
            return self._script
        if len(self.prompts) > len(self._script):
            raise BackendRejected(f"The script has only {len(self._script)} answers.")
        return self._script[len(self.prompts) - 1]


_ERRORS: dict[str, type[BackendError]] = {
    "busy": BackendBusy,
    "unreachable": BackendUnreachable,
    "refused_key": BackendRefusedKey,
    "rejected": BackendRejected,
    "rubbish": BackendRubbish,
}


class Line(Frozen):
    """One entry of a script file: what is answered to the next prompt of a matching purpose.

    `purpose` is a pattern (`role:latency`, `role:*`, `chair`). Exactly one of `answer` (sent as
    JSON), `text` (sent as it is) and `error` is given. `sleep` is in seconds; a line with `repeat`
    answers every matching prompt, any other line only one.
    """

    purpose: str = "*"
    answer: dict[str, Any] | None = None
    text: str | None = None
    error: Literal["busy", "unreachable", "refused_key", "rejected", "rubbish"] | None = None
    sleep: float = Field(0.0, ge=0)
    repeat: bool = False


def scripted_from_file(path: Path) -> ScriptedBackend:
    """A backend that follows a JSON file: a list of entries (see `Line`).

    Raises:
        SettingsError: the file cannot be read, or an entry is wrong.
    """
    try:
        lines = TypeAdapter(list[Line]).validate_json(path.read_bytes())
    except OSError as exc:
        raise SettingsError(f"The script {path} cannot be read: {exc.strerror}.") from None
    except ValidationError as exc:
        first = exc.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole file"
        raise SettingsError(f"The script {path} is wrong at {where}: {first['msg']}.") from None
    for number, line in enumerate(lines, 1):
        if sum(x is not None for x in (line.answer, line.text, line.error)) != 1:
            raise SettingsError(
                f"The script {path} is wrong at entry {number}: "
                "give exactly one of answer, text and error."
            )
    return ScriptedBackend(_Play(lines, str(path)), name=f"scripted:{path.name}")


class _Play:
    def __init__(self, lines: list[Line], source: str) -> None:
        self._left = lines
        self._source = source

    async def __call__(self, prompt: Prompt) -> Reply:
        line = self._take(prompt.purpose)
        await asyncio.sleep(line.sleep)
        if line.error is not None:
            return _ERRORS[line.error](f"The script says: {line.error}.")
        return line.text if line.text is not None else line.answer or {}

    def _take(self, purpose: str) -> Line:
        for line in self._left:
            if fnmatchcase(purpose, line.purpose):
                if not line.repeat:
                    self._left.remove(line)
                return line
        raise BackendRejected(f"The script {self._source} has no answer left for {purpose}.")
