"""Failure drills against cases that can be checked by hand, and against laws that always hold."""

from __future__ import annotations

import struct
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviewer.analysis.drills import facts, run_drill, settings_of
from reviewer.analysis.plot import plot_backlog
from reviewer.catalogue import load_scenarios
from reviewer.domain.design import (
    DataFlow,
    Design,
    Flow,
    Legacy,
    ModelUse,
    Node,
    Quantity,
    Requirement,
)
from reviewer.domain.drill import DrillResult, Scenario
from reviewer.domain.facts import FACT_NAMES
from reviewer.errors import InputError

SCENARIOS = load_scenarios()


def per_second(value: float) -> Quantity:
    return Quantity(value=value, unit="event/s", text=f"{value} events/s")


def seconds(value: float) -> Quantity:
    return Quantity(value=value, unit="s", text=f"{value} s")


def size(value: float) -> Quantity:
    return Quantity(value=value, unit="byte", text=f"{value} B")


def node(name: str, kind: str, **given: Any) -> Node:
    return Node.model_validate({"id": name, "name": name, "kind": kind, **given})


def design(*nodes: Node, flows: str, freshness: float | None = None, **shares: float) -> Design:
    """A design whose flows are written `a>b b>c`."""
    pairs = [pair.split(">") for pair in flows.split()]
    targets = (Requirement(id="R1", subject="freshness", value=seconds(freshness or 1)),)
    return Design(
        title="t",
        source="t.md",
        text="",
        data_flow=DataFlow(
            nodes=nodes,
            flows=tuple(
                Flow(id=f"{a}>{b}", source=a, target=b, share=shares.get(f"{a}_{b}", 1.0))
                for a, b in pairs
            ),
            origin="yaml",
        ),
        requirements=targets if freshness else (),
    )


def scenario(horizon: str = "12 h", **event: Any) -> Scenario:
    given = {"id": "e", "title": "e", "select": [{}], "start": "1 h", "duration": "1 h", **event}
    return Scenario.model_validate(
        {"id": "test", "title": "Test", "question": "?", "horizon": horizon, "events": [given]}
    )


def on(name: str) -> list[dict[str, Any]]:
    return [{"names": [name]}]


def line(**stage: Any) -> Design:
    """source 100/s -> stage 150/s -> sink."""
    given = {"capacity": per_second(150), **stage}
    return design(
        node("feed", "source", rate=per_second(100), mode="stream"),
        node("work", "stage", **given),
        node("sink", "consumer"),
        flows="feed>work work>sink",
        freshness=60,
    )


# Single queue -----------------------------------------------------------------------------------


def test_overload_builds_a_backlog_and_drains_it() -> None:
    # Load 3 x 100/s for 1 h against 150/s: backlog (300 - 150) x 3600 = 540,000 records.
    # Afterwards it drains with 150 - 100 = 50/s: 540,000 / 50 = 10,800 s.
    result = run_drill(line(), scenario(select=on("feed"), rate=3))
    work = result.outcome("work")
    assert work.peak_backlog == pytest.approx(540_000, rel=1e-6)
    assert work.peak_at == pytest.approx(7200, abs=1)
    assert result.first_backlog == result.peak_node == "work"
    assert result.recovery == pytest.approx(10_800, rel=0.01)
    assert result.lost == 0
    # The last record of the overload finds 540,000 before it: it waits 540,000 / 150 = 3,600 s.
    assert work.peak_age == pytest.approx(3600, rel=0.01)
    # Past 60 s of age from t / 2 = 60, that is 120 s into the overload. A record that comes when
    # 9,000 wait gets 60 s old: (540,000 - 9,000) / 50 = 10,620 s after the end, and is served 60 s
    # later. Together 3,600 - 120 + 10,620 + 60 = 14,160 s.
    assert result.late_minutes == pytest.approx(14_160 / 60, rel=0.005)
    assert "work backs up first" in result.verdict


def test_load_below_capacity_never_waits() -> None:
    result = run_drill(line(), scenario(select=on("feed"), rate=1.4))
    assert result.first_backlog is None
    assert result.recovery == 0
    assert result.late_minutes == 0
    assert "Nothing falls behind" in result.verdict


