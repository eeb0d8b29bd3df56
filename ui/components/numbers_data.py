"""The numbers panel: load, waiting, age of data and personal data, each with formula and inputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reviewer.domain.facts import Analysis, Fact
from reviewer.domain.review import Review
from ui.words import Words

Values = dict[str, Any]
_GROWTH = 10.0
_SHOWN_INPUTS = 12


def numbers(review: Review, words: Words) -> Values:
    """All computed facts in groups; the picture of each group is rows of shares."""
    analysis = review.analysis
    names = {node.id: node.name or node.id for node in review.design.data_flow.nodes}
    inputs = _input_names(review, names)
    return {
        "first": first_bottleneck(analysis),
        "load": _load(analysis, names),
        "latency": _waterfall(analysis, "latency", names),
        "freshness": _waterfall(analysis, "freshness", names),
        "facts": [_fact(fact, inputs, words) for fact in _ordered(analysis.facts)],
        "gaps": [gap.text for gap in analysis.gaps],
        "map": bool(review.design.data_flow.nodes),
    }


def first_bottleneck(analysis: Analysis) -> Values | None:
    """The sentence, factor and fact of the node that saturates first; None where unknown."""
    for fact in analysis.named("capacity.ten_x"):
        return {"fact": fact.id, "text": fact.text, "factor": _number(fact), "node": fact.node}
    return None


def _load(analysis: Analysis, names: Mapping[str, str]) -> list[Values]:
    """Utilisation of each node at 1x and at 10x, the fullest first.

    At ten times the load a node is `10 / limit` full, where `limit` is the factor at which it
    reaches its capacity.
    """
    rows: dict[str, Values] = {}
    for fact in analysis.named("capacity.node_limit"):
        limit = _number(fact)
        if limit <= 0 or not fact.node:
            continue
        row = {
            "label": names.get(fact.node, fact.node),
            "node": fact.node,
            "now": 1 / limit,
            "grown": _GROWTH / limit,
            "fact": fact.id,
        }
        if fact.node not in rows or rows[fact.node]["now"] < row["now"]:
            rows[fact.node] = row
    return sorted(rows.values(), key=lambda row: -row["now"])


def _waterfall(analysis: Analysis, family: str, names: Mapping[str, str]) -> Values | None:
    """The hops of the worst path with their shares, its total, and the target if one is stated."""
    totals = analysis.named(f"{family}.end_to_end")
    stages = analysis.named(f"{family}.stage")
    if not totals:
        return None
    worst = max(totals, key=lambda fact: (fact.holds is False, _number(fact)))
    order = {name: place for place, name in enumerate(worst.inputs)}
    on_path = sorted((f for f in stages if f.node in order), key=lambda f: order[str(f.node)])
    return {
        "text": worst.text,
        "fact": worst.id,
        "holds": worst.holds,
        "total": _number(worst),
        "rows": [
            {
                "label": names.get(str(fact.node), str(fact.node)),
                "share": _number(fact),
                "fact": fact.id,
                "text": fact.text,
            }
            for fact in on_path
        ],
    }


def _fact(fact: Fact, inputs: Mapping[str, Values], words: Words) -> Values:
    family = fact.name.split(".", 1)[0]
    known = words.under("family")
    return {
        "id": fact.id,
        "family": known.get(family, family),
        "text": fact.text,
        "formula": fact.formula,
        "holds": fact.holds,
        "node": fact.node,
        "inputs": [inputs.get(i, {"text": i}) for i in fact.inputs[:_SHOWN_INPUTS]],
    }


def _input_names(review: Review, names: Mapping[str, str]) -> dict[str, Values]:
    """What each id that a fact may come from is called, and the span where it is stated."""
    found: dict[str, Values] = {}
    for span in review.design.spans:
        found[span.id] = {"text": span.text, "span": span.id}
    for stated in review.design.requirements:
        found[stated.id] = {"text": stated.text, "span": stated.span}
    for fact in review.analysis.facts:
        found[fact.id] = {"text": fact.text, "fact": fact.id}
    for flow in review.design.data_flow.flows:
        label = f"{names.get(flow.source, flow.source)} → {names.get(flow.target, flow.target)}"
        found[flow.id] = {"text": label, "span": flow.spans[0] if flow.spans else None}
    for node in review.design.data_flow.nodes:
        found[node.id] = {"text": names[node.id], "span": node.spans[0] if node.spans else None}
    return found


def _ordered(facts: Iterable[Fact]) -> list[Fact]:
    """Failing facts first, then those that hold, then those that only inform."""
    rank = {False: 0, True: 1, None: 2}
    return sorted(facts, key=lambda fact: rank[fact.holds])


def _number(fact: Fact) -> float:
    return float(fact.value) if isinstance(fact.value, int | float) else 0.0
