"""The data-flow map as a network of queues: loads, capacities, schedules and bounds."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import networkx as nx

from reviewer.analysis import drill_words as words
from reviewer.analysis import numbers
from reviewer.analysis.drill_pipes import (
    SCHEDULED,
    Pipe,
    asks,
    components,
    flow_interval,
    on_request,
    returning_flows,
)
from reviewer.analysis.graph import FlowMap, interval_of
from reviewer.domain.design import Node, NodeKind
from reviewer.domain.drill import Scenario
from reviewer.domain.facts import Gap


@dataclass(frozen=True)
class Station:
    """One node as a queue, in its own records and seconds.

    `own` is load brought from outside the map, `askers` are consumers with the requests that they
    make of it; `scale` makes what the flows bring agree with the
    rate that the node states. `wait` is a schedule too fine for the time step, added to ages.
    `hold_age` and `hold_count` bound what may wait.
    """

    node: Node
    own: float = 0.0
    askers: tuple[tuple[str, float], ...] = ()
    scale: float = 1.0
    load: float = 0.0
    capacity: float = math.inf
    interval: float | None = None
    offset: float = 0.0
    wait: float = 0.0
    delay: float = 0.0
    hold_age: float | None = None
    hold_count: float | None = None
    answers: bool = False  # somebody waits for it
    diverts: bool = False  # what cannot be served at once is answered by the fallback
    loses_when_down: bool = False
    quarantines: bool = False
    retries: int = 0

    @property
    def bounded(self) -> bool:
        """Whether the map says how much can wait."""
        return self.hold_age is not None or self.hold_count is not None


@dataclass
class Network:
    """Stations in the order in which records pass them, and the pipes into each."""

    map: FlowMap
    stations: dict[str, Station]
    into: dict[str, list[Pipe]]
    components: list[list[str]]
    assumptions: list[str] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    loads: dict[str, float] = field(default_factory=dict)


def build(flow_map: FlowMap, scenario: Scenario, step: float) -> Network:
    """The network that a drill plays through, and everything that had to be assumed for it."""
    returning, dead = returning_flows(flow_map)
    network = Network(map=flow_map, stations={}, into={}, components=[])
    for node_id in flow_map.nodes:
        pipes = [
            Pipe(
                flow=flow,
                asks=asks(flow_map, flow) or flow.id in dead,
                returns=flow.id in returning,
                interval=flow_interval(flow),
            )
            for flow in flow_map.into[node_id]
        ]
        network.into[node_id] = pipes
    network.components = components(flow_map, returning)
    if dead:
        names = [f"{flow_map.nodes[f.target].name}" for f in flow_map.flows if f.id in dead]
        network.assumptions.append(
            f"The way back to {numbers.listed(sorted(set(names)))} closes a loop that would "
            "multiply its own load; it is taken to carry answers, not new records."
        )
    _Builder(network, scenario, step).run()
    return network


class _Builder:
    """Fills the stations of a network, upstream first."""

    def __init__(self, network: Network, scenario: Scenario, step: float) -> None:
        self.net, self.scenario, self.step = network, scenario, step
        self.map = network.map
        self.sizes: dict[str, float | None] = {}
        self.finish: dict[str, float] = {}
        self.unlimited: list[str] = []
        self.order = [node for group in network.components for node in group]

    def run(self) -> None:
        for node_id in self.order:
            self._add(self.map.nodes[node_id])
        if not any(load > 0 for load in self.net.loads.values()):
            self._gap(
                "rates",
                "No source states a usable rate, so backlogs and losses cannot be "
                "computed: state `rate` at the sources (for example 200 events/s).",
            )
        else:
            self._say_missing()

    def _gap(self, name: str, text: str, node: str | None = None) -> None:
        self.net.gaps.append(Gap(name=f"drill.{name}", text=text, node=node))

    def _add(self, node: Node) -> None:
        self.sizes[node.id] = self._size(node)
        pushed = sum(
            self.net.loads.get(p.flow.source, 0.0) * p.flow.share
            for p in self.net.into[node.id]
            if not p.asks
        )
        own, scale = self._own(node, pushed)
        asking = pushed == 0 and not own and node.kind is not NodeKind.SOURCE
        askers = self._askers(node) if asking else ()
        load = own + pushed * scale + sum(requests for _, requests in askers)
        self.net.loads[node.id] = load
        capacity = self._capacity(node, load)
        interval = self._interval(node)
        time = node.p99 or node.p50
        delay = time.value if time else 0.0
        fine = interval is not None and interval < 2 * self.step
        offset = self._offset(node, None if fine else interval, delay, load, capacity)
        age, count = self._bounds(node)
        falls_back = words.fallback_of(node) is not None and on_request(self.map, node)
        self.net.stations[node.id] = Station(
            node=node,
            own=own,
            askers=askers,
            scale=scale,
            load=load,
            capacity=capacity,
            interval=None if fine else interval,
            offset=offset,
            wait=((interval or 0.0) if fine else 0.0) + self._refresh(node),
            delay=delay,
            hold_age=age,
            hold_count=count,
            answers=on_request(self.map, node) and node.kind is not NodeKind.SOURCE,
            diverts=falls_back,
            loses_when_down=self._loses(node) and not falls_back,
            quarantines=self._quarantines(node),
            retries=words.retries(node.failure) or 0,
        )

    def _size(self, node: Node) -> float | None:
        """Bytes of a record: stated here, on a flow into the node, or upstream."""
        if node.record_size is not None:
            return node.record_size.value or None
        pipes = self.net.into[node.id]
        on_flow = [p.flow.record_size.value for p in pipes if p.flow.record_size is not None]
        upstream = [s for p in pipes if (s := self.sizes.get(p.flow.source)) is not None]
        return max(on_flow or upstream, default=None) or None

    def _events(self, node: Node, value: float, unit: str, what: str) -> float | None:
        if unit == "event/s":
            return value
        size = self.sizes[node.id]
        if unit == "byte/s" and size:
            return value / size
        self._gap(
            "record_size",
            f"{what} of {node.name} is given in bytes: state `record_size` "
            "so that it can be counted in records.",
            node.id,
        )
        return None

    def _own(self, node: Node, pushed: float) -> tuple[float, float]:
        stated = None
        if node.rate is not None:
            stated = self._events(node, node.rate.value, node.rate.unit, "The rate")
        if stated and self.scenario.load == "peak":
            stated *= node.peak_factor or 1.0
        if stated is None:
            return 0.0, 1.0
        if pushed > 0 and not on_request(self.map, node):
            return 0.0, stated / pushed
        return stated, 0.0

    def _askers(self, node: Node) -> tuple[tuple[str, float], ...]:
        """Consumers with a rate whose requests reach this node, directly or through others."""
        seen, queue = {node.id}, [node.id]
        found: list[tuple[str, float]] = []
        while queue:
            for flow in self.map.out_of[queue.pop()]:
                target = self.map.nodes[flow.target]
                if flow.target in seen or not on_request(self.map, target):
                    continue
                seen.add(flow.target)
                if target.rate is not None and target.rate.unit == "event/s":
                    peak = target.peak_factor or 1.0 if self.scenario.load == "peak" else 1.0
                    found.append((target.id, target.rate.value * peak))
                else:
                    queue.append(flow.target)
        if found:
            names = [self.map.nodes[asker].name for asker, _ in found]
            self.net.assumptions.append(
                f"{node.name} is asked as often as {numbers.listed(names)} states: "
                f"{numbers.rate(sum(requests for _, requests in found), 'event/s')}."
            )
        return tuple(found)

    def _capacity(self, node: Node, load: float) -> float:
        limits: list[float] = []
        if node.capacity is not None:
            one = self._events(node, node.capacity.value, node.capacity.unit, "The capacity")
            limits += [one * max(node.parallelism or 1, 1)] if one is not None else []
        use = node.model
        if use is not None and use.requests_limit is not None:
            limits.append(use.requests_limit.value)
        if use is not None and use.tokens_limit is not None:
            tokens = sum(q.value for q in (use.tokens_in, use.tokens_out) if q is not None)
            limits += [use.tokens_limit.value / tokens] if tokens > 0 else []
        if not limits and load > 0 and node.kind is not NodeKind.SOURCE:
            self.unlimited.append(node.name)
        return min(limits, default=math.inf)

    def _interval(self, node: Node) -> float | None:
        if node.mode not in SCHEDULED:
            return None
        interval = interval_of(node)
        if not interval or interval <= 0:
            self._gap(
                "interval",
                f"{node.name} runs as {node.mode.value}, but not how often: "
                "state `interval`. It is played as a stream.",
                node.id,
            )
            return None
        return interval

    def _refresh(self, node: Node) -> float:
        """The refresh interval of what a model reads, unless the map shows that refresh."""
        refresh = node.model.refresh_interval if node.model else None
        shown = {
            interval_of(self.map.nodes[name])
            for name in self.map.nodes
            if nx.has_path(self.map.graph, name, node.id)
        }
        return refresh.value if refresh is not None and refresh.value not in shown else 0.0

    def _offset(
        self, node: Node, interval: float | None, delay: float, load: float, capacity: float
    ) -> float:
        """When a run is due: schedules are taken to follow each other."""
        ready = 0.0
        for i, pipe in enumerate(self.net.into[node.id]):
            done = self.finish.get(pipe.flow.source, 0.0)
            if pipe.interval:
                self.net.into[node.id][i] = Pipe(
                    pipe.flow, pipe.asks, pipe.returns, pipe.interval, done % pipe.interval
                )
            ready = max(ready, done)
        if interval is None:
            self.finish[node.id] = ready
            return 0.0
        run = delay + (load * interval / capacity if load < capacity < math.inf else 0.0)
        self.finish[node.id] = ready + run
        return ready % interval

    def _bounds(self, node: Node) -> tuple[float | None, float | None]:
        """How long and how many records can wait: in a store before the node, or in itself."""
        if node.kind is NodeKind.SOURCE:
            keepers = [node]
        else:
            before = [self.map.nodes[p.flow.source] for p in self.net.into[node.id] if not p.asks]
            keepers = [n for n in before if n.kind is NodeKind.STORE or words.is_broker(n)]
            keepers = keepers if any(n.retention or n.storage for n in keepers) else [node]
        ages = [n.retention.value for n in keepers if n.retention is not None]
        counts = [c for n in keepers if (c := self._records_kept(n)) is not None]
        return min(ages, default=None), min(counts, default=None)

    def _records_kept(self, node: Node) -> float | None:
        size = self.sizes.get(node.id)
        if node.storage is None or not size:
            return None
        return node.storage.value / size / max(node.replicas or 1, 1)

    def _loses(self, node: Node) -> bool:
        """Whether records that come while the node is down are gone."""
        text = f"{node.failure or ''}. {node.fallback or ''}"
        if words.loses(text):
            return True
        if words.holds(text) or words.quarantines(text):
            return False
        if on_request(self.map, node) and node.kind is not NodeKind.STORE:
            return True  # nobody waits for hours, and a few retries do not outlast an outage
        if node.kind is not NodeKind.SOURCE or words.retries(text):
            return False
        kept = node.retention is not None or node.storage is not None or words.is_broker(node)
        return not kept and node.legacy is None and node.mode not in SCHEDULED

    def _quarantines(self, node: Node) -> bool:
        after = [self.map.nodes[f.target] for f in self.map.out_of[node.id]]
        return any(
            words.quarantines(text) for n in (node, *after) for text in (n.failure, n.fallback)
        )

    def _say_missing(self) -> None:
        silent = [
            n.name
            for n in self.map.of_kind(NodeKind.SOURCE)
            if self.net.loads[n.id] == 0 and n.rate is None and self.map.out_of[n.id]
        ]
        if silent:
            self._gap(
                "rates",
                f"No rate is stated for {numbers.listed(silent)}: state `rate` there; "
                "until then these sources send nothing in the drill.",
            )
        limited = [s for s in self.net.stations.values() if s.capacity < math.inf]
        if self.unlimited and not limited:
            self._gap(
                "capacity",
                "No capacity is stated anywhere, so nothing can fall behind: state "
                f"`capacity` at {numbers.listed(self.unlimited)}.",
            )
        elif self.unlimited:
            self.net.assumptions.append(
                f"No capacity is stated for {numbers.listed(self.unlimited)}: taken as unlimited."
            )
