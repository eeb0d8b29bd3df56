"""Sound designs raise nothing: what a sentence does not promise is not held against the design."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.analysis import analyse
from reviewer.domain.design import Requirement
from reviewer.domain.facts import Fact
from reviewer.intake.reading import design_from_text


def _said(text: str) -> list[Requirement]:
    return list(design_from_text(f"# Design\n\n## Solution\n\n{text}\n", "d.md").requirements)


def _subjects(text: str) -> set[str]:
    return {item.subject for item in _said(text)}


def _failing(text: str) -> list[Fact]:
    return [f for f in analyse(design_from_text(text, "d.md")).facts if f.holds is False]


NUMBERED = """| no | requirement |
|---|---|
| F1 | Shelf prices must reach the label service within 10 minutes. |
| F2 | Pallet counts of both warehouses are loaded every night into the ledger. |
| F3 | Service is back within 40 minutes and loses 2 minutes of scans at most. |
"""


def test_rows_that_are_only_numbered_are_told_apart() -> None:
    topics = {item.text for item in _said(NUMBERED)}
    assert all("requirement" not in text for text in topics)
    assert _failing(f"# D\n\n## Solution\n\n{NUMBERED}") == []
    values = {item.subject: item.value.value for item in _said(NUMBERED) if item.value}
    assert values["recovery_time"] == 2400
    assert values["recovery_point"] == 120


@pytest.mark.parametrize(
    ("text", "not_this"),
    [
        ("If a basket is older than 30 minutes, no line is written for it.", "freshness"),
        ("Quotes older than two hours must be left out of the prompt.", "freshness"),
        ("When the provider does not answer within 8 s, the plain list is shown.", "latency"),
        ("The ranker has not responded within 3 seconds: the old order stays.", "latency"),
        ("Scans from a dead gate are taken into account up to three days back.", "freshness"),
        ("The target was tested at 900 events per second for six hours and archived.", "retention"),
        ("Some stores lose their line for an hour in a storm at most.", "recovery_point"),
        ("A till that was offline sends its receipts afterwards, up to 9 hours late.", "freshness"),
        ("A store can go back to the old labels within 20 minutes.", "recovery_time"),
        ("On-shelf availability must rise to 97.5 %.", "availability"),
        ("The availability of sizes should reach 95 %.", "availability"),
        ("On average 45 receipts arrive in one second.", "latency"),
        ("A complaint takes 9 days to be answered on average.", "latency"),
        ("After an erasure request the profile is purged from the archive after 3 weeks.", "retention"),
        ("The history of four years is loaded once from tape and kept apart.", "retention"),
        ("Together with the answer it is 1,900 tokens a request.", "tokens"),
        ("We use 70 calls a minute of a quota of 200.", "limit"),
        ("Cash totals of both systems must agree every night after the import.", "interval"),
    ],
)  # fmt: skip
def test_what_is_no_promise_is_not_read_as_one(text: str, not_this: str) -> None:
    assert not_this not in _subjects(text)


@pytest.mark.parametrize(
    ("text", "this"),
    [
        ("No quote in the prompt may be older than two hours.", "freshness"),
        ("Stock older than 10 minutes counts as a breach of our target.", "freshness"),
        ("The service must answer within 8 s at p95.", "latency"),
        ("At most 5 minutes of orders may be lost.", "recovery_point"),
        ("After a crash the store is back within 20 minutes.", "recovery_time"),
        ("Availability of the ranking service must be 99.9 %.", "availability"),
        ("Receipts are kept for 90 days.", "retention"),
        ("The provider's quota is 200 calls a minute.", "limit"),
        ("The sales file is loaded every night.", "interval"),
    ],
)
def test_what_is_said_is_still_read(text: str, this: str) -> None:
    assert this in _subjects(text)


MAP = """# Basket advice

## Data flow

```data-flow
nodes:
  - {id: baskets, kind: source, name: Baskets, mode: stream, rate: 100 events/s, peak_factor: 3}
  - {id: coupons, kind: source, name: Coupons, mode: stream, rate: 5 events/s}
  - {id: join, kind: stage, name: Joiner, mode: stream, capacity: 250 events/s, parallelism: 2}
  - {id: llm, kind: model, name: Hosted writer, external: yes, mode: request}
  - {id: app, kind: consumer, name: App}
flows:
  - baskets -> join
  - coupons -> join
  - join -> llm -> app
```

## Operation