def test_capacity_of_all_instances_counts() -> None:
    # 3 instances of 50/s; a third of the capacity leaves 50/s: (100 - 50) x 3600 = 180,000.
    result = run_drill(
        line(capacity=per_second(50), parallelism=3),
        scenario(select=on("work"), capacity=1 / 3),
    )
    assert result.outcome("work").peak_backlog == pytest.approx(180_000, rel=1e-6)


def test_growth_that_stays_is_never_recovered_from() -> None:
    # 10x from the first hour on, at once: 1000 - 150 = 850/s for 11 h = 33,660,000.
    result = run_drill(line(), scenario(select=on("feed"), rate=10, duration=None))
    assert result.growing
    assert result.recovery is None
    assert result.outcome("work").queued == pytest.approx(850 * 11 * 3600, rel=1e-6)
    assert "still growing" in result.verdict
    recovery = next(f for f in facts(result) if f.name == "drill.recovery")
    assert recovery.holds is False


def test_a_ramp_grows_evenly() -> None:
    # From 100/s to 1000/s over 1 h, the capacity 150/s is passed after 1/18 h = 200 s; the backlog
    # at the end of the ramp is 850 x (3600 - 200) / 2 = 1,445,000.
    result = run_drill(
        line(), scenario(select=on("feed"), rate=10, ramp="1 h", duration="1 h", horizon="6 h")
    )
    assert result.outcome("work").peak_backlog == pytest.approx(1_445_000, rel=1e-3)
    behind = result.outcome("work").falls_behind_at
    assert behind == pytest.approx(3600 + 200, abs=2 * result.step)


# Outage -------------------------------------------------------------------------------------------


def test_an_outage_is_caught_up_with() -> None:
    # 1 h x 100/s = 360,000 records wait; they drain with 50/s in 7,200 s.
    result = run_drill(line(), scenario(select=on("work"), down=True))
    work = result.outcome("work")
    assert work.peak_backlog == pytest.approx(360_000, rel=1e-6)
    assert result.recovery == pytest.approx(7200, rel=0.01)
    assert work.peak_age == pytest.approx(3600, rel=0.02)
    assert result.lost == 0
    assert any("records wait" in sentence for sentence in result.assumptions)


def test_the_horizon_grows_until_the_backlog_is_gone() -> None:
    # 1 h x 149/s wait and drain with 1/s: 536,400 s, far beyond the stated 12 h.
    tight = design(
        node("feed", "source", rate=per_second(149), mode="stream"),
        node("work", "stage", capacity=per_second(150)),
        flows="feed>work",
    )
    result = run_drill(tight, scenario(select=on("work"), down=True))
    assert result.recovery == pytest.approx(536_400, rel=0.01)


@pytest.mark.parametrize(
    ("given", "lost"),
    [
        ({"mode": "stream"}, 360_000),  # nobody keeps what an event source cannot send
        ({"mode": "stream", "failure": "events are buffered on the device and replayed"}, 0),
        ({"mode": "stream", "failure": "there is no buffer, events are dropped"}, 360_000),
        ({"mode": "stream", "technology": "Kafka"}, 0),
        ({"mode": "stream", "legacy": Legacy(interface="CDC")}, 0),
        ({"mode": "batch", "interval": seconds(900)}, 0),
        ({"mode": "batch", "interval": seconds(900), "failure": "the file is lost"}, 360_000),
    ],
)
def test_a_source_that_is_down_loses_or_delays(given: dict[str, Any], lost: float) -> None:
    one = design(
        node("feed", "source", rate=per_second(100), **given),
        node("sink", "consumer"),
        flows="feed>sink",
        freshness=60,
    )
    result = run_drill(one, scenario(select=on("feed"), down=True))
    assert result.lost == pytest.approx(lost, rel=1e-6)
    # Either way nothing fresh arrives for an hour.
    assert max(age.worst for age in result.ages) >= 3600 * 0.99


def test_a_failover_ends_the_outage_early() -> None:
    # 10 min at 100/s = 60,000 records.
    result = run_drill(
        line(failure="fails over to a standby within 10 minutes"),
        scenario(select=on("work"), down=True),
    )
    assert result.outcome("work").peak_backlog == pytest.approx(60_000, rel=1e-6)


