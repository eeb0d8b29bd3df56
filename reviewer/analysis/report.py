"""All facts of a design, in one pass."""

from __future__ import annotations

from reviewer.analysis.capacity import analyse_capacity
from reviewer.analysis.cost import analyse_cost
from reviewer.analysis.disagreements import analyse_disagreements
from reviewer.analysis.enrich import attributed, enriched
from reviewer.analysis.freshness import analyse_freshness
from reviewer.analysis.graph import FlowMap, Path
from reviewer.analysis.latency import analyse_latency
from reviewer.analysis.ledger import Ledger
from reviewer.analysis.legacy import analyse_legacy
from reviewer.analysis.load import solve
from reviewer.analysis.models import analyse_models
from reviewer.analysis.privacy import analyse_privacy
from reviewer.analysis.promises import analyse_promises
from reviewer.analysis.reliability import analyse_reliability
from reviewer.analysis.stated import analyse_statements
from reviewer.analysis.storage import analyse_storage
from reviewer.analysis.told import Told, told
from reviewer.domain.design import Design, Requirement, Subject
from reviewer.domain.facts import Analysis


def _stated(
    items: list[Requirement], subject: Subject, *, target: bool | None = True
) -> list[Requirement]:
    return [r for r in items if r.subject == subject and target in {None, r.target}]


def analyse(design: Design) -> Analysis:
    """Every fact that the map and the stated quantities of a design give.

    Pure and deterministic; ids and values do not depend on the order of nodes and flows. What the
    map leaves out and the text states of the same node is taken from the text. What could not be
    computed is in `gaps`, each with what the design would have to state.
    """
    ledger = Ledger()
    items = attributed(design)
    flow_map = FlowMap(enriched(design.data_flow, items), items)
    paths = flow_map.paths()
    if flow_map.nodes:
        _analyse_map(ledger, flow_map, paths, items, told(design))
    else:
        ledger.gap(
            "map",
            "The design has no data-flow map, so load, latency, freshness, storage, cost and the reach of "
            "personal data could not be computed: add one (see the template of `reviewer new FILE`).",
        )
        analyse_reliability(
            ledger, flow_map, _stated(items, "availability", target=None), told(design)
        )
    analyse_statements(ledger, flow_map, items, design)
    analyse_promises(ledger, flow_map, paths, design, items)
    # Lines of configuration repeat a key for every topic, pod and environment: they state no rival.
    code = {span.id for span in design.spans if span.kind == "code"}
    prose = [item for item in items if item.span not in code]
    analyse_disagreements(ledger, FlowMap(design.data_flow), prose)
    return ledger.analysis()


def _analyse_map(
    ledger: Ledger, flow_map: FlowMap, paths: list[Path], items: list[Requirement], said: Told
) -> None:
    loads = solve(flow_map)
    freshness = _stated(items, "freshness")
    found = analyse_capacity(ledger, flow_map, loads, said)
    analyse_latency(ledger, flow_map, paths, _stated(items, "latency"))
    analyse_freshness(ledger, flow_map, paths, freshness)
    analyse_storage(ledger, flow_map, loads)
    analyse_privacy(ledger, flow_map, _stated(items, "residency"))
    analyse_reliability(ledger, flow_map, _stated(items, "availability", target=None), said)
    analyse_legacy(ledger, flow_map, freshness)
    analyse_models(ledger, flow_map, loads, found, said)
    analyse_cost(ledger, flow_map, loads, _stated(items, "cost"))
