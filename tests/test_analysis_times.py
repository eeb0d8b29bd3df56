from __future__ import annotations

import pytest
from analysis_design import chain, design, flow, node, only, q, target

from reviewer.analysis import analyse
from reviewer.domain.design import DataFlow, Legacy, ModelUse

DAY, HOUR, MINUTE = 86400.0, 3600.0, 60.0


def _request_chain(p99: float = 0.5) -> DataFlow:
    return chain(
        node("till", "source", mode="request"),
        node("edge", mode="request", p50=(0.01, "s"), p99=(0.05, "s")),
        node("llm", "model", mode="request", p50=(0.2, "s"), p99=(p99, "s")),
        node("screen", "consumer"),
    )


@pytest.mark.parametrize(("limit", "holds"), [(0.5, False), (0.55, True), (1.0, True)])
def test_latency_is_the_sum_of_p99(limit: float, holds: bool) -> None:
    # 50 ms + 500 ms = 550 ms.
    facts = analyse(design(_request_chain(), target("latency", limit, percentile=0.99)))
    fact = only(facts, "latency.end_to_end")
    assert fact.value == pytest.approx(0.55)
    assert fact.holds is holds
    assert bool(facts.named("contradiction.latency")) is not holds


def test_a_median_target_is_held_against_medians() -> None:
    # 10 ms + 200 ms = 210 ms.
    facts = analyse(design(_request_chain(), target("latency", 0.25, percentile=0.5)))
    assert only(facts, "latency.end_to_end").value == pytest.approx(0.21)
    assert only(facts, "latency.end_to_end").holds is True


def test_a_p95_target_is_not_broken_by_p99_alone() -> None:
    facts = analyse(design(_request_chain(), target("latency", 0.5, percentile=0.95)))
    assert only(facts, "latency.end_to_end").holds is None
    assert not facts.named("contradiction.")


def test_a_stage_without_a_time_leaves_a_good_sum_open() -> None:
    flow_map = chain(
        node("a", "source", mode="request"),
        node("b", mode="request", p99=(0.1, "s")),
        node("c", mode="request"),
        node("d", "consumer"),
    )
    facts = analyse(design(flow_map, target("latency", 1.0)))
    assert only(facts, "latency.end_to_end").holds is None
    assert any("C" in gap.text for gap in facts.gaps if gap.name == "latency.end_to_end")


def test_stage_shares_of_the_latency() -> None:
    # 50 / 550 and 500 / 550.
    facts = analyse(design(_request_chain()))
    assert only(facts, "latency.stage", "edge").value == pytest.approx(1 / 11)
    assert only(facts, "latency.stage", "llm").value == pytest.approx(10 / 11)


def test_freshness_adds_waits_and_processing() -> None:
    # 15 min + 2 min + 1 h + 10 min = 87 min.
    flow_map = chain(
        node("s", "source"),
        node("a", mode="micro-batch", interval=(15 * MINUTE, "s"), p99=(2 * MINUTE, "s")),
        node("b", mode="batch", interval=(HOUR, "s"), p99=(10 * MINUTE, "s")),
        node("c", "consumer"),
    )
    facts = analyse(design(flow_map, target("freshness", HOUR)))
    assert only(facts, "freshness.end_to_end").value == pytest.approx(87 * MINUTE)
    assert only(facts, "freshness.end_to_end").holds is False
    assert only(facts, "freshness.stage", "b").value == pytest.approx(70 / 87)
    assert only(facts, "contradiction.freshness").holds is False


def test_equal_schedules_in_a_row_may_be_one_chain_of_jobs() -> None:
    # 24 h + 24 h + 1 h + 1 h = 50 h, or 26 h if one job starts the next: open against 30 h.
    flow_map = chain(
        node("s", "source"),
        node("a", mode="batch", interval=(DAY, "s"), p99=(HOUR, "s")),
        node("b", mode="batch", interval=(DAY, "s"), p99=(HOUR, "s")),
        node("c", "consumer"),
    )
    fact = only(analyse(design(flow_map, target("freshness", 30 * HOUR))), "freshness.end_to_end")
    assert fact.value == pytest.approx(50 * HOUR)
    assert fact.holds is None
    assert only(
        analyse(design(flow_map, target("freshness", 25 * HOUR))), "freshness.end_to_end"
    ).holds is False  # fmt: skip


def test_the_schedule_of_a_flow_counts_once() -> None:
    # The nightly flow and the nightly job are one schedule: 24 h.
    nodes = (
        node("s", "source", mode="batch", interval=(DAY, "s")),
        node("a", mode="stream"),
        node("c", "consumer"),
    )
    flows = (flow("s", "a", mode="batch", interval=q(DAY, "s")), flow("a", "c"))
    facts = analyse(design(DataFlow(nodes=nodes, flows=flows)))
    assert only(facts, "freshness.end_to_end").value == pytest.approx(DAY)


