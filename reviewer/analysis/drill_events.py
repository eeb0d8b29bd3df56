"""From a scenario to what it does to each node: settings, selection and factors over time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from reviewer.analysis.drill_queue import Curve, Mask
from reviewer.analysis.graph import FlowMap
from reviewer.domain.design import Node, NodeKind
from reviewer.domain.drill import Event, Scenario, Selector
from reviewer.errors import InputError
from reviewer.quantities import parse

_TIMES = ("start", "duration", "ramp")
_NUMBERS = ("rate", "capacity", "latency", "errors", "timeouts")
_PLACES = ("region", "node")
_MONTH = 30 * 86400.0


def seconds(text: str, name: str) -> float:
    """A duration of a scenario in seconds; InputError names the setting."""
    value = parse(text, "time", field=f"drill setting {name}", zero=True).value
    if not 0 <= value <= _MONTH:
        raise InputError(f"The drill setting {name} is {text}: give a time between 0 and 30 days.")
    return value


def settings_of(scenario: Scenario) -> dict[str, str]:
    """What can be set in a scenario, with its present values: the sliders of a drill."""
    settings = {"horizon": scenario.horizon, "load": scenario.load}
    for event in scenario.events:
        prefix = "" if len(scenario.events) == 1 else f"{event.id}."
        for name in (*_TIMES, *_NUMBERS):
            value, default = getattr(event, name), Event.model_fields[name].default
            if value not in (None, default) or name in ("start", "duration"):
                shown = "to the end" if value is None else value
                settings[f"{prefix}{name}"] = f"{shown:g}" if isinstance(shown, float) else shown
    return settings


def with_overrides(scenario: Scenario, overrides: Mapping[str, str]) -> Scenario:
    """The scenario with settings changed; `EVENT.name` changes one event, `name` all of them."""
    for key, text in overrides.items():
        event_id, _, name = key.strip().rpartition(".")
        if not event_id and name in ("horizon", "load"):
            scenario = _change_drill(scenario, name, text.strip())
            continue
        known = [event.id for event in scenario.events]
        if name not in (*_TIMES, *_NUMBERS, *_PLACES) or (event_id and event_id not in known):
            allowed = ", ".join(("horizon", "load", *_TIMES, *_NUMBERS, *_PLACES))
            raise InputError(
                f"The drill {scenario.id} has no setting {key}: set one of {allowed}"
                f" (for one event: {known[0]}.duration)."
            )
        events = [
            _change_event(event, name, text.strip()) if event_id in ("", event.id) else event
            for event in scenario.events
        ]
        scenario = scenario.model_copy(update={"events": tuple(events)})
    return scenario


def _change_drill(scenario: Scenario, name: str, text: str) -> Scenario:
    if name == "load" and text not in ("average", "peak"):
        raise InputError(f"The drill setting load is {text}: give average or peak.")
    if name == "horizon" and seconds(text, "horizon") < 60:
        raise InputError(f"The drill setting horizon is {text}: give at least a minute.")
    return scenario.model_copy(update={name: text})


def _change_event(event: Event, name: str, text: str) -> Event:
    if name in _TIMES:
        if name == "duration" and text in ("", "to the end"):
            return event.model_copy(update={"duration": None})
        seconds(text, name)
        return event.model_copy(update={name: text})
    if name in _NUMBERS:
        return event.model_copy(update={name: _number(name, text)})
    update = {"region": text} if name == "region" else {"names": (text,)}
    chosen = tuple(s.model_copy(update={**update, "busiest": False}) for s in event.select)
    return event.model_copy(update={"select": chosen})


def _number(name: str, text: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(x|×|%)?", text.lower())
    if match is None:
        raise InputError(f"The drill setting {name} is {text}: give a factor such as 10x or 0.1.")
    value = float(match.group(1)) / (100 if match.group(2) == "%" else 1)
    if name in ("errors", "timeouts") and value > 1:
        raise InputError(f"The drill setting {name} is {text}: give a share between 0 and 1.")
    return value


def _words(node: Node) -> set[str]:
    text = " ".join((node.id, node.name, node.technology or ""))
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return set(re.findall(r"[^\W_]+", text.lower()))


def _named(node: Node, patterns: tuple[str, ...]) -> bool:
    if any(p.lower() in (node.id.lower(), node.name.lower()) for p in patterns):
        return True
    words = _words(node)
    for pattern in patterns:
        parts = re.findall(r"[^\W_]+\*?", pattern.lower())
        if parts and all(
            any(w.startswith(p[:-1]) if p.endswith("*") else w == p for w in words) for p in parts
        ):
            return True
    return False


def regions_of(node: Node) -> tuple[str, ...]:
    """The regions of a node that names several, such as `eu-west-1, eu-central-1`."""
    parts = re.split(r"\s*(?:,|;|/|\+|&|\band\b)\s*", node.region or "")
    return tuple(dict.fromkeys(part.casefold() for part in parts if part))


def largest_region(flow_map: FlowMap) -> str | None:
    """The region with the most nodes; of several, the first by name."""
    counts: dict[str, int] = {}
    for node in flow_map.nodes.values():
        for region in regions_of(node):
            counts[region] = counts.get(region, 0) + 1
    return min(counts, key=lambda region: (-counts[region], region)) if counts else None


def select(flow_map: FlowMap, selector: Selector) -> list[str]:
    """Nodes that fulfil every condition of a selector."""
    region = selector.region.casefold() if selector.region else None
    if region == "largest":
        region = largest_region(flow_map)
        if region is None:
            return []
    found = [n for n in flow_map.nodes.values() if _fits(n, selector, region)]
    if selector.busiest and found:
        found = [max(found, key=lambda n: n.rate.value if n.rate else 0.0)]
    return [node.id for node in found]


def _fits(node: Node, selector: Selector, region: str | None) -> bool:
    drives = node.kind is NodeKind.SOURCE or node.rate is not None
    tests = (
        not selector.kinds or node.kind in selector.kinds,
        not selector.modes or node.mode in selector.modes,
        selector.legacy is None or (node.legacy is not None) is selector.legacy,
        selector.external is None or bool(node.external) is selector.external,
        selector.personal is None or bool(node.personal_data) is selector.personal,
        selector.drives is None or drives is selector.drives,
        region is None or region in regions_of(node),
        not selector.names or _named(node, selector.names),
        not selector.without or not _named(node, selector.without),
    )
    return all(tests)


@dataclass(frozen=True)
class Happening:
    """An event placed in time and on nodes; `down_share` is what goes down of each node."""

    event: Event
    start: float
    end: float
    ramp: float
    nodes: tuple[str, ...]
    open_ended: bool
    region: str | None = None

    def factor(self, target: float, middle: Curve) -> Curve:
        """From 1 to the target over the ramp, then the target until the end."""
        inside = (middle > self.start) & (middle < self.end)
        part = np.clip((middle - self.start) / self.ramp, 0, 1) if self.ramp > 0 else 1.0
        return np.where(inside, 1 + (target - 1) * part, 1.0)

    def inside(self, middle: Curve) -> Mask:
        """The steps during the event."""
        return (middle > self.start) & (middle < self.end)


def happenings(flow_map: FlowMap, scenario: Scenario, horizon: float) -> list[Happening]:
    """Every event of a scenario with its nodes and times (some may have no node)."""
    placed = []
    for event in scenario.events:
        nodes: list[str] = []
        region = None
        for selector in event.select:
            nodes = select(flow_map, selector)
            if nodes:
                region = selector.region
                break
        start = seconds(event.start, "start")
        long = None if event.duration is None else seconds(event.duration, "duration")
        end = horizon if long is None else min(start + long, horizon)
        if region == "largest":
            region = largest_region(flow_map)
        placed.append(
            Happening(
                event=event,
                start=min(start, horizon),
                end=end,
                ramp=seconds(event.ramp, "ramp") if event.ramp else 0.0,
                nodes=tuple(nodes),
                open_ended=long is None,
                region=region.casefold() if region else None,
            )
        )
    return placed


def horizon_of(scenario: Scenario) -> float:
    """The stated horizon, or as much longer as the events need to end and be recovered from."""
    horizon = seconds(scenario.horizon, "horizon")
    for event in scenario.events:
        start = seconds(event.start, "start")
        long = seconds(event.duration, "duration") if event.duration else 0.0
        horizon = max(horizon, start + 2 * long, start + 2 * (long == 0) * 3600.0)
    return horizon


@dataclass
class Effect:
    """What all events together do to one node, by step of the grid."""

    rate: Curve
    capacity: Curve
    latency: Curve
    errors: Curve
    timeouts: Curve
    down: Mask

    @classmethod
    def none(cls, steps: int) -> Effect:
        """A normal day."""
        one, zero = np.ones(steps), np.zeros(steps)
        return cls(one, one, one, zero, zero, np.zeros(steps, dtype=bool))


def effect_on(node: Node, failover: float | None, placed: list[Happening], times: Curve) -> Effect:
    """The effect on one node; a failover ends `down` early, a second region halves it."""
    middle = (times[1:] + times[:-1]) / 2
    effect = Effect.none(len(middle))
    for happening in placed:
        if node.id not in happening.nodes:
            continue
        event, inside = happening.event, happening.inside(middle)
        effect.rate = effect.rate * happening.factor(event.rate, middle)
        effect.capacity = effect.capacity * happening.factor(event.capacity, middle)
        effect.latency = effect.latency * happening.factor(event.latency, middle)
        effect.errors = 1 - (1 - effect.errors) * (1 - event.errors * inside)
        effect.timeouts = np.maximum(effect.timeouts, event.timeouts * inside)
        if not event.down:
            continue
        regions = len(regions_of(node))
        if happening.region and regions > 1:
            effect.capacity = effect.capacity * np.where(inside, (regions - 1) / regions, 1.0)
            continue
        if failover is not None:
            inside = inside & (middle < happening.start + failover)
        effect.down = effect.down | inside
    return effect
