"""Where personal data flows: nodes, outside services, regions, and hops without encryption."""

from __future__ import annotations

from reviewer.analysis import numbers
from reviewer.analysis.graph import FlowMap
from reviewer.analysis.ledger import Ledger, fact_id, spans_of
from reviewer.domain.design import Flow, Node, NodeKind, Requirement
from reviewer.domain.facts import Fact
from reviewer.domain.regions import country, jurisdiction, lies_outside


class Reach:
    """Nodes and flows that personal data reaches, each with the way it came."""

    def __init__(self, flow_map: FlowMap) -> None:
        self.map = flow_map
        parts: list[Node | Flow] = [*flow_map.nodes.values(), *flow_map.flows]
        self.marked = any(part.personal_data is not None for part in parts)
        self.came: dict[str, tuple[str, ...]] = {}
        self.flows: list[Flow] = []
        queue: list[tuple[str, tuple[str, ...]]] = [
            (node.id, (node.id,)) for node in flow_map.nodes.values() if node.personal_data
        ]
        for flow in flow_map.flows:
            if flow.personal_data and not flow_map.nodes[flow.source].personal_data:
                self.flows.append(flow)
                queue.append((flow.target, (flow.source, flow.target)))
        while queue:
            node_id, way = queue.pop(0)
            if node_id not in self.came:
                self.came[node_id] = way
                queue.extend(self._onward(node_id, way))

    def _onward(self, node_id: str, way: tuple[str, ...]) -> list[tuple[str, tuple[str, ...]]]:
        onward = []
        for flow in self.map.out_of[node_id]:
            target = self.map.nodes[flow.target]
            stopped = self.map.nodes[node_id].removes_personal_data and not flow.personal_data
            says_none = flow.personal_data == () or (
                target.personal_data == () and not flow.personal_data
            )
            if stopped or says_none:
                continue
            self.flows.append(flow)
            onward.append((flow.target, (*way, flow.target)))
        return onward

    def names(self, way: tuple[str, ...]) -> str:
        """`Shop to Profile store to Model`."""
        return " to ".join(self.map.nodes[n].name for n in way)


def _reach(ledger: Ledger, reach: Reach) -> None:
    nodes = [reach.map.nodes[n] for n in sorted(reach.came)]
    ledger.add(
        Fact(
            id=fact_id("privacy.reach"),
            name="privacy.reach",
            value=float(len(nodes)),
            unit="node",
            text=f"Personal data reaches {len(nodes)} of {len(reach.map.nodes)} nodes: "
            f"{numbers.listed([n.name for n in nodes], limit=8)}.",
            formula="nodes reachable from stated personal data, up to where it is removed",
            inputs=tuple(n.id for n in nodes),
            spans=spans_of(*nodes),
        )
    )


def _outside(ledger: Ledger, reach: Reach) -> None:
    for node in reach.map.nodes.values():
        if not node.external or node.kind is NodeKind.SOURCE:
            continue
        way = reach.came.get(node.id)
        removed = [
            n for n in reach.came if reach.map.nodes[n].removes_personal_data
            and node.id in reach.map.reachable(n)
        ]  # fmt: skip
        if way is None and not removed:
            continue
        text = (
            f"Personal data reaches the outside service {node.name} by way of {reach.names(way)} "
            "without being removed first."
            if way
            else f"Personal data is removed at {numbers.listed([reach.map.nodes[n].name for n in removed])} "
            f"before it reaches the outside service {node.name}."
        )
        parts = [reach.map.nodes[n] for n in (way or (*removed, node.id))]
        ledger.add(
            Fact(
                id=fact_id("privacy.external", node.id),
                name="privacy.external",
                value="reached" if way else "removed before",
                text=text,
                formula="reachable along flows from stated personal data",
                inputs=tuple(n.id for n in parts),
                spans=spans_of(node, *parts),
                node=node.id,
                holds=way is None,
            )
        )


def _open_flow(ledger: Ledger, reach: Reach, flow: Flow) -> None:
    source, target = reach.map.nodes[flow.source], reach.map.nodes[flow.target]
    ledger.add(
        Fact(
            id=fact_id("privacy.unencrypted_hop", f"{flow.source} {flow.target}"),
            name="privacy.unencrypted_hop",
            value="not encrypted",
            text=f"Personal data moves from {source.name} to {target.name} without encryption in transit.",
            formula="personal data on the flow, and encryption in transit stated as no",
            inputs=(flow.id, source.id, target.id),
            spans=spans_of(flow, source, target),
            node=target.id,
            holds=False,
        )
    )


