"""The three example designs load, and show what they were written to show."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.analysis import analyse
from reviewer.analysis.drills import run_drill
from reviewer.catalogue import load_scenarios
from reviewer.domain.design import Design, NodeKind
from reviewer.intake import read_design

EXAMPLES = Path(__file__).parent.parent / "examples"
SCENARIOS = load_scenarios()


@pytest.fixture(scope="module")
def pricing() -> Design:
    return read_design(EXAMPLES / "dynamic-pricing.md")


@pytest.fixture(scope="module")
def forecast() -> Design:
    return read_design(EXAMPLES / "demand-forecast.yaml")


@pytest.fixture(scope="module")
def support() -> Design:
    return read_design(EXAMPLES / "support-assistant.md")


def failing(design: Design) -> dict[str, set[str | None]]:
    found: dict[str, set[str | None]] = {}
    for fact in analyse(design).facts:
        if fact.holds is False:
            found.setdefault(fact.name, set()).add(fact.node)
    return found


def test_all_examples_load_in_full(pricing: Design, forecast: Design, support: Design) -> None:
    for design in (pricing, forecast, support):
        assert design.warnings == ()
        assert design.language == "en"
        assert all(design.text[s.start : s.end] == s.text for s in design.spans)
        kinds = {node.kind for node in design.data_flow.nodes}
        assert {NodeKind.SOURCE, NodeKind.STAGE, NodeKind.STORE, NodeKind.MODEL} <= kinds
    assert pricing.data_flow.origin == "block"
    assert forecast.data_flow.origin == "yaml"
    assert support.data_flow.origin == "mermaid"


def test_the_strong_design_keeps_what_it_promises(forecast: Design) -> None:
    assert failing(forecast) == {}
    names = {fact.name for fact in analyse(forecast).facts if fact.holds}
    assert {"capacity.ten_x", "freshness.end_to_end", "latency.end_to_end"} <= names
    assert {"privacy.external", "model.fallback", "storage.retention"} <= names


@pytest.mark.parametrize("name", ["schema-change", "slow-model", "ten-x", "legacy-down"])
def test_the_strong_design_loses_nothing_in_a_drill(forecast: Design, name: str) -> None:
    result = run_drill(forecast, SCENARIOS[name])
    assert result.status == "complete"
    assert result.lost == pytest.approx(0, abs=1e-6)
    assert not result.growing


def test_the_middling_design_has_the_flaws_it_was_given(pricing: Design) -> None:
    found = failing(pricing)
    assert "llm" in found["privacy.external"]
    assert "llm" in found["model.fallback"]
    assert "llm" in found["model.rate_limit"]
    assert "features" in found["capacity.peak"]
    assert "capacity.ten_x" in found
    assert "privacy.unencrypted_hop" in found
    # The nightly till file feeds a promise of five minutes; one model call is in the page path.
    assert "contradiction.freshness" in found
    assert "contradiction.latency" in found
    # What is sound stays sound.
    assert not {"model.context_window", "storage.retention", "contradiction.residency"} & set(found)


def test_the_middling_design_does_not_survive_ten_times_the_load(pricing: Design) -> None:
    result = run_drill(pricing, SCENARIOS["ten-x"])
    assert result.growing
    assert result.peak_node == "features"
    slow = run_drill(pricing, SCENARIOS["slow-model"])
    assert slow.first_backlog == "llm"
    assert slow.recovery is not None
    assert slow.recovery > 1800


def test_the_weak_design_gives_almost_nothing_to_compute_with(support: Design) -> None:
    analysis = analyse(support)
    holding = {fact.name for fact in analysis.facts if fact.holds}
    assert all(name.startswith("stated.") for name in holding)  # nothing that takes numbers
    assert len(analysis.gaps) >= 4
    for scenario in SCENARIOS.values():
        result = run_drill(support, scenario)
        assert result.status == "impossible"
        assert "tate" in result.verdict  # it says what to state


def test_examples_have_the_length_of_a_hand_in() -> None:
    for path in EXAMPLES.iterdir():
        text = path.read_text(encoding="utf-8").split("```")[::2]
        words = len(" ".join(text).split())
        assert 900 <= words <= 2400, (path.name, words)