def test_a_postponed_failover_does_not_count() -> None:
    result = run_drill(
        line(failure="no failover; a standby is planned for phase 2"),
        scenario(select=on("work"), down=True),
    )
    assert result.outcome("work").peak_backlog == pytest.approx(360_000, rel=1e-6)


def test_another_zone_does_not_help_when_the_region_is_away() -> None:
    away = scenario(select=[{"region": "eu-1"}], down=True)
    zone = line(region="eu-1", failure="fails over to a replica in another zone within 1 min")
    other = line(region="eu-1", failure="fails over to a second region within 1 min")
    assert run_drill(zone, away).outcome("work").peak_backlog == pytest.approx(360_000, rel=1e-6)
    assert run_drill(other, away).outcome("work").peak_backlog == pytest.approx(6_000, rel=1e-6)


def test_a_node_in_two_regions_goes_on_with_half() -> None:
    # Half of 150/s leaves 75/s: (100 - 75) x 3600 = 90,000.
    result = run_drill(
        line(region="eu-west-1, eu-central-1"),
        scenario(select=[{"region": "eu-west-1"}], down=True),
    )
    assert result.outcome("work").peak_backlog == pytest.approx(90_000, rel=1e-6)


def test_region_outage_takes_the_region_with_most_nodes_unless_told_otherwise() -> None:
    both = design(
        node("feed", "source", rate=per_second(10), mode="stream", region="dc"),
        node("a", "stage", region="eu-1"),
        node("b", "consumer", region="eu-1"),
        flows="feed>a a>b",
    )
    assert run_drill(both, SCENARIOS["region-outage"]).events[0].nodes == ("a", "b")
    other = run_drill(both, SCENARIOS["region-outage"], {"region": "DC"})
    assert other.events[0].nodes == ("feed",)


# Bounds -------------------------------------------------------------------------------------------


def test_storage_bounds_the_queue() -> None:
    # 100 MB of 1 kB records hold 100,000; 360,000 come: 260,000 are lost.
    result = run_drill(
        line(record_size=size(1000), storage=size(100e6)), scenario(select=on("work"), down=True)
    )
    assert result.outcome("work").peak_backlog == pytest.approx(100_000, rel=1e-6)
    assert result.lost == pytest.approx(260_000, rel=1e-6)


def test_retention_of_the_store_before_bounds_the_queue() -> None:
    # A topic that keeps 30 min: of 60 min without a reader the first 30 min are gone.
    kept = design(
        node("feed", "source", rate=per_second(100), mode="stream"),
        node("topic", "store", technology="Kafka", retention=seconds(1800)),
        node("work", "stage", capacity=per_second(150)),
        flows="feed>topic topic>work",
    )
    result = run_drill(kept, scenario(select=on("work"), down=True))
    assert result.lost == pytest.approx(180_000, rel=0.02)
    assert result.outcome("work").peak_backlog == pytest.approx(180_000, rel=0.02)
    assert result.outcome("work").lost == result.lost


# Batch ----------------------------------------------------------------------------------------------


def nightly(**given: Any) -> Design:
    return design(
        node(
            "till",
            "source",
            rate=per_second(10),
            mode="batch",
            interval=seconds(86_400),
            legacy=Legacy(interface="nightly file"),
            **given,
        ),
        node("sink", "consumer"),
        flows="till>sink",
        freshness=25 * 3600,
    )


def test_a_batch_source_waits_for_its_run() -> None:
    # A day of 10/s is 864,000 records; the run that is due at the start of the outage takes place
    # 6 h later, with 6 x 36,000 records more.
    result = run_drill(nightly(), SCENARIOS["legacy-down"])
    till = result.outcome("till")
    assert till.peak_backlog == pytest.approx(864_000 + 216_000, rel=0.001)
    # The oldest of them is 30 h old, five hours past the target of 25 h.
    assert result.ages[0].worst == pytest.approx(30 * 3600, rel=0.001)
    assert result.late_minutes == pytest.approx(5 * 60, rel=0.01)
    assert result.lost == 0
    assert result.first_backlog == "till"