def _encryption(ledger: Ledger, reach: Reach) -> None:
    for flow in reach.flows:
        if flow.encrypted_in_transit is False:
            _open_flow(ledger, reach, flow)
    stores = [reach.map.nodes[n] for n in sorted(reach.came) if _keeps(reach.map.nodes[n])]
    for node in stores:
        if node.encrypted_at_rest is False:
            ledger.add(
                Fact(
                    id=fact_id("privacy.unencrypted_store", node.id),
                    name="privacy.unencrypted_store",
                    value="not encrypted",
                    text=f"{node.name} keeps personal data without encryption at rest.",
                    formula="personal data at the store, and encryption at rest stated as no",
                    inputs=(node.id,),
                    spans=spans_of(node),
                    node=node.id,
                    holds=False,
                )
            )
    _all_encrypted(ledger, reach, stores)


def _keeps(node: Node) -> bool:
    return node.kind is NodeKind.STORE or node.encrypted_at_rest is not None


def _all_encrypted(ledger: Ledger, reach: Reach, stores: list[Node]) -> None:
    if reach.flows and all(f.encrypted_in_transit for f in reach.flows):
        ledger.add(
            Fact(
                id=fact_id("privacy.unencrypted_hop"),
                name="privacy.unencrypted_hop",
                value="encrypted",
                text=f"All {len(reach.flows)} flows of personal data are stated to be encrypted.",
                formula="encryption in transit stated for every flow that personal data reaches",
                inputs=tuple(f.id for f in reach.flows),
                spans=spans_of(*reach.flows),
                holds=True,
            )
        )
    if stores and all(n.encrypted_at_rest for n in stores):
        ledger.add(
            Fact(
                id=fact_id("privacy.unencrypted_store"),
                name="privacy.unencrypted_store",
                value="encrypted",
                text=f"Personal data is kept encrypted in {numbers.listed([n.name for n in stores])}.",
                formula="encryption at rest stated for every store that personal data reaches",
                inputs=tuple(n.id for n in stores),
                spans=spans_of(*stores),
                holds=True,
            )
        )


def _promise_covers(promise: Requirement, reach: Reach, node: Node) -> bool:
    text = promise.text.lower()
    everything = "all data" in text and "personal" not in text and "customer" not in text
    if promise.node is not None:
        return promise.node == node.id
    return everything or node.id in reach.came or not reach.marked


def strays(reach: Reach, promise: Requirement) -> list[Node]:
    """Nodes that a residency promise covers and that lie in another jurisdiction."""
    return [
        node
        for node in reach.map.nodes.values()
        if lies_outside(node.region, promise.region) and _promise_covers(promise, reach, node)
    ]


def _regions(ledger: Ledger, reach: Reach, promises: list[Requirement]) -> None:
    where: dict[str, list[Node]] = {}
    for node in reach.map.nodes.values():
        if node.region and (node.id in reach.came or not reach.marked):
            where.setdefault(node.region, []).append(node)
    outside = {p.id: strays(reach, p) for p in promises}
    broken = [p for p in promises if outside[p.id]]
    if where and (reach.came or promises):
        nodes = [n for found in where.values() for n in found]
        holds = False if broken else (True if promises else None)
        ledger.add(
            Fact(
                id=fact_id("privacy.regions"),
                name="privacy.regions",
                value=", ".join(sorted(where)),
                text=f"Personal data reaches {numbers.listed(sorted(where))}."
                if reach.marked
                else f"The nodes of the map are in {numbers.listed(sorted(where))}.",
                formula="stated regions of the nodes that personal data reaches",
                inputs=tuple(n.id for n in nodes),
                spans=spans_of(*broken, *nodes),
                holds=holds,
            )
        )
    seen: set[str] = set()
    for promise in broken:
        for node in outside[promise.id]:
            if node.id not in seen:
                seen.add(node.id)
                ledger.add(_stray(promise, node))


def _stray(promise: Requirement, node: Node) -> Fact:
    return Fact(
        id=fact_id("contradiction.residency", node.id),
        name="contradiction.residency",
        value=node.region,
        text=f"The design promises that the data stays in {promise.region}, and {node.name} is in "
        f"{node.region}.",
        formula=f"{node.region} lies in {country(node.region) or jurisdiction(node.region)}, not in "
        f"{promise.region}",
        inputs=(promise.id, node.id),
        spans=spans_of(promise, node),
        node=node.id,
        holds=False,
    )


def analyse_privacy(ledger: Ledger, flow_map: FlowMap, promises: list[Requirement]) -> Reach:
    """Privacy facts; `promises` are the residency promises of the text and the map."""
    reach = Reach(flow_map)
    promises = [p for p in promises if p.target and p.region and jurisdiction(p.region)]
    if reach.came:
        _reach(ledger, reach)
        _outside(ledger, reach)
        _encryption(ledger, reach)
    _regions(ledger, reach, promises)
    if flow_map.nodes and not reach.marked:
        ledger.gap(
            "privacy.reach",
            "No node or flow says which personal data it carries, so where personal data goes could not be "
            "traced.",
        )
    return reach
