"""The data-flow map from YAML: forgiving about layout, strict about names and units."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal

from reviewer.domain.design import (
    Cost,
    DataFlow,
    Flow,
    Legacy,
    Mode,
    ModelUse,
    Node,
    NodeKind,
)
from reviewer.intake.checking import Checker, Path, did_you_mean
from reviewer.intake.fields import mode_in
from reviewer.intake.forms import FlowForm, MapForm, NodeForm
from reviewer.yamlfile import Document

_GROUPS = {f"{kind.value}s": kind for kind in NodeKind}
_ARROW = re.compile(r"\s*(?:-+>|=+>|→|⟶|➜)\s*")
_MOST_NODES = 2000


@dataclass
class MapReading:
    """A map, and where in its YAML each node and flow stands (paths below the map)."""

    nodes: dict[str, Node] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)
    node_paths: dict[str, Path] = field(default_factory=dict)
    flow_paths: list[Path] = field(default_factory=list)
    description: str = ""

    def data_flow(self, origin: Literal["yaml", "block", "form"]) -> DataFlow:
        """The map itself."""
        return DataFlow(nodes=tuple(self.nodes.values()), flows=tuple(self.flows), origin=origin)


def read_map(document: Document, path: Path = ()) -> MapReading:
    """Read the map at `path` of a YAML document.

    Raises `DataFlowError` naming file, line and field for unknown fields, wrong units or kinds,
    an id given twice, and flows between nodes that do not exist. Cycles are allowed.
    """
    data = document.data
    for step in path:
        data = data[step]
    reader = _MapReader(document, path)
    reader.read(data)
    return reader.result


class _MapReader:
    def __init__(self, document: Document, path: Path) -> None:
        self.checker = Checker(document)
        self.path = path
        self.result = MapReading()
        self.encrypted: dict[str, bool] = {}  # what a node says of the flows into it

    def read(self, data: Any) -> None:
        if data is None:
            return
        if not isinstance(data, dict):
            raise self.checker.fail(self.path, "a map with `nodes` and `flows` is expected here")
        flows: Any = None
        flows_path = self.path
        top = {k: v for k, v in data.items() if k.strip().lower() not in _GROUPS}
        names = self.checker.rename(top, MapForm, self.path)
        if isinstance(names.get("description"), str):
            self.result.description = names["description"]
        for key, value in data.items():
            here = (*self.path, key)
            group = _GROUPS.get(key.strip().lower())
            if group or self.checker.where.get((*self.path, "nodes")) == here:
                for where, entry in self._entries(value, here):
                    self._node(entry, where, group)
            elif self.checker.where.get((*self.path, "flows")) == here:
                flows, flows_path = value, here
        for where, entry in self._entries(flows, flows_path):
            self._flow(entry, where)

    def _entries(self, value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
        """Entries of a list; of a mapping the key is the entry's id."""
        if value is None:
            return
        if isinstance(value, dict):
            for key, entry in value.items():
                entry = {} if entry is None else entry
                if not isinstance(entry, dict):
                    raise self.checker.fail((*path, key), "fields are expected here")
                yield (*path, key), {"id": key, **entry}
        elif isinstance(value, list):
            for index, entry in enumerate(value):
                yield (*path, index), entry
        else:
            raise self.checker.fail(path, "a list is expected here")

    def _node(self, entry: Any, path: Path, group: NodeKind | None) -> None:
        if isinstance(entry, str):
            entry = {"id": entry}
        entry = _expanded(entry, group) if isinstance(entry, dict) else entry
        form = self.checker.check(entry, NodeForm, path)
        if form.id in self.result.nodes:
            first = self.checker.document.line(self.result.node_paths[form.id])
            raise self.checker.fail(
                path, f"the node id `{form.id}` is used on line {first} already"
            )
        if len(self.result.nodes) >= _MOST_NODES:
            raise self.checker.fail(path, f"more than {_MOST_NODES:,} nodes")
        at_rest, in_transit = _encryption(form.encrypted)
        if form.encrypted_in_transit is not None:
            in_transit = form.encrypted_in_transit
        if in_transit is not None:
            self.encrypted[form.id] = in_transit
        values = form.model_dump(
            exclude={"encrypted", "encrypted_in_transit", "legacy", "cost", "model", "name"}
        )
        values["encrypted_at_rest"] = (
            form.encrypted_at_rest if form.encrypted_at_rest is not None else at_rest
        )
        self.result.nodes[form.id] = Node(
            **values,
            name=form.name or form.id,
            legacy=Legacy(**form.legacy.model_dump()) if form.legacy else None,
            cost=Cost(**form.cost.model_dump()) if form.cost else None,
            model=ModelUse(**form.model.model_dump()) if form.model else None,
        )
        self.result.node_paths[form.id] = path

    def _flow(self, entry: Any, path: Path) -> None:
        if isinstance(entry, str):
            stops = [s for s in _ARROW.split(entry.strip()) if s]
            if len(stops) < 2:
                raise self.checker.fail(path, "a flow is written `a -> b` or with `from` and `to`")
            for source, target in pairwise(stops):
                self._add_flow(FlowForm(**{"from": source, "to": target}), path)
            return
        if not isinstance(entry, dict):
            raise self.checker.fail(path, "a flow is written `a -> b` or with `from` and `to`")
        entry = _expanded(entry, None)
        entry.pop("id", None) if "->" in str(entry.get("id")) else None
        sides = {k: v for k, v in entry.items() if k in ("from", "to") and isinstance(v, list)}
        sources, targets = sides.get("from", [None]), sides.get("to", [None])
        for source in sources:
            for target in targets:
                one = dict(entry)
                if source is not None:
                    one["from"] = source
                if target is not None:
                    one["to"] = target
                self._add_flow(self.checker.check(one, FlowForm, path), path)

    def _add_flow(self, form: FlowForm, path: Path) -> None:
        source = self._known(form.source, path, "from")
        target = self._known(form.target, path, "to")
        _, in_transit = _encryption(form.encrypted, flow=True)
        if form.encrypted_in_transit is not None:
            in_transit = form.encrypted_in_transit
        if in_transit is None:
            in_transit = self.encrypted.get(target)
        values = form.model_dump(
            exclude={"id", "source", "target", "encrypted", "encrypted_in_transit"}
        )
        flow = Flow(
            **values,
            id=unique_flow_id(form.id or f"{source}->{target}", self.result.flows),
            source=source,
            target=target,
            encrypted_in_transit=in_transit,
        )
        self.result.flows.append(flow)
        self.result.flow_paths.append(path)

    def _known(self, name: str, path: Path, side: str) -> str:
        if name in self.result.nodes:
            return name
        for node in self.result.nodes.values():
            if name.strip().lower() in (node.id.lower(), node.name.lower()):
                return node.id
        if not self.result.nodes:
            raise self.checker.fail((*path, side), f"unknown node `{name}`: the map has no nodes")
        hint = did_you_mean(name, list(self.result.nodes))
        raise self.checker.fail((*path, side), f"unknown node `{name}`{hint}")


