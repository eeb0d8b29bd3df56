from __future__ import annotations

import pytest
from analysis_design import chain, design, flow, node, only, q, target

from reviewer.analysis import analyse
from reviewer.domain.design import DataFlow, Node, Requirement
from reviewer.domain.regions import jurisdiction

PROMISE = Requirement(
    id="T1", subject="residency", region="EU", text="Personal data stays in the EU."
)


def _shop(**model: object) -> DataFlow:
    return chain(
        node("shop", "source", personal_data=("email",), region="eu-central-1"),
        node("clean", removes_personal_data=model.pop("removes", None), region="eu-central-1"),
        node("llm", "model", external=True, **model),
        node("app", "consumer"),
    )


def test_personal_data_reaches_what_lies_downstream() -> None:
    facts = analyse(design(_shop()))
    assert only(facts, "privacy.reach").value == 4
    assert only(facts, "privacy.external").holds is False


def test_removal_stops_personal_data() -> None:
    facts = analyse(design(_shop(removes=True, region="us-east-1"), PROMISE))
    assert only(facts, "privacy.reach").value == 2
    assert only(facts, "privacy.external").holds is True
    assert not facts.named("contradiction.residency")


def test_a_node_elsewhere_breaks_a_residency_promise() -> None:
    facts = analyse(design(_shop(region="us-east-1"), PROMISE))
    assert only(facts, "contradiction.residency").node == "llm"
    assert only(facts, "privacy.regions").holds is False


def test_flows_and_stores_without_encryption() -> None:
    nodes = (
        node("shop", "source", personal_data=("email",)),
        node("db", "store", encrypted_at_rest=False),
    )
    flows = (flow("shop", "db", encrypted_in_transit=False),)
    facts = analyse(design(DataFlow(nodes=nodes, flows=flows)))
    assert only(facts, "privacy.unencrypted_hop").holds is False
    assert only(facts, "privacy.unencrypted_store").holds is False


def test_all_encrypted_is_a_strength() -> None:
    nodes = (
        node("shop", "source", personal_data=("email",)),
        node("db", "store", encrypted_at_rest=True),
    )
    flows = (flow("shop", "db", encrypted_in_transit=True),)
    facts = analyse(design(DataFlow(nodes=nodes, flows=flows)))
    assert only(facts, "privacy.unencrypted_hop").holds is True
    assert only(facts, "privacy.unencrypted_store").holds is True


@pytest.mark.parametrize(
    ("region", "where"),
    [
        ("eu-central-1", "EU"), ("eu-west-2", "UK"), ("europe-west6", "CH"), ("europe-west4", "EU"),
        ("us-east-1", "US"), ("eastus2", "US"), ("germanywestcentral", "EU"), ("westeurope", "EU"),
        ("Frankfurt", "EU"), ("EU", "EU"), ("ap-southeast-1", "SG"), ("the moon", None), (None, None),
        ("AWS eu-north-1 (Stockholm)", "EU"), ("us-central1", "US"), ("uksouth", "UK"),
    ],
)  # fmt: skip
def test_jurisdictions(region: str | None, where: str | None) -> None:
    assert jurisdiction(region) == where


@pytest.mark.parametrize(
    ("fields", "holds"),
    [
        ({"parallelism": 1}, False),
        ({"parallelism": 1, "fallback": "cache"}, True),
        ({"parallelism": 3}, True),
        ({"replicas": 1, "failure": "fails over to the second zone"}, True),
    ],
)
def test_single_points(fields: dict[str, object], holds: bool) -> None:
    flow_map = chain(node("s", "source"), node("x", **fields), node("c", "consumer"))
    assert only(analyse(design(flow_map)), "reliability.single_point").holds is holds


def test_what_is_not_stated_is_no_single_point() -> None:
    flow_map = chain(node("s", "source"), node("x"), node("c", "consumer"))
    assert not analyse(design(flow_map)).named("reliability.single_point")


def test_two_ways_make_no_single_point() -> None:
    nodes = (
        node("s", "source"), node("a", parallelism=1), node("b", parallelism=1), node("c", "consumer"),
    )  # fmt: skip
    flows = (flow("s", "a"), flow("s", "b"), flow("a", "c"), flow("b", "c"))
    assert not analyse(design(DataFlow(nodes=nodes, flows=flows))).named("reliability.single_point")


def _part(number: int, value: float, **fields: object) -> Requirement:
    said = {"id": f"R{number}", "target": False, "comparison": "equal", "label": f"part {number}"}
    return target("availability", value, "1", **{**said, **fields})


@pytest.mark.parametrize(("promised", "holds"), [(0.999, False), (0.998, True)])
def test_availabilities_multiply_in_series(promised: float, holds: bool) -> None:
    # 0.999 x 0.9995 = 0.9985005.
    promise = target("availability", promised, "1", comparison="at_least")
    facts = analyse(design(DataFlow(), promise, _part(1, 0.999), _part(2, 0.9995)))
    assert only(facts, "reliability.availability").value == pytest.approx(0.9985005)
    assert only(facts, "reliability.availability").holds is holds
    assert bool(facts.named("contradiction.availability")) is not holds


def test_a_part_with_a_fallback_is_not_in_series() -> None:
    flow_map = chain(
        node("s", "source"), node("llm", "model", fallback="rules"), node("c", "consumer")
    )
    promise = target("availability", 0.999, "1", comparison="at_least")
    facts = analyse(design(flow_map, promise, _part(1, 0.98, node="llm")))
    assert not facts.named("reliability.availability")


def test_an_outside_model_needs_a_fallback() -> None:
    def facts(model: Node) -> bool | None:
        flow_map = chain(node("s", "source"), model)
        return only(analyse(design(flow_map)), "model.fallback").holds

    assert facts(node("llm", "model", external=True)) is False
    assert facts(node("llm", "model", external=True, fallback="rules")) is True


def test_text_fills_what_the_map_leaves_out() -> None:
    # The map has no interval; the text says nightly: 24 h against one hour.
    job = Requirement(
        id="R1", subject="interval", comparison="equal", value=q(86400, "s"), target=False, node="x"
    )
    flow_map = chain(node("s", "source"), node("x"), node("c", "consumer"))
    facts = analyse(design(flow_map, target("freshness", 3600), job))
    assert only(facts, "contradiction.freshness").value == pytest.approx(86400)


def test_the_availability_of_a_node_in_a_form_is_a_part() -> None:
    flow_map = chain(node("s", "source"), node("gateway"), node("c", "consumer"))
    promise = target("availability", 0.999, "1", comparison="at_least")
    part = target("availability", 0.99, "1", id="T2", comparison="equal", node="gateway")
    assert only(analyse(design(flow_map, promise, part)), "reliability.availability").holds is False
