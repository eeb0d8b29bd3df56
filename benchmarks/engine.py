"""The engine beside plain LangChain and LangGraph, on the same prompts in one run.

    python -m benchmarks.engine [--latency 1.0] [--reviews 7] [--design FILE]

Against a scripted OpenAI server in a process of its own. The ideal is two calls one after the
other (roles at once, then the chair). Retrieval and analysis are done before.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from bisect import bisect_left
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contenders import Review, langchain, langgraph, our_calls, ours
from benchmarks.material import Material, load_material
from benchmarks.server import Server, scripted_server
from reviewer.backends.loops import new_event_loop
from reviewer.domain.tokens import estimate_tokens
from reviewer.paths import EXAMPLES

WARM_UP = 2
STARTS = 5


@dataclass(frozen=True)
class Figure:
    """One contender: milliseconds over the ideal and of CPU, medians of warm reviews."""

    name: str
    over_ideal: float
    cpu: float
    in_flight: int


def compare(server: Server, material: Material, latency: float, reviews: int) -> list[Figure]:
    """Every contender in turn, round by round, so that all see the same noise."""
    fast, plain = asyncio.Runner(loop_factory=new_event_loop), asyncio.Runner()
    # LangChain's client is cached for the process: both of its contenders share one loop.
    contenders = {
        "ours, whole engine": (fast, ours),
        "ours, calls only": (fast, our_calls),
        "LangChain, gather": (plain, langchain),
        "LangGraph": (plain, langgraph),
    }
    ready = {n: (r, make(server.url, material)) for n, (r, make) in contenders.items()}
    seen: dict[str, list[tuple[float, float, int]]] = {name: [] for name in ready}
    for _ in range(WARM_UP + reviews):
        for name, (runner, review) in ready.items():
            seen[name].append(_measured(server, runner, review))
    for runner, review in ready.values():
        runner.run(review.aclose())
    fast.close()
    plain.close()
    return [
        Figure(
            name,
            1000 * (statistics.median(wall for wall, _, _ in all_[WARM_UP:]) - 2 * latency),
            1000 * statistics.median(cpu for _, cpu, _ in all_[WARM_UP:]),
            max(flight for _, _, flight in all_),
        )
        for name, all_ in seen.items()
    ]


def _measured(server: Server, runner: asyncio.Runner, review: Review) -> tuple[float, float, int]:
    async def once() -> None:  # with no result: see reviewer.backends.loops.run
        await review.run()

    server.reset()
    wall, cpu = time.perf_counter(), time.process_time()
    runner.run(once())
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return wall, cpu, server.stats()["most_in_flight"]


def prefix_share(material: Material) -> float:
    """Share of the role prompts' tokens that is the same bytes in all of them, from the start."""
    roles, _ = material.prompts()
    texts = ["\0".join(m.content for m in prompt.messages) for prompt in roles]
    first = texts[0]
    shared = first[: bisect_left(range(len(first)), 1, key=lambda n: _differs(texts, n))]
    whole = sum(estimate_tokens(text) for text in texts)
    return len(texts) * estimate_tokens(shared) / whole


def _differs(texts: list[str], index: int) -> int:
    start = texts[0][: index + 1]
    return int(not all(text.startswith(start) for text in texts))


def seconds_to_first_request(server: Server, home: str, *command: str) -> float:
    """From the start of a process to its first request at the server."""
    server.reset()
    environment = {
        **os.environ,
        "REVIEWER_HOME": home,
        "REVIEWER_OPENAI_BASE_URL": server.url,
        "OPENAI_API_KEY": "none",
    }
    began = time.time()
    subprocess.run(command, env=environment, capture_output=True, check=True)
    first: float = server.stats()["first_at"]
    return first - began


def start_figures(server: Server, design: Path, home: str) -> dict[str, list[float]]:
    """Start to first request: the backend alone, and the whole command after a first run."""
    alone = (
        "from reviewer.backends.loops import run\n"
        "from reviewer.backends.openai import connect\n"
        "from reviewer.backends.options import ModelOptions\n"
        "from reviewer.ports import Message, Prompt\n"
        "asked = Prompt(purpose='x', messages=(Message(role='user', content='x'),),"
        " schema_name='x', answer_schema={'type': 'object'})\n"
        f"backend = connect('scripted', ModelOptions(base_url={server.url!r}))\n"
        "async def work():\n"
        "    await backend.complete(asked)\n"
        "    await backend.aclose()\n"
        "run(work())\n"
    )
    review = (sys.executable, "-m", "reviewer.cli", "review", str(design))
    commands = {
        "backend alone": (sys.executable, "-c", alone),
        "reviewer review": (*review, "--model", "openai:scripted", "--format", "json"),
    }
    for command in commands.values():  # what a first run leaves behind: the index, the copies
        seconds_to_first_request(server, home, *command)
    return {
        name: sorted(seconds_to_first_request(server, home, *command) for _ in range(STARTS))
        for name, command in commands.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency", type=float, default=1.0, help="seconds a call takes")
    parser.add_argument("--reviews", type=int, default=7, help="warm reviews of each contender")
    parser.add_argument("--design", type=Path, default=sorted(EXAMPLES.glob("*.md"))[0])
    given = parser.parse_args()
    material = load_material(given.design)
    print(f"{given.design.name}, {len(material.questionnaire.checks)} checks")
    print(f"byte-identical prefix: {prefix_share(material):.0%} of all role prompt tokens")
    with scripted_server(given.latency) as server:
        print(f"{'':22}{'ms over ideal':>14}{'ms CPU':>9}{'in flight':>11}")
        for f in compare(server, material, given.latency, given.reviews):
            print(f"{f.name:22}{f.over_ideal:14.1f}{f.cpu:9.1f}{f.in_flight:11}")
    with scripted_server(0.0) as server, tempfile.TemporaryDirectory() as home:
        for name, seconds in start_figures(server, given.design, home).items():
            middle = statistics.median(seconds)
            print(f"start to first request, {name}: {middle:.2f} s (least {seconds[0]:.2f} s)")


if __name__ == "__main__":
    main()