def unique_flow_id(wanted: str, flows: list[Flow]) -> str:
    """The id, with " (2)" where it is taken."""
    used = {f.id for f in flows}
    name, copy = wanted, 1
    while name in used:
        copy += 1
        name = f"{wanted} ({copy})"
    return name


def _expanded(entry: dict[str, Any], group: NodeKind | None) -> dict[str, Any]:
    """The entry with what its short forms stand for written out."""
    entry = dict(entry)
    if group is not None and "kind" not in entry and "type" not in entry:
        entry["kind"] = group.value
    if group is not None and "id" not in entry and isinstance(entry.get("name"), str):
        entry["id"] = entry["name"]
    legacy = entry.get("legacy")
    if isinstance(legacy, str):
        entry["legacy"] = {"interface": legacy}
    elif isinstance(legacy, bool):
        entry["legacy"] = {} if legacy else None
    mode = entry.get("mode")
    if isinstance(mode, str) and mode.strip().lower() not in {m.value for m in Mode}:
        found, interval = mode_in(mode)
        if interval is not None and "interval" not in entry:  # mode: nightly batch
            entry["mode"], entry["interval"] = found, interval
    return entry


def _encryption(value: bool | str | None, *, flow: bool = False) -> tuple[bool | None, bool | None]:
    """What `encrypted` says of data at rest and in transit; a plain yes is about the thing itself."""
    if isinstance(value, str):
        return value in ("at_rest", "both") or None, value in ("in_transit", "both") or None
    return (None, value) if flow else (value, None)
