"""Plays a network of queues over a time grid, upstream first; cycles are swept until they settle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from reviewer.analysis.drill_events import Effect
from reviewer.analysis.drill_model import Network, Station
from reviewer.analysis.drill_pipes import Pipe
from reviewer.analysis.drill_queue import (
    Curve,
    Mask,
    accumulate,
    delayed,
    head_times,
    last_open,
    last_true,
    released,
    serve,
    value_at,
)
from reviewer.domain.design import Mode

Kind = TypeVar("Kind", bound="np.generic[Any]")

_SWEEPS = 200
_SETTLED = 1e-9


@dataclass
class Trace:
    """What happened at one node: cumulative records, except `backlog`, `overdue` and ages.

    `arrived = emitted + in_flight + backlog + lost` at every point. `overdue` are records that a
    schedule or a free server should have taken by now; `missed` those that a whole run passed by
    or that wait for a node that is down. `births` tell, for each source, when the newest data that
    has left this node came into being.
    """

    arrived: Curve
    emitted: Curve
    diverted: Curve
    lost: Curve
    backlog: Curve
    in_flight: Curve
    overdue: Curve
    missed: Curve
    head_age: Curve
    births: dict[str, Curve] = field(default_factory=dict)


@dataclass(frozen=True)
class Clock:
    """The time grid, and the moment at which schedules are due."""

    times: Curve
    phase: float

    def runs(self, interval: float, offset: float) -> Curve:
        """All scheduled runs on the grid, and one before it."""
        start = self.phase + offset
        first = np.floor((self.times[0] - start) / interval)
        last = np.floor((self.times[-1] - start) / interval)
        return np.round(start + interval * np.arange(first, last + 1), 6)

    def catching_up(self, runs: Curve, down: Mask) -> Curve:
        """Runs as they take place: one that was due during an outage starts when it ends."""
        if not down.any():
            return runs
        steps = np.arange(len(down))
        up = np.where(down, len(down), steps)
        next_up = np.minimum.accumulate(up[::-1])[::-1]
        step = np.clip(np.searchsorted(self.times, runs, side="right") - 1, 0, len(down) - 1)
        moved = np.where(down[step], self.times[np.minimum(next_up[step], len(down))], runs)
        happens = ~down[step] | (next_up[step] < len(down))
        return np.unique(moved[happens])


def simulate(network: Network, clock: Clock, effects: Mapping[str, Effect]) -> dict[str, Trace]:
    """The trace of every node; nodes without an effect have a normal day."""
    traces: dict[str, Trace] = {}
    for group in network.components:
        loops = any(p.returns and not p.asks for node in group for p in network.into[node])
        for _ in range(_SWEEPS if loops else 1):
            change = 0.0
            for node in group:
                before = traces.get(node)
                trace = _play_node(network, clock, node, effects, traces)
                traces[node] = trace
                change = max(change, _difference(before, trace))
            if change <= _SETTLED:
                break
    return traces


def _difference(before: Trace | None, after: Trace) -> float:
    if before is None:
        return np.inf
    return float(np.max(np.abs(after.emitted - before.emitted)) / (after.emitted[-1] + 1.0))


def _play_node(
    network: Network,
    clock: Clock,
    node: str,
    effects: Mapping[str, Effect],
    traces: Mapping[str, Trace],
) -> Trace:
    station, times = network.stations[node], clock.times
    incoming = np.zeros(len(times))
    births: dict[str, Curve] = {}
    for pipe in network.into[node]:
        upstream = traces.get(pipe.flow.source)
        if upstream is None:
            continue
        opened = None
        if pipe.interval is not None and pipe.interval >= 2 * (times[-1] - times[-2]):
            opened = last_open(clock.runs(pipe.interval, pipe.offset), times)
        if not pipe.asks:
            incoming += pipe.flow.share * _through(pipe, upstream.emitted, times, opened)
        if not pipe.returns:
            for source, birth in upstream.births.items():
                seen = birth if opened is None else value_at(birth, times, opened)
                births[source] = np.minimum(births.get(source, seen), seen)
    if not network.into[node] and station.node.mode is not Mode.REQUEST:
        births[node] = times  # requests ask for data, they bring none
    incoming *= station.scale
    calm = Effect.none(len(times) - 1)
    for asker, requests in station.askers:
        asked = effects.get(asker, calm)
        incoming += accumulate(requests * asked.rate * ~asked.down * np.diff(times))
    return _play(station, clock, effects.get(node, calm), incoming, births)


def _through(pipe: Pipe, emitted: Curve, times: Curve, opened: Curve | None) -> Curve:
    curve = emitted if opened is None else released(emitted, times, opened)
    if pipe.returns:
        curve = np.concatenate(([0.0], curve[:-1]))
    return curve


def _attempts(share: Curve, retries: int) -> Curve:
    """Calls made per record when each fails with `share`: 1 + p + ... + p^retries."""
    total = np.ones_like(share)
    for power in range(1, retries + 1):
        total = total + share**power
    return total


def _room(station: Station, clock: Clock, effect: Effect) -> Curve:
    """Records that each step can serve."""
    failing = 1 - (1 - effect.errors) * (1 - effect.timeouts)
    rate = np.full(len(effect.down), station.capacity)
    rate[effect.capacity == 0] = 0.0
    usable = effect.capacity > 0
    rate[usable] *= effect.capacity[usable] / _attempts(failing, station.retries)[usable]
    if station.load >= station.capacity:
        rate[clock.times[1:] <= 0] = np.inf  # the drill starts without a backlog
    rate[effect.down] = 0.0
    return rate * np.diff(clock.times)


def _bound(station: Station, accepted: Curve, times: Curve) -> Curve | None:
    if station.diverts and station.interval is None:
        return np.zeros(len(times))
    bounds = []
    if station.hold_age is not None:
        bounds.append(accepted - value_at(accepted, times, times - station.hold_age))
    if station.hold_count is not None:
        bounds.append(np.full(len(times), station.hold_count))
    return np.minimum.reduce(bounds) if bounds else None


def _points(steps: NDArray[Kind]) -> NDArray[Kind]:
    """The value of the step before each point."""
    return np.concatenate((steps[:1], steps))


def _play(
    station: Station,
    clock: Clock,
    effect: Effect,
    incoming: Curve,
    births_in: Mapping[str, Curve],
) -> Trace:
    times = clock.times
    arrived = incoming + accumulate(station.own * effect.rate * np.diff(times))
    down = _points(effect.down)
    door = np.zeros(len(times))
    if station.loses_when_down and effect.down.any():
        door = accumulate(np.where(effect.down, np.diff(arrived), 0.0))
    accepted = arrived - door

    if station.interval is None:
        due, ready, before = accepted, accepted, np.where(down, 0.0, accepted)
        limit = last_true(times, ~down)
    else:
        runs = clock.runs(station.interval, station.offset)
        opens = clock.catching_up(runs, effect.down)
        finite = np.isfinite(station.capacity)
        limit = np.maximum(last_open(opens, times), times[0])
        due = released(accepted, times, last_open(runs, times))
        ready = released(accepted, times, last_open(opens, times, strict=bool(finite)))
        before = released(accepted, times, last_open(runs, times) - station.interval)
    served, dropped = serve(
        ready, accepted, _room(station, clock, effect), _bound(station, accepted, times)
    )
    failed = accumulate(np.diff(served) * effect.errors ** (station.retries + 1))
    return _leave(
        station, times, effect,
        _Passage(arrived, accepted, served, dropped, door, failed, due, before, limit, births_in),
    )  # fmt: skip


@dataclass(frozen=True)
class _Passage:
    """What the queue of one node did, before its results leave it."""

    arrived: Curve
    accepted: Curve
    served: Curve
    dropped: Curve
    door: Curve
    failed: Curve
    due: Curve
    before: Curve
    limit: Curve
    births: Mapping[str, Curve]


def _leave(station: Station, times: Curve, effect: Effect, passage: _Passage) -> Trace:
    nothing = np.zeros(len(times))
    sound = _points(effect.errors) < 1e-12
    held, lost, diverted, failed = nothing, passage.door, nothing, passage.failed
    good = passage.served - failed
    again = nothing
    if station.diverts:
        diverted = passage.dropped + failed
    else:
        lost = lost + passage.dropped
        if station.quarantines:
            again = value_at(failed, times, last_true(times, sound))
            held = failed - again
        else:
            lost = lost + failed
    delay = station.delay * _points(effect.latency)
    out = delayed(good, times, delay)
    gone = passage.served + passage.dropped
    waiting = np.maximum(passage.accepted - gone, 0.0)
    head = head_times(passage.accepted, gone, times, passage.limit)
    healthy = last_true(times, _points(effect.errors) < 0.999)
    down = _points(effect.down)
    overdue = np.maximum(passage.due - gone, 0.0) + held
    return Trace(
        arrived=passage.arrived,
        emitted=out + again + diverted,
        diverted=diverted,
        lost=lost,
        backlog=waiting + held,
        in_flight=good - out,
        overdue=overdue,
        missed=np.maximum(np.where(down, overdue, 0.0), passage.before - gone) + held,
        head_age=times - np.minimum(head, times) + station.wait,
        births={
            source: _born(birth, times, (head, healthy), delay) - station.wait
            for source, birth in passage.births.items()
        },
    )


def _born(birth: Curve, times: Curve, looks: tuple[Curve, Curve], delay: Curve) -> Curve:
    """Follows the newest record back through processing, failures and the queue."""
    head, healthy = looks
    taken = value_at(birth, times, head)
    sound = value_at(taken, times, healthy)
    return np.maximum.accumulate(value_at(sound, times, times - delay))
