"""Short forms to build a map and a design in tests."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from reviewer.domain.design import DataFlow, Design, Flow, Node, Quantity, Requirement, Span
from reviewer.domain.facts import Analysis, Fact


def q(value: float, unit: str) -> Quantity:
    return Quantity(value=value, unit=unit, text=f"{value:g} {unit}")


def node(node_id: str, kind: str = "stage", **fields: Any) -> Node:
    values = {
        key: q(*value)
        if isinstance(value, tuple) and len(value) == 2 and key in _QUANTITIES
        else value
        for key, value in fields.items()
    }
    return Node.model_validate({"id": node_id, "kind": kind, "name": node_id.title(), **values})


def flow(source: str, target: str, **fields: Any) -> Flow:
    return Flow(id=f"{source}->{target}", source=source, target=target, **fields)


def chain(*nodes: Node, **fields: Any) -> DataFlow:
    """Nodes in a row, each flowing into the next."""
    flows = tuple(flow(a.id, b.id, **fields) for a, b in pairwise(nodes))
    return DataFlow(nodes=nodes, flows=flows, origin="yaml")


def target(subject: str, value: float, unit: str = "s", **fields: Any) -> Requirement:
    values = {"id": "T1", "subject": subject, "value": q(value, unit), **fields}
    return Requirement.model_validate(values)


def design(data_flow: DataFlow | None = None, *requirements: Requirement, text: str = "") -> Design:
    spans = tuple(
        Span(id=f"S{i}", section="A", kind="sentence", text=line, start=0, end=len(line))
        for i, line in enumerate(text.splitlines(), 1)
    )
    return Design(
        title="t",
        source="t.md",
        text=text,
        spans=spans,
        data_flow=data_flow or DataFlow(),
        requirements=requirements,
    )


def only(analysis: Analysis, name: str, node_id: str | None = None) -> Fact:
    """The one fact of that name (and node)."""
    found = [f for f in analysis.named(name) if node_id is None or f.node == node_id]
    assert len(found) == 1, [f.id for f in found]
    return found[0]


_QUANTITIES = {
    "rate", "record_size", "capacity", "p50", "p99", "retention", "storage", "interval",
}  # fmt: skip
