"""What a drill shows beside a normal day: backlogs, recovery, lateness and losses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from reviewer.analysis import numbers
from reviewer.analysis.drill_events import Happening
from reviewer.analysis.drill_model import Network
from reviewer.analysis.drill_queue import Curve
from reviewer.analysis.drill_run import Clock, Trace
from reviewer.domain.design import Design, NodeKind, Requirement
from reviewer.domain.drill import DataAge, NodeOutcome
from reviewer.domain.facts import Gap

_NORMAL = 1e-3  # of the highest extra backlog: below it a node counts as back to normal
_BEHIND = 1e-6  # of the same: above it a node counts as falling behind
_USUALLY = 0.5  # share of the drill past the target without the event: nothing to compare with
_PATHS_KEPT = 6
_LONG = 1.2


@dataclass
class Measures:
    """Everything that is read off two runs, with and without the event."""

    traces: Mapping[str, Trace]
    calm: Mapping[str, Trace]
    outcomes: tuple[NodeOutcome, ...] = ()
    ages: list[tuple[DataAge, Curve]] = field(default_factory=list)
    peak: tuple[float, str | None, float | None] = (0.0, None, None)
    first: str | None = None
    recovery: float | None = None
    growing: bool = False
    horizon_needed: float | None = None
    target: float | None = None
    late: float | None = None
    lost: float = 0.0
    notes: list[str] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    def outcome(self, node: str) -> NodeOutcome:
        """The outcome of that node; KeyError if there is none."""
        return {outcome.node: outcome for outcome in self.outcomes}[node]


@dataclass(frozen=True)
class _Extra:
    """How far one node is behind a normal day, over the drill."""

    times: Curve
    overdue: Curve
    noise: float
    event_end: float

    @property
    def tolerance(self) -> float:
        """Extra records that still count as normal."""
        return max(_NORMAL * float(self.overdue.max(initial=0.0)), self.noise)

    @property
    def behind(self) -> bool:
        """Whether it ever is, by more than rounding."""
        return bool(self.overdue.max(initial=0.0) > self.tolerance)

    def recovered_at(self) -> float | None:
        """When it is back to normal for good; None if it is behind at the end."""
        late = np.flatnonzero(self.overdue > self.tolerance)
        if not len(late):
            return self.event_end
        if late[-1] == len(self.times) - 1:
            return None
        return float(self.times[late[-1] + 1])

    def slope(self) -> float:
        """Records a second by which it changes over the last tenth of the drill."""
        start = int(np.searchsorted(self.times, self.times[-1] * 0.9))
        rise = self.overdue[-1] - self.overdue[start]
        return float(rise / max(self.times[-1] - self.times[start], 1e-9))


def measure(
    design: Design,
    network: Network,
    placed: list[Happening],
    clock: Clock,
    runs: tuple[dict[str, Trace], dict[str, Trace]],
) -> Measures:
    """Compares the drill with a normal day."""
    traces, calm = runs
    found = Measures(traces=traces, calm=calm)
    begin = int(np.searchsorted(clock.times, 0.0))
    times = clock.times[begin:]
    acting = [h for h in placed if h.nodes]
    end = max((h.end for h in acting), default=0.0)
    lasting = any(h.open_ended for h in acting)
    extras: dict[str, _Extra] = {}
    outcomes = []
    for node_id, trace in traces.items():
        extra = _extra(trace, calm[node_id], begin, times, end)
        extras[node_id] = extra
        name = network.map.nodes[node_id].name
        outcomes.append(_outcome(node_id, name, (trace, calm[node_id]), begin, times, extra))
        found.lost += max(0.0, _during(trace.lost, begin) - _during(calm[node_id].lost, begin))
        _note_normal(found, network, node_id, calm[node_id], begin)
    _note_unbounded(found, network, extras)
    _note_patience(found, network, extras)
    found.outcomes = tuple(outcomes)
    _summarise(found, extras, end, lasting)
    _freshness(found, design, network, clock, (traces, calm))
    return found


def _during(curve: Curve, begin: int) -> float:
    return float(curve[-1] - curve[begin])


def _extra(trace: Trace, calm: Trace, begin: int, times: Curve, end: float) -> _Extra:
    overdue = np.maximum(trace.overdue - calm.overdue, 0.0)[begin:]
    noise = 1e-9 * (trace.arrived[-1] + 1e-9)
    return _Extra(times, overdue, noise, end)


def _outcome(
    node_id: str,
    name: str,
    pair: tuple[Trace, Trace],
    begin: int,
    times: Curve,
    extra: _Extra,
) -> NodeOutcome:
    trace, calm = pair
    backlog = trace.backlog[begin:]
    more = backlog - calm.backlog[begin:]
    peak = int(np.argmax(backlog))
    missed = np.maximum(trace.missed - calm.missed, 0.0)[begin:]
    least = max(_BEHIND * float(extra.overdue.max(initial=0.0)), extra.noise)
    behind = np.flatnonzero(missed > least) if extra.behind else np.array([], dtype=int)
    recovered = extra.recovered_at() if len(behind) else None
    return NodeOutcome(
        node=node_id,
        name=name,
        before=float(trace.backlog[begin] + trace.in_flight[begin]),
        arrived=_during(trace.arrived, begin),
        served=_during(trace.emitted, begin),
        by_fallback=_during(trace.diverted, begin),
        queued=float(trace.backlog[-1]),
        lost=_during(trace.lost, begin),
        in_flight=float(trace.in_flight[-1]),
        peak_backlog=float(backlog[peak]),
        peak_at=float(times[peak]),
        extra_backlog=float(max(more.max(), 0.0)),
        peak_age=float(trace.head_age[begin:].max()),
        falls_behind_at=float(times[max(behind[0] - 1, 0)]) if len(behind) else None,
        recovered_after=None if recovered is None else max(0.0, recovered - extra.event_end),
    )


def _note_normal(found: Measures, network: Network, node_id: str, calm: Trace, begin: int) -> None:
    """Says what goes wrong without any event: it is not the drill's doing."""
    name, station = network.map.nodes[node_id].name, network.stations[node_id]
    if station.load > station.capacity and not station.diverts:
        found.notes.append(
            f"{name} is overloaded on a normal day already: it gets "
            f"{numbers.rate(station.load, 'event/s')} and can take "
            f"{numbers.rate(station.capacity, 'event/s')}."
        )
    lost = _during(calm.lost, begin)
    if lost > 1e-6 * (calm.arrived[-1] + 1.0):
        found.notes.append(
            f"{name} loses {numbers.plain(lost)} records on a normal day already; the drill counts "
            "only what is lost beyond that."
        )


