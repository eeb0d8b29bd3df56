"""Finds the data-flow map in a text: a `data-flow` block first, else the largest flowchart."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import PurePath

from reviewer.domain.design import DataFlow, Span
from reviewer.intake.chart import map_of
from reviewer.intake.checking import Path
from reviewer.intake.dataflow import MapReading, read_map
from reviewer.intake.mermaid import read_chart
from reviewer.intake.pieces import Fence, Reading
from reviewer.yamlfile import Document, read_yaml

_BLOCKS = ("data-flow", "data_flow", "dataflow")
_YAML_MAP = re.compile(
    r"\A(?:[ \t]*(?:#.*)?\n|---[ \t]*\n)*[ \t]*(data[_-]?flow)[ \t]*:", re.IGNORECASE
)


def map_in_text(reading: Reading, spans: Sequence[Span], source: str) -> tuple[DataFlow, list[str]]:
    """The map of a Markdown or plain text, with the spans of each node, and warnings.

    Raises `DataFlowError` or `InputError` for a `data-flow` block that is wrong; lines count from
    the start of the document.
    """
    blocks = [f for f in reading.fences if _is_block(f)]
    if blocks:
        warnings = ["Only the first data-flow block was read."] if len(blocks) > 1 else []
        return _from_block(blocks[0], reading, spans, source), warnings
    return _from_charts(reading, spans)


def _is_block(fence: Fence) -> bool:
    if fence.language in _BLOCKS:
        return True
    return fence.language in ("yaml", "yml") and bool(_YAML_MAP.match(fence.text))


def _from_block(fence: Fence, reading: Reading, spans: Sequence[Span], source: str) -> DataFlow:
    document = read_yaml(_placed(reading.text, fence.offsets, fence.text), PurePath(source).name)
    path: Path = ()
    if isinstance(document.data, dict) and len(document.data) == 1:
        (key,) = document.data
        if re.fullmatch(r"data[_-]?flow", key.strip().lower()):
            path = (key,)
    found = read_map(document, path)
    return with_spans(found, found.data_flow("block"), document, reading.text, spans)


def _placed(text: str, offsets: Sequence[int], block: str) -> str:
    """The block after as many empty lines as stand before it, so that its lines have its numbers."""
    before = text.count("\n", 0, offsets[0]) if offsets else 0
    return "\n" * before + block


def with_spans(
    found: MapReading, data_flow: DataFlow, document: Document, text: str, spans: Sequence[Span]
) -> DataFlow:
    """The map with the ids of the spans that state each node and flow in the block."""
    by_line = code_lines(text, spans)

    def ids(path: Path) -> tuple[str, ...]:
        first, last = document.extent(path)
        return tuple(i for line in range(first, last + 1) for i in by_line.get(line, ()))

    nodes = tuple(
        n.model_copy(update={"spans": ids(found.node_paths[n.id])}) for n in data_flow.nodes
    )
    flows = tuple(
        f.model_copy(update={"spans": ids(path)})
        for f, path in zip(data_flow.flows, found.flow_paths, strict=True)
    )
    return data_flow.model_copy(update={"nodes": nodes, "flows": flows})


def code_lines(text: str, spans: Sequence[Span]) -> dict[int, list[str]]:
    """Ids of the code spans by the line (from 1) that they stand on."""
    lines: dict[int, list[str]] = defaultdict(list)
    line, position = 1, 0
    for span in spans:
        line += text.count("\n", position, span.start)
        position = span.start
        if span.kind == "code":
            lines[line].append(span.id)
    return lines


def _from_charts(reading: Reading, spans: Sequence[Span]) -> tuple[DataFlow, list[str]]:
    charts = [(f, read_chart(f.text)) for f in reading.fences if f.language == "mermaid"]
    flowcharts = [(f, c) for f, c in charts if c is not None and c.edges]
    if not flowcharts:
        return DataFlow(), []
    fence, chart = max(flowcharts, key=lambda pair: len(pair[1].edges))
    data_flow, node_lines, flow_lines = map_of(chart)
    by_line = code_lines(reading.text, spans)
    first = reading.text.count("\n", 0, fence.offsets[0]) + 1 if fence.offsets else 1
    nodes = tuple(
        n.model_copy(
            update={
                "spans": tuple(i for at in node_lines[n.id] for i in by_line.get(first + at, ()))
            }
        )
        for n in data_flow.nodes
    )
    flows = tuple(
        f.model_copy(update={"spans": tuple(by_line.get(first + at, ()))})
        for f, at in zip(data_flow.flows, flow_lines, strict=True)
    )
    warnings = []
    if chart.unread:
        what = "1 line" if chart.unread == 1 else f"{chart.unread} lines"
        warnings.append(f"{what} of the Mermaid flowchart could not be read.")
    if len(flowcharts) > 1:
        warnings.append(
            f"The map was read from the flowchart with the most arrows of {len(flowcharts)}."
        )
    return data_flow.model_copy(update={"nodes": nodes, "flows": flows}), warnings
