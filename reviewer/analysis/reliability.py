"""Single points of failure, and availabilities multiplied in series."""

from __future__ import annotations

import math
import re

import networkx as nx

from reviewer.analysis import numbers
from reviewer.analysis.graph import FlowMap
from reviewer.analysis.ledger import Ledger, fact_id, spans_of
from reviewer.analysis.told import Told
from reviewer.domain.design import Node, NodeKind, Requirement
from reviewer.domain.facts import Fact
from reviewer.domain.topics import topic

_COVERED = re.compile(
    r"fail(?:s|ed|ing)?[ -]?over|fall(?:s|ing)?[ -]?back|standby|stand-by|secondary|redundan|replica"
    r"|second (?:instance|zone|region)|multi-?(?:az|zone|region)|last known|cached? (?:answer|copy|value|price)"
)


def covered(node: Node) -> bool:
    """Whether something is stated to take over when this node fails."""
    model_fallback = node.model.fallback if node.model else None
    return bool(node.fallback or model_fallback or _COVERED.search((node.failure or "").lower()))


def _alone(node: Node) -> str | None:
    """Why a node counts as one of a kind; only what is stated counts."""
    if covered(node):
        return None
    several = (node.parallelism or 0) > 1 or (node.replicas or 0) > 1
    if (node.parallelism == 1 or node.replicas == 1) and not several:
        return "runs as one instance"
    if node.external and not several:
        return "is an outside service"
    return "is the only model" if node.kind is NodeKind.MODEL and node.parallelism == 1 else None


def needed(flow_map: FlowMap) -> dict[str, list[str]]:
    """For each stage, store or model: the consumers that no path reaches without it."""
    graph: nx.DiGraph[str] = nx.DiGraph(flow_map.graph)
    root = "\0sources"
    graph.add_edges_from((root, start) for start in flow_map.starts)
    if root not in graph:
        return {}
    above = nx.immediate_dominators(graph, root)
    ends = [n.id for n in flow_map.of_kind(NodeKind.CONSUMER)] or flow_map.ends
    found: dict[str, list[str]] = {}
    for end in ends:
        node = end if end in above else None
        seen: set[str] = set()
        while node is not None and node != root and node not in seen:
            seen.add(node)
            kind = flow_map.nodes[node].kind
            if kind not in {NodeKind.SOURCE, NodeKind.CONSUMER}:
                found.setdefault(node, []).append(end)
            node = above.get(node)
    return found


def _single_points(ledger: Ledger, flow_map: FlowMap, said: Told) -> None:
    for node_id, ends in sorted(needed(flow_map).items()):
        node = flow_map.nodes[node_id]
        why = _alone(node)
        several = (node.parallelism or 0) > 1 or (node.replicas or 0) > 1
        if why is None and not several and not covered(node):
            continue
        names = numbers.listed(
            [flow_map.nodes[e].name for e in ends if e != node_id] or [node.name]
        )
        text = (
            f"Every path to {names} passes {node.name}, which {why} and has no stated fallback."
            if why
            else f"Every path to {names} passes {node.name}, which has several instances or a fallback."
        )
        stand_in = said.stand_in if why and node.kind is NodeKind.MODEL else None
        if stand_in is not None:
            text = (
                f"{text[:-1]} in the map; the text says what happens when a model does not answer."
            )
        ledger.add(
            Fact(
                id=fact_id("reliability.single_point", node_id),
                name="reliability.single_point",
                value=float(max(node.parallelism or 1, node.replicas or 1)),
                unit="instance",
                text=text,
                formula="node on every path from the sources (dominator), with its stated instances",
                inputs=(node_id, *ends),
                spans=(*spans_of(node), *((stand_in.id,) if stand_in else ())),
                node=node_id,
                holds=None if stand_in is not None else why is None,
            )
        )


def _parts(flow_map: FlowMap, stated: list[Requirement], promise: Requirement) -> list[Requirement]:
    """Stated availabilities in series: one for each node or name, the lowest that is stated."""
    parts: dict[str, Requirement] = {}
    for part in stated:
        # A form's value of one node is what that part has, not what is asked of it.
        asked = part.target and not (part.node is not None and part.comparison == "equal")
        if part.value is None or asked or not 0.5 < part.value.value < 1:
            continue
        if part.node is not None and covered(flow_map.nodes[part.node]):
            continue
        key = part.node or part.label or " ".join(sorted(topic(part)))
        if key and key != promise.node:
            best = parts.get(key)
            if best is None or best.value is None or part.value.value < best.value.value:
                parts[key] = part
    return [parts[key] for key in sorted(parts)]


def _short(part: Requirement) -> str:
    return f'"{part.text[:60]}"'


def analyse_reliability(
    ledger: Ledger, flow_map: FlowMap, stated: list[Requirement], said: Told
) -> None:
    """Reliability facts; `stated` are the availabilities of the design, promised and of its parts."""
    _single_points(ledger, flow_map, said)
    promises = [r for r in stated if r.target and r.node is None and r.value is not None]
    for promise in promises[:1]:
        parts = _parts(flow_map, stated, promise)
        if not parts or promise.value is None:
            continue
        product = math.prod(p.value.value for p in parts if p.value)
        holds = product >= promise.value.value - 1e-9
        names = [flow_map.nodes[p.node].name if p.node else p.label or _short(p) for p in parts]
        sums = " x ".join(numbers.nines(p.value.value) for p in parts if p.value)
        fact = Fact(
            id=fact_id("reliability.availability"),
            name="reliability.availability",
            value=product,
            unit="1",
            text=f"{numbers.listed(names)} {'in series give' if len(parts) > 1 else 'gives'} {numbers.nines(product)}, against a promise of "
            f"{numbers.nines(promise.value.value)}.",
            formula=f"product in series = {sums} = {numbers.nines(product)}",
            inputs=(promise.id, *(p.id for p in parts), *(p.node for p in parts if p.node)),
            spans=spans_of(promise, *parts),
            holds=holds,
        )
        ledger.add(fact)
        if not holds:
            name = "contradiction.availability"
            ledger.add(fact.model_copy(update={"id": fact_id(name), "name": name}))
