"""The rate limit of a model account: what workers share, clocks that jump, and what is left unused."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence

import pytest
from sqlalchemy import select

from reviewer.backends.allowance import Allowance
from reviewer.backends.budget import Budget
from reviewer.backends.guard import guarded
from reviewer.backends.retry import ConcurrencyLimit, RetryPolicy
from reviewer.domain.review import Usage
from reviewer.errors import BackendBusy
from reviewer.ports import Completion, Message, Prompt
from reviewer.store import Store
from reviewer.store import work_tables as w
from reviewer.store.database import Database
from reviewer.store.rates import Limits, Rates
from tests.databases import Opening, database, opening, postgres, store

__all__ = ["database", "opening", "postgres", "store"]  # fixtures

PROMPT = Prompt(
    purpose="role:latency",
    messages=(Message(role="user", content="x" * 400),),
    schema_name="x",
    answer_schema={"type": "object"},
    max_output_tokens=100,
)


class Arrivals:
    """A model that notes when requests arrive, after a little while on the way."""

    name = "arrivals"

    def __init__(self, failing: int = 0) -> None:
        self.at: list[float] = []
        self._failing = failing
        self._lock = threading.Lock()

    async def complete(self, prompt: Prompt) -> Completion:
        await asyncio.sleep(0.005)
        with self._lock:
            self.at.append(time.monotonic())
            number = len(self.at)
        if number <= self._failing:
            raise BackendBusy("Slow down.", retry_after=0.01)
        await asyncio.sleep(0.02)
        return Completion(text="{}", usage=Usage(input=10, output=5, calls=1))

    async def aclose(self) -> None:
        """Nothing to give back."""


def allowance(store: Store, limits: Limits) -> Allowance:
    def take(tokens: Sequence[int]) -> tuple[Sequence[int], float]:
        granted = store.rates.take("account", tokens, limits)
        return granted.numbers, granted.wait

    return Allowance(take, store.rates.correct)


def most_within(at: Sequence[float], window: float) -> int:
    """The most arrivals in any window of that length."""
    at = sorted(at)
    return max(sum(1 for later in at[n:] if later - first < window) for n, first in enumerate(at))


async def ask(store: Store, model: Arrivals, calls: int, limits: Limits) -> None:
    backend = guarded(
        model,
        budget=Budget(),
        limit=ConcurrencyLimit(16),
        policy=RetryPolicy(first_wait=0.01),
        allowance=allowance(store, limits),
    )
    await asyncio.gather(*(backend.complete(PROMPT) for _ in range(calls)))


def test_two_workers_share_an_allowance_and_use_nearly_all_of_it(
    opening: Opening, store: Store
) -> None:
    limits = Limits(requests=30, window=2.0, margin=0.5)  # a busy machine is slow to send
    model = Arrivals(failing=5)  # each retry is a request, too
    stores = [store, opening()]
    threads = [
        threading.Thread(target=lambda s=s: asyncio.run(ask(s, model, 50, limits)))  # type: ignore[misc]  # mypy cannot see a default of a lambda
        for s in stores
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(model.at) == 105
    assert most_within(model.at, 2.0) <= 30
    # Four windows, each with the margin: 30 at the start of each of three, and 15 in the last.
    used = 90 / ((max(model.at) - min(model.at)) / 2.5 * 30)
    assert used >= 0.9


def test_tokens_are_estimated_first_and_corrected_afterwards(store: Store) -> None:
    limits = Limits(tokens=1000, window=60.0)
    granted = store.rates.take("a", [400, 400, 400], limits)
    assert len(granted.numbers) == 2
    assert 59 < granted.wait <= 61
    store.rates.correct({granted.numbers[0]: 100})
    assert len(store.rates.take("a", [400], limits).numbers) == 1
    assert len(store.rates.take("b", [400], limits).numbers) == 1, "another account"


def test_a_request_that_is_larger_than_the_allowance_leaves_alone(store: Store) -> None:
    limits = Limits(tokens=100, window=60.0)
    assert len(store.rates.take("a", [500, 1], limits).numbers) == 1
    assert not store.rates.take("a", [1], limits).numbers


@pytest.mark.parametrize("jump", [-7200.0, 7200.0])
def test_a_clock_that_jumps_neither_opens_nor_shuts_the_account(store: Store, jump: float) -> None:
    offset = 0.0

    def clock(_: object) -> float:
        return time.time() + offset

    rates = Rates(Database(store.engine, "here"), clock=clock)
    limits = Limits(requests=5, window=0.5, margin=0.05)
    assert len(rates.take("a", [1] * 9, limits).numbers) == 5
    offset = jump
    assert not rates.take("a", [1], Limits(requests=5, window=60.0)).numbers
    time.sleep(0.6 + 1.0)  # a jump of up to a second is not told from a delay
    assert len(rates.take("a", [1] * 9, limits).numbers) == 5


def test_what_no_longer_counts_is_removed(store: Store) -> None:
    limits = Limits(requests=5, window=0.05, margin=0.0)
    for _ in range(3):
        store.rates.take("a", [1, 1], limits)
        time.sleep(0.06)
    with store.engine.connect() as connection:
        assert len(connection.execute(select(w.rate_grants)).all()) <= 2


def test_one_that_is_called_off_while_it_waits_costs_the_others_nothing(store: Store) -> None:
    async def work() -> int:
        line = allowance(store, Limits(requests=1, window=0.3, margin=0.0))
        await line.leave(PROMPT)
        waiting = [asyncio.create_task(line.leave(PROMPT)) for _ in range(2)]
        await asyncio.sleep(0.05)
        waiting[0].cancel()
        leave = await asyncio.wait_for(waiting[1], 2)
        return leave.number

    assert asyncio.run(work()) > 0
