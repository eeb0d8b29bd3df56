from __future__ import annotations

import pytest

from reviewer.domain.design import DataFlow, Node, NodeKind, Requirement, Section, Span
from reviewer.intake.reading import design_from_text
from reviewer.intake.statements import extract
from reviewer.intake.word_statements import cron_interval

MAP = DataFlow(
    nodes=(
        Node(id="feature_join", kind=NodeKind.STAGE, name="Feature join"),
        Node(id="price_api", kind=NodeKind.STAGE, name="Price API"),
        Node(id="lake", kind=NodeKind.STORE, name="Raw data lake"),
    )
)


def _read(text: str, section: str = "Architecture") -> tuple[Requirement, ...]:
    span = Span(id="S1", section=section, kind="sentence", text=text, start=0, end=len(text))
    place = Section(id=section, title=section, level=2, start=0, end=len(text))
    return extract((span,), (place,), MAP)


SAID = [
    ("Prices are at most 5 minutes old.", "freshness", 300, True),
    ("The features are updated within 15 minutes of a sale.", "freshness", 900, True),
    ("Data must be no older than an hour.", "freshness", 3600, True),
    ("Stock is near real time (under 1 min old).", "freshness", 60, True),
    ("The p99 latency must stay below 200 ms.", "latency", 0.2, True),
    ("The assistant should respond within 5 seconds.", "latency", 5, True),
    ("The feature join takes 120 ms.", "latency", 0.12, False),
    ("The export runs nightly at 02:00.", "interval", 86400, False),
    ("A daily PySpark job aggregates the clicks.", "interval", 86400, False),
    ("A daily sales export leaves the warehouse.", "interval", 86400, False),
    ("The connector pulls orders every 4 hours.", "interval", 14400, False),
    ("A weekly export fills the ledger.", "interval", 604800, False),
    ("schedule: 0 */6 * * *", "interval", 21600, False),
    ("Events are kept for 7 days.", "retention", 604800, False),
    ("retention.ms: 604800000  # 7 days", "retention", 604800, False),
    ("The broker has a 90-day retention.", "retention", 7776000, False),
    ("Each broker has a 2 TB disk.", "storage", 2e12, False),
    ("storage: 10Gi", "storage", 10 * 2**30, False),
    ("The shop emits 10,000 events/s on average.", "rate", 10000, False),
    ("Each worker handles 500 events/s.", "capacity", 500, False),
    ("The pipeline must take ten times today's volume without redesign.", "growth", 10, True),
    ("The provider's limit is 600 requests a minute.", "limit", 10, False),
    ("The model has a context window of 8,000 tokens.", "context_window", 8000, False),
    ("A prompt holds 6,000 tokens.", "tokens", 6000, False),
    ("We promise an availability of 99.95 %.", "availability", 0.9995, True),
    ("The vendor states 99.9 % uptime.", "availability", 0.999, False),
    ("RPO is 5 minutes.", "recovery_point", 300, True),
    ("RTO: 1 hour.", "recovery_time", 3600, True),
    ("The ledger is backed up every night.", "interval", 86400, False),
]


@pytest.mark.parametrize(("text", "subject", "value", "target"), SAID, ids=[s[0] for s in SAID])
def test_how_people_state_things(text: str, subject: str, value: float, target: bool) -> None:
    found = [r for r in _read(text) if r.subject == subject]
    assert [(r.value.value if r.value else None, r.target) for r in found] == [
        (pytest.approx(value), target)
    ]
    assert found[0].span == "S1"


UNSAID = [
    "The old system was updated nightly.",
    "We rejected a nightly job.",
    "Unlike a batch of 24 h, the stream is quick.",
    "Option B would run daily.",
    "In phase 2 the export will run every 5 minutes.",
    "If the feed were loaded hourly, prices would be 60 minutes old.",
    "There is no nightly job any more.",
    "Should prices be at most 5 minutes old?",
    "Studies report that answers within 2 seconds sell more.",
    "The team meets every week for a review.",
    "We have 40 stores and 2,000 articles.",
    "A synthetic client opens 20 product pages a minute.",
    "Flink writes checkpoints every 60 seconds.",
    "Daily active users grew to 3 million.",
]