def test_a_target_missed_every_day_is_said_and_not_blamed_on_the_drill() -> None:
    late = nightly().model_copy(
        update={"requirements": (Requirement(id="R1", subject="freshness", value=seconds(300)),)}
    )
    result = run_drill(late, SCENARIOS["legacy-down"])
    assert result.late_minutes == 0
    assert result.ages[0].late_anyway > 23 * 3600
    assert "on a normal day already" in result.verdict


def test_batch_with_a_capacity_works_through_its_run() -> None:
    # Every hour 360,000 records at 200/s: 1,800 s of work, so at most 360,000 wait.
    hourly = design(
        node("feed", "source", rate=per_second(100), mode="stream"),
        node("job", "stage", mode="batch", interval=seconds(3600), capacity=per_second(200)),
        flows="feed>job",
    )
    calm = run_drill(hourly, scenario(select=on("feed"), rate=1))
    assert calm.outcome("job").peak_backlog == pytest.approx(360_000, rel=0.01)
    assert calm.first_backlog is None
    # Three times the load for an hour: 1,080,000 records take 5,400 s, longer than the interval.
    busy = run_drill(hourly, scenario(select=on("feed"), rate=3))
    assert busy.first_backlog == "job"
    assert busy.recovery is not None
    assert busy.recovery > 0


# Models ---------------------------------------------------------------------------------------------


def answering(**given: Any) -> Design:
    """A shop that asks a model 50 times a second; the provider allows 80."""
    return design(
        node("catalogue", "source", rate=per_second(1), mode="batch", interval=seconds(3600)),
        node("store", "store"),
        node(
            "llm",
            "model",
            external=True,
            mode="request",
            model=ModelUse(requests_limit=per_second(80)),
            **given,
        ),
        node("shop", "consumer", mode="request", rate=per_second(50)),
        flows="catalogue>store store>llm llm>shop",
    )


def test_retries_add_load() -> None:
    # Half of the calls fail and are repeated up to twice: 1 + 1/2 + 1/4 = 1.75 calls a request, so
    # 80 calls/s serve 45.71 requests/s: (50 - 80 / 1.75) x 3600 = 15,428.6 wait.
    result = run_drill(
        answering(failure="queue and retry twice with backoff"),
        scenario(select=on("llm"), timeouts=0.5),
    )
    assert result.outcome("llm").peak_backlog == pytest.approx((50 - 80 / 1.75) * 3600, rel=1e-3)
    without = run_drill(answering(), scenario(select=on("llm"), timeouts=0.5))
    assert without.first_backlog is None


def test_errors_left_after_retries_are_lost() -> None:
    # Half fail, one retry: a quarter of 50/s x 3600 = 45,000; capacity 80 / 1.5 is enough.
    result = run_drill(answering(failure="one retry"), scenario(select=on("llm"), errors=0.5))
    assert result.lost == pytest.approx(45_000, rel=1e-3)


def test_a_slow_model_without_fallback_makes_requests_wait() -> None:
    # A tenth of 80/s leaves 8/s for an hour: (50 - 8) x 3600 = 151,200; it drains with 30/s.
    result = run_drill(answering(), SCENARIOS["slow-model"])
    assert result.outcome("llm").peak_backlog == pytest.approx(151_200, rel=1e-3)
    assert result.recovery == pytest.approx(151_200 / 30, rel=0.01)


def test_a_fallback_answers_what_the_model_cannot() -> None:
    result = run_drill(answering(fallback="the last known price"), SCENARIOS["slow-model"])
    llm = result.outcome("llm")
    assert llm.by_fallback == pytest.approx(151_200, rel=1e-3)
    assert llm.peak_backlog == pytest.approx(0, abs=1e-6)
    assert result.lost == 0
    assert "fallback of llm" in result.verdict


def test_a_model_that_is_down_fails_requests_and_its_fallback_answers_them() -> None:
    down = scenario(select=on("llm"), down=True)
    assert run_drill(answering(), down).lost == pytest.approx(180_000, rel=1e-6)
    saved = run_drill(answering(fallback="a template"), down)
    assert saved.lost == 0
    assert saved.outcome("llm").by_fallback == pytest.approx(180_000, rel=1e-6)


