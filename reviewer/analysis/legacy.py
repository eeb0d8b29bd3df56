"""Legacy systems: who depends on them, and how old their interface alone makes the data."""

from __future__ import annotations

from reviewer.analysis import numbers
from reviewer.analysis.graph import FlowMap, interval_of
from reviewer.analysis.ledger import Ledger, fact_id, spans_of
from reviewer.domain.design import Node, NodeKind, Requirement
from reviewer.domain.facts import Fact


def _dependents(ledger: Ledger, flow_map: FlowMap, node: Node) -> list[Node]:
    below = [flow_map.nodes[n] for n in sorted(flow_map.reachable(node.id))]
    users = [n for n in below if n.kind in {NodeKind.CONSUMER, NodeKind.MODEL}]
    what = node.legacy.interface if node.legacy else None
    by = f" through {what}" if what else ""
    ledger.add(
        Fact(
            id=fact_id("legacy.dependents", node.id),
            name="legacy.dependents",
            value=float(len(below)),
            unit="node",
            text=f"{len(below)} nodes depend on the legacy system {node.name}{by}"
            + (f", among them {numbers.listed([n.name for n in users])}." if users else "."),
            formula="nodes reachable along flows from the legacy system",
            inputs=(node.id, *(n.id for n in below)),
            spans=spans_of(node),
            node=node.id,
        )
    )
    return users


def _age(
    ledger: Ledger,
    flow_map: FlowMap,
    node: Node,
    users: list[Node],
    targets: dict[str, Requirement],
) -> None:
    flows = flow_map.out_of[node.id]
    waits = [f.interval.value for f in flows if f.interval is not None]
    wait = interval_of(node) or (max(waits) if waits else None)
    if wait is None:
        return
    limits = {
        r.id: r
        for fact in ledger.named("freshness.end_to_end")
        if fact.node in {u.id for u in users} and node.id in fact.inputs
        for r in (targets.get(i) for i in fact.inputs)
        if r is not None
    }
    target = min(
        limits.values(), key=lambda r: (r.value.value if r.value else 0, r.id), default=None
    )
    text = f"The interface of {node.name} alone makes its data up to {numbers.duration(wait)} old"
    holds = None
    if target is not None and target.value is not None:
        holds = wait <= target.value.value
        text += f", against a target of {target.value.text or numbers.duration(target.value.value)}"
    ledger.add(
        Fact(
            id=fact_id("legacy.freshness", node.id),
            name="legacy.freshness",
            value=wait,
            unit="s",
            text=f"{text}.",
            formula=f"interval of the interface = {numbers.duration(wait)}",
            inputs=(node.id, *((target.id,) if target else ())),
            spans=spans_of(target, node, *flows),
            node=node.id,
            holds=holds,
        )
    )


def analyse_legacy(ledger: Ledger, flow_map: FlowMap, targets: list[Requirement]) -> None:
    """Facts of every legacy system of the map; runs after the freshness facts are in."""
    by_id = {t.id: t for t in targets}
    for node in flow_map.nodes.values():
        if node.legacy is not None:
            users = _dependents(ledger, flow_map, node)
            _age(ledger, flow_map, node, users, by_id)
