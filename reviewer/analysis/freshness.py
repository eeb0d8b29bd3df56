"""Worst-case age of data at its consumer against the stated targets."""

from __future__ import annotations

from reviewer.analysis import numbers
from reviewer.analysis.age import Age, ages, holds
from reviewer.analysis.age_targets import chosen
from reviewer.analysis.graph import FlowMap, Path
from reviewer.analysis.ledger import Ledger, fact_id, spans_of
from reviewer.domain.design import Requirement
from reviewer.domain.facts import Fact


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
