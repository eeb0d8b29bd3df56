"""End-to-end latency: processing times summed along request and stream paths."""

from __future__ import annotations

from dataclasses import dataclass

from reviewer.analysis import numbers
from reviewer.analysis.graph import MOST_STEPS, FlowMap, Path
from reviewer.analysis.ledger import Ledger, fact_id, spans_of
from reviewer.domain.design import Mode, Node, NodeKind, Requirement
from reviewer.domain.facts import Fact
from reviewer.domain.topics import node_words, topic

_SLOW = {Mode.BATCH, Mode.MICRO_BATCH}


@dataclass(frozen=True)
class Budget:
    """The time along one path: the sum of p99, the sum of p50, and who says nothing."""

    path: tuple[Node, ...]
    p99: float
    p50: float
    timed: tuple[Node, ...]
    silent: tuple[Node, ...]


def _time(node: Node, percentile: str) -> float:
    stated = (node.p99 or node.p50) if percentile == "p99" else (node.p50 or node.p99)
    return stated.value if stated else 0.0


def _budget(path: tuple[Node, ...]) -> Budget:
    timed = tuple(n for n in path if n.p99 is not None or n.p50 is not None)
    # Only what works on a record is expected to have a time: the two ends of a path may have none.
    silent = tuple(n for n in path[1:-1] if n.p99 is None and n.p50 is None)
    return Budget(
        path,
        sum(_time(n, "p99") for n in timed),
        sum(_time(n, "p50") for n in timed),
        timed,
        silent,
    )


def _request_paths(flow_map: FlowMap) -> list[tuple[Node, ...]]:
    """Longest chains of request flows, both directions of a question and its answer as one."""
    asking = [f for f in flow_map.flows if flow_map.mode(f) is Mode.REQUEST]
    nodes = flow_map.nodes
    out: dict[str, list[str]] = {}
    into: dict[str, int] = {}
    for flow in asking:
        if nodes[flow.source].mode in _SLOW or nodes[flow.target].mode in _SLOW:
            continue
        out.setdefault(flow.source, []).append(flow.target)
        into[flow.target] = into.get(flow.target, 0) + 1
    starts = [n for n in out if not into.get(n)] or sorted(out)[:1]
    paths: list[tuple[Node, ...]] = []
    steps = 0
    for start in sorted(starts):
        stack: list[tuple[str, ...]] = [(start,)]
        while stack and steps < 5 * MOST_STEPS:
            chain = stack.pop()
            steps += len(chain)
            ahead = [t for t in sorted(out.get(chain[-1], [])) if t not in chain]
            if not ahead:
                paths.append(tuple(nodes[n] for n in chain))
            stack.extend((*chain, t) for t in reversed(ahead))
    return [p for p in paths if len(p) > 1]


def _stream_paths(flow_map: FlowMap, paths: list[Path]) -> list[tuple[Node, ...]]:
    """Paths from a source on which nothing waits for a batch."""
    found = []
    for path in paths:
        chain = tuple(flow_map.nodes[n] for n in path.nodes)
        modes = {n.mode for n in chain} | {flow.mode for flow in path.flows}
        if not modes & _SLOW:
            found.append(chain if modes - {None} else _after_store(chain))
    return found


def _after_store(chain: tuple[Node, ...]) -> tuple[Node, ...]:
    """Where no mode is stated at all, an answer is taken to begin at the last store."""
    stores = [i for i, node in enumerate(chain) if node.kind is NodeKind.STORE]
    return chain[stores[-1] :] if stores else chain


def budgets(flow_map: FlowMap, paths: list[Path]) -> list[Budget]:
    """The slowest request path to each end, or where nothing is requested the slowest stream."""
    chains = _request_paths(flow_map) or _stream_paths(flow_map, paths)
    worst: dict[str, Budget] = {}
    for chain in chains:
        budget = _budget(chain)
        end = chain[-1].id
        if budget.timed and (end not in worst or budget.p99 > worst[end].p99):
            worst[end] = budget
    return [worst[end] for end in sorted(worst)]


def _limit_for(target: Requirement, budget: Budget) -> tuple[float, str]:
    if target.percentile is not None and target.percentile <= 0.6:
        return budget.p50, "p50"
    return budget.p99, "p99"


def _applies(target: Requirement, budget: Budget, every: list[Budget]) -> bool:
    """Whether a target speaks of this path: it names its node or its words, or it is the only path."""
    if target.node is not None:
        return any(n.id == target.node for n in (budget.path[0], budget.path[-1]))
    if len(every) == 1 or not topic(target):
        return True
    spoken = topic(target)
    scores = [len(spoken & frozenset().union(*map(node_words, b.path))) for b in every]
    best = max(scores)
    if best > 0 and scores.count(best) < len(every):
        return scores[every.index(budget)] == best
    # The words fit every path alike: only what the fastest path misses is certain.
    return budget is min(every, key=lambda b: (b.p99, b.path[-1].id))


def _holds(target: Requirement, budget: Budget) -> bool | None:
    if target.value is None:
        return None
    value, kind = _limit_for(target, budget)
    if value > target.value.value * (1 + 1e-9):
        if kind == "p99" and target.percentile is not None and target.percentile < 0.99:
            # The sum of p99 says nothing of a p95 unless even the medians are too slow.
            return False if budget.p50 > target.value.value else None
        return False
    return None if budget.silent else True


