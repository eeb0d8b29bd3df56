"""The load of every node: rates of the sources, carried along the flows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from reviewer.analysis.graph import FlowMap
from reviewer.domain.design import Flow, Mode, Node, NodeKind

Unit = Literal["event/s", "byte/s"]
_FULL = 0.999999


@dataclass(frozen=True)
class Load:
    """What arrives at one node, on average and at peak; `None` is unknown.

    `complete` is False where a source upstream gives no rate, so that the load is a lower bound.
    `origins` are the nodes whose stated rates it is made of.
    """

    events: float | None = None
    data: float | None = None
    peak_events: float | None = None
    peak_data: float | None = None
    complete: bool = True
    origins: tuple[str, ...] = ()

    def at(self, unit: str, *, peak: bool = False) -> float | None:
        """Load in that unit, on average or at peak."""
        if unit == "byte/s":
            return self.peak_data if peak else self.data
        return self.peak_events if peak else self.events


@dataclass
class Loads:
    """The load of every node, whether a peak is stated, and what stood in the way."""

    by_node: dict[str, Load] = field(default_factory=dict)
    peak_stated: bool = False
    answers: tuple[str, ...] = ()  # flows taken as the answers of requests
    endless: tuple[str, ...] = ()  # nodes of a cycle that multiplies its records

    def __getitem__(self, node: str) -> Load:
        return self.by_node.get(node, Load())


def _size(node: Node, flow: Flow | None = None) -> float | None:
    if flow is not None and flow.record_size is not None:
        return flow.record_size.value
    return node.record_size.value if node.record_size is not None else None


def _stated(node: Node, unit: Unit) -> float | None:
    """The rate that a node states, converted through its record size where it must be."""
    if node.rate is None:
        return None
    if node.rate.unit == unit:
        return node.rate.value
    size = _size(node)
    if size is None or size <= 0 or node.rate.unit not in {"event/s", "byte/s"}:
        return None
    return node.rate.value * size if unit == "byte/s" else node.rate.value / size


class _Solver:
    """Solves r = s + A^T r over the pushing flows; asking flows carry demand backwards."""

    def __init__(self, flow_map: FlowMap) -> None:
        self.map = flow_map
        self.order = list(flow_map.nodes)
        self.index = {node: i for i, node in enumerate(self.order)}
        self.pulls = [f for f in flow_map.flows if self._is_pull(f)]
        pulled = {id(f) for f in self.pulls}
        self.pushes = [f for f in flow_map.flows if id(f) not in pulled]
        self.answers: tuple[str, ...] = ()
        self.endless: tuple[str, ...] = ()
        self._mend_cycles()

    def _is_pull(self, flow: Flow) -> bool:
        """Whether the target asks for the data, so that records at the source are no load."""
        source, target = self.map.nodes[flow.source], self.map.nodes[flow.target]
        if source.kind is NodeKind.STORE and target.kind in {NodeKind.MODEL, NodeKind.CONSUMER}:
            return flow.mode not in {Mode.STREAM, Mode.BATCH, Mode.MICRO_BATCH}
        if self.map.mode(flow) is not Mode.REQUEST:
            return False
        return source.kind is NodeKind.STORE or (
            target.kind is NodeKind.CONSUMER and target.rate is not None
        )

    def _matrix(self, flows: list[Flow]) -> NDArray[np.float64]:
        matrix = np.zeros((len(self.order), len(self.order)))
        for flow in flows:
            # A node that states its rate sends at that rate, whatever arrives.
            if self.map.nodes[flow.source].rate is None:
                matrix[self.index[flow.target], self.index[flow.source]] += flow.share
        return matrix

    def _radius(self, matrix: NDArray[np.float64]) -> float:
        if nx.is_directed_acyclic_graph(self.map.graph) or not len(matrix):
            return 0.0
        return float(np.max(np.abs(np.linalg.eigvals(matrix))))

    def _mend_cycles(self) -> None:
        if self._radius(self._matrix(self.pushes)) < _FULL:
            return
        depth: dict[str, int] = {}
        for start in self.map.starts or self.order[:1]:
            for node, hops in nx.single_source_shortest_path_length(self.map.graph, start).items():
                depth[node] = min(hops, depth.get(node, hops))
        back = [
            flow
            for flow in self.pushes
            if self.map.graph.has_edge(flow.target, flow.source)
            and depth.get(flow.target, 0) < depth.get(flow.source, 0)
        ]
        self.answers = tuple(flow.id for flow in back)
        dropped = {id(flow) for flow in back}
        self.pushes = [flow for flow in self.pushes if id(flow) not in dropped]
        if self._radius(self._matrix(self.pushes)) >= _FULL:
            rings = [c for c in nx.strongly_connected_components(self.map.graph) if len(c) > 1]
            self.endless = tuple(sorted(set().union(*rings)))

    def arriving(self, unit: Unit, *, peak: bool, fixed: dict[str, float]) -> dict[str, float]:
        """Load that arrives at each node, from stated rates alone (0 where none is known)."""
        sent: dict[str, float] = {}
        for node_id, node in self.map.nodes.items():
            stated = _stated(node, unit)
            if stated is not None:
                sent[node_id] = stated * ((node.peak_factor or 1.0) if peak else 1.0)
        given = dict.fromkeys(self.order, 0.0)
        onward: list[Flow] = []
        for flow in self.pushes:
            if flow.id in fixed:
                given[flow.target] += fixed[flow.id]
            elif self.map.nodes[flow.source].rate is not None:
                given[flow.target] += sent.get(flow.source, 0.0) * flow.share
            else:
                onward.append(flow)
        return self._carried(given, onward)

    def _carried(self, given: dict[str, float], onward: list[Flow]) -> dict[str, float]:
        """Solves r = given + A^T r: along the order of the flows, or as a system where they cycle."""
        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_nodes_from(self.order)
        graph.add_edges_from((flow.source, flow.target) for flow in onward)
        if not nx.is_directed_acyclic_graph(graph):
            matrix = self._matrix(onward)
            start = np.array([given[node] for node in self.order])
            solved = np.linalg.solve(np.eye(len(matrix)) - matrix, start)
            return {node: float(solved[self.index[node]]) for node in self.order}
        out_of: dict[str, list[Flow]] = {node: [] for node in self.order}
        for flow in onward:
            out_of[flow.source].append(flow)
        for node in nx.topological_sort(graph):
            for flow in out_of[node]:
                given[flow.target] += given[node] * flow.share
        return given


def _demand(solver: _Solver, arriving: dict[str, float], *, peak: bool) -> dict[str, float]:
    """Requests that reach a node backwards along asking flows."""
    demand: dict[str, float] = dict.fromkeys(solver.order, 0.0)
    for _ in range(len(solver.order)):
        changed = False
        fresh: dict[str, float] = dict.fromkeys(solver.order, 0.0)
        for flow in solver.pulls:
            target = solver.map.nodes[flow.target]
            own = _stated(target, "event/s")
            asked = (own * ((target.peak_factor or 1.0) if peak else 1.0)) if own else 0.0
            fresh[flow.source] += max(asked, arriving[flow.target], demand[flow.target])
        for node, value in fresh.items():
            if value > demand[node] * (1 + 1e-9):
                changed = True
        demand = fresh
        if not changed:
            break
    return demand


def _bytes_of_flows(solver: _Solver, events: dict[str, float], *, peak: bool) -> dict[str, float]:
    """Bytes a second of flows whose record size and event rate are both known."""
    fixed: dict[str, float] = {}
    for flow in solver.pushes:
        node = solver.map.nodes[flow.source]
        size = _size(node, flow)
        stated = _stated(node, "event/s")
        sent = stated * ((node.peak_factor or 1.0) if peak else 1.0) if stated else None
        sent = events[flow.source] if sent is None and node.rate is None else sent
        if size is not None and sent:
            fixed[flow.id] = sent * flow.share * size
    return fixed


def _upstream(solver: _Solver) -> dict[str, set[str]]:
    """Each node with everything above it whose arrivals are passed on."""
    above: dict[str, set[str]] = {node: set() for node in solver.order}
    for flow in solver.pushes:
        if solver.map.nodes[flow.source].rate is None:
            above[flow.target].add(flow.source)
    found: dict[str, set[str]] = {}
    for node in solver.order:
        reached, queue = {node}, [node]
        while queue:
            fresh = above[queue.pop()] - reached
            reached |= fresh
            queue.extend(fresh)
        found[node] = reached
    return found


def _known_origins(
    solver: _Solver, unit: Unit, above: dict[str, set[str]]
) -> dict[str, tuple[frozenset[str], bool]]:
    """For each node: the nodes whose rates make its load, and whether no source is missing."""
    stating = {n for n, node in solver.map.nodes.items() if node.rate is not None}
    fed = {flow.target for flow in solver.pushes}
    feeders_of: dict[str, set[str]] = {node: set() for node in solver.order}
    for flow in solver.pushes:
        if flow.source in stating:
            feeders_of[flow.target].add(flow.source)
    known = {n for n in stating if _stated(solver.map.nodes[n], unit) is not None}
    result: dict[str, tuple[frozenset[str], bool]] = {}
    for node in solver.order:
        upstream = above[node]
        feeders: set[str] = set().union(*(feeders_of[name] for name in upstream))
        silent = upstream - {node} - fed - stating
        result[node] = (frozenset(feeders & known), not silent and feeders <= known)
    return result


def _one(stated: float | None, arriving: float, demand: float, known: bool) -> float | None:
    """The load of a node: what arrives, what is asked of it, what it says itself."""
    best = max(arriving if known else 0.0, demand, stated or 0.0)
    return best if best > 0 else None


def solve(flow_map: FlowMap) -> Loads:
    """Loads of every node at 1x and at peak, in events and bytes a second."""
    solver = _Solver(flow_map)
    loads = Loads(
        peak_stated=any(n.peak_factor and n.peak_factor > 1 for n in flow_map.nodes.values()),
        answers=solver.answers,
        endless=solver.endless,
    )
    if solver.endless:
        return loads
    found: dict[tuple[Unit, bool], dict[str, float | None]] = {}
    units: tuple[Unit, ...] = ("event/s", "byte/s")
    above = _upstream(solver)
    origins = {unit: _known_origins(solver, unit, above) for unit in units}
    for peak in (False, True):
        events = solver.arriving("event/s", peak=peak, fixed={})
        asked = _demand(solver, events, peak=peak)
        fixed = _bytes_of_flows(solver, events, peak=peak)
        data = solver.arriving("byte/s", peak=peak, fixed=fixed)
        both: tuple[tuple[Unit, dict[str, float]], ...] = (("event/s", events), ("byte/s", data))
        for unit, arriving in both:
            found[unit, peak] = {}
            for node_id, node in flow_map.nodes.items():
                stated = _stated(node, unit)
                own = stated * ((node.peak_factor or 1.0) if peak else 1.0) if stated else None
                demand = asked[node_id] if unit == "event/s" else 0.0
                found[unit, peak][node_id] = _one(
                    own, arriving[node_id], demand, arriving[node_id] > 0
                )
    for node_id in flow_map.nodes:
        names, complete = origins["event/s"][node_id]
        more, whole = origins["byte/s"][node_id]
        loads.by_node[node_id] = Load(
            events=found["event/s", False][node_id],
            data=found["byte/s", False][node_id],
            peak_events=found["event/s", True][node_id],
            peak_data=found["byte/s", True][node_id],
            complete=complete or whole,
            origins=tuple(sorted(names | more)),
        )
    return loads
