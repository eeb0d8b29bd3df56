"""Worst-case age of data at its consumer: every batch wait and processing time along the path."""

from __future__ import annotations

import re
from dataclasses import dataclass

from reviewer.analysis import numbers
from reviewer.analysis.graph import FlowMap, Path, interval_of
from reviewer.analysis.ledger import Ledger, fact_id, spans_of
from reviewer.domain.design import Flow, Mode, Node, NodeKind, Requirement
from reviewer.domain.facts import Fact
from reviewer.domain.topics import is_generic, node_words, topic, words

_ROUNDING = 1.02  # "two days" of two nightly runs leaves out the seconds on the way
_SLOW = {Mode.BATCH, Mode.MICRO_BATCH}
_REFERENCE = words(
    "master reference catalogue catalog dimension lookup history historical archive calendar weather "
    "holiday taxonomy attribute static metadata policy document manual training"
)
_CARRIERS = words(
    "feed feeds event events log logs stream export file files system record records database db "
    "source table topic api queue bus message messages collector platform app portal terminal device"
)


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


def _is_reference(flow_map: FlowMap, age: Age, spoken: frozenset[str]) -> bool:
    slow = node_words(flow_map.nodes[age.path.nodes[0]]) & _REFERENCE
    return bool(slow) and not slow & spoken


def _is_another(flow_map: FlowMap, age: Age, spoken: frozenset[str]) -> bool:
    """Whether the source is a data set of its own: competitor prices are not the prices meant."""
    mine = node_words(flow_map.nodes[age.path.nodes[0]]) - _CARRIERS
    return bool(mine & spoken) and bool(mine - spoken)


def chosen(
    flow_map: FlowMap, found: list[Age], target: Requirement, *, several: bool = False
) -> list[Age]:
    """The paths that a freshness target speaks of.

    A target that names its data is of the paths on which that data moves. A bare one, or one that
    says "end to end", is of every consumer. Where its words fit none, the freshest end only; where
    the design has `several` targets, such a one speaks of something that the map does not show.
    Where paths of several data sets remain and only some of them keep the target, it is of none.
    """
    if is_generic(target.text):
        return found if target.node is None else _at_node(flow_map, found, target.node)
    if target.node is not None:
        pool = _named_ends(flow_map, _at_node(flow_map, found, target.node), target)
        return _sure(flow_map, _of_data(flow_map, pool, target), target)
    if not topic(target) or target.label == "end to end":
        every = [a for a in found if not _is_reference(flow_map, a, frozenset())] or found
        return _sure(flow_map, every, target) if several and not target.label else every
    spoken = topic(target)
    scored = [(len(spoken & _path_words(flow_map, age)), age) for age in found]
    best = max((score for score, _ in scored), default=0)
    if best > 0:
        top = [age for score, age in scored if score == best]
        mine = [a for a in top if not _is_reference(flow_map, a, spoken)] or top
        mine = [a for a in mine if not _is_another(flow_map, a, spoken)] or mine
        return _sure(flow_map, _of_data(flow_map, mine, target), target)
    return [] if several else _freshest(flow_map, found)


_VERB = re.compile(
    r"\b(?:must|may|shall|should|will|can|is|are|be|has|have|reach\w*|arriv\w*|appear\w*|show\w*|within|at most|"
    r"no (?:older|more|later)|never|not|up to|older|under|below|stays?|gets?|lands?)\b|[<≤]"
)
_PLACES = re.compile(r"\b(?:in|on|at|inside|into|that|which|when|used by|seen by|for)\b")


def _data_words(target: Requirement) -> frozenset[str]:
    """The thing that is to be fresh: the words before the verb, without where it is read."""
    subject = _VERB.split(target.text.lower(), maxsplit=1)[0]
    return words(_PLACES.split(subject, maxsplit=1)[0])


def _data_on(flow_map: FlowMap, age: Age) -> frozenset[str]:
    """Words of the data that moves along a path: its source, its flows and what it passes.

    What the text states of the source counts too: `the ERP delivers its stock file every night`.
    """
    inner = [node_words(flow_map.nodes[n]) for n in age.path.nodes[:-1]]
    labels = [words(flow.label or "") for flow in age.path.flows]
    return frozenset().union(*inner, *labels, flow_map.told.get(age.path.nodes[0], frozenset()))


def _named_ends(flow_map: FlowMap, pool: list[Age], target: Requirement) -> list[Age]:
    """The paths to the consumer that the target names beside its data; all where it names none."""
    spoken = topic(target) - node_words(flow_map.nodes[target.node or ""])
    scored = {age.end: len(spoken & node_words(flow_map.nodes[age.end])) for age in pool}
    best = max(scored.values(), default=0)
    return [age for age in pool if scored[age.end] == best]


