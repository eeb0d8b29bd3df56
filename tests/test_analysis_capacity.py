from __future__ import annotations

import pytest
from analysis_design import chain, design, flow, node, only, q

from reviewer.analysis import analyse
from reviewer.domain.design import Cost, DataFlow, ModelUse


def test_utilisation_peak_headroom_and_growth() -> None:
    # 1,000/s into 2 instances of 1,500/s: 1,000 / 3,000 = 1/3; at 2.5x peak 2,500 / 3,000 = 5/6;
    # it saturates at 3,000 / 1,000 = 3x.
    tills = node("tills", "source", rate=(1000, "event/s"), peak_factor=2.5)
    join = node("join", capacity=(1500, "event/s"), parallelism=2, mode="stream")
    facts = analyse(design(chain(tills, join, node("app", "consumer"))))
    assert only(facts, "capacity.utilisation").value == pytest.approx(1 / 3)
    assert only(facts, "capacity.peak").value == pytest.approx(5 / 6)
    assert only(facts, "capacity.peak").holds is True
    assert only(facts, "capacity.headroom").holds is False  # 0.83 is above 0.8
    assert only(facts, "capacity.node_limit").value == pytest.approx(3)
    assert only(facts, "capacity.ten_x").value == pytest.approx(3)
    assert only(facts, "capacity.ten_x").holds is False
    assert only(facts, "capacity.ten_x").node == "join"


def test_shares_and_joins_add_up() -> None:
    # a: 100/s x 0.5 = 50/s; b: 30/s x 2 = 60/s; together 110/s of 220/s = 0.5.
    flows = (flow("a", "c", share=0.5), flow("b", "c", share=2.0))
    nodes = (
        node("a", "source", rate=(100, "event/s")),
        node("b", "source", rate=(30, "event/s")),
        node("c", capacity=(220, "event/s"), mode="stream"),
    )
    facts = analyse(design(DataFlow(nodes=nodes, flows=flows)))
    assert only(facts, "capacity.utilisation").value == pytest.approx(0.5)


def test_records_become_bytes_through_their_size() -> None:
    # 200/s x 5,000 bytes = 1,000,000 bytes/s of 4,000,000 bytes/s = 0.25.
    source = node("s", "source", rate=(200, "event/s"), record_size=(5000, "byte"))
    sink = node("lake", "store", capacity=(4e6, "byte/s"))
    facts = analyse(design(chain(source, sink)))
    assert only(facts, "capacity.utilisation").value == pytest.approx(0.25)


def test_bytes_become_records_through_their_size() -> None:
    # 1,000,000 bytes/s / 500 bytes = 2,000/s of 8,000/s = 0.25.
    source = node("s", "source", rate=(1e6, "byte/s"), record_size=(500, "byte"))
    facts = analyse(design(chain(source, node("x", capacity=(8000, "event/s"), mode="stream"))))
    assert only(facts, "capacity.utilisation").value == pytest.approx(0.25)


def test_a_cycle_that_shrinks_is_solved() -> None:
    # x = 100 + 0.2 y, y = x: x = 100 / (1 - 0.2) = 125; 125 / 250 = 0.5.
    nodes = (
        node("s", "source", rate=(100, "event/s")),
        node("x", capacity=(250, "event/s"), mode="stream"),
        node("y", mode="stream"),
    )
    flows = (flow("s", "x"), flow("x", "y"), flow("y", "x", share=0.2))
    facts = analyse(design(DataFlow(nodes=nodes, flows=flows)))
    assert only(facts, "capacity.utilisation").value == pytest.approx(0.5)


def test_a_cycle_that_multiplies_is_a_gap() -> None:
    nodes = (node("s", "source", rate=(1, "event/s")), node("x"), node("y"), node("z"))
    flows = (flow("s", "x"), flow("x", "y"), flow("y", "z"), flow("z", "x"))
    facts = analyse(design(DataFlow(nodes=nodes, flows=flows)))
    assert not facts.named("capacity.utilisation")
    assert any("share" in gap.text for gap in facts.gaps)


def test_an_answer_is_not_load() -> None:
    # The api sends its question to the model and gets the answer back: 50/s, not a growing loop.
    nodes = (
        node("app", "source", rate=(50, "event/s")),
        node("api", mode="request", capacity=(100, "event/s")),
        node("llm", "model", mode="request"),
    )
    flows = (flow("app", "api"), flow("api", "llm"), flow("llm", "api"))
    facts = analyse(design(DataFlow(nodes=nodes, flows=flows)))
    assert only(facts, "capacity.utilisation", "api").value == pytest.approx(0.5)


def test_what_a_store_gets_is_no_request_to_the_model() -> None:
    # 5,000 writes/s reach the store; the model is asked 4 times a second by the app.
    nodes = (
        node("s", "source", rate=(5000, "event/s")),
        node("db", "store"),
        node("llm", "model", mode="request", model=ModelUse(requests_limit=q(8, "event/s"))),
        node("app", "consumer", mode="request", rate=(4, "event/s")),
    )
    flows = (flow("s", "db"), flow("db", "llm"), flow("llm", "app", mode="request"))
    facts = analyse(design(DataFlow(nodes=nodes, flows=flows)))
    assert only(facts, "model.rate_limit").value == pytest.approx(0.5)
    assert not facts.named("contradiction.")