def test_a_denied_fallback_is_none() -> None:
    down = scenario(select=on("llm"), down=True)
    assert run_drill(answering(failure="there is no fallback"), down).lost > 0
    assert run_drill(answering(fallback="none"), down).lost > 0


# Scenarios --------------------------------------------------------------------------------------------


def test_stores_closed_moves_the_load_online() -> None:
    retail = design(
        node("pos", "source", rate=per_second(300), mode="stream"),
        node("web clicks", "source", rate=per_second(100), mode="stream"),
        node("join", "stage", capacity=per_second(450)),
        flows="pos>join",
    )
    flows = (*retail.data_flow.flows, Flow(id="w", source="web clicks", target="join"))
    retail = retail.model_copy(
        update={"data_flow": retail.data_flow.model_copy(update={"flows": flows})}
    )
    result = run_drill(retail, SCENARIOS["stores-closed"])
    # Tills 0, web 5 x 100 = 500/s against 450/s for 12 h: 50 x 43,200 = 2,160,000 wait; they drain
    # with 450 - 400 = 50/s in 43,200 s.
    assert result.outcome("join").peak_backlog == pytest.approx(2_160_000, rel=1e-3)
    assert result.outcome("pos").served == pytest.approx(
        300 * (result.horizon - 12 * 3600), rel=1e-3
    )
    assert result.recovery == pytest.approx(43_200, rel=0.02)


@pytest.mark.parametrize(
    ("failure", "lost", "late"), [("dead-letter queue", 0, 255.6), (None, 1_440_000, 230)]
)
def test_schema_change_is_set_aside_or_lost(failure: str | None, lost: float, late: float) -> None:
    # 4 h x 100/s = 1,440,000 records that no longer fit.
    feed = design(
        node("supplier feed", "source", rate=per_second(100), mode="stream", external=True),
        node("check", "stage", capacity=per_second(1000), failure=failure),
        node("own", "source", rate=per_second(1), mode="stream"),
        node("sink", "consumer"),
        flows="",
        freshness=600,
    )
    flows = tuple(
        Flow(id=f"{a}-{b}", source=a, target=b)
        for a, b in (("supplier feed", "check"), ("own", "check"), ("check", "sink"))
    )
    feed = feed.model_copy(update={"data_flow": DataFlow(nodes=feed.data_flow.nodes, flows=flows)})
    result = run_drill(feed, SCENARIOS["schema-change"])
    assert result.events[0].nodes == ("supplier feed",)
    assert result.lost == pytest.approx(lost, rel=0.005)
    # Nothing fresh of the supplier for 4 h, against 10 min: 230 min. Where the records come back
    # at once, newer ones wait behind them until 600 s of work are left, and those 600 s more:
    # (1,440,000 - 600,000) / (1,000 - 101) + 600 = 1,534 s = 25.6 min.
    assert result.late_minutes == pytest.approx(late, abs=1)


def test_every_scenario_file_plays_on_a_full_map() -> None:
    for name, each in SCENARIOS.items():
        result = run_drill(full_map(), each)
        assert result.status == "complete", (name, result.gaps)
        assert result.verdict
        assert result.events
        assert result.series
        assert {fact.name for fact in facts(result)} <= set(FACT_NAMES)
    assert set(SCENARIOS) == {
        "legacy-down", "region-outage", "schema-change", "slow-model", "stores-closed", "ten-x",
    }  # fmt: skip


def full_map() -> Design:
    return design(
        node("till", "source", rate=per_second(50), mode="batch", interval=seconds(86_400),
             legacy=Legacy(interface="nightly file"), region="dc"),
        node("web", "source", rate=per_second(200), mode="stream", region="eu-1"),
        node("join", "stage", capacity=per_second(500), region="eu-1"),
        node("store", "store", region="eu-1"),
        node("llm", "model", external=True, model=ModelUse(requests_limit=per_second(60)),
             p99=seconds(0.8)),
        node("shop", "consumer", mode="request", rate=per_second(50)),
        flows="till>store web>join join>store store>llm llm>shop",
        freshness=900,
    )  # fmt: skip


# Overrides ----------------------------------------------------------------------------------------------


