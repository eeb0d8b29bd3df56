"""The text of a design by section and paragraph, with the numbers of the findings that quote it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reviewer.domain.design import Design, Span
from reviewer.domain.finding import Finding

Values = dict[str, Any]


def design_blocks(
    design: Design, findings: Sequence[Finding], numbered: Mapping[str, int]
) -> list[Values]:
    """Sections in reading order; each has paragraphs, list items, table rows and code as pieces."""
    marks: dict[str, set[int]] = {}
    for finding in findings:
        for evidence in finding.evidence:
            marks.setdefault(evidence.span, set()).add(numbered[finding.id])
    titles = {section.id: section for section in design.sections}
    blocks: list[Values] = []
    before: Span | None = None
    for span in design.spans:
        if not blocks or blocks[-1]["id"] != span.section:
            section = titles.get(span.section)
            blocks.append(
                {
                    "id": span.section,
                    "title": section.title if section else span.section,
                    "level": min(section.level if section else 2, 4),
                    "pieces": [],
                }
            )
            before = None
        if span.kind != "heading":
            _put(blocks[-1]["pieces"], span, before, design.text, sorted(marks.get(span.id, ())))
            before = span
    return blocks


def _put(
    pieces: list[Values], span: Span, before: Span | None, text: str, marks: list[int]
) -> None:
    """Adds a span to the paragraph, table or code it continues, or begins a new piece."""
    part: Values = {"id": span.id, "text": span.text, "marks": marks}
    if span.kind == "code":  # what stands before it on its line is its indentation
        lead = text[text.rfind("\n", 0, span.start) + 1 : span.start]
        part["lead"] = lead if not lead.strip() else ""
    if before is not None and before.kind == span.kind and span.kind != "item":
        between = text[before.end : span.start]
        if "\n\n" not in between or span.kind == "code":
            pieces[-1]["spans"].append(part)
            return
    pieces.append({"kind": span.kind, "spans": [part]})
