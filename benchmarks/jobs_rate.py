"""The rate limit in its real form: how much of an account's minute two workers use, and never more.

    python -m benchmarks.jobs_rate [--requests 300] [--windows 2] [--postgres]

Two clients with connections of their own ask as fast as they are let, of a model that notes when
requests arrive. No window of 60 seconds may have more arrivals than are allowed; of what is allowed
until the last one arrives, at least 95 % has to be used.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
import tempfile
import threading
import time
from bisect import bisect_left
from pathlib import Path

from benchmarks.jobs_scale import postgres
from reviewer.backends.budget import Budget
from reviewer.backends.guard import guarded
from reviewer.backends.retry import ConcurrencyLimit, RetryPolicy
from reviewer.domain.review import Usage
from reviewer.ports import Completion, Message, Prompt
from reviewer.service.answering import allowance_of
from reviewer.store import Store, open_store
from reviewer.store.rates import Limits

CLIENTS = 2
BAR = 0.95
PROMPT = Prompt(
    purpose="role:latency",
    messages=(Message(role="user", content="x" * 400),),
    schema_name="x",
    answer_schema={"type": "object"},
    max_output_tokens=100,
)


class Arrivals:
    """A model that notes when requests arrive."""

    name = "arrivals"

    def __init__(self) -> None:
        self.at: list[float] = []

    async def complete(self, prompt: Prompt) -> Completion:
        """An answer after a fifth of a second."""
        self.at.append(time.monotonic())
        await asyncio.sleep(0.2)
        return Completion(text="{}", usage=Usage(input=10, output=5, calls=1))

    async def aclose(self) -> None:
        """Nothing to give back."""


async def ask(store: Store, model: Arrivals, calls: int, limits: Limits) -> None:
    """So many calls, as fast as they are let."""
    backend = guarded(
        model,
        budget=Budget(),
        limit=ConcurrencyLimit(64),
        policy=RetryPolicy(),
        allowance=allowance_of(store.rates, "account", limits),
    )
    await asyncio.gather(*(backend.complete(PROMPT) for _ in range(calls)))


def measure(home: Path, url: str | None, limits: Limits, windows: int) -> dict[str, float]:
    """Both clients until the first requests of the window after the last full one have left."""
    allowed = limits.requests or 0
    model = Arrivals()
    stores = [open_store(home, database_url=url) for _ in range(CLIENTS)]
    calls = (allowed * windows + CLIENTS) // CLIENTS
    threads = [
        threading.Thread(target=asyncio.run, args=(ask(store, model, calls, limits),))
        for store in stores
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for store in stores:
        store.close()
    at = sorted(model.at)
    most = max(bisect_left(at, start + limits.window) - n for n, start in enumerate(at))
    elapsed = at[allowed * windows] - at[0]  # the first one beyond so many full windows
    used = allowed * windows / (elapsed / limits.window * allowed)
    return {"allowed": allowed, "most_in_a_window": most, "used": round(used, 4)}


def main() -> None:
    """Print the figures; the exit code says whether the bar holds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--windows", type=int, default=2)
    parser.add_argument("--postgres", action="store_true")
    given = parser.parse_args()
    with (
        postgres() if given.postgres else contextlib.nullcontext(None) as url,
        tempfile.TemporaryDirectory(prefix="rate-") as folder,
    ):
        found = measure(Path(folder), url, Limits(requests=given.requests), given.windows)
    print(json.dumps(found, indent=2))
    kept = found["most_in_a_window"] <= found["allowed"] and found["used"] >= BAR
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main()