def _of_data(flow_map: FlowMap, pool: list[Age], target: Requirement) -> list[Age]:
    """The paths whose source or steps the target's data is named after; all where none is."""
    spoken = _data_words(target)
    scored = [(len(spoken & _data_on(flow_map, age)), age) for age in pool]
    best = max((score for score, _ in scored), default=0)
    sources = {age.path.nodes[0] for score, age in scored if score == best}
    mine = [age for age in pool if age.path.nodes[0] in sources]
    return [age for age in mine if not _is_derived(flow_map, age, mine, target)]


def _is_derived(flow_map: FlowMap, age: Age, pool: list[Age], target: Requirement) -> bool:
    """Whether a model makes something else of the data on this way, and another way has none."""
    spoken = topic(target)

    def unnamed(way: Age) -> int:
        inner = [flow_map.nodes[n] for n in way.path.nodes[1:-1]]
        return sum(n.kind is NodeKind.MODEL and not node_words(n) & spoken for n in inner)

    ends = (age.path.nodes[0], age.end)
    rivals = [unnamed(a) for a in pool if (a.path.nodes[0], a.end) == ends]
    return bool(rivals) and unnamed(age) > min(rivals)


def _sure(flow_map: FlowMap, pool: list[Age], target: Requirement) -> list[Age]:
    """All of these paths, or none where it is not clear which of several data sets is meant.

    It is clear where the words name the data of every path or all paths agree on the verdict.
    """
    spoken = _data_words(target)
    sources = {age.path.nodes[0] for age in pool}
    named = all(spoken & _data_on(flow_map, age) for age in pool)
    # "What the app shows": all that reaches this consumer.
    whole = all(spoken <= node_words(flow_map.nodes[age.end]) for age in pool)
    if len(sources) < 2 or (spoken and (named or whole)) or target.value is None:
        return pool
    late = {holds(age, target.value.value) is False for age in pool}
    return pool if len(late) < 2 else []


def _at_node(flow_map: FlowMap, found: list[Age], node: str) -> list[Age]:
    """The age at that node itself; of a source, which makes nothing older, at the ends it feeds."""
    ending = [a for a in found if a.end == node]
    through = [a for a in found if node in a.path.nodes]
    if ending or all(a.path.nodes[0] == node for a in through):
        return ending or through
    cut: dict[tuple[str, ...], Age] = {}
    for age in through:
        steps = age.path.nodes.index(node)
        if steps:
            short = Path(age.path.nodes[: steps + 1], age.path.flows[:steps])
            cut.setdefault(short.nodes, age_along(flow_map, short))
    return list(cut.values())


def _path_words(flow_map: FlowMap, age: Age) -> frozenset[str]:
    return frozenset().union(*(node_words(flow_map.nodes[n]) for n in age.path.nodes))


def _freshest(flow_map: FlowMap, found: list[Age]) -> list[Age]:
    """All paths of the end whose oldest data is youngest: the only ones a vague target must mean."""
    worst: dict[str, float] = {}
    for age in found:
        if not _is_reference(flow_map, age, frozenset()):
            worst[age.end] = max(worst.get(age.end, 0.0), age.worst)
    if not worst:
        return found
    end = min(worst, key=lambda e: (worst[e], e))
    return [a for a in found if a.end == end and not _is_reference(flow_map, a, frozenset())]


def _slowest(found: list[Age]) -> Age:
    return max(found, key=lambda a: (a.worst, a.aligned, a.path.nodes))


def _arithmetic(age: Age) -> str:
    parts = []
    for hop in age.hops:
        both = [numbers.duration(x) for x in (hop.wait, hop.work) if x]
        parts.append(f"{hop.what} {' + '.join(both) if both else '(unknown)'}")
    return f"{' + '.join(parts)} = {numbers.duration(age.worst)}"


def _spans(flow_map: FlowMap, age: Age, target: Requirement | None) -> tuple[str, ...]:
    slow = sorted((h for h in age.hops if h.total), key=lambda h: -h.total)
    return tuple(dict.fromkeys([*spans_of(target), *(s for hop in slow for s in hop.spans)]))


