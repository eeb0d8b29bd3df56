"""What the design states outright: points that its map and its numbers settle without reading.

A fact `stated.…` holds where the statement is there, fails where the map shows that it cannot be,
and is left out where the map does not tell; then the text decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import networkx as nx

from reviewer.analysis import numbers
from reviewer.analysis.graph import FlowMap
from reviewer.analysis.ledger import Ledger, fact_id, spans_of
from reviewer.domain.design import Design, Flow, Mode, Node, NodeKind, Requirement
from reviewer.domain.facts import Fact

_ENOUGH = 0.8  # share of the flows that must have a mode before the map counts as saying how often
_OPTIONS = 3  # rows of a comparison: the chosen design and two alternatives
_MEASURES = 4  # columns of a comparison: the option and three criteria
_TIMED = (Mode.BATCH, Mode.MICRO_BATCH)


def analyse_statements(
    ledger: Ledger, flow_map: FlowMap, items: Sequence[Requirement], design: Design
) -> None:
    """Adds the `stated.…` facts."""
    for add in (_load, _modes, _legacy, _models, _path):
        add(ledger, flow_map)
    _targets(ledger, items)
    _comparison(ledger, design)


def _say(
    ledger: Ledger,
    name: str,
    text: str,
    parts: Iterable[Node | Flow | Requirement],
    *,
    holds: bool = True,
) -> None:
    told = list(parts)
    ledger.add(
        Fact(
            id=fact_id(name),
            name=name,
            value=float(len(told)),
            text=text,
            inputs=tuple(part.id for part in told),
            spans=spans_of(*told),
            holds=holds,
        )
    )


def _load(ledger: Ledger, flow_map: FlowMap) -> None:
    rated = [n for n in flow_map.of_kind(NodeKind.SOURCE) if n.rate]
    if rated:
        told = ", ".join(
            f"{n.name} {numbers.rate(n.rate.value, n.rate.unit)}" for n in rated if n.rate
        )
        _say(ledger, "stated.load", f"The map states what sources emit: {told}.", rated)


def _modes(ledger: Ledger, flow_map: FlowMap) -> None:
    clear = [f for f in flow_map.flows if _is_timed(f, flow_map)]
    if clear and len(clear) >= _ENOUGH * len(flow_map.flows):
        text = f"{len(clear)} of {len(flow_map.flows)} flows state how often data moves."
        _say(ledger, "stated.modes", text, clear)


def _is_timed(flow: Flow, flow_map: FlowMap) -> bool:
    for part in (flow, flow_map.nodes[flow.source]):
        if part.mode is not None and (part.mode not in _TIMED or part.interval):
            return True
    return False


def _legacy(ledger: Ledger, flow_map: FlowMap) -> None:
    old = [n for n in flow_map.nodes.values() if n.legacy]
    named = [n for n in old if n.legacy and (n.legacy.system or n.technology)]
    if named:
        told = ", ".join(n.name for n in named)
        _say(ledger, "stated.systems", f"The map names the systems that feed it: {told}.", named)
    if old and all(n.legacy and n.legacy.interface for n in old):
        told = ", ".join(f"{n.name} by {n.legacy.interface}" for n in old if n.legacy)
        _say(ledger, "stated.extraction", f"Every legacy system has an interface: {told}.", old)


def _models(ledger: Ledger, flow_map: FlowMap) -> None:
    models = flow_map.of_kind(NodeKind.MODEL)
    if not models:
        return
    fed = [f for m in models for f in flow_map.into[m.id]]
    if fed and all(f.label or flow_map.nodes[f.source].kind is NodeKind.STORE for f in fed):
        _say(ledger, "stated.model_input", "The map says what flows into each model.", fed)
    if refreshed := [m for m in models if m.model and m.model.refresh_interval]:
        _say(
            ledger,
            "stated.refresh",
            "The map states how often what the model reads is renewed.",
            refreshed,
        )
    if priced := [m for m in models if m.model and m.model.tokens_in and m.model.price_in]:
        _say(ledger, "stated.token_cost", "The map states tokens and their price.", priced)
    silent = [m for m in models if not flow_map.out_of[m.id]]
    text = (
        f"Nothing says where the output of {silent[0].name} goes."
        if silent
        else "The map shows where each model's output goes."
    )
    _say(ledger, "stated.output", text, silent or models, holds=not silent)


def _path(ledger: Ledger, flow_map: FlowMap) -> None:
    sources = flow_map.of_kind(NodeKind.SOURCE)
    models = flow_map.of_kind(NodeKind.MODEL)
    if not sources or not models:
        return
    reached = {n for s in sources for n in nx.descendants(flow_map.graph, s.id)}
    cut_off = [m for m in models if m.id not in reached]
    text = (
        f"No flow leads from a source to {cut_off[0].name}."
        if cut_off
        else "Flows lead from the sources to every model."
    )
    _say(ledger, "stated.path", text, cut_off or models, holds=not cut_off)


_TARGETS: tuple[tuple[str, str, Callable[[Requirement], bool]], ...] = (
    ("stated.freshness_target", "freshness", lambda r: r.target),
    ("stated.latency_target", "latency", lambda r: r.target),
    ("stated.percentile", "latency", lambda r: r.target and r.percentile is not None),
    ("stated.availability", "availability", lambda r: r.target),
)


def _targets(ledger: Ledger, items: Sequence[Requirement]) -> None:
    for name, subject, wanted in _TARGETS:
        told = [r for r in items if r.subject == subject and r.value and wanted(r)]
        if told:
            _say(ledger, name, f"The design states it: {_short(told[0])}", told)
    times = [r for r in items if r.subject == "recovery_time" and r.value]
    points = [r for r in items if r.subject == "recovery_point" and r.value]
    if times and points:
        text = f"The design states both: {_short(times[0])}"
        _say(ledger, "stated.recovery", text, [times[0], points[0]])


def _short(requirement: Requirement) -> str:
    text = " ".join(requirement.text.split())
    return text if len(text) <= 160 else f"{text[:157].rsplit(' ', 1)[0]} …"


def _comparison(ledger: Ledger, design: Design) -> None:
    sections = {s.id for s in design.sections if s.task == "comparison"}
    options = [s for s in design.spans if s.kind == "row" and s.section in sections]
    if len(options) < _OPTIONS:
        return
    spans = tuple(row.id for row in options)
    columns = options[0].text.strip("| ").count("|") + 1
    found = [("stated.options", len(options), "options stand in the comparison")]
    if columns >= _MEASURES:
        found.append(("stated.measures", columns - 1, "measures are applied to every option"))
    for name, count, words in found:
        ledger.add(
            Fact(
                id=fact_id(name),
                name=name,
                value=float(count),
                text=f"{count} {words}.",
                inputs=spans,
                spans=spans,
                holds=True,
            )
        )
