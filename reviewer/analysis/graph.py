"""The data-flow map as a graph, in an order that does not depend on how it was written down."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import networkx as nx

from reviewer.domain.design import DataFlow, Flow, Mode, Node, NodeKind, Requirement
from reviewer.domain.topics import topic

MOST_STEPS = 4000
"""Nodes on all the paths that are walked one by one; beyond it only the slowest are added."""
_SCHEDULES = (
    (
        r"\b(?:nightly|daily|overnight|every night|every day|once a day|each night|each day)\b",
        86400,
    ),
    (r"\b(?:hourly|every hour|once an hour|each hour)\b", 3600),
    (r"\b(?:weekly|every week|once a week|each week)\b", 7 * 86400),
    (r"\b(?:monthly|every month|once a month|each month)\b", 30 * 86400),
)


def schedule_words(text: str | None) -> float | None:
    """Seconds between runs, where words such as `nightly file` say so."""
    found = [seconds for pattern, seconds in _SCHEDULES if re.search(pattern, (text or "").lower())]
    return float(found[0]) if len(found) == 1 else None


@dataclass(frozen=True)
class Path:
    """Nodes along flows from where data begins to where it is used."""

    nodes: tuple[str, ...]
    flows: tuple[Flow, ...]


class FlowMap:
    """Nodes and flows by id, and the questions every analysis asks of them.

    `told` has the content words of what the text states of a node beside its name.
    """

    def __init__(self, data_flow: DataFlow, items: Iterable[Requirement] = ()) -> None:
        self.told: dict[str, frozenset[str]] = {}
        for item in items:
            if item.node is not None and not item.target:
                before = self.told.get(item.node, frozenset())
                self.told[item.node] = before | topic(item)
        self.nodes: dict[str, Node] = {n.id: n for n in sorted(data_flow.nodes, key=lambda n: n.id)}
        known = [f for f in data_flow.flows if f.source in self.nodes and f.target in self.nodes]
        self.flows = sorted(known, key=lambda f: (f.source, f.target, f.id))
        self.into: dict[str, list[Flow]] = {node: [] for node in self.nodes}
        self.out_of: dict[str, list[Flow]] = {node: [] for node in self.nodes}
        for flow in self.flows:
            self.into[flow.target].append(flow)
            self.out_of[flow.source].append(flow)

    @cached_property
    def graph(self) -> nx.DiGraph[str]:
        """Every node, and one edge for all flows between two of them."""
        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_nodes_from(self.nodes)
        graph.add_edges_from((f.source, f.target) for f in self.flows)
        return graph

    def of_kind(self, *kinds: NodeKind) -> list[Node]:
        """Nodes of these kinds, by id."""
        return [node for node in self.nodes.values() if node.kind in kinds]

    @cached_property
    def starts(self) -> list[str]:
        """Where data begins: sources, or else nodes that nothing flows into."""
        sources = [node.id for node in self.of_kind(NodeKind.SOURCE) if self.out_of[node.id]]
        return sources or [n for n in self.nodes if not self.into[n] and self.out_of[n]]

    @cached_property
    def ends(self) -> list[str]:
        """Where data is used: consumers and models, or else nodes that nothing flows out of."""
        used = [
            node.id
            for node in self.of_kind(NodeKind.CONSUMER, NodeKind.MODEL)
            if self.into[node.id] or not self.flows
        ]
        return used or [n for n in self.nodes if not self.out_of[n] and self.into[n]]

    def reachable(self, node: str) -> set[str]:
        """Everything downstream of a node."""
        return set(nx.descendants(self.graph, node))

    def mode(self, flow: Flow) -> Mode | None:
        """How a flow moves: its own mode, or else its target's, or else its source's."""
        return flow.mode or self.nodes[flow.target].mode or self.nodes[flow.source].mode

    def paths(self) -> list[Path]:
        """Simple paths from starts to ends in a fixed order.

        Where they have more than `MOST_STEPS` nodes, the first of them and the slowest to each end.
        """
        found: list[Path] = []
        ends, steps = set(self.ends), 0
        for start in self.starts:
            for path in self._walk(start, ends):
                found.append(path)
                steps += len(path.nodes)
                if steps >= MOST_STEPS:
                    return found + self._slowest(ends)
        return found

    def _slowest(self, ends: set[str]) -> list[Path]:
        """The slowest path to each end; flows that close a cycle are left out."""
        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_nodes_from(self.nodes)
        for flow in self.flows:
            if not graph.has_node(flow.source) or not nx.has_path(graph, flow.target, flow.source):
                graph.add_edge(flow.source, flow.target, flow=flow)
        best = {start: (weight_of(self.nodes[start]), Path((start,), ())) for start in self.starts}
        for node in nx.lexicographical_topological_sort(graph):
            if node not in best:
                continue
            total, path = best[node]
            for target in sorted(graph.successors(node)):
                flow = graph.edges[node, target]["flow"]
                longer = total + weight_of(self.nodes[target])
                if target not in best or longer > best[target][0]:
                    best[target] = (longer, Path((*path.nodes, target), (*path.flows, flow)))
        return [best[end][1] for end in sorted(ends) if end in best and best[end][1].flows]

    def _walk(self, start: str, ends: set[str]) -> Iterator[Path]:
        stack: list[tuple[tuple[str, ...], tuple[Flow, ...]]] = [((start,), ())]
        steps = 0
        while stack and steps < 5 * MOST_STEPS:
            steps += 1
            nodes, flows = stack.pop()
            if flows and nodes[-1] in ends:
                yield Path(nodes, flows)
            stack.extend(
                ((*nodes, flow.target), (*flows, flow))
                for flow in reversed(self.out_of[nodes[-1]])
                if flow.target not in nodes
            )


def interval_of(node: Node) -> float | None:
    """Seconds between runs of a node: stated, or in the words of its interface or technology."""
    if node.mode in {Mode.STREAM, Mode.REQUEST}:
        return None
    if node.interval is not None:
        return node.interval.value
    legacy = node.legacy.interface if node.legacy else None
    return schedule_words(legacy) or schedule_words(node.technology) or schedule_words(node.name)


def weight_of(node: Node) -> float:
    """Seconds that a node may add to the age of the data."""
    timed = node.p99 or node.p50
    return (interval_of(node) or 0.0) + (timed.value if timed else 0.0)
