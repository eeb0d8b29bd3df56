"""The calls of one review, gathered until they are kept with the answer that they brought."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from reviewer.domain.review import Usage
from reviewer.ports import Completion, Message, Prompt
from reviewer.store.work import CallRow


class CallLog:
    """Told of every request of a review; gives them out once, by role."""

    def __init__(self, model: str, *, keep_texts: bool) -> None:
        self._model = model
        self._keep_texts = keep_texts
        self._calls: list[CallRow] = []
        self._shared: tuple[tuple[Message, ...], Any] = ((), hashlib.sha256())

    def told(
        self, prompt: Prompt, completion: Completion | None, seconds: float, status: str
    ) -> None:
        """Notes a request that has come to an end."""
        digest = self._hashed(prompt.messages[:-1]).copy()
        _add(digest, prompt.messages[-1:])
        self._calls.append(
            CallRow(
                role=role_of(prompt.purpose),
                messages_sha256=f"sha256:{digest.hexdigest()}",
                model=self._model,
                usage=completion.usage if completion else Usage(),
                seconds=round(seconds, 4),
                status=status,
                prompt=_text(prompt) if self._keep_texts else None,
                answer=completion.text if completion and self._keep_texts else None,
            )
        )

    def _hashed(self, messages: tuple[Message, ...]) -> Any:
        """The hash of what all roles of a design are sent first: long, so made only once."""
        if messages != self._shared[0]:
            digest = hashlib.sha256()
            _add(digest, messages)
            self._shared = (messages, digest)
        return self._shared[1]

    def take(self, role: str | None = None) -> list[CallRow]:
        """The calls of a role (or all) that were not taken yet."""
        taken = [c for c in self._calls if role is None or c.role == role]
        self._calls = [c for c in self._calls if role is not None and c.role != role]
        return taken


def _add(digest: Any, messages: Sequence[Message]) -> None:
    for message in messages:
        digest.update(f"{message.role}\0{message.content}\0".encode("utf-8", "surrogatepass"))


def role_of(purpose: str) -> str:
    """Whose call it is: `role:latency` and `repair:latency` are latency's."""
    return purpose.rsplit(":", 1)[-1]


def _text(prompt: Prompt) -> str:
    """The messages as they were sent, as JSON."""
    return json.dumps([[m.role, m.content] for m in prompt.messages], ensure_ascii=False)