def _note_unbounded(found: Measures, network: Network, extras: Mapping[str, _Extra]) -> None:
    names = [
        network.map.nodes[node_id].name
        for node_id, station in network.stations.items()
        if extras[node_id].behind and not station.bounded
    ]
    if names:
        found.notes.append(
            f"How much can wait before {numbers.listed(names)} is not stated (retention, storage): "
            "taken as without limit."
        )


def _note_patience(found: Measures, network: Network, extras: Mapping[str, _Extra]) -> None:
    names = [
        network.map.nodes[node_id].name
        for node_id, station in network.stations.items()
        if station.answers and extras[node_id].behind
    ]
    if names:
        found.notes.append(
            f"Requests to {numbers.listed(names)} wait for their turn; callers that would give up "
            "are not counted."
        )


def _summarise(found: Measures, extras: Mapping[str, _Extra], end: float, lasting: bool) -> None:
    """Peak, first node behind, recovery of the whole."""
    late = [o for o in found.outcomes if o.falls_behind_at is not None]
    pool = late or [o for o in found.outcomes if o.extra_backlog > extras[o.node].tolerance]
    if pool:
        top = max(pool, key=lambda o: (o.extra_backlog, o.node))
        found.peak = (top.peak_backlog, top.node, top.peak_at)
    if not late:
        found.recovery = None if lasting else 0.0
        return
    found.first = min(late, key=lambda o: (o.falls_behind_at or 0.0, -o.extra_backlog, o.node)).node
    open_nodes = [extras[o.node] for o in late if o.recovered_after is None]
    found.growing = any(e.slope() > e.tolerance / max(e.times[-1], 1.0) for e in open_nodes)
    if lasting:
        return
    if not open_nodes:
        found.recovery = max(o.recovered_after or 0.0 for o in late)
        return
    shrinking = [e for e in open_nodes if e.slope() < 0]
    if shrinking and not found.growing:
        needed = max(e.times[-1] - e.overdue[-1] / e.slope() for e in shrinking)
        found.horizon_needed = float(end + _LONG * (needed - end))


