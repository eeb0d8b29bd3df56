"""Statements of the text that differ from the map, or from each other, about the same thing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import combinations

from reviewer.analysis import numbers
from reviewer.analysis.graph import FlowMap, interval_of
from reviewer.analysis.ledger import Ledger, fact_id, spans_of
from reviewer.domain.design import ModelUse, Node, Quantity, Requirement
from reviewer.domain.facts import Fact
from reviewer.domain.regions import lies_outside
from reviewer.domain.topics import topic

_TOLERANCE = 0.15  # people round: "about 2,000" and 1,900 do not contradict each other
_SAME_WORDS = 0.6
_COMPARED = {
    "freshness", "latency", "availability", "retention", "storage", "rate", "growth", "limit",
    "recovery_time", "recovery_point", "interval", "capacity", "tokens", "context_window", "cost",
    "parameter",
}  # fmt: skip
_ONE_A_MODEL = {"limit", "context_window"}


def _values(*found: Quantity | None) -> list[Quantity]:
    return [quantity for quantity in found if quantity is not None]


def _schedules(flow_map: FlowMap, node: Node, _: Requirement) -> list[Quantity]:
    flows = [*flow_map.into[node.id], *flow_map.out_of[node.id]]
    found = _values(node.interval, *(f.interval for f in flows))
    words = interval_of(node)
    if words is not None and not found:
        found = [Quantity(value=words, unit="s", text=numbers.duration(words))]
    return found + _values(node.model.refresh_interval if node.model and found else None)


def _times_of(flow_map: FlowMap, node: Node, item: Requirement) -> list[Quantity]:
    if item.percentile is None:
        return _values(node.p50, node.p99)
    if item.percentile <= 0.6:
        return _values(node.p50)
    return _values(node.p99 if item.percentile >= 0.985 else None)


def _peak_factor(flow_map: FlowMap, node: Node, item: Requirement) -> list[Quantity]:
    factor = node.peak_factor
    return [Quantity(value=factor, unit="1", text=numbers.factor(factor))] if factor else []


def _use(node: Node) -> ModelUse:
    return node.model or ModelUse()


_Reader = Callable[[FlowMap, Node, Requirement], list[Quantity]]
_OF_MAP: dict[tuple[str, str], _Reader] = {
    ("interval", ""): _schedules,
    ("latency", ""): _times_of,
    ("retention", ""): lambda _, node, __: _values(node.retention),
    ("storage", ""): lambda _, node, __: _values(node.storage),
    ("rate", ""): lambda _, node, __: _values(node.rate),
    ("rate", "peak factor"): _peak_factor,
    ("rate", "peak"): lambda _, node, __: _values(
        _times(node.rate, node.peak_factor) if node.peak_factor else None
    ),
    ("capacity", "each"): lambda _, node, __: _values(node.capacity),
    ("capacity", ""): lambda _, node, __: _values(
        node.capacity, _times(node.capacity, node.parallelism)
    ),
    ("limit", ""): lambda _, node, __: _values(_use(node).requests_limit),
    ("limit", "tokens"): lambda _, node, __: _values(_use(node).tokens_limit),
    ("tokens", "in"): lambda _, node, __: _values(_use(node).tokens_in),
    ("tokens", "out"): lambda _, node, __: _values(_use(node).tokens_out),
    ("context_window", ""): lambda _, node, __: _values(_use(node).context_window),
}
"""What the map says of a quantity that the text states; several values where it may mean several."""


def _of_map(flow_map: FlowMap, node: Node, item: Requirement) -> list[Quantity]:
    reader = _OF_MAP.get((item.subject, item.label))
    return reader(flow_map, node, item) if reader else []


def _times(quantity: Quantity | None, count: float | None) -> Quantity | None:
    if quantity is None:
        return None
    value = quantity.value * (count or 1)
    return Quantity(value=value, unit=quantity.unit, text=numbers.quantity(value, quantity.unit))


def differs(one: float, other: float) -> bool:
    """Whether two values are further apart than rounding explains."""
    return abs(one - other) > _TOLERANCE * max(abs(one), abs(other))


def _against_map(ledger: Ledger, flow_map: FlowMap, items: list[Requirement]) -> None:
    for item in items:
        node = flow_map.nodes.get(item.node or "")
        if node is None or item.value is None or item.target:
            continue
        said = [q for q in _of_map(flow_map, node, item) if q.unit == item.value.unit]
        if not said or not all(differs(q.value, item.value.value) for q in said):
            continue
        agreeing = [
            other
            for other in items
            if other.node == item.node and other.subject == item.subject and other.value is not None
            and any(not differs(q.value, other.value.value) for q in said)
        ]  # fmt: skip
        if agreeing and item.subject in {"interval", "latency", "rate", "capacity", "tokens"}:
            continue  # the text agrees elsewhere: this statement is of something smaller
        _add(ledger, item, node, said[0])


def _add(ledger: Ledger, item: Requirement, node: Node, mapped: Quantity) -> None:
    said = item.value.text if item.value else ""
    shown = mapped.text or numbers.quantity(mapped.value, mapped.unit)
    ledger.add(
        Fact(
            id=fact_id("contradiction.statement", f"{node.id} {item.subject}"),
            name="contradiction.statement",
            value=item.value.value if item.value else None,
            unit=mapped.unit,
            text=f"The text gives {said} as the {_noun(item)} of {node.name}, and the map {shown}.",
            formula=f"{said} is not {shown}",
            inputs=(item.id, node.id),
            spans=spans_of(item, node),
            node=node.id,
            holds=False,
        )
    )


def _regions(ledger: Ledger, flow_map: FlowMap, items: list[Requirement]) -> None:
    """A place that the text gives a node, and another that the map gives it."""
    for item in items:
        node = flow_map.nodes.get(item.node or "")
        if item.subject != "residency" or item.target or node is None:
            continue
        if not lies_outside(item.region, node.region):
            continue
        ledger.add(
            Fact(
                id=fact_id("contradiction.statement", f"{node.id} residency"),
                name="contradiction.statement",
                value=item.region,
                text=f"The text puts {node.name} in {item.region}, and the map in {node.region}.",
                formula=f"{item.region} is not {node.region}",
                inputs=(item.id, node.id),
                spans=spans_of(item, node),
                node=node.id,
                holds=False,
            )
        )


def _noun(item: Requirement) -> str:
    return (item.label if item.subject == "parameter" else item.subject).replace("_", " ")


_WHEN = re.compile(
    r"\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|january|february|march|april|june|july|august|september|"
    r"october|november|december|christmas|easter|black friday|holidays?|seasons?|summer|winter|spring|autumn|"
    r"weekends?|morning|noon|afternoon|evening|nights?|dawn|launch|rush|sale|busiest|worst|quiet\w*|peak|"
    r"maximum|limit|at most|up to|only|first|second|third|backups?|cop(?:y|ies)|tests?|pilot|before|"
    r"per (?!second|minute|hour|day|week|month|year)\w+|each|a (?:shop|store|customer|user|depot|region|country))\b"
)
"""Words that say under which circumstances a value is meant: another circumstance, another value."""
_IN_FORCE = {"rate", "capacity", "interval", "retention", "tokens", "cost", "storage", "latency"}


def _circumstances(item: Requirement) -> frozenset[str]:
    return frozenset(_WHEN.findall(item.text.lower())) if item.subject in _IN_FORCE else frozenset()


def _is_daily(item: Requirement) -> bool:
    said = item.value.text.lower() if item.value else ""
    return bool(re.search(r"(?:day|week|month|year|night|daily|weekly|monthly|yearly)\s*$", said))


def alike(one: Requirement, other: Requirement) -> bool:
    """Whether two statements are of the same kind and speak of the same thing.

    What arrives in a day says little of what arrives in a second of it, and the other way round.
    """
    if _circumstances(one) != _circumstances(other):
        return False
    if one.subject == "rate" and _is_daily(one) != _is_daily(other):
        return False
    if (one.subject, one.label, one.target) != (other.subject, other.label, other.target):
        return False
    if one.node != other.node or one.span == other.span or one.percentile != other.percentile:
        return False
    if one.node is not None and one.subject in _ONE_A_MODEL:
        return True
    if one.label == "end to end":
        return True
    mine, theirs = topic(one), topic(other)
    if one.target and not mine and not theirs:
        return True
    shared, every = mine & theirs, mine | theirs
    least = 0.5 if one.node is not None else _SAME_WORDS
    return bool(shared) and len(shared) >= least * len(every)


def _pairs(items: list[Requirement]) -> Iterator[tuple[Requirement, Requirement]]:
    stated = [i for i in items if i.value is not None and i.subject in _COMPARED]
    for one, other in combinations(stated, 2):
        if one.value is None or other.value is None or one.value.unit != other.value.unit:
            continue
        if alike(one, other) and differs(one.value.value, other.value.value):
            yield one, other


def _among_texts(ledger: Ledger, items: list[Requirement]) -> None:
    seen: set[tuple[str, str | None, frozenset[str]]] = set()
    for one, other in _pairs(items):
        key = (one.subject, one.node, topic(one) & topic(other))
        if key in seen or one.value is None or other.value is None:
            continue
        seen.add(key)
        ledger.add(
            Fact(
                id=fact_id("contradiction.statement", f"{one.id} {other.id}"),
                name="contradiction.statement",
                value=f"{one.value.text} / {other.value.text}",
                text=f"The {_noun(one)} is stated as {one.value.text} in one place and as "
                f"{other.value.text} in another.",
                formula=f"{one.value.text} is not {other.value.text}",
                inputs=(one.id, other.id),
                spans=spans_of(one, other),
                node=one.node,
                holds=False,
            )
        )


def analyse_disagreements(ledger: Ledger, flow_map: FlowMap, items: list[Requirement]) -> None:
    """Facts `contradiction.statement`; `flow_map` is the map as stated, not filled from the text."""
    _against_map(ledger, flow_map, items)
    _regions(ledger, flow_map, items)
    _among_texts(ledger, items)