@pytest.mark.parametrize("text", UNSAID)
def test_what_is_not_asserted_is_not_read(text: str) -> None:
    assert _read(text) == ()


@pytest.mark.parametrize(
    "section", ["Alternatives considered", "Background", "Future work", "Trade-offs"]
)
def test_sections_on_something_else_are_passed_over(section: str) -> None:
    assert _read("The export runs nightly.", section) == ()


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("The feature join takes 120 ms.", "feature_join"),
        ("feature_join takes 120 ms.", "feature_join"),
        ("The price API must answer within 200 ms.", "price_api"),
        ("The raw data lake keeps events for 7 days.", "lake"),
        ("An answer must arrive within 200 ms.", None),
        ("From feature join to price API it takes 120 ms.", None),
    ],
)
def test_a_statement_belongs_to_the_one_node_that_it_names(text: str, node: str | None) -> None:
    assert {r.node for r in _read(text)} == {node}


def test_each_clause_has_its_own_topic() -> None:
    found = _read("Prices are at most 5 minutes old, and stock is at most 1 hour old.")
    assert [(r.value.value if r.value else 0, "Prices" in r.text) for r in found] == [
        (300, True),
        (3600, False),
    ]


def test_percentiles() -> None:
    found = _read("The p50 stays below 50 ms and the p99 below 200 ms.")
    assert [r.percentile for r in found] == [0.5, 0.99]


TABLE = """# Design

## Latency budget

| Stage | p99 |
|---|---|
| Gateway | 40 ms |
| Feature join | 120 ms |
| Total | 160 ms |

## Options

| | Batch | Streaming |
|---|---|---|
| Freshness | 24 h | 1 min |
"""


def test_tables_of_stages_are_read_and_comparisons_are_not() -> None:
    design = design_from_text(TABLE, "t.md")
    found = [(r.subject, r.label, r.target) for r in extract(design.spans, design.sections, MAP)]
    assert found == [
        ("latency", "", False),
        ("latency", "", False),
        ("latency", "total", False),
    ]


@pytest.mark.parametrize(
    ("text", "region", "target"),
    [
        ("All personal data stays in the EU.", "EU", True),
        ("Customer records must not leave Germany.", "Germany", True),
        ("Residency: EU only.", "EU", True),
        ("The endpoint runs in us-east-1.", "us-east-1", False),
        ("Backups are copied to europe-west4.", "europe-west4", False),
    ],
)
def test_residency(text: str, region: str, target: bool) -> None:
    found = [r for r in _read(text) if r.subject == "residency"]
    assert [(r.region, r.target) for r in found] == [(region, target)]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Delivery is exactly-once.", "exactly-once"),
        ("Delivery is at least once.", "at-least-once"),
        ("No event may be lost.", "no loss"),
        ("acks=1", "may lose"),
    ],
)
def test_guarantees(text: str, label: str) -> None:
    assert [r.label for r in _read(text) if r.subject == "guarantee"] == [label]


@pytest.mark.parametrize(
    ("expression", "seconds"),
    [
        ("0 2 * * *", 86400), ("*/5 * * * *", 300), ("0 */6 * * *", 21600), ("0 * * * *", 3600),
        ("0 6,18 * * *", 43200), ("30 4 * * 0", 604800), ("0 0 1 * *", 2592000), ("0 0 1 1 *", None),
    ],
)  # fmt: skip
def test_cron(expression: str, seconds: float | None) -> None:
    assert cron_interval(*expression.split()) == seconds


def test_the_text_of_the_map_is_not_read_twice() -> None:
    text = "# D\n\n```data-flow\nnodes:\n  - {id: a, kind: source, retention: 7 days}\n  - {id: b, kind: store}\nflows:\n  - a -> b\n```\n"
    design = design_from_text(text, "d.md")
    assert design.data_flow.nodes
    assert design.requirements == ()