def _freshness(
    found: Measures,
    design: Design,
    network: Network,
    clock: Clock,
    runs: tuple[dict[str, Trace], dict[str, Trace]],
) -> None:
    """Ages of data where it is used, and time past the target that a normal day does not have."""
    begin = int(np.searchsorted(clock.times, 0.0))
    times = clock.times[begin:]
    targets = _targets(design)
    found.target = min((t for t in targets.values()), default=None)
    pairs: list[tuple[DataAge, Curve]] = []
    for node_id in _ends(network, targets):
        target = targets.get(node_id, targets.get(None))
        for source, birth in runs[0][node_id].births.items():
            age = clock.times - birth
            usual = (clock.times - runs[1][node_id].births[source])[begin:]
            pairs.append((_data_age((source, node_id), target, times, (age[begin:], usual)), age))
    pairs.sort(key=lambda p: (-p[0].late, p[0].normal - p[0].worst, p[0].source, p[0].consumer))
    found.ages = pairs[:_PATHS_KEPT]
    judged = [a for a, _ in pairs if a.target is not None]
    if not judged:
        if pairs:
            found.gaps.append(
                Gap(
                    name="drill.freshness",
                    text="No freshness target is stated, so minutes past it cannot be counted: say "
                    "how old data may be where it is used.",
                )
            )
        return
    found.late = max(age.late for age in judged)
    _say_late_anyway(found, network, judged)


def _say_late_anyway(found: Measures, network: Network, judged: list[DataAge]) -> None:
    names = {node: n.name for node, n in network.map.nodes.items()}
    late = [a for a in judged if a.late_anyway > 0]
    for age in sorted(late, key=lambda a: -a.normal)[:2]:
        found.notes.append(
            f"Data of {names[age.source]} is up to {numbers.duration(age.normal)} old at "
            f"{names[age.consumer]} on a normal day, past the target of "
            f"{numbers.duration(age.target or 0.0)} already; those minutes are not counted."
        )


def _targets(design: Design) -> dict[str | None, float]:
    """The strictest stated freshness target by node, `None` for the whole pipeline."""
    targets: dict[str | None, float] = {}
    for requirement in design.requirements:
        value = _limit(requirement)
        if value is not None:
            targets[requirement.node] = min(value, targets.get(requirement.node, np.inf))
    return targets


def _limit(requirement: Requirement) -> float | None:
    if requirement.subject != "freshness" or not requirement.target:
        return None
    if requirement.value is None or requirement.value.unit != "s" or requirement.value.value <= 0:
        return None
    return requirement.value.value


def _ends(network: Network, targets: Mapping[str | None, float]) -> list[str]:
    """Consumers (else where data is used), and nodes with a target of their own."""
    consumers = [n.id for n in network.map.of_kind(NodeKind.CONSUMER) if network.into[n.id]]
    ends = (consumers or network.map.ends) if None in targets or len(targets) == 0 else []
    return list(dict.fromkeys([*ends, *(n for n in targets if n in network.stations)]))


def _data_age(
    path: tuple[str, str], target: float | None, times: Curve, ages: tuple[Curve, Curve]
) -> DataAge:
    age, usual = ages
    late = anyway = 0.0
    if target is not None:
        past, past_anyway = _share_past(age, target), _share_past(usual, target)
        widths = np.diff(times)
        anyway = float(np.sum(past_anyway * widths))
        late = float(np.sum(np.maximum(past - past_anyway, 0.0) * widths))
        if anyway > _USUALLY * times[-1]:
            late = 0.0
    at = int(np.argmax(age))
    return DataAge(
        source=path[0],
        consumer=path[1],
        target=target,
        normal=float(usual.max()),
        worst=float(age[at]),
        worst_at=float(times[at]),
        late=late,
        late_anyway=anyway,
    )


def _share_past(age: Curve, target: float) -> Curve:
    """The share of each step during which the age, taken as a line, is past the target."""
    over = age - target * (1 + 1e-9)
    left, right = over[:-1], over[1:]
    span = np.abs(left) + np.abs(right)
    above = np.maximum(left, 0.0) + np.maximum(right, 0.0)
    share: Curve = np.divide(above, span, out=(left > 0).astype(float), where=span > 0)
    return share
