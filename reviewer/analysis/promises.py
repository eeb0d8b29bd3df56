"""Promises of the text in numbers, against what the text or the map says is built."""

from __future__ import annotations

import re
from collections import defaultdict

from reviewer.analysis import numbers
from reviewer.analysis.graph import FlowMap, Path, schedule_words
from reviewer.analysis.ledger import Ledger, fact_id, spans_of
from reviewer.analysis.pairing import Promises, said, value_of
from reviewer.analysis.word_promises import analyse_words
from reviewer.domain.design import Design, Requirement
from reviewer.domain.facts import Fact
from reviewer.domain.topics import same_topic

_SCALES = re.compile(
    r"\b(?:by adding|auto-?scal\w*|scal\w+ out|add(?:ing)? (?:more )?(?:instances|partitions|workers|nodes|"
    r"brokers|shards|pods)|horizontally|elastic\w*|serverless|on demand)\b"
)
_RECOVERS_OTHERWISE = re.compile(
    r"point[- ]in[- ]time|\bwal\b|write-ahead|log shipping|continuous(?:ly)? (?:archiv|replicat|back)|"
    r"synchronous(?:ly)? (?:replic|cop)|replay\w* from|hot standby|journal|incremental"
)


def _recovery(promises: Promises, flow_map: FlowMap) -> None:
    if _RECOVERS_OTHERWISE.search(promises.words):
        return
    backups = promises.of("interval", target=False, label="backup")
    for promise in promises.of("recovery_point", target=True):
        for built in promises.pair(promise, backups):
            if value_of(built) > value_of(promise) * 1.01:
                promises.add(
                    "contradiction.recovery",
                    promise,
                    built,
                    f"At most {said(promise)} of data may be lost, and a backup is made only every "
                    f"{numbers.duration(value_of(built))}.",
                )
                break
        else:
            _map_backup(promises, flow_map, promise)
    for promise in promises.of("recovery_time", target=True):
        for built in promises.pair(promise, promises.of("recovery_time", target=False)):
            if value_of(built) > value_of(promise) * 1.01:
                promises.add(
                    "contradiction.recovery",
                    promise,
                    built,
                    f"Service is to be back within {said(promise)}, and restoring takes "
                    f"{said(built)}.",
                )


def _map_backup(promises: Promises, flow_map: FlowMap, promise: Requirement) -> None:
    for node in flow_map.nodes.values():
        words = (node.failure or "").lower()
        wait = schedule_words(words) if re.search(r"backup|snapshot", words) else None
        if wait and wait > value_of(promise) and promise.node in {None, node.id}:
            text = (
                f"At most {said(promise)} of data may be lost, and {node.name} is restored from a "
            )
            text += f"backup of every {numbers.duration(wait)}."
            promises.add("contradiction.recovery", promise, node, text)


def _freshness(promises: Promises) -> None:
    taken = {i for f in promises.ledger.named("contradiction.freshness") for i in f.inputs}
    schedules = promises.of("interval", target=False, label="")
    for promise in promises.of("freshness", target=True):
        if promise.id in taken:
            continue
        for built in schedules:
            near = promise.node is None and built.node is None and same_topic(promise, built)
            if near and built.span != promise.span and value_of(built) > value_of(promise) * 1.01:
                promises.add(
                    "contradiction.freshness",
                    promise,
                    built,
                    f"The design promises {said(promise)}, and what feeds it runs every "
                    f"{numbers.duration(value_of(built))}.",
                )
                break


def _latency_sums(promises: Promises) -> None:
    """Stage times that one section lists, against a budget for the whole."""
    if promises.ledger.named("contradiction.latency"):
        return
    budgets = [p for p in promises.of("latency", target=True) if p.node is None]
    listed: dict[tuple[str, str], list[Requirement]] = defaultdict(list)
    for item in promises.of("latency", target=False):
        span = promises.spans.get(item.span or "")
        if span is not None and (item.percentile is None or item.percentile >= 0.9):
            group = span.id if span.kind == "sentence" else span.section
            listed[group, "total" if item.label == "total" else ""].append(item)
    for (group, label), parts in sorted(listed.items()):
        named = {p.text for p in parts}
        if label == "" and (len(parts) < 2 or len(named) < len(parts)):
            continue
        total = sum(value_of(p) for p in parts) if label == "" else max(map(value_of, parts))
        wholes = budgets + listed.get((group, "total"), []) if label == "" else budgets
        for whole in wholes:
            if total > value_of(whole) * 1.05 and _may_cover(whole, budgets):
                _sum_fact(promises, whole, parts, total)
                return


def _may_cover(whole: Requirement, budgets: list[Requirement]) -> bool:
    """Only a budget for the whole is compared: the only one, or one that says so."""
    several = len(budgets) > 1 and whole in budgets
    return (
        not several
        or whole.label == "end to end"
        or bool(re.search(r"end[- ]to[- ]end|overall|total|whole", whole.text.lower()))
    )


