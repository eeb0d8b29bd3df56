"""A review of an example by a real small model on this machine, through the OpenAI protocol.

It tests the path, not the quality: the model is far too small to judge a design. See
docs/benchmarks.md for the environment that `--python` names.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
from reviewer.domain.questionnaire import ChairAnswer, RoleAnswer
from reviewer.domain.review import Review, Usage
from reviewer.ports import ChairBrief, RoleBrief

SERVER = Path(__file__).with_name("llama_server.py")
CHECKS_PER_CALL = 4
TIMEOUT = 1800.0


@contextmanager
def llama_server(python: Path) -> Iterator[str]:
    """The base URL of a llama.cpp server that runs in another Python environment."""
    command = [str(python), str(SERVER)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        try:
            lines = iter(server.stdout or ())
            yield next(line.strip() for line in lines if line.startswith("http"))
        finally:
            server.kill()


class Witness:
    """An answerer that keeps what the model named, as it named it, before grounding."""

    def __init__(self, inner: ChatAnswerer) -> None:
        self.name = inner.name
        self.invented: list[str] = []
        self.named = 0
        self._inner = inner

    async def answer(self, brief: RoleBrief) -> tuple[RoleAnswer, Usage]:
        """The inner answer."""
        answer, usage = await self._inner.answer(brief)
        self._look(brief, answer)
        return answer, usage

    async def chair(self, brief: ChairBrief) -> tuple[ChairAnswer, Usage]:
        """The inner answer."""
        told, usage = await self._inner.chair(brief)
        self._look(brief.brief, told.answer)
        known = {finding.id for finding in brief.findings}
        named = [i for m in told.merges for i in m.findings]
        named += [i for t in told.tradeoffs for i in t.findings]
        self._count(named, known)
        return told, usage

    async def aclose(self) -> None:
        """Close the inner answerer."""
        await self._inner.aclose()

    def _look(self, brief: RoleBrief, answer: RoleAnswer) -> None:
        evidence = {s.id for s in brief.design.spans} | {f.id for f in brief.analysis.facts}
        sections = {s.id for s in brief.design.sections}
        passages = {hit.passage.id for hits in brief.passages.values() for hit in hits}
        checks = {check.id for check in brief.checks}
        for part in (*answer.answers, *answer.points):
            self._count(part.evidence, evidence)
            self._count(part.searched, sections)
            self._count(part.passages, passages)
            self._count([part.check] if part.check else [], checks)

    def _count(self, named: list[str] | tuple[str, ...], known: set[str]) -> None:
        self.named += len(named)
        self.invented += [i for i in named if i not in known]


def review(url: str, material: Material) -> tuple[Review, Witness]:
    """One review by the model at that address, one call at a time."""

    async def work() -> tuple[Review, Witness]:
        raw = connect("local", ModelOptions(base_url=url, timeout=TIMEOUT))
        policy = RetryPolicy(timeout=TIMEOUT, deadline=2 * TIMEOUT)
        backend = guarded(raw, budget=Budget(), limit=ConcurrencyLimit(1), policy=policy)
        chat = ChatAnswerer(backend, load_prompts(), id_enums=True, checks_per_call=CHECKS_PER_CALL)
        witness = Witness(chat)
        try:
            return await run_panel(material.design, material.panel(witness), told), witness
        finally:
            await chat.aclose()

    return run(work())


def told(stage: str, state: str) -> None:
    """Progress on stderr."""
    print(f"{stage}: {state}", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", type=Path, required=True, help="an interpreter with xllamacpp")
    parser.add_argument("--design", type=Path, help="default: the first example")
    parser.add_argument("--checks", type=int, help="only the first N checks of each role")
    given = parser.parse_args()
    material = load_material(given.design).first_checks(given.checks)
    began = time.perf_counter()
    with llama_server(given.python) as url:
        done, witness = review(url, material)
    print(f"{material.design.title}: {time.perf_counter() - began:.0f} s")
    print(f"checks answered: {sum(c.note != 'Not answered.' for c in done.checks)}", end="")
    print(f" of {len(done.checks)}; ids named: {witness.named}, invented: {len(witness.invented)}")
    for role in done.roles:
        print(f"{role.role}: {role.status} {role.reason}")


if __name__ == "__main__":
    main()
