"""Which paths a freshness target speaks of: those of the data and the consumer that it names."""

from __future__ import annotations

import re

from reviewer.analysis.age import Age, age_along, holds
from reviewer.analysis.graph import FlowMap, Path
from reviewer.domain.design import NodeKind, Requirement
from reviewer.domain.topics import is_generic, node_words, topic, words

_REFERENCE = words(
    "master reference catalogue catalog dimension lookup history historical archive calendar weather "
    "holiday taxonomy attribute static metadata policy document manual training"
)
_CARRIERS = words(
    "feed feeds event events log logs stream export file files system record records database db "
    "source table topic api queue bus message messages collector platform app portal terminal device"
)


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
    return [] if several else _sure(flow_map, _freshest(flow_map, found), target)


_VERB = re.compile(
    r"\b(?:must|may|shall|should|will|can|is|are|be|has|have|reach\w*|arriv\w*|appear\w*|show\w*|within|at most|"
    r"no (?:older|more|later)|never|not|up to|older|under|below|stays?|gets?|lands?)\b|[<≤]"
)
_LEAD = re.compile(r"^.*?\b(?:promise\w*|require\w*|goal|target|rule)\b[^,;]*?\bthat\b")
# What a retailer's systems are called after, and what the data in them is.
_ALSO = {
    word: words(also)
    for data, also in (
        ("sales", "till pos receipt checkout transaction"),
        ("stock", "inventory warehouse"),
        ("orders", "order checkout shop"),
    )
    for word in words(data)
}
_PLACES = re.compile(r"\b(?:in|on|at|inside|into|that|which|when|used by|seen by|for)\b")


def _data_words(target: Requirement) -> frozenset[str]:
    """The thing that is to be fresh: the words before the verb, without where it is read."""
    said = _LEAD.sub("", target.text.lower())
    subject = _VERB.split(said, maxsplit=1)[0]
    spoken = words(_PLACES.split(subject, maxsplit=1)[0])
    return spoken.union(*(also for word, also in _ALSO.items() if word in spoken))


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
