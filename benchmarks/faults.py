"""A hundred reviews through a server that fails: how many complete, and with how many requests.

    python -m benchmarks.faults [--reviews 100] [--at-once 10]

10 % of the requests get 429 with Retry-After, 5 % get 500 and 2 % get JSON that is cut in half.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from dataclasses import dataclass

from benchmarks.material import Material, load_material
from reviewer.agents.chat import ChatAnswerer
from reviewer.agents.panel import run_panel
from reviewer.agents.prompting import load_prompts
from reviewer.backends.budget import Budget
from reviewer.backends.guard import guarded
from reviewer.backends.loops import run
from reviewer.backends.openai import connect
from reviewer.backends.options import ModelOptions
from reviewer.backends.retry import ConcurrencyLimit, RetryPolicy
from reviewer.domain.review import Review
from tests.servers import Behaviour, Counts, ScriptedServer

CALLS = 6  # five roles and the chair
MIX = (("429", 0.10), ("500", 0.05), ("broken", 0.02))


@dataclass(frozen=True)
class Outcome:
    """What came of the reviews, and what the server saw."""

    reviews: list[Review]
    counts: Counts
    seconds: float

    @property
    def complete(self) -> int:
        """Reviews in which every role answered."""
        return sum(all(r.status != "failed" for r in review.roles) for review in self.reviews)

    @property
    def needed(self) -> int:
        """Requests without which it cannot be done: every call, and one more for each fault."""
        return CALLS * len(self.reviews) + sum(self.counts.faults.values())


def fault_mix(seed: int) -> Behaviour:
    """A server that fails in the mix above, the same way each time."""
    dice = random.Random(seed)

    def fault(_: int) -> str | None:
        thrown = dice.random()
        for kind, share in MIX:
            if thrown < share:
                return kind
            thrown -= share
        return None

    return Behaviour(latency=0.02, fault=fault, retry_after="0.2")


def review_all(material: Material, reviews: int, at_once: int, seed: int = 1) -> Outcome:
    """That many reviews, some at once, against a failing server in this process."""
    with ScriptedServer(fault_mix(seed)) as server:
        server.keep_bodies = False
        began = time.perf_counter()
        done = run(_reviews(server.url, material, reviews, at_once))
        return Outcome(done, server.counts, time.perf_counter() - began)


async def _reviews(url: str, material: Material, reviews: int, at_once: int) -> list[Review]:
    raw, prompts = connect("scripted", ModelOptions(base_url=url)), load_prompts()
    limit, slots = ConcurrencyLimit(5 * at_once), asyncio.Semaphore(at_once)
    policy = RetryPolicy(first_wait=0.05, longest_wait=1.0)

    async def one() -> Review:
        async with slots:
            backend = guarded(raw, budget=Budget(), limit=limit, policy=policy)
            panel = material.panel(ChatAnswerer(backend, prompts))
            return await run_panel(material.design, panel, lambda *_: None)

    try:
        return await asyncio.gather(*(one() for _ in range(reviews)))
    finally:
        await raw.aclose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reviews", type=int, default=100)
    parser.add_argument("--at-once", type=int, default=10)
    given = parser.parse_args()
    outcome = review_all(load_material(), given.reviews, given.at_once)
    print(f"{outcome.complete} of {given.reviews} reviews complete in {outcome.seconds:.1f} s")
    print(f"faults: {outcome.counts.faults}")
    print(f"requests: {outcome.counts.requests}, needed: {outcome.needed}")
    sys.exit(0 if outcome.complete == given.reviews else 1)


if __name__ == "__main__":
    main()
