"""Failure drills: plays a scenario over time through the data-flow map of a design."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reviewer.analysis import drill_words as words
from reviewer.analysis import numbers
from reviewer.analysis.drill_events import (
    Effect,
    Happening,
    effect_on,
    happenings,
    horizon_of,
    regions_of,
    seconds,
    settings_of,
    with_overrides,
)
from reviewer.analysis.drill_measure import Measures, measure
from reviewer.analysis.drill_model import Network, build
from reviewer.analysis.drill_queue import Curve
from reviewer.analysis.drill_report import facts, verdict
from reviewer.analysis.drill_run import Clock, simulate
from reviewer.analysis.graph import FlowMap
from reviewer.domain.design import Design
from reviewer.domain.drill import DrillResult, EventWindow, NodeSeries, Scenario
from reviewer.domain.facts import Gap

__all__ = ["facts", "run_drill", "settings_of"]

Indices = NDArray[np.intp]

_NICE = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 14400, 21600)
_STEPS = 2880
_SHOWN = 480
_LONGEST = 120 * 86400.0
_FAILOVER = 300.0


def run_drill(
    design: Design, scenario: Scenario, overrides: Mapping[str, str] | None = None
) -> DrillResult:
    """What a scenario does to the design, hour by hour, beside a normal day.

    `overrides` change settings of the scenario (see `settings_of`; also `region` and `node`, which
    choose what an event hits). Raises InputError for a setting that does not exist or cannot be
    read. A map that states too little gives a result whose `gaps` say what to state.
    """
    scenario = with_overrides(scenario, overrides or {})
    flow_map = FlowMap(design.data_flow)
    if not flow_map.nodes:
        return _impossible(
            scenario,
            "The design has no data-flow map, so the drill cannot be played: add a map with nodes, "
            "flows, rates and capacities (`reviewer new FILE` writes a template).",
        )
    horizon = horizon_of(scenario)
    placed = happenings(flow_map, scenario, horizon)
    missing = [h for h in placed if not h.nodes]
    if len(missing) == len(placed):
        stated = " ".join(dict.fromkeys(h.event.state for h in missing if h.event.state))
        return _impossible(
            scenario, f"No node of the map fits “{scenario.title}”. {stated}".strip()
        )
    played = _play(design, flow_map, scenario, placed, horizon)
    longer = played.measures.horizon_needed
    if longer is not None and horizon < longer <= _LONGEST:
        placed = happenings(flow_map, scenario, longer)
        played = _play(design, flow_map, scenario, placed, longer)
    return _result(scenario, played, missing)


@dataclass(frozen=True)
class _Played:
    network: Network
    placed: list[Happening]
    horizon: float
    step: float
    times: Curve
    measures: Measures
    assumptions: list[str]


def _impossible(scenario: Scenario, reason: str) -> DrillResult:
    return DrillResult(
        scenario=scenario.id,
        title=scenario.title,
        status="impossible",
        verdict=reason,
        settings=settings_of(scenario),
        gaps=(Gap(name="drill.map", text=reason),),
    )


def _play(
    design: Design,
    flow_map: FlowMap,
    scenario: Scenario,
    placed: list[Happening],
    horizon: float,
) -> _Played:
    step = _step(horizon)
    network = build(flow_map, scenario, step)
    # Runs are due just after the event begins: the worst moment.
    phase = min((h.start for h in placed if h.nodes), default=0.0) + step
    times = _grid(network, placed, horizon, step, phase)
    clock = Clock(times, phase)
    assumptions = list(network.assumptions)
    effects: dict[str, Effect] = {}
    down: list[str] = []
    for node_id in sorted({node for h in placed for node in h.nodes}):
        node = flow_map.nodes[node_id]
        hit = [h for h in placed if node_id in h.nodes]
        outage = any(h.event.down for h in hit)
        away = _failover(network, node_id, hit, assumptions)
        effects[node_id] = effect_on(node, away, placed, times)
        if outage and effects[node_id].down.any():
            down.append(node_id)
        elif outage and len(regions_of(node)) > 1:
            assumptions.append(
                f"{node.name} runs in {len(regions_of(node))} regions and goes on "
                "with the capacity of those that are left."
            )
        _say_effect(network, node_id, hit, assumptions)
    traces = simulate(network, clock, effects)
    calm = simulate(network, clock, {})
    measures = measure(design, network, placed, clock, (traces, calm))
    assumptions += _fates(network, down, measures)
    return _Played(network, placed, horizon, step, times, measures, assumptions)


def _step(horizon: float) -> float:
    """A round time step with about three thousand steps over the horizon."""
    wanted = horizon / _STEPS
    if wanted < 1:
        return wanted
    return float(next((nice for nice in _NICE if nice >= wanted), 86400))


def _grid(
    network: Network, placed: list[Happening], horizon: float, step: float, phase: float
) -> Curve:
    """Even steps over the drill, the moments at which something changes, and a coarse warm-up.

    The warm-up is long enough for every schedule on a path to have run.
    """
    stations = network.stations.values()
    pipes = [pipe for into in network.into.values() for pipe in into]
    intervals = [s.interval for s in stations if s.interval] + [
        p.interval for p in pipes if p.interval
    ]
    warm = sum(intervals) + max(intervals, default=0.0) + sum(s.delay for s in stations)
    warm = min(max(warm, step), _LONGEST)
    moments = [np.arange(0, horizon + step / 2, step), np.linspace(-warm, 0, 400), [horizon]]
    moments += [[h.start, h.end, h.start + h.ramp] for h in placed]
    for interval, offset in {(s.interval, s.offset) for s in stations if s.interval}:
        if interval and interval >= 10 * step:
            first = np.ceil((-warm - phase - offset) / interval)
            last = np.floor((horizon - phase - offset) / interval)
            moments.append(phase + offset + interval * np.arange(first, last + 1))
    every = np.unique(np.round(np.concatenate([np.asarray(m, dtype=float) for m in moments]), 6))
    return every[(every >= -warm) & (every <= horizon)]


def _failover(
    network: Network, node_id: str, hit: list[Happening], assumptions: list[str]
) -> float | None:
    """How long a node with a standby is away; None where nothing takes over."""
    node = network.stations[node_id].node
    regional = any(h.region is not None for h in hit if h.event.down)
    stated = words.failover(f"{node.failure or ''}. {node.fallback or ''}", region=regional)
    if stated is None or not any(h.event.down for h in hit):
        return None
    if stated:
        away = seconds(stated, "failover")
        assumptions.append(f"{node.name} fails over within {stated}, as stated.")
        return away
    assumptions.append(f"{node.name} fails over; no time is stated, so 5 min are assumed.")
    return _FAILOVER


def _fates(network: Network, down: list[str], measures: Measures) -> list[str]:
    """What becomes of records while nodes are down, and how that was decided."""
    groups: dict[tuple[str, str], list[str]] = {}
    for node_id in down:
        station, outcome = network.stations[node_id], measures.outcome(node_id)
        if not (outcome.extra_backlog or outcome.lost or outcome.by_fallback):
            continue
        text = f"{station.node.failure or ''}. {station.node.fallback or ''}"
        stated = words.holds(text) or words.loses(text) or words.quarantines(text)
        why = "as stated" if stated else "assumed, since nothing is stated"
        if station.diverts:
            fate, why = "the fallback answers", "as stated"
        elif station.loses_when_down:
            fate = "what comes in is lost"
        else:
            fate = "records wait and are caught up with"
        groups.setdefault((fate, why), []).append(station.node.name)
    return [
        f"While {numbers.listed(names)} {'is' if len(names) == 1 else 'are'} down, {fate} ({why})."
        for (fate, why), names in groups.items()
    ]


def _say_effect(
    network: Network, node_id: str, hit: list[Happening], assumptions: list[str]
) -> None:
    station = network.stations[node_id]
    name = station.node.name
    errors = max(h.event.errors for h in hit)
    timeouts = max(h.event.timeouts for h in hit)
    if errors and not station.diverts:
        fate = "set aside and replayed at the end" if station.quarantines else "lost"
        assumptions.append(
            f"Records of {name} that fail are {fate} "
            f"({'as stated' if station.quarantines else 'no quarantine is stated'})."
        )
    if (errors or timeouts) and station.retries:
        assumptions.append(
            f"A failed call to {name} is repeated up to {station.retries} times, "
            "which adds load to it."
        )
    if any(h.event.capacity != 1 for h in hit) and not np.isfinite(station.capacity):
        assumptions.append(f"{name} states no capacity, so less of it changes nothing: state it.")


def _result(scenario: Scenario, played: _Played, missing: list[Happening]) -> DrillResult:
    network, found = played.network, played.measures
    assumptions = [*played.assumptions, *found.notes]
    gaps = [*network.gaps, *found.gaps]
    for happening in missing:
        text = f"Nothing in the map fits “{happening.event.title}”. {happening.event.state}".strip()
        if happening.event.optional:
            assumptions.append(text)
        else:
            gaps.append(Gap(name="drill.select", text=text))
    no_rates = not any(load > 0 for load in network.loads.values())
    status = "complete" if not gaps else "partial"
    shown = _shown(played.times, played.horizon)
    result = DrillResult(
        scenario=scenario.id,
        title=scenario.title,
        status="impossible" if no_rates and found.late is None else status,
        verdict="",
        settings=settings_of(scenario),
        step=played.step,
        horizon=played.horizon,
        times=tuple(np.round(played.times[shown], 3).tolist()),
        events=tuple(
            EventWindow(
                event=h.event.id,
                title=h.event.title,
                start=h.start,
                end=h.end,
                open_ended=h.open_ended,
                nodes=h.nodes,
            )
            for h in played.placed
            if h.nodes
        ),
        series=_series(played, shown),
        nodes=found.outcomes,
        ages=tuple(
            age.model_copy(update={"age": _highest(curve, shown)}) for age, curve in found.ages
        ),
        peak_backlog=found.peak[0],
        peak_node=found.peak[1],
        peak_at=found.peak[2],
        first_backlog=found.first,
        recovery=found.recovery,
        growing=found.growing,
        freshness_target=found.target,
        late_minutes=None if found.late is None else found.late / 60,
        lost=found.lost,
        assumptions=tuple(dict.fromkeys(assumptions)),
        gaps=tuple({gap.text: gap for gap in gaps}.values()),
    )
    names = {node_id: node.name for node_id, node in network.map.nodes.items()}
    return result.model_copy(update={"verdict": verdict(result, names)})


def _shown(times: Curve, horizon: float) -> Indices:
    """Indices of the points that a result keeps: evenly spread, the last one included."""
    inside = np.flatnonzero(times >= 0)
    wanted = np.linspace(0, horizon, _SHOWN + 1)
    picked = np.searchsorted(times[inside], wanted - 1e-9)
    return np.unique(inside[np.minimum(picked, len(inside) - 1)])


def _highest(curve: Curve, shown: Indices) -> tuple[float, ...]:
    """The highest value since the point shown before, so that no short peak is left out."""
    starts = np.concatenate((shown[:1], shown[:-1] + 1))
    until = np.maximum.reduceat(curve[: shown[-1] + 1], starts)
    return tuple(np.round(until, 3).tolist())


def _series(played: _Played, shown: Indices) -> tuple[NodeSeries, ...]:
    series = []
    for node_id, trace in played.measures.traces.items():
        emitted = trace.emitted[shown]
        flow = np.diff(emitted, prepend=emitted[0]) / np.diff(
            played.times[shown], prepend=played.times[shown][0] - played.step
        )
        flow[0] = flow[1] if len(flow) > 1 else 0.0
        series.append(
            NodeSeries(
                node=node_id,
                name=played.network.map.nodes[node_id].name,
                backlog=_highest(trace.backlog, shown),
                throughput=tuple(np.round(np.maximum(flow, 0), 6).tolist()),
                age=_highest(trace.head_age, shown),
                normal=_highest(played.measures.calm[node_id].backlog, shown),
            )
        )
    return tuple(series)
