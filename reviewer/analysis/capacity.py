"""Utilisation, headroom and the factor at which each node saturates."""

from __future__ import annotations

import re
from dataclasses import dataclass

from reviewer.analysis import numbers
from reviewer.analysis.graph import FlowMap, interval_of
from reviewer.analysis.ledger import Ledger, fact_id, spans_of
from reviewer.analysis.load import Load, Loads
from reviewer.analysis.told import Told
from reviewer.domain.design import Mode, Node, NodeKind, Quantity
from reviewer.domain.facts import Fact

HEADROOM = 0.8
"""Utilisation above which waiting grows steeply: Kingman's waiting factor u/(1-u) is 4 at 0.8 and
9 at 0.9 (source `queueing-basics`); 70-80 % is common practice rather than a law."""
TEN = 10.0


@dataclass(frozen=True)
class Limit:
    """A ceiling of one node: its own capacity, or a provider's limit on a model."""

    node: Node
    value: float
    unit: str
    what: str
    load: float
    peak: float
    complete: bool
    arithmetic: str


def _instances(node: Node) -> int:
    return node.parallelism if node.parallelism and node.parallelism > 0 else 1


def _capacity(node: Node, load: Load) -> Limit | None:
    stated = node.capacity
    if stated is None or stated.value <= 0 or stated.unit not in {"event/s", "byte/s"}:
        return None
    average, peak, unit, one = load.at(stated.unit), None, stated.unit, stated.value
    if average is None and node.record_size is not None and node.record_size.value > 0:
        # The load is known in the other unit only: convert the capacity through the record size.
        unit = "event/s" if stated.unit == "byte/s" else "byte/s"
        size = node.record_size.value
        one = stated.value / size if unit == "event/s" else stated.value * size
        average = load.at(unit)
    peak = load.at(unit, peak=True)
    if average is None or peak is None:
        return None
    count = _instances(node)
    words = f"{numbers.rate(one, unit)}" + (f" x {count} instances" if count > 1 else "")
    return Limit(node, one * count, unit, "capacity", average, peak, load.complete, words)


def _model_limit(node: Node, load: Load, what: str) -> Limit | None:
    use, events, peak = node.model, load.events, load.peak_events
    if use is None or events is None or peak is None:
        return None
    if what == "request limit":
        stated, each, unit = use.requests_limit, 1.0, "event/s"
    else:
        parts = [q.value for q in (use.tokens_in, use.tokens_out) if q is not None]
        stated, each, unit = use.tokens_limit, sum(parts), "token/s"
    if stated is None or stated.value <= 0 or each <= 0:
        return None
    words = numbers.rate(stated.value, unit)
    return Limit(node, stated.value, unit, what, events * each, peak * each, load.complete, words)


def limits(flow_map: FlowMap, loads: Loads) -> list[Limit]:
    """Every stated ceiling whose load is known, in the order of node ids."""
    found: list[Limit | None] = []
    for node_id, node in flow_map.nodes.items():
        load = loads[node_id]
        found.append(_capacity(node, load))
        found.append(_model_limit(node, load, "request limit"))
        found.append(_model_limit(node, load, "token limit"))
    return [limit for limit in found if limit is not None]


def _inputs(limit: Limit, loads: Loads) -> tuple[str, ...]:
    return tuple(dict.fromkeys((limit.node.id, *loads[limit.node.id].origins)))


def _spans(limit: Limit, flow_map: FlowMap, loads: Loads) -> tuple[str, ...]:
    origins = [flow_map.nodes[node] for node in loads[limit.node.id].origins]
    return spans_of(limit.node, *origins)


class _Writer:
    """Writes the facts of one kind of ceiling."""

    def __init__(self, ledger: Ledger, flow_map: FlowMap, loads: Loads) -> None:
        self.ledger, self.map, self.loads = ledger, flow_map, loads

    def add(self, limit: Limit, name: str, value: float, text: str, holds: bool | None) -> Fact:
        """One utilisation fact; a lower bound that is fine says nothing."""
        peak = name in {"capacity.peak", "capacity.headroom"} and self.loads.peak_stated
        load = limit.peak if peak else limit.load
        at_least = "" if limit.complete else "at least "
        return self.ledger.add(
            Fact(
                id=fact_id(name, limit.node.id),
                name=name,
                value=value,
                unit="1",
                text=text,
                formula=f"load / {limit.what} = {at_least}{numbers.rate(load, limit.unit)} / "
                f"({limit.arithmetic}) = {numbers.plain(load / limit.value)}",
                inputs=_inputs(limit, self.loads),
                spans=_spans(limit, self.map, self.loads),
                node=limit.node.id,
                holds=None if holds and not limit.complete else holds,
            )
        )


