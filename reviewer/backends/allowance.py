"""Waiting until a model account may be asked again."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reviewer.backends.budget import estimate_prompt
from reviewer.backends.loops import PerLoop
from reviewer.domain.review import Usage
from reviewer.ports import Prompt

Take = Callable[[Sequence[int]], tuple[Sequence[int], float]]
"""Asks for requests of so many tokens each: the numbers of those granted, the wait for the next."""
Correct = Callable[[Mapping[int, int]], None]
"""Says what granted requests have used in the end, by their numbers."""

_AT_ONCE = 64
_TYPICAL_SHARE = 0.5  # of the largest answer, what one usually takes


@dataclass(frozen=True)
class Leave:
    """The permission of one request to leave, and the tokens that were estimated for it."""

    number: int
    tokens: int


class Allowance:
    """Requests wait here in the order they came until the account may be asked.

    `take` and `correct` wait for a database, so they run in threads; requests that wait together
    are asked for together.
    """

    def __init__(self, take: Take, correct: Correct) -> None:
        self._lines = PerLoop(lambda: _Line(take, correct))

    async def leave(self, prompt: Prompt) -> Leave:
        """Waits until a request for this prompt may leave."""
        tokens = estimate_prompt(prompt) + round(prompt.max_output_tokens * _TYPICAL_SHARE)
        return await self._lines.get().leave(tokens)

    def settle(self, leave: Leave, used: Usage) -> None:
        """Says what the request has used; it counts with that from now on."""
        self._lines.get().settle(leave, used)


class _Line:
    """Those who wait on one event loop."""

    def __init__(self, take: Take, correct: Correct) -> None:
        self._take = take
        self._correct = correct
        self._waiting: deque[tuple[int, asyncio.Future[Leave]]] = deque()
        self._used: dict[int, int] = {}
        self._pump: asyncio.Task[None] | None = None

    async def leave(self, tokens: int) -> Leave:
        future: asyncio.Future[Leave] = asyncio.get_running_loop().create_future()
        self._waiting.append((tokens, future))
        self._wake()
        return await future

    def settle(self, leave: Leave, used: Usage) -> None:
        tokens = used.input + used.output
        if tokens and tokens != leave.tokens:
            self._used[leave.number] = tokens
            self._wake()

    def _wake(self) -> None:
        if self._pump is None or self._pump.done():
            self._pump = asyncio.get_running_loop().create_task(self._serve())

    async def _serve(self) -> None:
        while self._waiting or self._used:
            with self._told_to_those_who_wait():
                if self._used:
                    used, self._used = self._used, {}
                    await asyncio.to_thread(self._correct, used)
                wait = await self._grant()
                if wait:
                    await asyncio.sleep(wait)

    async def _grant(self) -> float:
        while self._waiting and self._waiting[0][1].done():
            self._waiting.popleft()  # called off while it waited
        asked = list(self._waiting)[:_AT_ONCE]
        if not asked:
            return 0.0
        numbers, wait = await asyncio.to_thread(self._take, [tokens for tokens, _ in asked])
        for number, (tokens, future) in zip(numbers, asked, strict=False):
            self._waiting.popleft()
            if not future.done():
                future.set_result(Leave(number, tokens))
        return wait

    @contextlib.contextmanager
    def _told_to_those_who_wait(self) -> Iterator[None]:
        """A database that is away fails the requests that wait, not the worker."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - raised again by everyone who waits
            while self._waiting:
                _, future = self._waiting.popleft()
                if not future.done():
                    future.set_exception(error)