def test_the_refresh_of_an_index_makes_its_model_older() -> None:
    # 5 min + 6 h = 6 h 5 min against 1 h.
    flow_map = chain(
        node("s", "source"),
        node("a", mode="micro-batch", interval=(5 * MINUTE, "s")),
        node("llm", "model", model=ModelUse(refresh_interval=q(6 * HOUR, "s"))),
    )
    facts = analyse(design(flow_map, target("freshness", HOUR)))
    assert only(facts, "freshness.end_to_end").value == pytest.approx(6 * HOUR + 5 * MINUTE)
    assert only(facts, "model.refresh").holds is False


def test_a_target_of_one_data_set_leaves_the_others_alone() -> None:
    nodes = (
        node("price_feed", "source", mode="stream", p99=(1, "s")),
        node("sales_archive", "source", mode="batch", interval=(DAY, "s")),
        node("price_tags", "consumer"),
        node("sales_report", "consumer"),
    )
    flows = (flow("price_feed", "price_tags"), flow("sales_archive", "sales_report"))
    promise = target("freshness", 5 * MINUTE, text="Prices are at most 5 minutes old.")
    facts = analyse(design(DataFlow(nodes=nodes, flows=flows), promise))
    assert not facts.named("contradiction.")
    assert only(facts, "freshness.end_to_end", "price_tags").holds is True
    assert only(facts, "freshness.end_to_end", "sales_report").holds is None


def test_a_legacy_file_alone_breaks_the_target() -> None:
    legacy = Legacy(interface="nightly file", system="AS/400")
    flow_map = chain(
        node("erp", "source", legacy=legacy), node("x", mode="stream"), node("app", "consumer")
    )
    facts = analyse(design(flow_map, target("freshness", HOUR)))
    assert only(facts, "legacy.freshness").value == pytest.approx(DAY)
    assert only(facts, "legacy.freshness").holds is False
    assert only(facts, "legacy.dependents").value == 2


def test_a_batch_without_interval_is_a_lower_bound() -> None:
    flow_map = chain(node("s", "source"), node("a", mode="batch"), node("c", "consumer"))
    facts = analyse(design(flow_map, target("freshness", HOUR)))
    assert only(facts, "freshness.end_to_end").holds is None
    assert any(gap.name == "freshness.end_to_end" for gap in facts.gaps)


def test_a_target_of_the_form_is_of_every_consumer() -> None:
    nodes = (
        node("a", "source", mode="stream", p99=(1, "s")),
        node("b", "source", mode="batch", interval=(DAY, "s")),
        node("x", "consumer"),
        node("y", "consumer"),
    )
    flows = (flow("a", "x"), flow("b", "y"))
    facts = analyse(design(DataFlow(nodes=nodes, flows=flows), target("freshness", HOUR)))
    assert [only(facts, "freshness.end_to_end", n).holds for n in ("x", "y")] == [True, False]


def test_a_target_at_a_stage_is_measured_there() -> None:
    # At the stage 5 min; the model's daily refresh comes after it and does not count: 5 min < 10 min.
    flow_map = chain(
        node("s", "source"),
        node("features", mode="micro-batch", interval=(5 * MINUTE, "s")),
        node("llm", "model", model=ModelUse(refresh_interval=q(DAY, "s"))),
    )
    facts = analyse(design(flow_map, target("freshness", 10 * MINUTE, node="features")))
    assert only(facts, "freshness.end_to_end", "features").value == pytest.approx(5 * MINUTE)
    assert only(facts, "freshness.end_to_end", "features").holds is True
    assert not facts.named("contradiction.")


@pytest.mark.parametrize(("percentile", "holds"), [(50.0, True), (0.5, True), (99.0, False)])
def test_percentiles_of_forms_are_in_percent(percentile: float, holds: bool) -> None:
    # Medians add up to 0.21 s, p99 to 0.55 s.
    facts = analyse(design(_request_chain(), target("latency", 0.25, percentile=percentile)))
    assert only(facts, "latency.end_to_end").holds is holds


def test_a_qualified_data_set_is_not_the_one_that_is_meant() -> None:
    nodes = (
        node("till", "source", mode="stream", p99=(1, "s")),
        node("rivals", "source", mode="batch", interval=(HOUR, "s")).model_copy(
            update={"name": "Competitor prices"}
        ),
        node("price_model", "model", mode="stream"),
    )
    flows = (flow("till", "price_model"), flow("rivals", "price_model"))
    promise = target("freshness", 5 * MINUTE, text="A price reflects sales of the last 5 minutes.")
    assert not analyse(design(DataFlow(nodes=nodes, flows=flows), promise)).named("contradiction.")
    other = target("freshness", 5 * MINUTE, text="Competitor prices are at most 5 minutes old.")
    assert analyse(design(DataFlow(nodes=nodes, flows=flows), other)).named("contradiction.")