def _utilisation(writer: _Writer, limit: Limit) -> None:
    node, use, top = limit.node, limit.load / limit.value, limit.peak / limit.value
    takes = f"of a capacity of {numbers.rate(limit.value, limit.unit)}"
    average = f"{node.name} gets {numbers.rate(limit.load, limit.unit)} on average {takes}"
    batch = _run_words(node, limit)
    writer.add(
        limit,
        "capacity.utilisation",
        use,
        f"{average}: it is {numbers.percent(use)} busy{batch}.",
        use <= 1,
    )
    if writer.loads.peak_stated:
        # A long batch run spreads a short peak over its interval, so a peak alone fails nothing.
        spreads = node.mode is Mode.BATCH and (interval_of(node) or 0) >= numbers.HOUR
        writer.add(
            limit,
            "capacity.peak",
            top,
            f"At peak {node.name} gets {numbers.rate(limit.peak, limit.unit)} {takes}: "
            f"it is {numbers.percent(top)} busy.",
            None if spreads and top > 1 else top <= 1,
        )
    when = "at peak" if writer.loads.peak_stated else "on average (no peak is stated)"
    worst = max(use, top)
    if node.mode is not Mode.BATCH:
        writer.add(
            limit,
            "capacity.headroom",
            worst,
            f"{node.name} is {numbers.percent(worst)} busy {when}; above 80 % waiting grows steeply.",
            worst <= HEADROOM,
        )


def _run_words(node: Node, limit: Limit) -> str:
    interval = interval_of(node)
    if node.mode is not Mode.BATCH or interval is None:
        return ""
    brought = limit.load * interval
    unit = limit.unit.removesuffix("/s")
    amount = numbers.size(brought) if unit == "byte" else f"{numbers.plain(brought)} {unit}s"
    return (
        f", since each run brings {amount} and takes "
        f"{numbers.duration(brought / limit.value)} of every {numbers.duration(interval)}"
    )


def _run_time(ledger: Ledger, node: Node) -> float | None:
    """Share of its interval that a batch run takes, from stated times alone."""
    interval, stated = interval_of(node), node.p99 or node.p50
    if node.mode not in {Mode.BATCH, Mode.MICRO_BATCH} or not interval or stated is None:
        return None
    share = stated.value / interval
    took, every = numbers.duration(stated.value), numbers.duration(interval)
    ledger.add(
        Fact(
            id=fact_id("capacity.utilisation", node.id),
            name="capacity.utilisation",
            value=share,
            unit="1",
            text=f"A run of {node.name} takes {took} and one starts every {every}: "
            f"it is {numbers.percent(share)} busy.",
            formula=f"run time / interval = {took} / {every} = {numbers.plain(share)}",
            inputs=(node.id,),
            spans=spans_of(node),
            node=node.id,
            holds=share <= 1,
        )
    )
    return share


def _node_limit(writer: _Writer, limit: Limit) -> None:
    top = limit.value / limit.load
    writer.ledger.add(
        Fact(
            id=fact_id("capacity.node_limit", f"{limit.node.id} {_short(limit)}".strip()),
            name="capacity.node_limit",
            value=top,
            unit="1",
            text=f"{limit.node.name} reaches its {limit.what} of "
            f"{numbers.rate(limit.value, limit.unit)} at {numbers.factor(top)} the average load.",
            formula=f"{limit.what} / load = {numbers.rate(limit.value, limit.unit)} / "
            f"{numbers.rate(limit.load, limit.unit)} = {numbers.plain(top)}",
            inputs=_inputs(limit, writer.loads),
            spans=_spans(limit, writer.map, writer.loads),
            node=limit.node.id,
        )
    )


def _short(limit: Limit) -> str:
    return "" if limit.what == "capacity" else limit.what


def _ten_x(writer: _Writer, found: list[Limit], runs: dict[str, float], said: Told) -> None:
    options = [(limit.value / limit.load, limit.node.id, limit) for limit in found]
    ceilings = [
        (top, node, f"{li.what} of {numbers.rate(li.value, li.unit)}", li.complete)
        for top, node, li in options
    ]
    ceilings += [
        (1 / share, node, "interval, if its run grows with the data", True)
        for node, share in runs.items()
        if share > 0
    ]
    if not ceilings:
        return
    top, node_id, what, complete = min(ceilings, key=lambda c: (c[0], c[1], c[2]))
    node = writer.map.nodes[node_id]
    origins = writer.loads[node_id].origins
    holds, passed, grown = _verdict(top, complete, what.startswith("interval"), said)
    writer.ledger.add(
        Fact(
            id=fact_id("capacity.ten_x"),
            name="capacity.ten_x",
            value=top,
            unit="1",
            text=f"{node.name} saturates first, at {numbers.factor(top)} today's average load: "
            f"it reaches its {what}{passed}.",
            formula=f"min over {len(ceilings)} stated ceilings of ceiling / average load = "
            f"{numbers.plain(top)} (needed: 10)",
            inputs=tuple(dict.fromkeys((node_id, *origins))),
            spans=(*spans_of(node, *(writer.map.nodes[o] for o in origins)), *grown),
            node=node_id,
            holds=holds,
        )
    )


