"""Which flows push, which ask and which return: the map as pipes between queues."""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx
import numpy as np

from reviewer.analysis.graph import FlowMap, schedule_words
from reviewer.domain.design import Flow, Mode, Node, NodeKind

SCHEDULED = frozenset({Mode.BATCH, Mode.MICRO_BATCH})
_GAIN = 0.95  # a cycle that returns more than this is taken not to return its records


@dataclass(frozen=True)
class Pipe:
    """A flow: records sent on per record served; a read (`asks`) carries data but no load."""

    flow: Flow
    asks: bool = False
    returns: bool = False  # closes a cycle: arrives one step later
    interval: float | None = None
    offset: float = 0.0


def asks(flow_map: FlowMap, flow: Flow) -> bool:
    """Whether the target asks for the data, so that records at the source are no load to it."""
    source, target = flow_map.nodes[flow.source], flow_map.nodes[flow.target]
    if source.kind is NodeKind.STORE and target.kind in {NodeKind.MODEL, NodeKind.CONSUMER}:
        return flow.mode not in {Mode.STREAM, *SCHEDULED}
    if flow_map.mode(flow) is not Mode.REQUEST:
        return False
    return source.kind is NodeKind.STORE or (
        target.kind is NodeKind.CONSUMER and target.rate is not None
    )


def on_request(flow_map: FlowMap, node: Node) -> bool:
    """Whether somebody waits for the node's answer."""
    if node.mode is not None:
        return node.mode is Mode.REQUEST
    modes = {flow_map.mode(flow) for flow in flow_map.into[node.id]}
    return modes == {Mode.REQUEST} or (
        node.kind is NodeKind.MODEL and not modes & {Mode.STREAM, *SCHEDULED}
    )


def flow_interval(flow: Flow) -> float | None:
    """Seconds between the transfers of a flow that moves at set times of its own."""
    if flow.interval is not None and flow.mode not in {Mode.STREAM, Mode.REQUEST}:
        return flow.interval.value
    if flow.mode in SCHEDULED:
        return schedule_words(flow.label) or schedule_words(flow.technology)
    return None


def returning_flows(flow_map: FlowMap) -> tuple[set[str], set[str]]:
    """Flows that close a cycle, and those of them that would multiply their own load."""
    rank = {node: i for i, node in enumerate(_depth_first(flow_map))}
    back = {f.id for f in flow_map.flows if rank[f.target] <= rank[f.source]}
    returning = {
        f.id
        for f in flow_map.flows
        if f.id in back and nx.has_path(flow_map.graph, f.target, f.source)
    }
    if not returning:
        return returning, set()
    index = {node: i for i, node in enumerate(flow_map.nodes)}
    matrix = np.zeros((len(index), len(index)))
    for flow in flow_map.flows:
        if not asks(flow_map, flow):
            matrix[index[flow.target], index[flow.source]] += flow.share
    gain = float(np.max(np.abs(np.linalg.eigvals(matrix))))
    return returning, returning if gain > _GAIN else set()


def _depth_first(flow_map: FlowMap) -> list[str]:
    """Nodes in reverse postorder from where data begins: every flow but a returning one goes on."""
    order: list[str] = []
    seen: set[str] = set()
    for start in [*flow_map.nodes, *reversed(flow_map.starts)][::-1]:
        if start in seen:
            continue
        found = nx.dfs_postorder_nodes(flow_map.graph.subgraph(set(flow_map.nodes) - seen), start)
        part = list(found)
        seen.update(part)
        order = [*order, *part]
    return order[::-1]


def components(flow_map: FlowMap, returning: set[str]) -> list[list[str]]:
    """Groups of nodes on common cycles, upstream first; inside a group, upstream first too."""
    forward: nx.DiGraph[str] = nx.DiGraph()
    forward.add_nodes_from(flow_map.nodes)
    forward.add_edges_from((f.source, f.target) for f in flow_map.flows if f.id not in returning)
    rank = {node: i for i, node in enumerate(nx.lexicographical_topological_sort(forward))}
    condensed = nx.condensation(flow_map.graph)
    return [
        sorted(condensed.nodes[group]["members"], key=lambda n: rank[n])
        for group in nx.topological_sort(condensed)
    ]
