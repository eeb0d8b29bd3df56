"""Conditions on the data-flow map under which a check applies."""

from __future__ import annotations

from collections.abc import Callable

from reviewer.domain.design import DataFlow, Mode, Node, NodeKind


def holds(condition: str, flow: DataFlow) -> bool:
    """Whether a condition that a check names is true of this map; KeyError if it is unknown."""
    return _CONDITIONS[condition](flow)


def _any(test: Callable[[Node], bool]) -> Callable[[DataFlow], bool]:
    return lambda flow: any(test(node) for node in flow.nodes)


def _mode(*modes: Mode) -> Callable[[DataFlow], bool]:
    return lambda flow: (
        any(n.mode in modes for n in flow.nodes) or any(f.mode in modes for f in flow.flows)
    )


def _regions(flow: DataFlow) -> bool:
    return len({node.region.casefold() for node in flow.nodes if node.region}) > 1


def _personal(flow: DataFlow) -> bool:
    return any(n.personal_data for n in flow.nodes) or any(f.personal_data for f in flow.flows)


_CONDITIONS: dict[str, Callable[[DataFlow], bool]] = {
    "map": lambda flow: bool(flow.nodes),
    "personal_data": _personal,
    "external_model": _any(lambda n: n.kind is NodeKind.MODEL and bool(n.external)),
    "external_service": _any(lambda n: bool(n.external)),
    "model": _any(lambda n: n.kind is NodeKind.MODEL),
    "legacy": _any(lambda n: n.legacy is not None),
    "batch": _mode(Mode.BATCH, Mode.MICRO_BATCH),
    "stream": _mode(Mode.STREAM),
    "request": _mode(Mode.REQUEST),
    "store": _any(lambda n: n.kind is NodeKind.STORE),
    "source": _any(lambda n: n.kind is NodeKind.SOURCE),
    "multi_region": _regions,
}
