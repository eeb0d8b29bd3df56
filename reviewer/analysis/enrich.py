"""Fills what the map leaves out with what the text states of the same node."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from reviewer.domain.design import (
    DataFlow,
    Design,
    Mode,
    ModelUse,
    Node,
    NodeKind,
    Quantity,
    Requirement,
)

_OF_MODEL = {"limit", "tokens", "context_window"}
_RATES = {"event/s", "byte/s"}


def attributed(design: Design) -> list[Requirement]:
    """Requirements by id; those that can only mean one node of the map are given it.

    Token counts and provider limits mean the only model, a stated peak the only node with a rate.
    """
    models = [n.id for n in design.data_flow.nodes if n.kind is NodeKind.MODEL]
    known = {n.id for n in design.data_flow.nodes}
    found = []
    for item in sorted(design.requirements, key=lambda r: (len(r.id), r.id)):
        node = item.node if item.node in known else None
        if item.subject in _OF_MODEL and len(models) == 1 and node not in models:
            node = models[0]
        rank = item.percentile
        if rank is not None and rank > 1:  # forms write 99, texts are read as 0.99
            rank = rank / 100 if rank <= 100 else 0.999
        update = {"node": node, "percentile": rank}
        found.append(item.model_copy(update=update))
    return found


def _agreed(items: Iterable[Requirement]) -> Quantity | None:
    """The one value that all statements give; None where they differ."""
    values = [item.value for item in items if item.value is not None]
    if not values or any(abs(v.value - values[0].value) > 0.01 * values[0].value for v in values):
        return None
    return values[0]


_FIELDS: dict[tuple[str, str], str] = {
    ("interval", ""): "interval",
    ("retention", ""): "retention",
    ("storage", ""): "storage",
    ("rate", ""): "rate",
    ("other", "record size"): "record_size",
    ("capacity", "each"): "capacity",
    ("limit", ""): "requests_limit",
    ("limit", "tokens"): "tokens_limit",
    ("tokens", "in"): "tokens_in",
    ("tokens", "out"): "tokens_out",
    ("context_window", ""): "context_window",
    ("residency", ""): "region",
}


def _field(item: Requirement, node: Node) -> str | None:
    """The attribute of the node that a statement fills."""
    kind = (item.subject, item.label)
    if kind == ("latency", ""):
        return "p50" if item.percentile is not None and item.percentile <= 0.6 else "p99"
    if kind == ("interval", "") and node.kind is NodeKind.MODEL:
        return "refresh_interval"
    if kind == ("capacity", ""):
        return "capacity" if (node.parallelism or 1) == 1 else None
    return _FIELDS.get(kind)


def _fits(node: Node, field: str, value: Quantity) -> bool:
    kind, slow = node.kind, node.mode in {Mode.BATCH, Mode.MICRO_BATCH}
    match field:
        case "interval":
            return (node.mode is None or slow) and kind is not NodeKind.CONSUMER
        case "p50" | "p99":
            return (slow or value.value < 3600) and kind is not NodeKind.SOURCE
        case "retention" | "storage":
            return kind in {NodeKind.STORE, NodeKind.STAGE}
        case "rate":
            return kind in {NodeKind.SOURCE, NodeKind.CONSUMER} and value.unit in _RATES
        case "capacity":
            return kind not in {NodeKind.SOURCE, NodeKind.CONSUMER} and value.unit in _RATES
    return kind is NodeKind.MODEL


def _news(node: Node, field: str, said: list[Requirement]) -> object | None:
    """The value that the text gives a field which the map leaves out."""
    place: Node | ModelUse = node
    if field in ModelUse.model_fields and field not in Node.model_fields:
        place = node.model or ModelUse()
    if getattr(place, field) is not None:
        return None
    if field == "region":
        regions = {item.region for item in said}
        return regions.pop() if len(regions) == 1 else None
    value = _agreed(said)
    return value if value is not None and _fits(node, field, value) else None


def _filled(node: Node, items: list[Requirement]) -> Node:
    by_field: dict[str, list[Requirement]] = defaultdict(list)
    for item in items:
        field = _field(item, node)
        if field is not None:
            by_field[field].append(item)
    news = {field: _news(node, field, said) for field, said in sorted(by_field.items())}
    news = {field: value for field, value in news.items() if value is not None}
    if not news:
        return node
    own = {field: value for field, value in news.items() if field in Node.model_fields}
    inner = {field: value for field, value in news.items() if field not in own}
    if inner:
        own["model"] = (node.model or ModelUse()).model_copy(update=inner)
    used = [item.span for field in news for item in by_field[field] if item.span]
    return node.model_copy(update={**own, "spans": tuple(dict.fromkeys([*node.spans, *used]))})


def _peak(nodes: list[Node], items: list[Requirement]) -> list[Node]:
    """Peak factors from the text, where the map gives none at all."""
    if any(n.peak_factor is not None for n in nodes):
        return nodes
    emitting = [n for n in nodes if n.rate is not None]
    factors: dict[str, tuple[float, Requirement]] = {}
    for item in items:
        if item.subject != "rate" or item.value is None or item.target:
            continue
        if item.label == "peak factor" and item.value.value > 1:
            named = [n for n in emitting if item.node in {None, n.id}]
            factors.update({n.id: (item.value.value, item) for n in named})
        elif item.label == "peak" and item.value.unit in _RATES:
            named = [n for n in emitting if n.id == item.node]
            named = named or (emitting if len(emitting) == 1 and item.node is None else [])
            for node in named:
                if node.rate and node.rate.unit == item.value.unit and node.rate.value > 0:
                    factors[node.id] = (max(1.0, item.value.value / node.rate.value), item)
    found = []
    for node in nodes:
        if node.id in factors:
            value, item = factors[node.id]
            spans = dict.fromkeys([*node.spans, *([item.span] if item.span else [])])
            node = node.model_copy(update={"peak_factor": value, "spans": tuple(spans)})
        found.append(node)
    return found


def enriched(data_flow: DataFlow, items: list[Requirement]) -> DataFlow:
    """The map with gaps filled from statements (not targets) that name the node; never changed."""
    said: dict[str, list[Requirement]] = defaultdict(list)
    for item in items:
        if item.node is not None and not item.target:
            said[item.node].append(item)
    nodes = [_filled(n, said[n.id]) if n.id in said else n for n in data_flow.nodes]
    return data_flow.model_copy(update={"nodes": tuple(_peak(nodes, items))})