def _fact(budget: Budget, target: Requirement | None) -> Fact:
    end = budget.path[-1]
    kind = _limit_for(target, budget)[1] if target else "p99"
    value = budget.p50 if kind == "p50" else budget.p99
    parts = " + ".join(f"{n.name} {numbers.duration(_time(n, kind))}" for n in budget.timed)
    silent = f" (at least: {numbers.listed([n.name for n in budget.silent])} give no time)"
    text = (
        f"From {budget.path[0].name} to {end.name} the {kind} times add up to "
        f"{numbers.duration(value)}{silent if budget.silent else ''}"
    )
    holds = None
    if target is not None and target.value is not None:
        holds = _holds(target, budget)
        text += f", against a target of {target.value.text or numbers.duration(target.value.value)}"
    return Fact(
        id=fact_id("latency.end_to_end", end.id),
        name="latency.end_to_end",
        value=value,
        unit="s",
        text=f"{text}.",
        formula=f"sum of {kind} = {parts} = {numbers.duration(value)} (a sum of {kind} values is "
        "an upper estimate)",
        inputs=(*(n.id for n in budget.timed), *((target.id,) if target else ())),
        spans=spans_of(target, *budget.timed),
        node=end.id,
        holds=holds,
    )


def _stage_targets(ledger: Ledger, flow_map: FlowMap, targets: list[Requirement]) -> None:
    """A target for one node alone, against the time of that node."""
    for target in targets:
        node = flow_map.nodes.get(target.node or "")
        stated = (node.p99 or node.p50) if node else None
        if node is None or stated is None or target.value is None or node.mode in _SLOW:
            continue
        if stated.value <= target.value.value:
            continue
        ledger.add(
            Fact(
                id=fact_id("contradiction.latency", node.id),
                name="contradiction.latency",
                value=stated.value,
                unit="s",
                text=f"{node.name} is promised in {target.value.text}, and the map gives it "
                f"{numbers.duration(stated.value)}.",
                formula=f"{numbers.duration(stated.value)} > {numbers.duration(target.value.value)}",
                inputs=(node.id, target.id),
                spans=spans_of(target, node),
                node=node.id,
                holds=False,
            )
        )


def _contradiction(fact: Fact, target: Requirement, budget: Budget) -> Fact:
    promised = target.value.text if target.value else ""
    return Fact(
        id=fact_id("contradiction.latency", fact.node),
        name="contradiction.latency",
        value=fact.value,
        unit="s",
        text=f"The design promises {promised}, and the stated times of "
        f"{numbers.listed([n.name for n in budget.timed])} add up to "
        f"{numbers.duration(float(fact.value or 0))}.",
        formula=fact.formula,
        inputs=(fact.id, *fact.inputs),
        spans=fact.spans,
        node=fact.node,
        holds=False,
    )


def analyse_latency(
    ledger: Ledger, flow_map: FlowMap, paths: list[Path], targets: list[Requirement]
) -> None:
    """Latency facts; `targets` are the stated latency targets of the chosen design."""
    found = budgets(flow_map, paths)
    ends = {budget.path[-1].id for budget in found} | {budget.path[0].id for budget in found}
    _stage_targets(ledger, flow_map, [t for t in targets if t.node and t.node not in ends])
    for budget in found:
        mine = [t for t in targets if t.value is not None and _applies(t, budget, found)]
        order = {False: 0, None: 1, True: 2}
        mine.sort(key=lambda t: (order[_holds(t, budget)], t.value.value if t.value else 0, t.id))
        fact = ledger.add(_fact(budget, mine[0] if mine else None))
        if mine and fact.holds is False:
            ledger.add(_contradiction(fact, mine[0], budget))
    _stages(ledger, found)
    silent = sorted({n.name for budget in found for n in budget.silent})
    if silent and found:
        ledger.gap(
            "latency.end_to_end",
            f"No processing time is given for {numbers.listed(silent)}, so the end-to-end latency is a lower "
            "bound.",
        )
    elif not found and flow_map.nodes:
        ledger.gap(
            "latency.end_to_end",
            "No processing time (p50 or p99) is given along a request or stream path, so the "
            "end-to-end latency could not be summed.",
        )


def _stages(ledger: Ledger, found: list[Budget]) -> None:
    if not found:
        return
    budget = max(found, key=lambda b: (b.p99, b.path[-1].id))
    for node in budget.timed:
        own = _time(node, "p99")
        if budget.p99 <= 0 or len(budget.timed) < 2:
            continue
        ledger.add(
            Fact(
                id=fact_id("latency.stage", node.id),
                name="latency.stage",
                value=own / budget.p99,
                unit="1",
                text=f"{node.name} takes {numbers.duration(own)}, {numbers.percent(own / budget.p99)} of "
                f"the {numbers.duration(budget.p99)} to {budget.path[-1].name}.",
                formula=f"p99 / sum of p99 = {numbers.duration(own)} / {numbers.duration(budget.p99)}",
                inputs=(node.id,),
                spans=spans_of(node),
                node=node.id,
            )
        )
