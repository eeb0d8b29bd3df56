"""Where the nodes and flows of a data-flow map stand in a picture; no drawing here.

Layers go from top to bottom, by the longest way from a source; cycles are opened at the flow that
closes them. Within a layer nodes stand under what feeds them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from reviewer.domain.design import DataFlow, Flow, Node
from reviewer.domain.facts import Analysis
from reviewer.domain.regions import jurisdiction
from reviewer.domain.review import Review

Values = dict[str, Any]

WIDTH: Final = 148
HEIGHT: Final = 58
GAP_X: Final = 22
GAP_Y: Final = 46
MARGIN: Final = 10
_ROUNDS = 4


def badges_of(review: Review, numbered: Mapping[str, int]) -> dict[str, list[int]]:
    """The numbers of the findings that speak of each node, through the node or a fact of theirs."""
    facts = {fact.id: fact.node for fact in review.analysis.facts}
    badges: dict[str, list[int]] = {}
    for finding in review.findings:
        hit = {finding.node, *(facts.get(fact) for fact in finding.facts)} - {None}
        for node in hit:
            badges.setdefault(str(node), []).append(numbered[finding.id])
    return badges


def reached_by_people(analysis: Analysis | None) -> frozenset[str]:
    """The nodes that personal data reaches, as computed; a node that removes it is the last."""
    facts = analysis.named("privacy.reach") if analysis else ()
    return frozenset(node for fact in facts for node in fact.inputs)


def diagram(
    data_flow: DataFlow,
    badges: Mapping[str, Sequence[int]] | None = None,
    *,
    reached: frozenset[str] = frozenset(),
    across: int = 3,
) -> Values:
    """Boxes and lines in pixels, at most `across` boxes side by side; empty without nodes.

    `reached` are the nodes that personal data reaches: the way there is drawn in its colour.
    """
    nodes = {node.id: node for node in data_flow.nodes}
    flows = [f for f in data_flow.flows if f.source in nodes and f.target in nodes]
    rows = _rows(list(nodes), _forward(list(nodes), flows), across)
    widest = max((len(row) for row in rows), default=0)
    width = 2 * MARGIN + widest * WIDTH + max(widest - 1, 0) * GAP_X
    places: dict[str, tuple[float, float]] = {}
    for depth, row in enumerate(rows):
        taken = len(row) * WIDTH + (len(row) - 1) * GAP_X
        for place, name in enumerate(row):
            x = (width - taken) / 2 + place * (WIDTH + GAP_X)
            places[name] = (x, MARGIN + depth * (HEIGHT + GAP_Y))
    return {
        "width": max(width, 2 * MARGIN + WIDTH),
        "height": 2 * MARGIN + len(rows) * HEIGHT + max(len(rows) - 1, 0) * GAP_Y,
        "box": [WIDTH, HEIGHT],
        "nodes": [_box(node, places[node.id], (badges or {}).get(node.id, ()), node.id in reached) for node in nodes.values()],
        "flows": [_line(flow, nodes, places, reached) for flow in flows],
    }  # fmt: skip


def _forward(names: Sequence[str], flows: Sequence[Flow]) -> dict[str, list[str]]:
    """Targets of each node without the flows that would close a cycle."""
    targets: dict[str, list[str]] = {name: [] for name in names}
    for flow in flows:
        if flow.target != flow.source and flow.target not in targets[flow.source]:
            targets[flow.source].append(flow.target)
    kept: dict[str, list[str]] = {name: [] for name in names}
    state: dict[str, int] = {}
    fed = {target for to in targets.values() for target in to}
    for start in [*(n for n in names if n not in fed), *names]:
        if start in state:
            continue
        stack = [(start, iter(targets[start]))]
        state[start] = 1
        while stack:
            name, left = stack[-1]
            following = next(left, None)
            if following is None:
                state[name] = 2
                stack.pop()
            elif state.get(following) != 1:
                kept[name].append(following)
                if following not in state:
                    state[following] = 1
                    stack.append((following, iter(targets[following])))
    return kept


def _rows(names: Sequence[str], targets: Mapping[str, list[str]], across: int) -> list[list[str]]:
    """Layers in order, wide ones divided over several rows."""
    sources: dict[str, list[str]] = {name: [] for name in names}
    for name, to in targets.items():
        for target in to:
            sources[target].append(name)
    depth: dict[str, int] = {}
    waiting = {name: len(sources[name]) for name in names}
    ready = [name for name in names if not waiting[name]]
    while ready:
        name = ready.pop()
        depth[name] = max((depth[s] + 1 for s in sources[name]), default=0)
        for target in targets[name]:
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    for name in sorted(names, key=lambda n: depth[n], reverse=True):
        if not sources[name] and targets[name]:  # a source stands just above what it feeds
            depth[name] = min(depth[t] for t in targets[name]) - 1
    layers: dict[int, list[str]] = {}
    for name in names:
        layers.setdefault(depth[name], []).append(name)
    ordered = [layers[level] for level in sorted(layers)]
    _untangle(ordered, sources, targets)
    return [
        layer[begin : begin + _share(len(layer), across)]
        for layer in ordered
        for begin in range(0, len(layer), _share(len(layer), across))
    ]


def _share(size: int, across: int) -> int:
    """How many of a layer go into one row, so that its rows are about equally full."""
    rows = -(-size // across)
    return -(-size // rows)


def _untangle(
    layers: list[list[str]], sources: Mapping[str, list[str]], targets: Mapping[str, list[str]]
) -> None:
    """Orders each layer by the middle of its neighbours' places, down and up a few times."""
    for turn in range(_ROUNDS):
        down = turn % 2 == 0
        near = sources if down else targets
        place = {n: (i + 0.5) / len(layer) for layer in layers for i, n in enumerate(layer)}
        for layer in layers if down else reversed(layers):
            middle = {
                n: sum(place[m] for m in near[n]) / len(near[n]) if near[n] else place[n]
                for n in layer
            }
            layer.sort(key=lambda n: middle[n])
            place.update({n: (i + 0.5) / len(layer) for i, n in enumerate(layer)})


