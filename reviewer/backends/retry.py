"""One loop for all backends: concurrency limit, time-outs, waiting, and asking again."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt
from tenacity.stop import stop_before_delay

from reviewer.backends.allowance import Allowance
from reviewer.backends.jsontext import json_object
from reviewer.backends.loops import PerLoop
from reviewer.domain.design import Frozen
from reviewer.errors import BackendBusy, BackendError, BackendRubbish, BackendUnreachable
from reviewer.ports import ChatBackend, Completion, Prompt

Sleep = Callable[[float], Awaitable[None]]


class RetryPolicy(Frozen):
    """How often and how long to try again; times in seconds.

    `retries` counts all repetitions of one call, `rubbish_retries` those after an answer that is
    not JSON (each of which was paid). Waits double from `first_wait` to `longest_wait`, with full
    jitter; a Retry-After is honoured up to `longest_retry_after`. No new try starts after
    `deadline`.
    """

    retries: int = 6
    rubbish_retries: int = 2
    first_wait: float = 0.5
    longest_wait: float = 30.0
    longest_retry_after: float = 90.0
    deadline: float = 900.0
    timeout: float = 120.0


class ConcurrencyLimit:
    """At most `limit` calls in flight, over all reviews that run on one event loop."""

    def __init__(self, limit: int) -> None:
        self._slots = PerLoop(lambda: asyncio.Semaphore(limit))

    @property
    def slots(self) -> asyncio.Semaphore:
        """The running loop's semaphore."""
        return self._slots.get()


class RetryingBackend:
    """Asks an inner backend until it gives a JSON object, within a policy.

    This is the one place that repeats a call. An answer of the wrong shape is not repeated here:
    the answerer shows the model what was wrong.
    """

    def __init__(
        self,
        inner: ChatBackend,
        policy: RetryPolicy,
        limit: ConcurrencyLimit,
        *,
        allowance: Allowance | None = None,
        sleep: Sleep = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.name = inner.name
        self._inner = inner
        self._policy = policy
        self._limit = limit
        self._allowance = allowance
        self._sleep = sleep
        self._jitter = jitter

    async def complete(self, prompt: Prompt) -> Completion:
        """A completion whose text is one JSON object; its usage includes discarded answers."""
        discarded: list[Completion] = []
        tries = AsyncRetrying(
            sleep=self._sleep,
            stop=stop_after_attempt(self._policy.retries + 1)
            | stop_before_delay(self._policy.deadline),
            wait=self._wait,
            retry=retry_if_exception(lambda e: self._worth_repeating(e, len(discarded))),
            reraise=True,
        )
        return await tries(self._once, prompt, discarded)

    async def aclose(self) -> None:
        """Give back the inner backend's connections."""
        await self._inner.aclose()

    async def _once(self, prompt: Prompt, discarded: list[Completion]) -> Completion:
        cut_off = sum(c.finish == "length" for c in discarded)
        if cut_off:  # the same limit would cut the same answer off again
            prompt = prompt.model_copy(
                update={"max_output_tokens": prompt.max_output_tokens * 2**cut_off}
            )
        completion = await self._attempt(prompt)
        text = json_object(completion.text)
        if text is None:
            discarded.append(completion)
            raise _not_json(self.name, completion)
        usage = sum((c.usage for c in discarded), completion.usage)
        return completion.model_copy(update={"text": text, "usage": usage})

    async def _attempt(self, prompt: Prompt) -> Completion:
        async with self._limit.slots:
            if self._allowance is None:
                return await self._timed(prompt)
            leave = await self._allowance.leave(prompt)  # every try counts, and waits for its turn
            completion = await self._timed(prompt)
            self._allowance.settle(leave, completion.usage)
            return completion

    async def _timed(self, prompt: Prompt) -> Completion:
        try:
            async with asyncio.timeout(self._policy.timeout):
                return await self._inner.complete(prompt)
        except TimeoutError:
            seconds = f"{self._policy.timeout:g}"
            raise BackendUnreachable(
                f"{self.name} did not answer within {seconds} seconds.",
                hint="Raise REVIEWER_TIMEOUT, or review with --model offline.",
            ) from None

    def _worth_repeating(self, error: BaseException, discarded: int) -> bool:
        if isinstance(error, BackendRubbish) and discarded > self._policy.rubbish_retries:
            return False
        return isinstance(error, BackendError) and error.retryable

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, BackendRubbish):
            return 0.0  # nothing is overloaded: the model only has to answer again
        if isinstance(error, BackendBusy) and error.retry_after is not None:
            # A little later than asked, and not all at the same instant.
            asked = min(error.retry_after, self._policy.longest_retry_after)
            return asked * (1.0 + 0.1 * self._jitter())
        ceiling = self._policy.first_wait * 2.0 ** (state.attempt_number - 1)
        return min(ceiling, self._policy.longest_wait) * self._jitter()


def _not_json(name: str, completion: Completion) -> BackendRubbish:
    if completion.finish == "length":
        return BackendRubbish(
            f"{name}: the answer was cut off at the output limit.",
            hint="Use a model with a larger output limit, or --panel roles with fewer checks.",
        )
    if not completion.text.strip():
        return BackendRubbish(f"{name}: the answer was empty.")
    return BackendRubbish(f"{name}: the answer is not a JSON object.")
