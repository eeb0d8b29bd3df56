"""A YAML design file: checked against its form, then written out as one Markdown text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

from reviewer.domain.design import DataFlow, Quantity, Requirement, Span
from reviewer.errors import DataFlowError, UnreadableDesign
from reviewer.intake.checking import Checker, Path, did_you_mean
from reviewer.intake.dataflow import MapReading, read_map
from reviewer.intake.forms import ComparisonForm, DesignForm, TargetForm
from reviewer.intake.maps import with_spans
from reviewer.intake.page import Page, one_line
from reviewer.intake.pieces import Reading
from reviewer.quantities import Dimension, parse
from reviewer.yamlfile import Document, read_yaml

_ARCHITECTURE = "architecture"
_DIMENSIONS: dict[str, tuple[Dimension, ...]] = {
    "freshness": ("time",),
    "latency": ("time",),
    "retention": ("time",),
    "recovery_time": ("time",),
    "recovery_point": ("time",),
    "interval": ("interval",),
    "availability": ("share",),
    "error_rate": ("share",),
    "storage": ("data",),
    "memory": ("data",),
    "rate": ("rate",),
    "capacity": ("rate",),
    "limit": ("rate", "token_rate"),
    "growth": ("factor",),
    "cost": ("money_per_time", "money_per_event", "money_per_token", "money"),
    "tokens": ("tokens",),
    "context_window": ("tokens",),
}
_WORDS = {"at_most": "at most", "at_least": "at least", "equal": ""}


@dataclass
class FormReading:
    """A form as text, its map, its targets, and the texts of its fields."""

    reading: Reading
    title: str
    language: str | None
    map: MapReading
    map_document: Document | None
    targets: list[tuple[Requirement, int]]  # and where its item starts in the text
    fields: dict[str, str] = field(default_factory=dict)

    def data_flow(self, spans: tuple[Span, ...]) -> DataFlow:
        """The map with the spans that state its nodes."""
        if self.map_document is None:
            return DataFlow()
        data_flow = self.map.data_flow("yaml")
        return with_spans(self.map, data_flow, self.map_document, self.reading.text, spans)

    def requirements(self, spans: tuple[Span, ...]) -> tuple[Requirement, ...]:
        """The targets with their spans."""
        by_start = {s.start: s for s in spans}
        done = []
        for requirement, start in self.targets:
            span = by_start.get(start)
            update = {"span": span.id, "text": span.text} if span else {}
            done.append(requirement.model_copy(update=update))
        return tuple(done)


def read_form(text: str, source: str) -> FormReading:
    """Read the text of a YAML design file.

    Raises `InputError` (syntax) or `DataFlowError` (fields, units, nodes) naming file and line.
    """
    document = read_yaml(text, source)
    if not isinstance(document.data, dict):
        raise UnreadableDesign(
            f"{source} is not a design form: `title`, `scenario` … are expected."
        )
    return _FormReader(document).read()


class _FormReader:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.checker = Checker(document)
        self.page = Page()
        self.fields: dict[str, str] = {}

    def read(self) -> FormReading:
        data = self.checker.rename(self.document.data, DesignForm, ())
        where = self.checker.where
        raw_map = data.pop("data_flow", None)
        targets = data.pop("targets", None)
        comparison = self._comparison(data.pop("comparison", None), where.get(("comparison",), ()))
        data["practices"] = _practices(data.get("practices"))
        form = self.checker.check(data, DesignForm, ())
        self.checker.where.update(where)
        found = read_map(self.document, where[("data_flow",)]) if raw_map else MapReading()
        self.page.heading(form.title, 1)
        self._text("Scenario", "scenario", form.scenario)
        map_document = self._map(raw_map, found)
        self._architecture(form)
        placed = self._targets(targets, where.get(("targets",), ()), found)
        self._text("Challenges", "challenges", form.challenges)
        self._text("Expected impact", "impact", form.impact)
        self._options(comparison)
        title = one_line(form.title) or "Untitled"
        return FormReading(
            self.page.reading(title),
            title,
            form.language,
            found,
            map_document,
            placed,
            self.fields,
        )

    def _text(self, title: str, name: str, text: str | None, level: int = 2) -> None:
        if text and text.strip():
            self.page.heading(title, level, name if level == 2 else _ARCHITECTURE)
            self.page.markdown(text)
            self.fields[name] = text.strip()

    def _architecture(self, form: DesignForm) -> None:
        measures = form.measurement.model_dump() if form.measurement else {}
        measures = {k: v for k, v in measures.items() if v and v.strip()}
        if not (form.architecture or measures or form.practices):
            return
        self.page.heading("Architecture", 2, _ARCHITECTURE)
        if form.architecture and form.architecture.strip():
            self.page.markdown(form.architecture)
            self.fields["architecture"] = form.architecture.strip()
        for name, text in measures.items():
            self._text(f"How {name} is measured", f"measurement.{name}", text, level=3)
        if form.practices:
            self.page.heading("Practices from research", 3, _ARCHITECTURE)
            self.page.items(form.practices)
            self.fields["practices"] = "\n".join(form.practices)

    def _map(self, raw: Any, found: MapReading) -> Document | None:
        if not raw:
            return None
        self.page.heading("Data flow", 2, "data_flow")
        if found.description.strip():
            self.page.markdown(found.description)
            self.fields["data_flow"] = found.description.strip()
        block = {k: v for k, v in raw.items() if v is not found.description or not v}
        dumped = yaml.safe_dump(block, sort_keys=False, allow_unicode=True, width=1000)
        if not found.nodes:
            return None
        fence = self.page.fence("data-flow", dumped)
        before = self.page.text.count("\n", 0, fence.offsets[0])
        document = read_yaml("\n" * before + fence.text, self.document.source)
        above = len(self.checker.where[("data_flow",)])
        found.node_paths = {i: p[above:] for i, p in found.node_paths.items()}
        found.flow_paths = [p[above:] for p in found.flow_paths]
        return document

    def _comparison(self, value: Any, path: Path) -> ComparisonForm | None:
        if value is None:
            return None
        if isinstance(value, str):
            return ComparisonForm(summary=value)
        if isinstance(value, list):
            value = {"options": value}
        if isinstance(value, dict) and isinstance(value.get("options"), list):
            options = {}
            for index, option in enumerate(value["options"]):
                rest = dict(option) if isinstance(option, dict) else {}
                name = rest.pop("name", None) or rest.pop("option", None)
                if not name:
                    raise self.checker.fail(
                        (*path, "options", index), "an option needs a `name` and its columns"
                    )
                options[str(name)] = rest
            value = {**value, "options": options}
        return self.checker.check(value, ComparisonForm, path)

    def _options(self, comparison: ComparisonForm | None) -> None:
        if comparison is None:
            return
        self.page.heading("Comparison with alternatives", 2, "comparison")
        texts = []
        if comparison.summary and comparison.summary.strip():
            self.page.markdown(comparison.summary)
            texts.append(comparison.summary.strip())
        if comparison.options:
            columns = list(dict.fromkeys(c for o in comparison.options.values() for c in o))
            head = ["Option", *(c.replace("_", " ") for c in columns)]
            rows = [[n, *(o.get(c, "") for c in columns)] for n, o in comparison.options.items()]
            self.page.table([head, *rows])
            texts += [f"{n}: {'; '.join(o.values())}" for n, o in comparison.options.items()]
        self.fields["comparison"] = "\n".join(texts)

    def _targets(self, value: Any, path: Path, found: MapReading) -> list[tuple[Requirement, int]]:
        if not value:
            return []
        if not isinstance(value, list):
            raise self.checker.fail(path, "a list of targets is expected here")
        requirements = [
            self._target(entry, (*path, index), found, index) for index, entry in enumerate(value)
        ]
        self.page.heading("Targets", 2, _ARCHITECTURE)
        starts = self.page.items([_sentence(r) for r in requirements])
        return list(zip(requirements, starts, strict=True))

    def _target(self, entry: Any, path: Path, found: MapReading, index: int) -> Requirement:
        form = self.checker.check(entry, TargetForm, path)
        given = {
            name: getattr(form, name)
            for name in ("at_most", "at_least", "value")
            if getattr(form, name) is not None
        }
        if len(given) > 1 or (not given and not form.region):
            raise self.checker.fail(path, "one of at_most, at_least and value is expected")
        value = None
        comparison = "at_most"
        for name, text in given.items():
            comparison = "equal" if name == "value" else name
            value = self._value(form.subject, text, (*path, name))
        if form.node is not None and form.node not in found.nodes:
            hint = did_you_mean(form.node, list(found.nodes))
            raise self.checker.fail((*path, "node"), f"unknown node `{form.node}`{hint}")
        return Requirement(
            id=f"T{index + 1}",
            subject=form.subject,
            comparison=comparison,
            value=value,
            percentile=form.percentile,
            region=form.region,
            node=form.node,
        )

    def _value(self, subject: str, text: Any, path: Path) -> Quantity:
        zero = subject in ("recovery_point", "recovery_time", "error_rate")
        wanted = _DIMENSIONS.get(subject, ("time", "share", "rate", "data", "factor"))
        problems = []
        for dimension in wanted:
            try:
                return parse(str(text), dimension, zero=zero)
            except DataFlowError as error:
                problems.append(str(error))
        raise self.checker.fail(path, problems[0])


def _practices(value: Any) -> Any:
    """Practices as sentences: `name: how it is used`."""
    if isinstance(value, str):
        return [line.lstrip("-* ").strip() for line in value.split("\n") if line.strip("-* ")]
    if isinstance(value, dict):
        return [f"{name}: {text}" for name, text in value.items()]
    if not isinstance(value, list):
        return value or []
    return [": ".join(str(v) for v in e.values()) if isinstance(e, dict) else e for e in value]


def _sentence(requirement: Requirement) -> str:
    words = requirement.subject.replace("_", " ").capitalize()
    if requirement.percentile:
        words += f" (p{requirement.percentile:g})"
    if requirement.value is not None:
        words += f": {_WORDS[requirement.comparison]} {requirement.value.text}"
    if requirement.node:
        words += f" at {requirement.node}"
    if requirement.region:
        words += f"{'' if requirement.value else ':'} in {requirement.region}"
    return words + "."