def _verdict(
    top: float, complete: bool, assumed: bool, said: Told
) -> tuple[bool | None, str, tuple[str, ...]]:
    """Whether ten times the load fits, the words for it, and the span that says how it is reached.

    That a run grows with the data is `assumed` of a stated run time: alone it fails nothing.
    """
    if top >= TEN:
        return (True if complete else None), "", ()
    if said.ten_times is None and assumed:
        return None, ", and ten times the load then does not fit", ()
    if said.ten_times is None:
        return False, ", so ten times the load does not fit", ()
    words = " with today's instances; the text says what ten times the load takes"
    return None, words, (said.ten_times.id,)


def retries(node: Node) -> int | None:
    """How often a failed call is repeated, where the failure handling says so."""
    text = (node.failure or "").lower()
    found = re.search(
        r"(?:retr(?:y|ies|ied)\D{0,12}(\d{1,2})\b(?!\s*(?:s|ms|min))|(\d{1,2})\s*(?:x\s*)?retr)",
        text,
    )
    return int(found.group(1) or found.group(2)) if found else None


def _retry_storm(writer: _Writer, limit: Limit) -> None:
    count = retries(limit.node)
    if not count or limit.what == "token limit":
        return
    storm = limit.peak * (1 + count) / limit.value
    writer.ledger.add(
        Fact(
            id=fact_id("capacity.retry_storm", limit.node.id),
            name="capacity.retry_storm",
            value=storm,
            unit="1",
            text=f"If every call to {limit.node.name} fails and is retried {count} times, the load is "
            f"{numbers.factor(storm)} its {limit.what}.",
            formula=f"peak load x (1 + retries) / {limit.what} = {numbers.rate(limit.peak, limit.unit)}"
            f" x {1 + count} / {numbers.rate(limit.value, limit.unit)} = {numbers.plain(storm)}",
            inputs=_inputs(limit, writer.loads),
            spans=_spans(limit, writer.map, writer.loads),
            node=limit.node.id,
        )
    )


def analyse_capacity(ledger: Ledger, flow_map: FlowMap, loads: Loads, said: Told) -> list[Limit]:
    """All capacity facts; returns the ceilings for those that compare them with the text."""
    writer = _Writer(ledger, flow_map, loads)
    found = limits(flow_map, loads)
    for limit in found:
        if limit.what == "capacity":
            _utilisation(writer, limit)
        _node_limit(writer, limit)
        _retry_storm(writer, limit)
    measured = {limit.node.id for limit in found if limit.what == "capacity"}
    runs = {}
    for node_id, node in flow_map.nodes.items():
        share = _run_time(ledger, node) if node_id not in measured else None
        if share is not None:
            runs[node_id] = share
    _ten_x(writer, found, runs, said)
    _gaps(ledger, flow_map, loads, found)
    return found


def _gaps(ledger: Ledger, flow_map: FlowMap, loads: Loads, found: list[Limit]) -> None:
    if loads.endless:
        ledger.gap(
            "capacity.utilisation",
            f"The cycle of {numbers.listed(list(loads.endless))} sends on as many records as it gets "
            "back, so its load would grow without end: state a `share` below 1 on one of its flows.",
        )
        return
    sources = [
        n for n in flow_map.of_kind(NodeKind.SOURCE, NodeKind.CONSUMER) if n.rate is not None
    ]
    any_rate = any(n.rate is not None for n in flow_map.nodes.values())
    if not any_rate:
        ledger.gap(
            "capacity.utilisation",
            "No rate is given for any source, so load, utilisation, storage growth and the factor at "
            "which the pipeline saturates could not be computed.",
        )
        return
    silent = [n.name for n in flow_map.of_kind(NodeKind.SOURCE) if n.rate is None]
    if silent and sources:
        ledger.gap(
            "capacity.load",
            f"No rate is given for {numbers.listed(silent)}, so the loads downstream are lower bounds.",
        )
    limited = {limit.node.id for limit in found}
    idle = [
        n.name
        for n in flow_map.of_kind(NodeKind.STAGE, NodeKind.STORE, NodeKind.MODEL)
        if n.id not in limited and (n.capacity is None and n.model is None)
    ]
    if idle:
        ledger.gap(
            "capacity.node_limit",
            f"No capacity is given for {numbers.listed(idle)}, so how far they can grow is unknown.",
        )
    if not loads.peak_stated:
        ledger.gap(
            "capacity.peak",
            "No peak factor is given for any source, so the load at peak is unknown.",
        )


def rate_text(quantity: Quantity) -> str:
    """A stated rate, as its own words where it has them."""
    return quantity.text or numbers.quantity(quantity.value, quantity.unit)
