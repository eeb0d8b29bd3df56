from __future__ import annotations

import pytest

from reviewer.analysis import analyse
from reviewer.intake.reading import design_from_text

MAP = """
## Map

```data-flow
nodes:
  - {id: pos, kind: source, name: POS terminals, mode: stream, rate: 500 events/s, peak_factor: 4, record_size: 1 KB, region: eu-west-1, personal_data: [card]}
  - {id: kafka, kind: store, name: Kafka, mode: stream, retention: 7 days, storage: 2 TB, replicas: 3, capacity: 20000 events/s, region: eu-west-1}
  - {id: feat, kind: stage, name: Feature pipeline, mode: micro-batch, interval: 5 min, p99: 30 s, capacity: 8000 events/s, region: eu-west-1}
  - {id: fs, kind: store, name: Feature store, region: eu-west-1}
  - {id: api, kind: stage, name: Recommendation API, mode: request, p99: 40 ms, parallelism: 4, region: eu-west-1}
  - {id: llm, kind: model, name: LLM, mode: request, p99: 900 ms, external: true, region: eu-west-3, model: {tokens_in: 2000, tokens_out: 300, context_window: 16000, refresh_interval: 1 h, requests_limit: 100 requests/s, fallback: static list}}
  - {id: shop, kind: consumer, name: Web shop, mode: request, rate: 20 events/s, peak_factor: 3}
flows:
  - pos -> kafka -> feat -> fs
  - {from: fs, to: api, mode: request}
  - {from: shop, to: api}
  - {from: api, to: llm}
  - {from: llm, to: shop}
```
"""

GOES_WITH_THE_MAP = [
    "Sales data reaches the feature store within 10 minutes.",
    "Recommendations are returned within 1 second at p99.",
    "The feature pipeline runs every 5 minutes and takes at most 30 seconds.",
    "Every night a reconciliation job compares POS terminals with the ledger.",
    "The LLM is fine-tuned once a month on approved texts.",
    "Kafka keeps events for 7 days, backups of the topic configuration are taken daily.",
    "We expect 500 events per second on average and 2,000 at peak from the POS terminals.",
    "Kafka has been load-tested at 20,000 events/s, ten times our peak.",
    "The Web shop sends up to 60 requests per second on Black Friday.",
    "The LLM answers in 900 ms at the 99th percentile and in 400 ms at the median.",
    "Personal data stays in the EU; aggregated sales figures are copied to us-east-1 for the parent company.",
    "Availability target: 99.9 % per month, i.e. at most 43 minutes of downtime.",
    "The provider offers a 99.5 % SLA; if it fails, the static list is shown, so it does not count against our target.",
    "RPO is zero for Kafka (three replicas), 24 hours for the analytics warehouse, which is backed up nightly.",
    "Access logs are retained for 90 days; raw events for 7 days; aggregated features for 2 years.",
    "A new product appears in search within 15 minutes; a price change within 5 minutes.",
    "Reports for the finance department are produced weekly.",
    "The cache has a TTL of 60 seconds.",
    "Timeouts are 2 seconds for the LLM, with 2 retries and exponential back-off.",
    "Each consumer group has 12 partitions; the topic for returns has 3 partitions.",
    "Alerts fire when consumer lag exceeds 10 minutes.",
    "On-call engineers acknowledge within 15 minutes and fix severity-1 incidents within 4 hours.",
    "The index of product texts is refreshed every hour.",
    "Latency budget: 1 s, of which 40 ms for the API, 900 ms for the LLM and 60 ms for the network.",
    "A circuit breaker opens after 5 errors in 30 seconds and closes after 1 minute.",
    "We guarantee at-least-once delivery; consumers deduplicate by receipt id, so results are exactly-once in effect.",
    "Our current warehouse is loaded nightly, which is why recommendations are a day old today.",
    "Growth: orders double every 18 months; we sized Kafka for 10x.",
    "Prompts are capped at 2,000 tokens; the model's context window is 16k.",
    "Embeddings of customer reviews are rebuilt nightly because reviews rarely matter within a day.",
    "The p95 for the recommendation API alone is 25 ms.",
    "Data older than 30 days is moved to cold storage.",
    "Peak load is four times the average between 17:00 and 19:00.",
    "Till software is updated every six weeks.",
    "The weekly export to the supplier is a legacy CSV file.",
]

