from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from reviewer.analysis import analyse
from reviewer.domain.design import Design
from reviewer.domain.facts import FACT_NAMES, Fact
from reviewer.intake.reading import design_from_text

FOLDER = Path(__file__).parent / "data" / "contradictions"
CASES: list[dict[str, Any]] = yaml.safe_load((FOLDER / "cases.yaml").read_text())["cases"]


def _read(name: str) -> Design:
    return design_from_text((FOLDER / name).read_text(encoding="utf-8"), name)


def _failing(name: str) -> list[Fact]:
    return [fact for fact in analyse(_read(name)).facts if fact.holds is False]


def _is_raised(fact: Fact, case: dict[str, Any]) -> bool:
    return fact.name.startswith("contradiction.") or fact.name in case["expected"]


def test_the_set_is_as_large_as_the_bar_asks() -> None:
    assert len(CASES) >= 44
    assert len({case["id"] for case in CASES}) == len(CASES)
    assert {name for case in CASES for name in case["expected"]} <= set(FACT_NAMES)
    assert all(len(_read(case["file"]).data_flow.nodes) >= 4 for case in CASES)
    words = [len((FOLDER / case["file"]).read_text().split()) for case in CASES]
    assert min(words) >= 150


@pytest.mark.parametrize("held_back", [False, True])
def test_planted_contradictions_are_found(held_back: bool) -> None:
    cases = [case for case in CASES if case["held_back"] is held_back]
    missed = [
        case["id"]
        for case in cases
        if not any(fact.name in case["expected"] for fact in _failing(case["file"]))
    ]
    assert len(missed) <= 0.05 * len(cases), missed


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["id"]))
def test_nothing_is_raised_on_the_mended_design(case: dict[str, Any]) -> None:
    assert [fact.text for fact in _failing(case["twin"]) if _is_raised(fact, case)] == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["id"]))
def test_both_sides_can_be_quoted(case: dict[str, Any]) -> None:
    design = _read(case["file"])
    raised = [f for f in analyse(design).facts if f.holds is False and f.name in case["expected"]]
    assert any(len(set(fact.spans)) >= 2 or len(fact.inputs) == 1 for fact in raised) or not raised
    for fact in raised:
        assert fact.spans
        for span in fact.spans:
            assert design.span(span).text


TRUE_OF_THE_SHARED_DESIGNS = {
    ("datapipe-cdc-ingestion.md", "contradiction.guarantee"),  # exactly-once, and acks=1
    ("datapipe-cdc-ingestion.md", "contradiction.retention"),  # 7 d of 10,000/s on 10 Gi
    ("multicloud-ecommerce.md", "contradiction.real_time"),  # real-time, and a daily Spark job
}
"""Read in each design by hand: what is raised there is true."""


def test_only_true_contradictions_are_raised_on_the_shared_designs(testdata: Path) -> None:
    raised = set()
    for path in sorted((testdata / "designs").glob("*.md")):
        design = design_from_text(path.read_text(encoding="utf-8"), path.name)
        raised |= {
            (path.name, f.name) for f in analyse(design).named("contradiction.") if not f.holds
        }
    assert raised == TRUE_OF_THE_SHARED_DESIGNS


def _of_text(text: str) -> set[str]:
    design = design_from_text(text, "design.md")
    return {fact.name for fact in analyse(design).facts if fact.holds is False}


CONTRADICTING = [
    ("contradiction.freshness",
     "Stock levels must be at most 10 minutes old. Stock levels are loaded by a nightly job."),
    ("contradiction.latency",
     "The whole answer must arrive within 800 ms. The gateway takes 100 ms. The retriever takes 300 ms, "
     "the language model needs 900 ms."),
    ("contradiction.recovery", "The RPO is 5 minutes. The order database is backed up every night."),
    ("contradiction.recovery", "RTO: 30 minutes. Restoring the warehouse takes 6 hours."),
    ("contradiction.statement",
     "Raw clicks are kept for 30 days. Raw clicks are deleted after 7 days."),
    ("contradiction.guarantee",
     "Delivery is exactly-once from till to lake. The connector delivers at-least-once."),
    ("contradiction.guarantee", "No sale may be lost. The producer runs with acks=1 for speed."),
    ("contradiction.availability",
     "We promise 99.95 % availability end to end. The gateway vendor guarantees 99.9 % uptime. "
     "The model provider states 99.5 % availability."),
    ("contradiction.capacity",
     "At peak 12,000 events/s arrive. The broker cluster is sized for 8,000 events/s."),
    ("contradiction.residency",
     "All customer data stays in the EU. The customer profiles are replicated to us-east-1."),
]  # fmt: skip

AGREEING = [
    "Prices are at most 5 minutes old, stock is refreshed hourly, and reports are built daily.",
    "The old system was updated nightly. Stock levels must be at most 10 minutes old.",
    "We rejected a nightly job. Stock levels must be at most 10 minutes old.",
    "Stock levels are loaded every 5 minutes. Stock levels must be at most 10 minutes old.",
    "Unlike a batch of 24 h, the stream keeps stock levels at most 10 minutes old.",
    "In phase 2 stock levels are loaded weekly. Stock levels must be at most 10 minutes old.",
    "The RPO is 24 hours. The order database is backed up every night.",
    "The RPO is 5 minutes. The order database is backed up every night and its WAL is shipped continuously.",
    "Raw clicks are kept for 30 days. Aggregates are kept for two years.",
    "Delivery is at-least-once, and the sink is idempotent, which makes it effectively exactly-once.",
    "The p99 must stay below 200 ms and the p50 below 50 ms.",
    "Option A answers within 2 seconds. Option B answers within 200 ms. The budget is 1 second.",
    "The gateway takes 100 ms and the model needs 300 ms. An answer must arrive within 800 ms.",
    "At peak 6,000 events/s arrive. The broker cluster is sized for 8,000 events/s.",
    "All customer data stays in the EU. The customer profiles are stored in eu-west-1.",
    "All customer data stays in the EU. Public product data is cached in us-east-1.",
    "The nightly export feeds the finance ledger. Prices must be at most 5 minutes old.",
    "Dashboards are real-time. Models are retrained by a weekly job.",
    "The shop has a 99.9 % availability target; 99.5 % of requests are answered within 1 second.",
    "If the feed were loaded nightly, stock levels would be a day old; they must be at most an hour old.",
    "Should we load the stock levels nightly? Stock levels must be at most 10 minutes old.",
]


@pytest.mark.parametrize(("name", "text"), CONTRADICTING, ids=lambda value: str(value)[:60])
def test_two_statements_that_cannot_both_be_true(name: str, text: str) -> None:
    assert name in _of_text(text)


@pytest.mark.parametrize("text", AGREEING, ids=lambda text: str(text)[:60])
def test_statements_that_go_together(text: str) -> None:
    assert not {name for name in _of_text(text) if name.startswith("contradiction.")}