def _box(node: Node, place: tuple[float, float], badges: Sequence[int], reached: bool) -> Values:
    return {
        "id": node.id,
        "x": place[0],
        "y": place[1],
        "kind": node.kind.value,
        "name": node.name or node.id,
        "technology": node.technology or "",
        "mode": node.mode.value if node.mode else "",
        "interval": node.interval.text if node.interval else "",
        "region": node.region or "",
        "place": jurisdiction(node.region) or "",
        "personal": sorted(node.personal_data or ()),
        "removes": bool(node.removes_personal_data),
        "reached": reached or bool(node.personal_data),
        "legacy": node.legacy is not None,
        "external": bool(node.external),
        "badges": sorted(badges),
        "spans": list(node.spans[:1]),
        "details": _details(node),
    }


def _details(node: Node) -> list[list[str]]:
    """What the map states of a node, as pairs of field and value."""
    quantities = (
        "rate",
        "record_size",
        "capacity",
        "interval",
        "p50",
        "p99",
        "retention",
        "storage",
    )
    stated = [(name, getattr(node, name)) for name in quantities]
    pairs = [[name, value.text] for name, value in stated if value is not None]
    if node.peak_factor is not None:
        pairs.append(["peak_factor", f"{node.peak_factor:g}x"])
    if node.parallelism is not None:
        pairs.append(["parallelism", str(node.parallelism)])
    if node.replicas is not None:
        pairs.append(["replicas", str(node.replicas)])
    if node.region:
        pairs.append(["region", node.region])
    if node.personal_data:
        pairs.append(["personal_data", ", ".join(node.personal_data)])
    if node.legacy and node.legacy.interface:
        pairs.append(["interface", node.legacy.interface])
    if node.fallback:
        pairs.append(["fallback", node.fallback])
    return pairs


def _line(
    flow: Flow,
    nodes: Mapping[str, Node],
    places: Mapping[str, tuple[float, float]],
    reached: frozenset[str],
) -> Values:
    source, target = nodes[flow.source], nodes[flow.target]
    (x1, y1), (x2, y2) = places[flow.source], places[flow.target]
    mode = flow.mode or target.mode or source.mode
    every = flow.interval or (source.interval if source.mode == mode else None)
    return {
        "id": flow.id,
        "from": flow.source,
        "to": flow.target,
        "x1": x1 + WIDTH / 2,
        "y1": y1 + HEIGHT,
        "x2": x2 + WIDTH / 2,
        "y2": y2,
        "back": y2 <= y1,
        "mode": mode.value if mode else "",
        "stated": flow.mode is not None,
        "interval": every.text if every else "",
        "label": flow.label or "",
        "personal": bool(flow.personal_data)
        or (
            flow.personal_data is None
            and {flow.source, flow.target} <= reached
            and not source.removes_personal_data
        ),
    }