def test_overrides_change_the_drill() -> None:
    base = scenario(select=on("feed"), rate=3)
    longer = run_drill(line(), base, {"duration": "2 h", "rate": "2x"})
    # (200 - 150) x 7200 = 360,000
    assert longer.outcome("work").peak_backlog == pytest.approx(360_000, rel=1e-6)
    moved = run_drill(line(), base, {"e.node": "work", "e.rate": "1", "capacity": "50%"})
    # (100 - 75) x 3600
    assert moved.outcome("work").peak_backlog == pytest.approx(90_000, rel=1e-6)
    assert settings_of(base)["duration"] == "1 h"
    assert longer.settings["duration"] == "2 h"


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        ("colour", "red", "no setting colour"),
        ("x.duration", "1 h", "no setting x.duration"),
        ("duration", "5 GB", "duration"),
        ("duration", "soon", "duration"),
        ("rate", "fast", "rate"),
        ("errors", "3", "share"),
        ("horizon", "400 days", "horizon"),
        ("load", "heavy", "average or peak"),
    ],
)
def test_a_wrong_override_is_one_sentence(key: str, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        run_drill(line(), scenario(), {key: text})
    assert "\n" not in str(caught.value)


def test_peak_load_uses_the_peak_factor() -> None:
    peaky = design(
        node("feed", "source", rate=per_second(100), peak_factor=2, mode="stream"),
        node("work", "stage", capacity=per_second(250)),
        flows="feed>work",
    )
    # 200/s for an hour without service: 720,000.
    result = run_drill(peaky, scenario(select=on("work"), down=True), {"load": "peak"})
    assert result.outcome("work").peak_backlog == pytest.approx(720_000, rel=1e-6)


# Too little is stated -----------------------------------------------------------------------------------


def test_no_map_is_a_clear_sentence() -> None:
    result = run_drill(Design(title="t", source="t", text=""), SCENARIOS["ten-x"])
    assert result.status == "impossible"
    assert "no data-flow map" in result.verdict
    assert facts(result) == ()


def test_no_rates_is_a_clear_sentence() -> None:
    silent = design(node("a", "source"), node("b", "consumer"), flows="a>b")
    result = run_drill(silent, SCENARIOS["ten-x"])
    assert result.status == "impossible"
    assert "state `rate`" in result.verdict


def test_without_rates_the_age_of_the_data_can_still_be_played() -> None:
    legacy = Legacy(interface="nightly file")
    silent = design(
        node("a", "source", mode="batch", interval=seconds(86_400), legacy=legacy),
        node("b", "consumer"),
        flows="a>b",
        freshness=25 * 3600,
    )
    result = run_drill(silent, SCENARIOS["legacy-down"])
    assert result.status == "partial"
    assert result.late_minutes == pytest.approx(300, rel=0.01)
    assert "Backlogs could not be computed" in result.verdict


def test_nothing_selected_says_what_to_state() -> None:
    result = run_drill(line(), SCENARIOS["legacy-down"])
    assert result.status == "impossible"
    assert "`legacy`" in result.verdict


def test_bytes_need_a_record_size() -> None:
    bytes_rate = Quantity(value=1e6, unit="byte/s", text="1 MB/s")
    result = run_drill(
        design(node("a", "source", rate=bytes_rate), node("b", "stage"), flows="a>b"),
        SCENARIOS["ten-x"],
    )
    assert any("record_size" in gap.text for gap in result.gaps)
    # 1 MB/s of 10 kB records are 100/s.
    sized = design(
        node("a", "source", rate=bytes_rate, record_size=size(10_000), mode="stream"),
        node("b", "stage", capacity=Quantity(value=1.5e6, unit="byte/s", text="1.5 MB/s")),
        flows="a>b",
    )
    down = run_drill(sized, scenario(select=on("b"), down=True))
    assert down.outcome("b").peak_backlog == pytest.approx(360_000, rel=1e-6)


# Laws -----------------------------------------------------------------------------------------------------


def test_little_s_law_holds_for_a_steady_batch() -> None:
    # Hourly runs of what comes at 100/s: L = 180,000 on average, W = 1800 s, L = lambda W.
    hourly = design(
        node("feed", "source", rate=per_second(100), mode="stream"),
        node("job", "stage", mode="batch", interval=seconds(3600)),
        flows="feed>job",
    )
    result = run_drill(hourly, scenario("3 h", select=on("feed"), rate=1))
    job = next(series for series in result.series if series.node == "job")
    length = sum(job.backlog) / len(job.backlog)
    # A record waits between 0 and the age of the head: half of it on average.
    wait = sum(job.age) / len(job.age)
    assert length == pytest.approx(100 * wait, rel=0.02)
    assert wait == pytest.approx(1800, rel=0.02)


def test_a_short_peak_is_in_the_series() -> None:
    # A day is shown in points of 3 min; 360,000 records drain at 10,000/s in 36 s.
    result = run_drill(
        design(
            node("feed", "source", rate=per_second(100), mode="stream", failure="buffered"),
            node("work", "stage", capacity=per_second(10_000)),
            flows="feed>work",
        ),
        scenario("24 h", select=on("feed"), down=True),
    )
    work = next(series for series in result.series if series.node == "work")
    assert max(work.backlog) == pytest.approx(result.outcome("work").peak_backlog, rel=1e-6)
    assert max(work.backlog) > 50_000


def test_little_s_law_holds_for_work_in_progress() -> None:
    # 100/s that take 12 s each: 1,200 in progress.
    slow = line(p50=seconds(12), capacity=per_second(150))
    result = run_drill(slow, scenario(select=on("feed"), rate=1))
    assert result.outcome("work").in_flight == pytest.approx(1200, rel=1e-6)


def test_a_cycle_with_a_small_share_settles() -> None:
    # A tenth comes back: the stage gets 100 / (1 - 0.1) = 111.1/s in the end.
    loop = design(
        node("feed", "source", rate=per_second(100), mode="stream"),
        node("work", "stage", capacity=per_second(500)),
        node("redo", "stage"),
        flows="feed>work work>redo redo>work",
        work_redo=0.1,
    )
    result = run_drill(loop, scenario(select=on("work"), down=True))
    work = next(series for series in result.series if series.node == "work")
    assert work.throughput[-1] == pytest.approx(100 / 0.9, rel=1e-3)


def test_a_cycle_that_multiplies_its_load_is_cut_and_said() -> None:
    loop = design(
        node("feed", "source", rate=per_second(100), mode="stream"),
        node("model", "stage", capacity=per_second(500)),
        node("feedback", "stage"),
        flows="feed>model model>feedback feedback>model",
    )
    result = run_drill(loop, scenario(select=on("model"), down=True))
    assert any("multiply its own load" in sentence for sentence in result.assumptions)
    assert result.outcome("model").arrived == pytest.approx(100 * result.horizon, rel=1e-6)


_TEXTS = st.sampled_from(
    [None, "retry 2 times", "dead-letter queue", "dropped", "buffered", "falls back to a cache"]
)


@st.composite
def maps(draw: st.DrawFn) -> Design:
    count = draw(st.integers(2, 6))
    nodes = []
    for number in range(count):
        kind = "source" if number == 0 else draw(st.sampled_from(["stage", "store", "model"]))
        given: dict[str, Any] = {"failure": draw(_TEXTS), "region": draw(st.sampled_from("ab"))}
        if number == 0 or draw(st.integers(0, 5)) == 0:
            given["rate"] = per_second(draw(st.floats(0.01, 5000)))
        if draw(st.booleans()):
            given["capacity"] = per_second(draw(st.floats(0.01, 5000)))
        if draw(st.booleans()):
            given["mode"] = draw(st.sampled_from(["batch", "micro-batch", "stream", "request"]))
            given["interval"] = seconds(draw(st.sampled_from([5, 300, 3600, 86_400])))
        if draw(st.booleans()):
            given["p99"] = seconds(draw(st.floats(0.001, 4000)))
        if draw(st.booleans()):
            given["retention"] = seconds(draw(st.floats(60, 1e6)))
        nodes.append(node(f"n{number}", kind, **given))
    flows = []
    for number in range(draw(st.integers(1, 8))):
        pair = draw(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)))
        share = draw(st.sampled_from([0.1, 0.5, 1.0, 3.0]))
        flows.append(Flow(id=f"f{number}", source=f"n{pair[0]}", target=f"n{pair[1]}", share=share))
    return Design(
        title="t", source="t", text="", data_flow=DataFlow(nodes=tuple(nodes), flows=tuple(flows))
    )


