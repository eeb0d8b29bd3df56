"""Worst-case age of data along a path: every batch wait and processing time on the way."""

from __future__ import annotations

from dataclasses import dataclass

from reviewer.analysis.graph import FlowMap, Path, interval_of
from reviewer.domain.design import Flow, Mode, Node, NodeKind

_ROUNDING = 1.02  # "two days" of two nightly runs leaves out the seconds on the way
_SLOW = {Mode.BATCH, Mode.MICRO_BATCH}


@dataclass(frozen=True)
class Hop:
    """What one node or flow adds to the age of the data."""

    what: str
    node: str
    wait: float
    work: float
    spans: tuple[str, ...]
    known: bool = True

    @property
    def total(self) -> float:
        """Wait for the next run, and the time the run takes."""
        return self.wait + self.work


@dataclass(frozen=True)
class Age:
    """The worst-case age along one path.

    `aligned` counts equal schedules that follow each other once, as when one job starts the next.
    """

    path: Path
    hops: tuple[Hop, ...]
    worst: float
    aligned: float
    known: bool

    @property
    def end(self) -> str:
        """Where the data is used."""
        return self.path.nodes[-1]


def _flow_interval(flow: Flow) -> float | None:
    if flow.mode in {Mode.STREAM, Mode.REQUEST}:
        return None
    return flow.interval.value if flow.interval is not None else None


def _node_hop(node: Node) -> Hop | None:
    interval = interval_of(node)
    timed = node.p99 or node.p50
    work = timed.value if timed else 0.0
    is_slow = node.mode in _SLOW
    if interval is None and not is_slow and not work:
        return None
    wait = interval or 0.0
    return Hop(node.name, node.id, wait, work, node.spans, known=bool(interval) or not is_slow)


def _model_hop(node: Node, waits: list[float]) -> Hop | None:
    refresh = node.model.refresh_interval if node.model else None
    # An index build on the path with the same interval is that refresh.
    if refresh is None or refresh.value in waits:
        return None
    return Hop(f"refresh of what {node.name} reads", node.id, refresh.value, 0.0, node.spans)


def age_along(flow_map: FlowMap, path: Path) -> Age:
    """Worst-case age at the end of a path."""
    hops: list[Hop] = []
    waits: list[float] = []
    for number, node_id in enumerate(path.nodes):
        node = flow_map.nodes[node_id]
        if number:
            flow = path.flows[number - 1]
            stated = _flow_interval(flow)
            ends = {interval_of(flow_map.nodes[flow.source]), interval_of(node)}
            if stated is not None and stated not in ends:
                name = f"{flow_map.nodes[flow.source].name} to {node.name}"
                hops.append(Hop(name, node_id, stated, 0.0, flow.spans))
                waits.append(stated)
        hop = _node_hop(node)
        if hop is not None:
            hops.append(hop)
            waits.append(hop.wait)
        if node.kind is NodeKind.MODEL and (extra := _model_hop(node, waits)) is not None:
            hops.append(extra)
            waits.append(extra.wait)
    intervals = [w for w in waits if w]
    chained = [w for i, w in enumerate(intervals) if not i or w != intervals[i - 1]]
    work = sum(hop.work for hop in hops)
    return Age(
        path, tuple(hops), sum(intervals) + work, sum(chained) + work, all(h.known for h in hops)
    )


def ages(flow_map: FlowMap, paths: list[Path]) -> list[Age]:
    """The age along every path on which anything is known to take time."""
    return [age for age in (age_along(flow_map, path) for path in paths) if age.hops]


def holds(age: Age, limit: float) -> bool | None:
    """False where the path cannot keep the limit, None where it depends on what is not stated."""
    if age.aligned > limit * _ROUNDING:
        return False
    if age.worst > limit * (1 + 1e-9):
        return None if age.aligned < age.worst or age.worst <= limit * _ROUNDING else False
    return True if age.known else None
