"""Models: request and token limits, the context window, fallback and refresh."""

from __future__ import annotations

from reviewer.analysis import numbers
from reviewer.analysis.capacity import Limit
from reviewer.analysis.graph import FlowMap
from reviewer.analysis.ledger import Ledger, fact_id, spans_of
from reviewer.analysis.load import Loads
from reviewer.analysis.reliability import covered
from reviewer.analysis.told import Told
from reviewer.domain.design import Node, NodeKind
from reviewer.domain.facts import Fact

_FACTS = {"request limit": "model.rate_limit", "token limit": "model.token_limit"}


def _limit(ledger: Ledger, flow_map: FlowMap, loads: Loads, limit: Limit) -> None:
    node = limit.node
    share = limit.peak / limit.value
    when = "at peak" if loads.peak_stated else "on average"
    origins = loads[node.id].origins
    fact = ledger.add(
        Fact(
            id=fact_id(_FACTS[limit.what], node.id),
            name=_FACTS[limit.what],
            value=share,
            unit="1",
            text=f"{node.name} needs {numbers.rate(limit.peak, limit.unit)} {when} of a {limit.what} of "
            f"{numbers.rate(limit.value, limit.unit)} ({numbers.percent(share)}).",
            formula=f"load / {limit.what} = {numbers.rate(limit.peak, limit.unit)} / "
            f"{numbers.rate(limit.value, limit.unit)} = {numbers.plain(share)}",
            inputs=tuple(dict.fromkeys((node.id, *origins))),
            spans=spans_of(node, *(flow_map.nodes[o] for o in origins)),
            node=node.id,
            holds=share <= 1 if share > 1 or limit.complete else None,
        )
    )
    if fact.holds is False:
        name = "contradiction.model_limit"
        taken = {f.node for f in ledger.named(name)}
        if node.id not in taken:
            update = {"id": fact_id(name, node.id), "name": name, "inputs": (fact.id, *fact.inputs)}
            ledger.add(fact.model_copy(update=update))


def _window(ledger: Ledger, node: Node) -> None:
    use = node.model
    if use is None or use.context_window is None or use.tokens_in is None:
        return
    both = use.tokens_in.value + (use.tokens_out.value if use.tokens_out else 0)
    share = both / use.context_window.value if use.context_window.value else float("inf")
    out = f" + {numbers.plain(use.tokens_out.value)}" if use.tokens_out else ""
    fact = ledger.add(
        Fact(
            id=fact_id("model.context_window", node.id),
            name="model.context_window",
            value=share,
            unit="1",
            text=f"A request to {node.name} takes {numbers.plain(both)} tokens of a context window of "
            f"{numbers.plain(use.context_window.value)} ({numbers.percent(share)}).",
            formula=f"(tokens in + out) / window = ({numbers.plain(use.tokens_in.value)}{out}) / "
            f"{numbers.plain(use.context_window.value)} = {numbers.plain(share)}",
            inputs=(node.id,),
            spans=spans_of(node),
            node=node.id,
            holds=share <= 1,
        )
    )
    if not fact.holds:
        name = "contradiction.context_window"
        update = {"id": fact_id(name, node.id), "name": name, "inputs": (fact.id, node.id)}
        ledger.add(fact.model_copy(update=update))


def _fallback(ledger: Ledger, node: Node, said: Told) -> None:
    if not node.external:
        return
    stated = covered(node)
    silent = "and the map states no fallback"
    spans = spans_of(node)
    if not stated and said.stand_in is not None:
        silent += "; the text says what happens when a model does not answer"
        spans = tuple(dict.fromkeys([*spans, said.stand_in.id]))
    what = node.fallback or (node.model.fallback if node.model else None) or node.failure
    ledger.add(
        Fact(
            id=fact_id("model.fallback", node.id),
            name="model.fallback",
            value=what if stated else "none stated",
            text=f"{node.name} is run by somebody else; when it fails: {what}."
            if stated
            else f"{node.name} is run by somebody else, {silent}.",
            formula="fallback stated for a model outside the company",
            inputs=(node.id,),
            spans=spans,
            node=node.id,
            holds=None if not stated and said.stand_in is not None else stated,
        )
    )


def _refresh(ledger: Ledger, node: Node) -> None:
    refresh = node.model.refresh_interval if node.model else None
    if refresh is None:
        return
    # The end-to-end fact has chosen the target that speaks of this model, and includes the refresh.
    whole = [f for f in ledger.named("freshness.end_to_end") if f.node == node.id]
    ledger.add(
        Fact(
            id=fact_id("model.refresh", node.id),
            name="model.refresh",
            value=refresh.value,
            unit="s",
            text=f"What {node.name} reads is refreshed every {numbers.duration(refresh.value)}.",
            formula="stated refresh interval",
            inputs=(node.id, *(f.id for f in whole)),
            spans=spans_of(node),
            node=node.id,
            holds=whole[0].holds if whole else None,
        )
    )


def analyse_models(
    ledger: Ledger, flow_map: FlowMap, loads: Loads, found: list[Limit], said: Told
) -> None:
    """Facts of every model of the map; `said` is what the text answers of them."""
    for limit in found:
        if limit.what in _FACTS:
            _limit(ledger, flow_map, loads, limit)
    models = flow_map.of_kind(NodeKind.MODEL)
    for node in models:
        _window(ledger, node)
        _fallback(ledger, node, said)
        _refresh(ledger, node)
    silent = [n.name for n in models if n.model is None or n.model.tokens_in is None]
    if silent:
        ledger.gap(
            "model.token_limit",
            f"No tokens per request are given for {numbers.listed(silent)}, so token load, context window and "
            "cost could not be checked.",
        )