def events() -> st.SearchStrategy[Scenario]:
    return st.builds(
        lambda down, rate, capacity, errors, pick: scenario(
            horizon="6 h",
            select=[{}] if pick is None else [{"region": pick}, {}],
            down=down,
            rate=rate,
            capacity=capacity,
            errors=errors,
        ),
        st.booleans(),
        st.sampled_from([0, 1, 10]),
        st.sampled_from([0, 0.1, 1]),
        st.sampled_from([0, 0.3, 1]),
        st.sampled_from([None, "a"]),
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(maps(), events())
def test_no_record_appears_or_vanishes(one: Design, event: Scenario) -> None:
    result = run_drill(one, event)
    for outcome in result.nodes:
        total = outcome.before + outcome.arrived
        kept = outcome.served + outcome.queued + outcome.lost + outcome.in_flight
        assert kept == pytest.approx(total, rel=1e-6, abs=1e-3)
        parts = (outcome.arrived, outcome.served, outcome.queued, outcome.lost, outcome.in_flight)
        assert min(parts) >= -1e-6 * (total + 1)
    for series in result.series:
        assert min(series.backlog) >= 0
        assert min(series.age) >= 0


def test_a_day_of_thirty_nodes_takes_under_a_third_of_a_second() -> None:
    nodes = [node("s0", "source", rate=per_second(500), mode="stream")]
    nodes += [
        node(f"s{i}", "stage", capacity=per_second(600), record_size=size(100), storage=size(1e9),
             **({"mode": "batch", "interval": seconds(300 * i)} if i % 5 == 0 else {}))
        for i in range(1, 30)
    ]  # fmt: skip
    chain = design(*nodes, flows=" ".join(f"s{i}>s{i + 1}" for i in range(29)), freshness=600)
    event = scenario("24 h", select=on("s3"), down=True, duration="3 h")
    best = min(_timed(chain, event) for _ in range(3))
    assert best < 0.3


def _timed(one: Design, event: Scenario) -> float:
    start = time.process_time()
    run_drill(one, event)
    return time.process_time() - start


def test_a_result_is_the_same_every_time_and_survives_json() -> None:
    first = run_drill(full_map(), SCENARIOS["region-outage"])
    again = run_drill(full_map(), SCENARIOS["region-outage"])
    assert first == again
    assert DrillResult.model_validate_json(first.model_dump_json()) == first


@pytest.mark.parametrize("suffix", [".svg", ".png"])
@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_the_plot_is_the_same_every_time(name: str, suffix: str, tmp_path: Path) -> None:
    result = run_drill(full_map(), SCENARIOS[name])
    pictures = []
    for copy in ("one", "two"):
        plot_backlog(result, tmp_path / f"{copy}{suffix}")
        pictures.append((tmp_path / f"{copy}{suffix}").read_bytes())
    assert pictures[0] == pictures[1]
    assert len(pictures[0]) > 5000
    if suffix == ".png":
        width, _ = struct.unpack(">II", pictures[0][16:24])
        assert width == 720


def test_a_plot_that_cannot_be_drawn_is_one_sentence(tmp_path: Path) -> None:
    result = run_drill(full_map(), SCENARIOS["ten-x"])
    with pytest.raises(InputError, match=r"\.svg or \.png"):
        plot_backlog(result, tmp_path / "drill.gif")
    with pytest.raises(InputError, match="cannot be written"):
        plot_backlog(result, tmp_path / "nowhere" / "drill.svg")
    nothing = run_drill(Design(title="t", source="t", text=""), SCENARIOS["ten-x"])
    with pytest.raises(InputError, match="nothing to plot"):
        plot_backlog(nothing, tmp_path / "drill.svg")


def test_the_documentation_names_every_scenario_setting_and_fact() -> None:
    text = (Path(__file__).parent.parent / "docs" / "drills.md").read_text(encoding="utf-8")
    for name in [*SCENARIOS, *(n for n in FACT_NAMES if n.startswith("drill."))]:
        assert f"`{name}`" in text, name