"""


def _names(text: str) -> set[str]:
    return {f.name for f in _failing(MAP + text)}


def test_ten_times_is_open_where_the_text_says_what_it_takes() -> None:
    assert "capacity.ten_x" in _names("The joiner runs on two machines.")
    told = "For ten times the baskets we rent five joiner instances more, as tried in June."
    assert "capacity.ten_x" not in _names(told)
    fact = analyse(design_from_text(MAP + told, "d.md")).named("capacity.ten_x")[0]
    assert fact.holds is None
    assert "today's instances" in fact.text
    assert "capacity.ten_x" in _names("How ten times fits on more machines is not yet known.")


def test_a_fallback_that_only_the_text_states_counts() -> None:
    assert "model.fallback" in _names("The writer is called once a basket.")
    told = "When the language model does not respond, the app shows a fixed line instead."
    assert not {"model.fallback", "reliability.single_point"} & _names(told)
    assert "reliability.single_point" in _names("The writer is called once a basket.")


def test_a_rate_belongs_to_the_things_it_counts() -> None:
    text = "Our baskets and coupons share one log, sized for 300 baskets and 5 coupons a second."
    assert not any(name.startswith("contradiction.") for name in _names(text))
    text = "Baskets and coupons at peak: 300 and 40 coupons a second arrive."
    assert [(r.node, r.value.value) for r in _said(MAP + text)[-1:] if r.value] == [("coupons", 40)]


@pytest.mark.parametrize(
    "text",
    [
        "Normally 90,000 calls a day are made.\n\nTen times normal: 900 calls a minute are made.",
        "On average 40 orders a second arrive.\n\nIn the December test 700 orders a second arrive.",
        "We make 60 calls a minute of a limit of 90.\n\nCalls are limited to 90 a minute.",
    ],
)
def test_rates_of_other_circumstances_are_no_rivals(text: str) -> None:
    assert [f.text for f in _failing(f"# D\n\n## Solution\n\n{text}\n")] == []


NIGHT = "id: night, kind: model, name: Forecast, mode: batch, interval: 24 h"
TWO_DATA_SETS = """# Counter help

## Data flow

```data-flow
nodes:
  - {id: scans, kind: source, name: Parcel scans, mode: stream, rate: 20 events/s}
  - {id: plans, kind: source, name: Shift plans, mode: batch, interval: 24 h, rate: 1 events/s}
  - {id: table, kind: stage, name: Feature table, mode: micro-batch, interval: 5 min}
  - {id: llm, kind: model, name: Text model, mode: request, fallback: none needed}
  - {id: desk, kind: consumer, name: Counter}
flows:
  - scans -> table
  - plans -> table
  - table -> llm -> desk
```

## Promises

