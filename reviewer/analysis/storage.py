"""Bytes that a store keeps at its retention, against its stated capacity."""

from __future__ import annotations

from reviewer.analysis import numbers
from reviewer.analysis.graph import FlowMap
from reviewer.analysis.ledger import Ledger, fact_id, spans_of
from reviewer.analysis.load import Loads
from reviewer.domain.design import Node, NodeKind
from reviewer.domain.facts import Fact


def kept(node: Node, loads: Loads) -> float | None:
    """Bytes kept at the stated retention, every replica counted; None where it is not known."""
    data = loads[node.id].data
    if data is None or node.retention is None:
        return None
    return data * node.retention.value * max(node.replicas or 1, 1)


def _formula(node: Node, loads: Loads, total: float, times: int = 1) -> str:
    data, retention = loads[node.id].data or 0.0, node.retention
    parts = [numbers.rate(data * times, "byte/s")]
    parts.append(numbers.duration(retention.value) if retention else "?")
    if node.replicas and node.replicas > 1:
        parts.append(f"{node.replicas} replicas")
    return f"bytes a second x retention x replicas = {' x '.join(parts)} = {numbers.size(total)}"


def _facts(ledger: Ledger, flow_map: FlowMap, loads: Loads, node: Node, total: float) -> None:
    load = loads[node.id]
    spans = spans_of(node, *(flow_map.nodes[o] for o in load.origins))
    inputs = tuple(dict.fromkeys((node.id, *load.origins)))
    at_least = "" if load.complete else "at least "
    text = (
        f"{node.name} keeps {at_least}{numbers.size(total)} at a retention of "
        f"{numbers.duration(node.retention.value if node.retention else 0)}"
    )
    holds: bool | None = None
    if node.storage is not None:
        holds = total <= node.storage.value * (1 + 1e-9)
        text += f", against a stated {numbers.size(node.storage.value)}"
        if holds and not load.complete:
            holds = None
    fact = ledger.add(
        Fact(
            id=fact_id("storage.retention", node.id),
            name="storage.retention",
            value=total,
            unit="byte",
            text=f"{text}.",
            formula=_formula(node, loads, total),
            inputs=inputs,
            spans=spans,
            node=node.id,
            holds=holds,
        )
    )
    ledger.add(
        Fact(
            id=fact_id("storage.ten_x", node.id),
            name="storage.ten_x",
            value=total * 10,
            unit="byte",
            text=f"At ten times the load {node.name} keeps {at_least}{numbers.size(total * 10)}.",
            formula=_formula(node, loads, total * 10, times=10),
            inputs=inputs,
            spans=spans,
            node=node.id,
        )
    )
    if holds is False and node.storage is not None and node.retention is not None:
        ledger.add(
            Fact(
                id=fact_id("contradiction.retention", node.id),
                name="contradiction.retention",
                value=total,
                unit="byte",
                text=f"{node.name} is to keep {numbers.duration(node.retention.value)} of data, which is "
                f"{at_least}{numbers.size(total)}, and has {numbers.size(node.storage.value)}.",
                formula=f"{fact.formula} > {numbers.size(node.storage.value)}",
                inputs=(fact.id, *inputs),
                spans=spans,
                node=node.id,
                holds=False,
            )
        )


def analyse_storage(ledger: Ledger, flow_map: FlowMap, loads: Loads) -> None:
    """Storage facts of every node that keeps data."""
    endless: list[str] = []
    unsized: list[str] = []
    for node in flow_map.nodes.values():
        total = kept(node, loads)
        if total is not None:
            _facts(ledger, flow_map, loads, node, total)
        elif node.kind is NodeKind.STORE and node.retention is None:
            endless.append(node.name)
        elif node.kind is NodeKind.STORE and loads[node.id].events is not None:
            unsized.append(node.name)
    if endless:
        ledger.gap(
            "storage.retention",
            f"No retention is given for {numbers.listed(endless)}, so how much it keeps is unknown.",
        )
    if unsized:
        ledger.gap(
            "storage.retention.size",
            f"No record size is given for what flows into {numbers.listed(unsized)}, so the bytes it keeps "
            "could not be computed.",
        )