CANNOT_BE = [
    ("Sales data reaches the feature store within 2 minutes.", ("contradiction.freshness",)),
    ("Recommendations are returned within 500 ms at p99.", ("contradiction.latency",)),
    (
        "Personal data must not leave Ireland or the EU. The LLM is hosted in us-east-1.",
        ("contradiction.statement", "contradiction.residency"),
    ),
    ("The feature pipeline is started every 30 minutes.", ("contradiction.statement",)),
    ("Kafka keeps events for 30 days.", ("contradiction.statement",)),
    (
        "During the sales the POS terminals emit 40,000 events/s.",
        ("contradiction.statement", "contradiction.capacity"),
    ),
    (
        "The promise to merchandising: what the Web shop shows is never older than 30 minutes.",
        ("contradiction.freshness",),
    ),
    (
        "We designed for a tenfold growth in orders without redesign: 10x the load.",
        ("contradiction.growth",),
    ),
    (
        "Each prompt contains 20,000 tokens of product context.",
        ("contradiction.context_window", "contradiction.statement"),
    ),
    (
        "The provider allows only 40 requests per second.",
        ("contradiction.model_limit", "contradiction.statement"),
    ),
    (
        "RPO is five minutes. The feature store is snapshotted every night.",
        ("contradiction.recovery",),
    ),
    ("RTO 15 min; restoring the feature store takes two hours.", ("contradiction.recovery",)),
    ("No sale may ever be lost. Producers use acks=1.", ("contradiction.guarantee",)),
    (
        'The end-to-end latency target is 2 s. Under "Service levels" we commit to an end-to-end latency of 800 ms.',
        ("contradiction.statement", "contradiction.latency"),
    ),
    (
        "Availability: 99.95 % is promised for the whole service. The LLM provider only guarantees 99 % uptime. The Recommendation API reaches 99.9 % availability.",
        ("contradiction.availability",),
    ),
    (
        "The topic has a replication factor of 3. In the broker section the topic has a replication factor of 2.",
        ("contradiction.statement",),
    ),
    ("The Recommendation API takes 400 ms at p99.", ("contradiction.statement",)),
    (
        "The LLM has a context window of 2k tokens.",
        ("contradiction.context_window", "contradiction.statement"),
    ),
    (
        "Everything a shopper sees must reflect the last 20 minutes of sales.",
        ("contradiction.freshness",),
    ),
    ("Freshness SLO: 15 min from POS terminals to LLM.", ("contradiction.freshness",)),
    (
        "Customers must see stock that is no more than ten minutes old.",
        ("contradiction.freshness",),
    ),
    ("Data freshness at the LLM: < 10 min.", ("contradiction.freshness",)),
    (
        "| Requirement | Value |\n|---|---|\n| Max. data age at the Web shop | 5 min |\n| p99 response time | 600 ms |",
        ("contradiction.freshness",),
    ),
    (
        "| Requirement | Value |\n|---|---|\n| Response time (p99) | ≤ 600 ms |",
        ("contradiction.latency",),
    ),
    ("The SLA for a recommendation is 700 milliseconds.", ("contradiction.latency",)),
    ("Responses may take 0.5 s at most.", ("contradiction.latency",)),
    ("Kafka disks are 500 GB in total.", ("contradiction.statement", "contradiction.retention")),
    (
        "Growth forecast: volume will grow tenfold in two years; the platform absorbs this without changes.",
        ("contradiction.growth",),
    ),
    ("All data is processed exclusively in Germany. ", ("contradiction.residency",)),
]


def _contradictions(text: str) -> set[str]:
    design = design_from_text(f"# Shop\n\n## Architecture\n\n{text}\n{MAP}", "shop.md")
    assert len(design.data_flow.nodes) == 7
    return {f.name for f in analyse(design).named("contradiction.") if f.holds is False}


def test_a_design_of_true_sentences_raises_nothing() -> None:
    assert _contradictions("\n\n".join(GOES_WITH_THE_MAP)) == set()


@pytest.mark.parametrize(("text", "names"), CANNOT_BE, ids=lambda value: str(value)[:50])
def test_one_sentence_that_the_map_belies(text: str, names: tuple[str, ...]) -> None:
    assert _contradictions(text) & set(names)


PHARMACY = """# Replenishment copilot for pharmacies

## 1. Scenario

Our 900 pharmacies must never run out of insulin. Branch managers chat with a copilot that explains the order proposal.

## 2. Requirements

- R1: Stock positions feeding the model are no more than {fresh} stale.
- R2: 95 % of chat answers arrive in less than {lat}.
- R3: The service is up {avail} of the time.
- R4: Patient data must be processed within Switzerland.
- R5: Ten-fold volume growth has to be possible with the hardware that is planned.

## 3. Pipeline

```mermaid
flowchart LR
  pos[Pharmacy POS] --> hub[Integration hub]
  erp[(ERP)] --> hub
  hub --> dwh[(Warehouse)]
  dwh --> model{{Copilot model}}
  model --> chat([Branch chat])
```

The ERP delivers its stock file {erp}. The Integration hub transforms incoming records in {hub}. The Warehouse stores three years of movements. Pharmacy POS events are streamed.
{extra}

## 4. Failure handling

The Warehouse is backed up {bak}; RPO {rpo}, RTO 8 hours. A restore was measured at 3 hours.
"""
CLEAN = {
    "fresh": "30 minutes",
    "lat": "3 seconds",
    "avail": "99.5 %",
    "erp": "every 15 minutes",
    "hub": "20 seconds",
    "extra": "The Copilot model answers in 1.5 seconds (p95).",
    "bak": "every 6 hours",
    "rpo": "6 hours",
}
CHANGES = [
    ({"erp": "once a night"}, "contradiction.freshness"),
    ({"rpo": "1 hour"}, "contradiction.recovery"),
    ({"lat": "1 second"}, "contradiction.latency"),
    ({"bak": "every 6 hours, and restoring it takes 12 hours"}, "contradiction.recovery"),
    (
        {"extra": "Stock positions feeding the model may be up to 4 hours stale."},
        "contradiction.statement",
    ),
    ({"extra": "The Integration hub needs 20 minutes per batch."}, "contradiction.freshness"),
    (
        {"extra": "The ERP is contractually available 98 % of the time."},
        "contradiction.availability",
    ),
    ({"extra": "The Copilot model is hosted in eu-central-1."}, "contradiction.residency"),
]


def _pharmacy(change: dict[str, str]) -> set[str]:
    design = design_from_text(PHARMACY.format(**{**CLEAN, **change}), "pharmacy.md")
    assert len(design.data_flow.nodes) == 6
    return {f.name for f in analyse(design).named("contradiction.") if f.holds is False}


def test_a_map_without_numbers_takes_them_from_the_text() -> None:
    assert _pharmacy({}) == set()


@pytest.mark.parametrize(("change", "name"), CHANGES, ids=lambda value: str(value)[:50])
def test_one_number_changed_in_the_text(change: dict[str, str], name: str) -> None:
    assert _pharmacy(change) == {name}