"""


@pytest.mark.parametrize(
    ("promise", "broken"),
    [
        ("A scan may be 15 minutes old at most when the text model uses it.", False),
        ("Parcel scans in the feature table are at most 15 minutes old.", False),
        ("Prices in a text are 20 minutes old at most.", False),  # data that the map does not show
        ("Truck positions at the counter may be at most 10 minutes old.", False),
        ("A shift plan may be 2 hours old at most.", True),
        ("Shift plans in the feature table are at most 2 hours old.", True),
        ("Prices in a text are at most 3 hours old.", False),
        ("Weights from the gates are never more than 10 minutes behind.", False),
        ("What the counter shows is at most 15 minutes old.", True),
        ("All data in the feature table must be at most 15 minutes old.", True),
        ("Prices in a text are 2 minutes old at most.", True),  # no path is that fast
    ],
)
def test_a_target_is_held_against_the_data_it_names(promise: str, broken: bool) -> None:
    names = {f.name for f in _failing(TWO_DATA_SETS + promise)}
    assert ("contradiction.freshness" in names) is broken


def test_a_bare_target_among_others_is_of_no_one_path() -> None:
    text = "Scans may be at most 15 minutes old.\n\nFreshness target: 30 minutes.\n"
    names = {f.name for f in _failing(TWO_DATA_SETS + text)}
    assert "contradiction.freshness" not in names


@pytest.mark.parametrize(
    "text",
    [
        "Backups of the order log are kept for 30 days.\n\nThe order log is kept for 7 days.",
        "On Sunday evening 900 app events a second arrive.\n\nAt noon 200 app events a second arrive.",
        "Shops send 2 million receipts a day.\n\nShops send 90 receipts a second.",
        "The writer takes 900 tokens per listing.\n\nThe writer takes 1,400 tokens per brand page.",
        "An order file is sent each hour in December.\n\nAn order file is sent each night.",
    ],
)
def test_values_of_other_circumstances_are_no_rivals(text: str) -> None:
    assert [f.text for f in _failing(f"# D\n\n## Solution\n\n{text}\n")] == []


@pytest.mark.parametrize(
    "text",
    [
        "The order log keeps events for 30 days.\n\nThe order log keeps events for 7 days.",
        "App events arrive at 900 a second.\n\nApp events arrive at 200 a second on average.",
    ],
)
def test_rivals_are_still_found(text: str) -> None:
    names = [f.name for f in _failing(f"# D\n\n## Solution\n\n{text}\n")]
    assert names == ["contradiction.statement"]


def test_a_unit_before_a_full_stop_ends_the_sentence() -> None:
    text = "A touch is answered in 300 ms. Ms. X of the desk reads the scans within 5 sec. Then it ends."
    spans = design_from_text(f"# D\n\n## Solution\n\n{text}\n", "d.md").spans
    assert [s.text[:8] for s in spans if s.kind == "sentence"] == [
        "A touch ",
        "Ms. X of",
        "Then it ",
    ]


def test_the_clause_of_another_quantity_names_no_node_for_this_one() -> None:
    text = "Quotes are at most 2 hours old, shift plans at most 26 hours."
    read = [(r.value.text, r.node) for r in _said(TWO_DATA_SETS + text) if r.value]
    assert ("2 hours", None) in read
    assert _failing(TWO_DATA_SETS + text) == []


def test_a_forecast_is_not_the_data_that_it_was_made_from() -> None:
    both_ways = TWO_DATA_SETS.replace(
        "  - table -> llm -> desk",
        "  - table -> night\n  - table -> desk\n  - night -> desk",
    ).replace("id: llm, kind: model, name: Text model, mode: request", NIGHT)
    assert "night -> desk" in both_ways
    kept = both_ways + "Parcel scans at the counter are at most 15 minutes old."
    assert "contradiction.freshness" not in {f.name for f in _failing(kept)}
    broken = both_ways + "Parcel scans at the counter are at most 2 minutes old."
    assert "contradiction.freshness" in {f.name for f in _failing(broken)}


def test_a_target_of_whole_days_is_rounded() -> None:
    text = TWO_DATA_SETS.replace("interval: 5 min", "interval: 5 min, p99: 20 s")
    kept = text + "Shift plans at the counter are at most one day old."
    assert "contradiction.freshness" not in {f.name for f in _failing(kept)}


SOUND = sorted((Path(__file__).parent / "data" / "sound").glob("*.md"))


def test_the_sound_designs_say_something_that_could_be_held_against_them() -> None:
    assert len(SOUND) >= 12
    read = [design_from_text(path.read_text(encoding="utf-8"), path.name) for path in SOUND]
    assert all(len(design.requirements) >= 5 for design in read)
    assert all(len(path.read_text(encoding="utf-8").split()) >= 150 for path in SOUND)
    kinds = {item.subject for design in read for item in design.requirements if item.value}
    assert len(kinds) >= 9


@pytest.mark.parametrize("path", SOUND, ids=lambda path: path.stem)
def test_nothing_fails_on_a_sound_design(path: Path) -> None:
    design = design_from_text(path.read_text(encoding="utf-8"), path.name)
    assert [f.text for f in analyse(design).facts if f.holds is False] == []


BROKEN = [
    ("tyre-pricing", "lists at most 26 hours", "lists at most 6 hours", "freshness"),
    ("uniform-rental", "may be 15 minutes old", "may be 5 minutes old", "freshness"),
    ("fuel-shop", "forecast may be 7 hours", "forecast may be 2 hours", "freshness"),
    ("fuel-shop", "retention: 45 days", "retention: 900 days", "retention"),
]


@pytest.mark.parametrize(("name", "old", "new", "kind"), BROKEN)
def test_one_changed_number_in_a_sound_design_is_found(
    name: str, old: str, new: str, kind: str
) -> None:
    path = next(p for p in SOUND if p.stem == name)
    text = path.read_text(encoding="utf-8")
    assert old in text
    facts = analyse(design_from_text(text.replace(old, new), path.name)).facts
    assert f"contradiction.{kind}" in {f.name for f in facts if f.holds is False}
