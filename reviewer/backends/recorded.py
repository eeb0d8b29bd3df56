"""Model answers kept in a file: recorded once, replayed without a model."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import ValidationError

from reviewer.domain.design import Frozen
from reviewer.errors import BackendRejected, SettingsError
from reviewer.ports import ChatBackend, Completion, Prompt


class Record(Frozen):
    """One line of the file: which prompt was answered how, by which model."""

    prompt: str
    purpose: str
    model: str
    completion: Completion


class RecordedBackend:
    """Replays a file of answers; with an inner backend, asks it for prompts that are new.

    Prompts are known by the hash of their messages and schema: when the design, the passages or a
    prompt file change, the recording no longer fits. Put it outside of the retry loop, so that
    only good answers are kept. The file holds answers and hashes, no prompt and no key.
    """

    def __init__(self, inner: ChatBackend | None, path: Path) -> None:
        self.name = inner.name if inner else f"recorded:{path.name}"
        self._inner = inner
        self._path = path
        self._known = _read(path, must_exist=inner is None)

    async def complete(self, prompt: Prompt) -> Completion:
        """The recorded answer, or the inner backend's, which is then recorded."""
        key = prompt_hash(prompt)
        if key in self._known:
            return self._known[key]
        if self._inner is None:
            raise BackendRejected(
                f"The recording {self._path} has no answer to this {prompt.purpose} prompt.",
                hint="Design, knowledge base or prompts changed since; record the run again.",
            )
        completion = await self._inner.complete(prompt)
        self._keep(
            Record(
                prompt=key, purpose=prompt.purpose, model=self._inner.name, completion=completion
            )
        )
        return completion

    async def aclose(self) -> None:
        """Give back the inner backend's connections."""
        if self._inner is not None:
            await self._inner.aclose()

    def _keep(self, record: Record) -> None:
        self._known[record.prompt] = record.completion
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(record.model_dump_json() + "\n")


def recorded(path: Path, inner: ChatBackend | None = None) -> RecordedBackend:
    """A backend that replays `path`, and records into it what `inner` answers.

    Raises:
        SettingsError: there is no recording to replay, or a line of it is damaged.
    """
    return RecordedBackend(inner, path)


def prompt_hash(prompt: Prompt) -> str:
    """Content hash of what the model is shown."""
    shown = prompt.model_dump_json(include={"messages", "schema_name", "answer_schema"})
    return "sha256:" + hashlib.sha256(shown.encode()).hexdigest()


def _read(path: Path, *, must_exist: bool) -> dict[str, Completion]:
    if not must_exist and not path.exists():
        return {}
    try:
        lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    except (OSError, UnicodeDecodeError) as exc:
        raise SettingsError(f"The recording {path} cannot be read: {exc}.") from None
    known = {}
    for number, line in enumerate(lines, 1):
        if not line:
            continue
        try:
            record = Record.model_validate_json(line)
        except ValidationError as exc:
            raise SettingsError(
                f"The recording {path} is damaged at line {number}: {exc.errors()[0]['msg']}.",
                hint="Delete that line, or record the run again.",
            ) from None
        known[record.prompt] = record.completion
    return known