def test_a_batch_run_has_its_interval() -> None:
    # A run of 6 h every 24 h: 6 / 24 = 0.25, so it fits four times the data.
    job = node("job", mode="batch", interval=(86400, "s"), p99=(21600, "s"))
    facts = analyse(design(chain(node("s", "source", rate=(1, "event/s")), job)))
    assert only(facts, "capacity.utilisation").value == pytest.approx(0.25)
    assert only(facts, "capacity.ten_x").value == pytest.approx(4)


def test_unknown_rates_make_a_lower_bound_that_proves_nothing_good() -> None:
    nodes = (
        node("a", "source", rate=(10, "event/s")),
        node("b", "source"),
        node("c", capacity=(100, "event/s"), mode="stream"),
    )
    facts = analyse(design(DataFlow(nodes=nodes, flows=(flow("a", "c"), flow("b", "c")))))
    assert only(facts, "capacity.utilisation").holds is None
    assert "at least" in only(facts, "capacity.utilisation").formula


def test_no_rate_is_one_gap() -> None:
    facts = analyse(design(chain(node("s", "source"), node("x", capacity=(1, "event/s")))))
    assert not facts.named("capacity.")
    assert sum("No rate is given" in gap.text for gap in facts.gaps) == 1


def test_retry_storm() -> None:
    # 40/s at peak x (1 + 3 retries) = 160/s of 100/s = 1.6.
    source = node("s", "source", rate=(20, "event/s"), peak_factor=2.0)
    call = node("call", mode="stream", capacity=(100, "event/s"), failure="retries 3 times")
    assert only(
        analyse(design(chain(source, call))), "capacity.retry_storm"
    ).value == pytest.approx(1.6)


def test_model_limits_tokens_and_window() -> None:
    # 10/s at 3x peak = 30 requests/s of 20/s = 1.5; x (900 + 100) tokens = 30,000 of 60,000 = 0.5;
    # window (900 + 100) / 800 = 1.25.
    use = ModelUse(
        tokens_in=q(900, "token"),
        tokens_out=q(100, "token"),
        requests_limit=q(20, "event/s"),
        tokens_limit=q(60000, "token/s"),
        context_window=q(800, "token"),
    )
    source = node("s", "source", rate=(10, "event/s"), peak_factor=3.0)
    facts = analyse(design(chain(source, node("llm", "model", mode="stream", model=use))))
    assert only(facts, "model.rate_limit").value == pytest.approx(1.5)
    assert only(facts, "model.token_limit").value == pytest.approx(0.5)
    assert only(facts, "model.context_window").value == pytest.approx(1.25)
    assert only(facts, "contradiction.model_limit").holds is False
    assert only(facts, "contradiction.context_window").holds is False
    # The first ceiling on average load: 20 / 10 = 2x.
    assert only(facts, "capacity.ten_x").value == pytest.approx(2)


def test_storage_and_cost() -> None:
    # 100/s x 1,000 bytes x 10 d x 2 replicas = 100,000 x 864,000 x 2 = 172.8 GB of 100 GB.
    # Cost of a month of 2,592,000 s: 0.001 EUR/s fixed = 2,592; 1e-6 EUR/event x 100/s = 259.2;
    # kept 172.8e9 bytes x 1e-14 EUR/byte/s x 2,592,000 s = 4,478.976; together 7,330.176 EUR.
    cost = Cost(
        fixed=q(0.001, "EUR/s"), per_event=q(1e-6, "EUR/event"), storage=q(1e-14, "EUR/byte/s")
    )
    source = node("s", "source", rate=(100, "event/s"), record_size=(1000, "byte"))
    store = node(
        "db", "store", retention=(864000, "s"), storage=(1e11, "byte"), replicas=2, cost=cost
    )
    facts = analyse(design(chain(source, store)))
    assert only(facts, "storage.retention").value == pytest.approx(172.8e9)
    assert only(facts, "storage.retention").holds is False
    assert only(facts, "contradiction.retention").holds is False
    assert only(facts, "storage.ten_x").value == pytest.approx(1728e9)
    assert only(facts, "cost.month").value == pytest.approx(7330.176)
    # At 10x all but the fixed part grow: 2,592 + 10 x (259.2 + 4,478.976) = 49,973.76.
    assert only(facts, "cost.ten_x").value == pytest.approx(49973.76)


def test_a_model_request_has_a_price() -> None:
    # 2,000 x 0.5e-6 + 500 x 1.5e-6 = 0.001 + 0.00075 = 0.00175 USD; at 10/s a month 45,360 USD.
    use = ModelUse(
        tokens_in=q(2000, "token"),
        tokens_out=q(500, "token"),
        price_in=q(0.5e-6, "USD/token"),
        price_out=q(1.5e-6, "USD/token"),
    )
    source = node("s", "source", rate=(10, "event/s"))
    facts = analyse(design(chain(source, node("llm", "model", mode="stream", model=use))))
    assert only(facts, "cost.model_request").value == pytest.approx(0.00175)
    assert only(facts, "cost.month").value == pytest.approx(45360)
