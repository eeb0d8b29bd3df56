"""What leaves for a model, told request by request."""

from __future__ import annotations

import time
from collections.abc import Callable

from reviewer.ports import ChatBackend, Completion, Prompt

Told = Callable[[Prompt, Completion | None, float, str], None]


class MeteredBackend:
    """Tells of every request that an inner backend makes, answered or not.

    Told are the prompt, the completion if there is one, the seconds it took, and "ok" or the name
    of the error.
    """

    def __init__(self, inner: ChatBackend, told: Told) -> None:
        self.name = inner.name
        self.extra_output = getattr(inner, "extra_output", 0)
        self._inner = inner
        self._told = told

    async def complete(self, prompt: Prompt) -> Completion:
        """The inner backend's completion."""
        began = time.monotonic()
        completion, status = None, "cancelled"
        try:
            completion = await self._inner.complete(prompt)
            status = "ok"
        except Exception as error:
            status = type(error).__name__
            raise
        finally:
            self._told(prompt, completion, time.monotonic() - began, status)
        return completion

    async def aclose(self) -> None:
        """The inner backend is shared: whoever made it closes it."""