def _fact(flow_map: FlowMap, age: Age, target: Requirement | None) -> Fact:
    end = flow_map.nodes[age.end]
    at_least = "" if age.known else "at least "
    text = f"Data at {end.name} can be {at_least}{numbers.duration(age.worst)} old"
    verdict = None
    if target is not None and target.value is not None:
        verdict = holds(age, target.value.value)
        text += f", against a target of {target.value.text or numbers.duration(target.value.value)}"
        if verdict is None and age.aligned < age.worst:
            text += (
                f" ({numbers.duration(age.aligned)} if each run starts when the one before ends)"
            )
    return Fact(
        id=fact_id("freshness.end_to_end", end.id),
        name="freshness.end_to_end",
        value=age.worst,
        unit="s",
        text=f"{text}.",
        formula=f"sum of waits and processing times = {_arithmetic(age)}",
        inputs=(*dict.fromkeys(h.node for h in age.hops), *((target.id,) if target else ())),
        spans=_spans(flow_map, age, target),
        node=end.id,
        holds=verdict,
    )


def _pairs(
    flow_map: FlowMap, found: list[Age], targets: list[Requirement]
) -> dict[str, list[tuple[Age, Requirement]]]:
    """For each end, the targets that speak of it with the slowest path that each speaks of."""
    pairs: dict[str, list[tuple[Age, Requirement]]] = {}
    several = len({t.value.value for t in targets if t.value}) > 1
    for target in targets:
        mine = chosen(flow_map, found, target, several=several)
        for end in sorted({a.end for a in mine}):
            slowest = _slowest([a for a in mine if a.end == end])
            pairs.setdefault(end, []).append((slowest, target))
    return pairs


def analyse_freshness(
    ledger: Ledger, flow_map: FlowMap, paths: list[Path], targets: list[Requirement]
) -> None:
    """Freshness facts; `targets` are the stated freshness targets of the chosen design."""
    found = ages(flow_map, paths)
    targets = [t for t in targets if t.value is not None and t.value.unit == "s"]
    pairs = _pairs(flow_map, found, targets)
    order = {False: 0, None: 1, True: 2}
    for end in sorted({age.end for age in found} | set(pairs)):
        mine = pairs.get(end, [])
        mine.sort(
            key=lambda p: (
                (order[holds(p[0], p[1].value.value)], p[1].value.value, p[1].id)
                if p[1].value
                else (3, 0.0, p[1].id)
            )
        )
        if not mine:
            ledger.add(_fact(flow_map, _slowest([a for a in found if a.end == end]), None))
            continue
        age, target = mine[0]
        fact = ledger.add(_fact(flow_map, age, target))
        if fact.holds is False:
            ledger.add(_contradiction(flow_map, fact, age, target))
    _stages(ledger, found)
    unknown = sorted({hop.what for age in found for hop in age.hops if not hop.known})
    if unknown:
        ledger.gap(
            "freshness.end_to_end",
            f"No interval is given for the batch runs of {numbers.listed(unknown)}, so the age of data is a "
            "lower bound.",
        )
    elif not found and flow_map.nodes:
        ledger.gap(
            "freshness.end_to_end",
            "No interval or processing time is given on any path, so the worst-case age of data "
            "could not be computed.",
        )


def _contradiction(flow_map: FlowMap, fact: Fact, age: Age, target: Requirement) -> Fact:
    slow = max(age.hops, key=lambda h: (h.total, h.what))
    promised = target.value.text if target.value else ""
    return Fact(
        id=fact_id("contradiction.freshness", age.end),
        name="contradiction.freshness",
        value=fact.value,
        unit="s",
        text=f"The design promises data at {flow_map.nodes[age.end].name} within {promised}, and "
        f"{slow.what} alone adds up to {numbers.duration(slow.total)} "
        f"({numbers.duration(age.worst)} in all).",
        formula=fact.formula,
        inputs=(fact.id, *fact.inputs),
        spans=fact.spans,
        node=fact.node,
        holds=False,
    )


def _stages(ledger: Ledger, found: list[Age]) -> None:
    if not found:
        return
    age = _slowest(found)
    for hop in age.hops:
        if age.worst <= 0 or not hop.total or len(age.hops) < 2:
            continue
        share = hop.total / age.worst
        ledger.add(
            Fact(
                id=fact_id("freshness.stage", hop.node),
                name="freshness.stage",
                value=share,
                unit="1",
                text=f"{hop.what} adds {numbers.duration(hop.total)}, {numbers.percent(share)} of the "
                f"worst-case age of {numbers.duration(age.worst)}.",
                formula=f"(wait + work) / age = {numbers.duration(hop.total)} / "
                f"{numbers.duration(age.worst)}",
                inputs=(hop.node,),
                spans=hop.spans,
                node=hop.node,
            )
        )