def _sum_fact(
    promises: Promises, whole: Requirement, parts: list[Requirement], total: float
) -> None:
    sums = " + ".join(said(p) for p in parts)
    promises.ledger.add(
        Fact(
            id=fact_id("contradiction.latency", whole.id),
            name="contradiction.latency",
            value=total,
            unit="s",
            text=f"The budget is {said(whole)}, and the stated times add up to "
            f"{numbers.duration(total)}.",
            formula=f"{sums} = {numbers.duration(total)} > {said(whole)}",
            inputs=(whole.id, *(p.id for p in parts)),
            spans=spans_of(whole, *parts),
            holds=False,
        )
    )


def _capacity(promises: Promises) -> None:
    """Facts of the map that fail, and rates against capacities that only the text gives."""
    worst: dict[str, Fact] = {}
    for fact in promises.ledger.failing(("capacity.utilisation", "capacity.peak")):
        if fact.formula.startswith("load /") and fact.node:
            best = worst.get(fact.node)
            if best is None or float(fact.value or 0) > float(best.value or 0):
                worst[fact.node] = fact
    for node in sorted(worst):
        name, fact = "contradiction.capacity", worst[node]
        update = {"id": fact_id(name, node), "name": name, "inputs": (fact.id, *fact.inputs)}
        promises.ledger.add(fact.model_copy(update=update))
    demands = [r for r in promises.of("rate", target=False) if r.label in {"", "peak"}]
    for built in promises.of("capacity", target=False, label=""):
        if built.node is not None or worst:
            continue
        for demand in promises.pair(built, [d for d in demands if d.node is None]):
            same = demand.value and built.value and demand.value.unit == built.value.unit
            if same and value_of(demand) > value_of(built) * 1.05:
                text = f"{said(demand)} are to arrive, and the stated capacity is {said(built)}."
                promises.add("contradiction.capacity", demand, built, text)
                break


def _growth(promises: Promises) -> None:
    """A promised growth, against the factor at which the first node saturates."""
    first = promises.ledger.named("capacity.ten_x")
    for promise in promises.of("growth", target=True):
        if not first or promise.node is not None or _SCALES.search(promises.sentence(promise)):
            continue
        fact = first[0]
        fits = float(fact.value or 0) >= value_of(promise) * 0.999
        if fits or fact.holds is None or "run grows" in fact.text:
            continue
        promises.ledger.add(
            Fact(
                id=fact_id("contradiction.growth"),
                name="contradiction.growth",
                value=fact.value,
                unit="1",
                text=f"The design is to take {numbers.factor(value_of(promise))} the load, and "
                f"{fact.text[0].lower() + fact.text[1:] if fact.text.startswith('The ') else fact.text}",
                formula=f"{numbers.plain(float(fact.value or 0))} < {numbers.plain(value_of(promise))}",
                inputs=(promise.id, fact.id, *fact.inputs),
                spans=tuple(dict.fromkeys([*spans_of(promise), *fact.spans])),
                node=fact.node,
                holds=False,
            )
        )
        return


def _model_limits(promises: Promises) -> None:
    """Tokens and requests against limits that only the text gives, without a model in the map."""
    windows = promises.of("context_window", target=False)
    prompts = promises.of("tokens", target=False, label="in")
    alone = len(windows) == 1 and len(prompts) == 1 and windows[0].node is None
    if alone and value_of(prompts[0]) > value_of(windows[0]):
        text = f"A prompt takes {said(prompts[0])}, and the context window is {said(windows[0])}."
        promises.add("contradiction.context_window", prompts[0], windows[0], text)
    for label in ("", "tokens"):
        limits = promises.of("limit", target=False, label=label)
        sent = [
            rate
            for rate in promises.of("rate", target=False)
            if rate.node is None and (rate.label == label or (not label and rate.label == "peak"))
        ]
        for limit in limits if len(limits) == 1 and limits[0].node is None else []:
            for rate in (r for r in sent if _is_of_requests(r) or label):
                same = rate.value and limit.value and rate.value.unit == limit.value.unit
                if same and value_of(rate) > value_of(limit) * 1.05:
                    text = f"{said(rate)} are sent, and the limit is {said(limit)}."
                    promises.add("contradiction.model_limit", rate, limit, text)


def _is_of_requests(rate: Requirement) -> bool:
    return bool(re.search(r"request|call|question|quer(?:y|ies)|prompt", rate.text.lower()))


def analyse_promises(
    ledger: Ledger,
    flow_map: FlowMap,
    paths: list[Path],
    design: Design,
    items: list[Requirement],
) -> None:
    """Contradictions between promises and what is built; runs after all other facts are in."""
    promises = Promises(ledger, design, items)
    _freshness(promises)
    _latency_sums(promises)
    _capacity(promises)
    _growth(promises)
    _model_limits(promises)
    _recovery(promises, flow_map)
    analyse_words(promises, flow_map, paths)
