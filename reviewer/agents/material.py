"""What a model is shown: design, map, facts, checks, passages and findings as fenced data."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence

from pydantic import BaseModel

from knowledge.types import Hit
from reviewer.domain.design import DataFlow, Design, Flow, Node, Quantity, Section, Span
from reviewer.domain.facts import Analysis
from reviewer.domain.finding import Finding
from reviewer.domain.questionnaire import Role
from reviewer.ports import RoleBrief

_MARK_DIGITS = 12
_ADVICE = 160  # characters of each finding's recommendation that the chair is shown
# Characters that are invisible or turn the direction of text: room for hidden orders.
_HIDDEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]"
)
_HEADS = {True: "holds", False: "fails", None: "informs"}
_NAMED_FIELDS = frozenset({"id", "kind", "name", "source", "target", "spans", "label"})


def mark(text: str) -> str:
    """A fence mark that does not occur in the text, the same for the same text."""
    salt = 0
    while True:
        digest = hashlib.sha256(f"{salt}:{text}".encode()).hexdigest()[:_MARK_DIGITS]
        if digest not in text:
            return digest
        salt += 1


def section_labels(design: Design) -> dict[str, str]:
    """`H1`, `H2` … for the sections of a design, in their order."""
    return {f"H{n}": section.id for n, section in enumerate(design.sections, 1)}


def fact_labels(analysis: Analysis) -> dict[str, str]:
    """`F1`, `F2` … for the facts, in their order."""
    return {f"F{n}": fact.id for n, fact in enumerate(analysis.facts, 1)}


def finding_labels(findings: Sequence[Finding]) -> dict[str, str]:
    """`R1`, `R2` … for findings, in their order."""
    return {f"R{n}": finding.id for n, finding in enumerate(findings, 1)}


def design_text(design: Design, analysis: Analysis) -> str:
    """The design: spans by section, the map in compact form, the facts; one line each."""
    labels = {section_id: label for label, section_id in section_labels(design).items()}
    lines = [f"Title: {_one_line(design.title)}", "", *_sections(design, labels)]
    lines += ["", "Data-flow map:", *_data_flow(design.data_flow)]
    lines += ["", "Computed facts:", *_facts(analysis)]
    return "\n".join(lines)


def roles_text(roles: Sequence[Role]) -> str:
    """Who the model is: the text of each role."""
    if len(roles) == 1:
        return f"# Your role: {roles[0].title}\n\n{roles[0].brief.strip()}"
    parts = (f"## {role.title}\n\n{role.brief.strip()}" for role in roles)
    return "# You take all of these roles, one after the other\n\n" + "\n\n".join(parts)


def passage_labels(passages: Mapping[str, Sequence[Hit]]) -> dict[str, str]:
    """`P1`, `P2` … for the passages of all checks, in the order they are first offered."""
    ids = dict.fromkeys(hit.passage.id for hits in passages.values() for hit in hits)
    return {f"P{n}": passage for n, passage in enumerate(ids, 1)}


def checks_text(brief: RoleBrief, labels: Mapping[str, str]) -> str:
    """The checks with their ids, when they apply, and the passages (by label) offered to each."""
    label_of = {passage: label for label, passage in labels.items()}
    lines = []
    for check in brief.checks:
        lines.append(f"- [{check.id}] {_one_line(check.question)}")
        if check.applies_when.strip(" .").lower() not in ("", "always"):
            lines.append(f"  Applies: {_one_line(check.applies_when)}")
        offered = ", ".join(label_of[hit.passage.id] for hit in brief.passages.get(check.id, ()))
        if offered:
            lines.append(f"  Passages: {offered}")
    return "\n".join(lines)


def passages_text(brief: RoleBrief, labels: Mapping[str, str]) -> str:
    """The passages, each once, by label. Their sources are not shown: code cites them."""
    once = {hit.passage.id: hit.passage for hits in brief.passages.values() for hit in hits}
    lines = (f"{label} | {_one_line(once[passage].text)}" for label, passage in labels.items())
    return "\n".join(lines) or "(none)"


def findings_text(findings: Sequence[Finding]) -> str:
    """The findings of all roles for the chair, one line each."""
    lines = []
    for label, finding in zip(finding_labels(findings), findings, strict=True):
        where = ", ".join(e.span for e in finding.evidence)
        about = f"{finding.role}, {finding.kind}, {finding.severity}" + (where and f", {where}")
        advice = _one_line(finding.recommendation)[:_ADVICE]
        lines.append(f"{label} ({about}) | {_one_line(finding.title)} Advice: {advice}")
    return "\n".join(lines) or "(none)"


def _sections(design: Design, labels: Mapping[str, str]) -> Iterator[str]:
    sections = {section.id: section for section in design.sections}
    current: str | None = None
    for span in design.spans:
        section = sections.get(span.section)
        if span.section != current:
            current = span.section
            yield _section_line(span, section, labels)
        if span.kind == "heading" and section and span.text.strip("#* \t\n") == section.title:
            continue  # the line above says it already
        for line in span.text.splitlines() or [""]:
            if line.strip():
                yield f"{span.id}| {_clean(line.strip())}"
    spoken = {span.section for span in design.spans}
    for section in design.sections:
        if section.id not in spoken:
            yield f"[{labels[section.id]}] {_one_line(section.title)} (empty)"


def _section_line(span: Span, section: Section | None, labels: Mapping[str, str]) -> str:
    if section is None:
        return f"[-] {_one_line(span.section)}"
    task = f" (lesson task: {section.task})" if section.task else ""
    path = " > ".join(_one_line(part) for part in (*section.path, section.title))
    return f"[{labels[section.id]}] {path}{task}"


def _data_flow(data_flow: DataFlow) -> list[str]:
    nodes = (f"node {_stated(n.id)} ({n.kind}): {_about(n, n.name)}" for n in data_flow.nodes)
    flows = (
        f"flow {_stated(f.source)} -> {_stated(f.target)}: {_about(f, f.label)}"
        for f in data_flow.flows
    )
    return [*nodes, *flows] or ["(none was handed in)"]


def _about(part: Node | Flow, name: str | None) -> str:
    stated = [_one_line(name)] if name else []
    stated += [f"{field} {value}" for field, value in _attributes(part)]
    spans = f" [{', '.join(part.spans)}]" if part.spans else ""
    return ("; ".join(stated) or "nothing else is stated") + spans


def _attributes(part: BaseModel) -> Iterator[tuple[str, str]]:
    """The attributes that the design states, in the words it used."""
    stated = part.model_fields_set - _NAMED_FIELDS
    for field in type(part).model_fields:
        value = getattr(part, field) if field in stated else None
        if value is None:
            continue
        if isinstance(value, BaseModel) and not isinstance(value, Quantity):
            for inner, text in _attributes(value):
                yield f"{field}.{inner}", text
        else:
            yield field, _stated(value)


def _stated(value: object) -> str:
    if isinstance(value, Quantity):
        return _one_line(value.text)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(_one_line(str(v)) for v in value) or "none"
    return _one_line(str(value))


def _facts(analysis: Analysis) -> list[str]:
    lines = [
        f"{label} ({_HEADS[fact.holds]}) {_one_line(fact.text)}"
        + (f" [{', '.join(fact.spans)}]" if fact.spans else "")
        for label, fact in zip(fact_labels(analysis), analysis.facts, strict=True)
    ]
    lines += [f"Not computable: {_one_line(gap.text)}" for gap in analysis.gaps]
    return lines or ["(none)"]


def _one_line(text: str) -> str:
    return _clean(" ".join(text.split()))


def _clean(text: str) -> str:
    return text if text.isprintable() else _HIDDEN.sub("", text)
