"""Short forms of the engine benchmarks: overhead, CPU, prefix, start, and faults."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.engine import compare, prefix_share
from benchmarks.faults import review_all
from benchmarks.material import Material, load_material
from benchmarks.server import scripted_server
from reviewer.paths import EXAMPLES

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def material() -> Material:
    return load_material()


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.md")), ids=lambda path: path.stem)
def test_most_of_every_example_is_a_shared_prefix(path: Path) -> None:
    assert prefix_share(load_material(path)) > 0.5


def test_little_overhead_and_less_cpu_than_langgraph(
    material: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    with scripted_server(0.3) as server:
        figures = {f.name: f for f in compare(server, material, 0.3, reviews=3)}
    ours, graph = figures["ours, whole engine"], figures["LangGraph"]
    assert ours.in_flight == 5
    # Wider than the bars, which the full form measures on a quiet machine.
    assert ours.over_ideal < 150
    assert ours.over_ideal < graph.over_ideal * 1.25
    assert figures["ours, calls only"].cpu < 0.5 * graph.cpu
    assert ours.cpu < 0.8 * graph.cpu


def test_every_review_survives_the_fault_mix_with_no_request_too_many(
    material: Material,
) -> None:
    outcome = review_all(material, reviews=20, at_once=10)
    assert outcome.complete == 20
    assert sum(outcome.counts.faults.values()) > 8
    assert outcome.counts.requests == outcome.needed


def test_adapters_load_only_when_chosen() -> None:
    code = (
        "import sys\n"
        "import reviewer.agents.chat, reviewer.backends.guard, reviewer.backends.scripted\n"
        "print([m for m in ('openai', 'langchain', 'langchain_core', 'chromadb', 'aiohttp',"
        " 'onnxruntime', 'streamlit') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    assert done.stdout.strip() == "[]"
