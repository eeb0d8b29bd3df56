"""Between a draft's fields and a design: a form is one way to write a design file.

Fields are texts, and three tables as lists of rows whose cells are texts: `map.nodes`, `map.flows`
and `comparison.options`; `targets` is a table too. A cell has the words that a design file would
have (`150 events/s`), so that both are read by the same code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml

from reviewer.domain.design import DataFlow, Design, Flow, Node, Requirement
from reviewer.domain.draft import TEXT_FIELDS, Row, rows_of
from reviewer.domain.questionnaire import LessonTask
from reviewer.errors import DataFlowError

Values = dict[str, Any]
_MODEL_CELLS = (
    "tokens_in", "tokens_out", "requests_limit", "tokens_limit", "price_in", "price_out",
    "context_window", "refresh_interval",
)  # fmt: skip
_NODE_CELLS = (
    "technology", "mode", "interval", "rate", "peak_factor", "record_size", "capacity", "parallelism",
    "p50", "p99", "retention", "storage", "replicas", "region", "external", "personal_data",
    "removes_personal_data", "encrypted", "failure", "fallback",
)  # fmt: skip
_QUANTITIES = (
    "interval", "rate", "record_size", "capacity", "p50", "p99", "retention", "storage",
)  # fmt: skip
_FLOW_CELLS = (
    "mode", "interval", "share", "record_size", "personal_data", "encrypted", "technology", "label",
)  # fmt: skip
_MEASURES = frozenset(
    ("scalability", "latency", "cost", "compliance", "integration", "reliability")
)
_UNTITLED = "Untitled design"
_LINE = re.compile(r"^[^,]*, line \d+(?:, )?")


def design_of(values: Mapping[str, Any], tasks: Sequence[LessonTask]) -> Design:
    """The design that a draft describes.

    Raises `InputError` with one sentence that names the table, the row and the field.
    """
    from reviewer.intake import design_from_text  # its patterns take a while to compile

    text = yaml.safe_dump(_document(values), sort_keys=False, allow_unicode=True, width=1000)
    try:
        return design_from_text(text, "form", tasks, "yaml")
    except DataFlowError as error:
        raise DataFlowError(_LINE.sub("", str(error)), hint=error.hint) from None


def values_of(design: Design) -> Values:
    """The fields that a design file fills: its sections by task, its map and its targets."""
    texts = dict(design.form) if design.form else _texts_by_task(design)
    if "data_flow" in texts:
        texts["data_flow.description"] = texts.pop("data_flow")
    if "comparison" in texts:
        texts["comparison.summary"] = texts.pop("comparison")
    values: Values = {name: texts[name] for name in TEXT_FIELDS if texts.get(name)}
    values["title"] = design.title
    rows, options = map_rows(design.data_flow), _options(design)
    values |= {name: table for name, table in rows.items() if table}
    if options:
        values["comparison.options"] = options
        values.pop("comparison.summary", None)
        if summary := _comparison_text(design):
            values["comparison.summary"] = summary
    if targets := [_target_row(r) for r in design.requirements if _tabular(r)]:
        values["targets"] = targets
    return values


def map_rows(data_flow: DataFlow) -> dict[str, list[Row]]:
    """The tables of a map."""
    names = {node.id: node.name or node.id for node in data_flow.nodes}
    if len({name.casefold() for name in names.values()}) < len(names):
        names = {}  # two nodes of one name: only ids tell which is meant
    return {
        "map.nodes": [_node_row(node) for node in data_flow.nodes],
        "map.flows": [_flow_row(flow, names) for flow in data_flow.flows],
    }


def _document(values: Mapping[str, Any]) -> Values:
    document: Values = {"title": _text(values, "title") or _UNTITLED}
    if text := _text(values, "scenario"):
        document["scenario"] = text
    if data_flow := _map(values):
        document["data_flow"] = data_flow
    if text := _text(values, "architecture"):
        document["architecture"] = text
    names = ("scalability", "latency", "compliance", "reliability")
    measures = {name: _text(values, f"measurement.{name}") for name in names}
    if any(measures.values()):
        document["measurement"] = {name: text for name, text in measures.items() if text}
    lines = (line.strip("-* \t") for line in _text(values, "practices").splitlines())
    if practices := [line for line in lines if line]:
        document["practices"] = practices
    for name in ("challenges", "impact"):
        if text := _text(values, name):
            document[name] = text
    if comparison := _comparison(values):
        document["comparison"] = comparison
    if targets := [target for row in rows_of(values.get("targets")) if (target := _target(row))]:
        document["targets"] = targets
    return document


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return value.strip() if isinstance(value, str) else ""


def _map(values: Mapping[str, Any]) -> Values:
    nodes: list[Values] = []
    names: dict[str, str] = {}
    for number, row in enumerate(rows_of(values.get("map.nodes")), start=1):
        name = row.get("name") or row.get("id")
        if not name:
            continue
        node_id = row.get("id") or _identifier(name, number, names.values())
        names[name.casefold()] = node_id
        nodes.append(_node(row, node_id, name))
    flows = []
    for row in rows_of(values.get("map.flows")):
        if row.get("from") and row.get("to"):
            ends = {end: names.get(row[end].casefold(), row[end]) for end in ("from", "to")}
            flows.append(ends | {cell: row[cell] for cell in _FLOW_CELLS if row.get(cell)})
    found: Values = {}
    if text := _text(values, "data_flow.description"):
        found["description"] = text
    if nodes:
        found |= {"nodes": nodes, "flows": flows}
    return found


def _node(row: Row, node_id: str, name: str) -> Values:
    node: Values = {"id": node_id, "kind": row.get("kind", "stage"), "name": name}
    node |= {cell: row[cell] for cell in _NODE_CELLS if row.get(cell)}
    if legacy := row.get("legacy"):
        node["legacy"] = {"interface": legacy}
    model = {cell: row[cell] for cell in _MODEL_CELLS if row.get(cell)}
    if model and row.get("kind") == "model":
        node["model"] = model
    return node


def _identifier(name: str, number: int, taken: Iterable[str]) -> str:
    """A short id from a name, for flows to use."""
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:40] or f"node_{number}"
    return f"{plain}_{number}" if plain in set(taken) else plain


def _comparison(values: Mapping[str, Any]) -> Values:
    found: Values = {}
    if text := _text(values, "comparison.summary"):
        found["summary"] = text
    options: dict[str, Row] = {}
    for row in rows_of(values.get("comparison.options")):
        if name := row.pop("name", ""):
            options[name] = row
    if options:
        found["options"] = options
    return found


def _target(row: Row) -> Values | None:
    if not row.get("subject") or not (row.get("value") or row.get("region")):
        return None
    target: Values = {"subject": row["subject"]}
    if row.get("value"):
        target[row.get("comparison") or "at_most"] = row["value"]
    if number := re.search(r"\d+(?:\.\d+)?", row.get("percentile", "")):
        target["percentile"] = float(number[0])
    target |= {name: row[name] for name in ("node", "region") if row.get(name)}
    return target


def _texts_by_task(design: Design) -> dict[str, str]:
    """The text under the headings of each task, code blocks of the map left out."""
    texts: dict[str, list[str]] = {}
    for section in design.sections:
        spans = [s for s in design.spans if s.section == section.id and s.kind != "code"]
        body = [s for s in spans if s.kind != "heading" and s.text.strip() != design.title]
        task = section.task or (
            "scenario" if not texts else None
        )  # what opens a text sets the scene
        if task is None or not body or task == "comparison":
            continue
        below = section.level > 2 or task in texts
        lead = [f"### {section.title}"] if below else []
        written = design.text[body[0].start : body[-1].end].strip()
        texts.setdefault(task, []).extend([*lead, written])
    named = {"data_flow": "data_flow.description"}
    found = {named.get(task, task): "\n\n".join(parts) for task, parts in texts.items()}
    if summary := _comparison_text(design):
        found["comparison.summary"] = summary
    return found


def _comparison_text(design: Design) -> str:
    inside = {s.id for s in design.sections if s.task == "comparison"}
    spans = [s for s in design.spans if s.section in inside and s.kind in ("sentence", "item")]
    return " ".join(" ".join(span.text.split()) for span in spans)


def _options(design: Design) -> list[Row]:
    """The rows of the first table of the comparison, one an option, by the names of its columns."""
    sections = [s for s in design.sections if s.task == "comparison"]
    lines = [line for s in sections for line in design.text[s.start : s.end].splitlines()]
    cells = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in lines
        if line.count("|") > 1 and not re.fullmatch(r"[\s|:-]+", line)
    ]
    if len(cells) < 2 or len(cells[0]) < 2:
        return []
    first = {_column(row[0]) for row in cells[1:]}
    if len(first & _MEASURES) > len({_column(name) for name in cells[0]} & _MEASURES):
        cells = [list(row) for row in zip(*cells, strict=False)]
    head = ["name", *(_column(name) for name in cells[0][1:])]
    return [
        {name: cell for name, cell in zip(head, row, strict=False) if cell} for row in cells[1:]
    ]


def _column(name: str) -> str:
    word = re.sub(r"\s+", "_", name.strip().lower())
    return "integration" if word.startswith("integration") else word


def _tabular(stated: Requirement) -> bool:
    return stated.id.startswith("T") and (stated.value is not None or stated.region is not None)


def _target_row(stated: Requirement) -> Row:
    row: Row = {"subject": str(stated.subject)}
    if stated.value is not None:
        row |= {
            "comparison": stated.comparison.replace("equal", "value"),
            "value": stated.value.text,
        }
    if stated.percentile is not None:
        row["percentile"] = f"{stated.percentile:g}"
    return row | {k: v for k, v in (("node", stated.node), ("region", stated.region)) if v}


def _node_row(node: Node) -> Row:
    row = {"id": node.id, "name": node.name or node.id, "kind": node.kind.value}
    cells: Values = {name: getattr(node, name) for name in _QUANTITIES}
    row |= {name: value.text for name, value in cells.items() if value is not None}
    plain = ("technology", "region", "failure", "fallback")
    row |= {name: getattr(node, name) for name in plain if getattr(node, name)}
    if node.mode:
        row["mode"] = node.mode.value
    counts = {"parallelism": node.parallelism, "replicas": node.replicas}
    row |= {name: str(value) for name, value in counts.items() if value is not None}
    if node.peak_factor is not None:
        row["peak_factor"] = f"{node.peak_factor:g}x"
    answers = {"external": node.external, "removes_personal_data": node.removes_personal_data}
    row |= {name: "yes" if value else "no" for name, value in answers.items() if value is not None}
    if node.encrypted_at_rest is not None:
        row["encrypted"] = "at_rest" if node.encrypted_at_rest else "no"
    row |= _personal(node.personal_data)
    if node.legacy:
        row["legacy"] = node.legacy.interface or node.legacy.system or "yes"
    if node.model:
        limits = {name: getattr(node.model, name) for name in _MODEL_CELLS}
        row |= {name: value.text for name, value in limits.items() if value is not None}
    return row


def _flow_row(flow: Flow, names: Mapping[str, str]) -> Row:
    ends = {"from": names.get(flow.source, flow.source), "to": names.get(flow.target, flow.target)}
    row = ends | _personal(flow.personal_data)
    if flow.mode:
        row["mode"] = flow.mode.value
    if flow.interval:
        row["interval"] = flow.interval.text
    if flow.share != 1:
        row["share"] = f"{flow.share:g}"
    if flow.encrypted_in_transit is not None:
        row["encrypted"] = "yes" if flow.encrypted_in_transit else "no"
    if flow.record_size:
        row["record_size"] = flow.record_size.text
    plain = {"technology": flow.technology, "label": flow.label}
    return row | {name: text for name, text in plain.items() if text}


def _personal(fields: tuple[str, ...] | None) -> Row:
    if fields is None:
        return {}
    return {"personal_data": ", ".join(fields) or "no"}
