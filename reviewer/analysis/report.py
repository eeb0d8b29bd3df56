"""All facts of a design, in one pass."""

from __future__ import annotations

from reviewer.analysis.capacity import analyse_capacity
from reviewer.analysis.cost import analyse_cost
from reviewer.analysis.freshness import analyse_freshness
from reviewer.analysis.graph import FlowMap
from reviewer.analysis.latency import analyse_latency
from reviewer.analysis.ledger import Ledger
from reviewer.analysis.legacy import analyse_legacy
from reviewer.analysis.load import solve
from reviewer.analysis.models import analyse_models
from reviewer.analysis.privacy import analyse_privacy
from reviewer.analysis.reliability import analyse_reliability
from reviewer.analysis.storage import analyse_storage
from reviewer.domain.design import Design, Requirement, Subject
from reviewer.domain.facts import Analysis


def _stated(design: Design, subject: Subject, *, target: bool | None = True) -> list[Requirement]:
    found = [r for r in design.requirements if r.subject == subject and target in {None, r.target}]
    return sorted(found, key=lambda r: r.id)


def analyse(design: Design) -> Analysis:
    """Every fact that the map and the stated quantities of a design give.

    Pure and deterministic; ids and values do not depend on the order of nodes and flows. What
    could not be computed is in `gaps`, each with what the design would have to state.
    """
    ledger = Ledger()
    flow_map = FlowMap(design.data_flow)
    if flow_map.nodes:
        _analyse_map(ledger, flow_map, design)
    else:
        ledger.gap(
            "map",
            "The design has no data-flow map, so load, latency, freshness, storage, cost and the reach of "
            "personal data could not be computed: add one (see the template of `reviewer new FILE`).",
        )
    return ledger.analysis()


def _analyse_map(ledger: Ledger, flow_map: FlowMap, design: Design) -> None:
    loads = solve(flow_map)
    paths = flow_map.paths()
    freshness = _stated(design, "freshness")
    found = analyse_capacity(ledger, flow_map, loads)
    analyse_latency(ledger, flow_map, paths, _stated(design, "latency"))
    analyse_freshness(ledger, flow_map, paths, freshness)
    analyse_storage(ledger, flow_map, loads)
    analyse_privacy(ledger, flow_map, _stated(design, "residency"))
    analyse_reliability(ledger, flow_map, _stated(design, "availability", target=None))
    analyse_legacy(ledger, flow_map, freshness)
    analyse_models(ledger, flow_map, loads, found)
    analyse_cost(ledger, flow_map, loads, _stated(design, "cost"))
