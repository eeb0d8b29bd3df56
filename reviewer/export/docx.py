"""A review as a Word document, for comments in the margin."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from typing import Any

from docx import Document
from docx.document import Document as WordDocument
from docx.shared import Mm, Pt, RGBColor
from docx.table import _Cell
from docx.text.paragraph import Paragraph

from reviewer.domain.questionnaire import Questionnaire
from reviewer.domain.review import Review
from reviewer.export.paper import Paper

_SOFT = "#5b6470"
_BADGE = "{number} · {title}"


def to_docx(review: Review, questionnaire: Questionnaire) -> bytes:
    """The document, with real headings and styles."""
    paper = Paper(review, questionnaire).content()
    word = Document()
    _prepare(word, paper["title"])
    word.add_heading(paper["title"], 0)
    _bold(word.add_paragraph(), paper["score"])
    for line in paper["incomplete"]:
        word.add_paragraph(line)
    _levels(word, paper["bars"])
    _first(word, paper["first"])
    for role in paper["roles"]:
        _role(word, role)
    _conflicts(word, paper["conflicts"])
    _rubric(word, paper["rubric"])
    _numbers(word, paper["numbers"], paper["notes"])
    _list(word, "Questions", paper["questions"])
    _list(word, "Not supported by evidence: your judgement", paper["unsupported"])
    _list(word, "Statement of AI use", paper["statement"])
    _soft(word.add_paragraph(), paper["foot"])
    return _undated(word)


def _undated(word: WordDocument) -> bytes:
    """The file with a fixed date on each part, so that the same review gives the same bytes."""
    dated, undated = io.BytesIO(), io.BytesIO()
    word.save(dated)
    with zipfile.ZipFile(dated) as parts, zipfile.ZipFile(undated, "w") as kept:
        for part in parts.namelist():
            info = zipfile.ZipInfo(part, date_time=(2000, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            kept.writestr(info, parts.read(part))
    return undated.getvalue()


def _prepare(word: WordDocument, title: str) -> None:
    properties = word.core_properties
    properties.title = title[:255]
    properties.author = "Design Reviewer"
    properties.comments = ""
    properties.created = properties.modified = datetime(2000, 1, 1, tzinfo=UTC)
    section = word.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(22)
    word.styles["Normal"].font.size = Pt(10.5)


def _levels(word: WordDocument, bars: list[dict[str, Any]]) -> None:
    table = word.add_table(rows=0, cols=2)
    for bar in bars:
        cells = table.add_row().cells
        cells[0].text = bar["title"]
        cells[1].text = "not scored" if bar["level"] is None else f"{bar['level']:.1f} of 5"


def _first(word: WordDocument, items: list[dict[str, Any]]) -> None:
    if items:
        word.add_heading("First", 1)
    for item in items:
        paragraph = word.add_paragraph(style="List Number")
        _bold(paragraph, item["title"])
        _soft(paragraph, f" {item['note']}")


def _role(word: WordDocument, role: dict[str, Any]) -> None:
    _coloured(word.add_heading("", 1), role["title"], role["colour"])
    for sound in role["sound"]:
        paragraph = word.add_paragraph(f"Sound: {sound['title']}")
        if sound["quote"]:
            _soft(paragraph, f" “{sound['quote']}”")
    for finding in role["findings"]:
        _finding(word, finding)
    if role["folded"]:
        _soft(word.add_paragraph(), f"Also raised, less pressing: {'; '.join(role['folded'])}.")


def _finding(word: WordDocument, finding: dict[str, Any]) -> None:
    word.add_heading(_BADGE.format(**finding), 2)
    notes = [finding[name] for name in ("severity", "also", "author") if finding[name]]
    _soft(word.add_paragraph(), " · ".join(notes))
    word.add_paragraph(finding["explanation"])
    for quote in finding["quotes"]:
        paragraph = word.add_paragraph(f"“{quote['text']}”", style="Quote")
        _soft(paragraph, f" {quote['where']}")
    if finding["searched"]:
        _soft(word.add_paragraph(), f"Searched: {' · '.join(finding['searched'])}")
    if finding["recommendation"]:
        paragraph = word.add_paragraph()
        _bold(paragraph, "What to do. ")
        paragraph.add_run(finding["recommendation"])
    for citation in finding["citations"]:
        _soft(word.add_paragraph(), _cited(citation))


def _cited(citation: dict[str, str]) -> str:
    if citation["kind"] == "excerpt":
        return f"“{citation['text']}” — {citation['where']}"
    evidence = f" ({citation['evidence']} evidence)" if citation["evidence"] else ""
    return f"Summary of {citation['where']}{evidence}: {citation['text']}"


def _conflicts(word: WordDocument, conflicts: list[dict[str, Any]]) -> None:
    if conflicts:
        word.add_heading("Conflicts between roles", 1)
    for conflict in conflicts:
        row = word.add_table(rows=1, cols=len(conflict["sides"]), style="Table Grid").rows[0]
        for cell, side in zip(row.cells, conflict["sides"], strict=True):
            _soft(cell.paragraphs[0], f"{side['role']}: ")
            cell.paragraphs[0].add_run(side["title"])
        paragraph = word.add_paragraph(f"{conflict['tension']} ")
        _bold(paragraph, conflict["question"])


def _rubric(word: WordDocument, rows: list[dict[str, Any]]) -> None:
    word.add_heading("Rubric", 1)
    table = word.add_table(rows=1, cols=4, style="Table Grid")
    heads = (
        "Criterion",
        "Level",
        "Range",
        "Where the design stands, and what the next level takes",
    )
    for cell, text in zip(table.rows[0].cells, heads, strict=True):
        _bold(cell.paragraphs[0], text)
    for row in rows:
        cells = table.add_row().cells
        cells[0].text, cells[1].text, cells[2].text = row["title"], row["level"], row["range"]
        cells[3].text = row["here"]
        if row["next"]:
            _soft(cells[3].paragraphs[0], f" Next: {row['next']}")
    for column, width in enumerate((42, 18, 24, 82)):
        _widen([row.cells[column] for row in table.rows], width)


def _widen(cells: list[_Cell], width: int) -> None:
    for cell in cells:
        cell.width = Mm(width)


def _numbers(word: WordDocument, facts: list[dict[str, str]], notes: list[str]) -> None:
    if facts or notes:
        word.add_heading("Numbers of the design", 1)
    for fact in facts:
        paragraph = word.add_paragraph(fact["text"])
        if fact["state"]:
            _bold(paragraph, f" {fact['state']}")
        if fact["formula"]:
            _soft(paragraph, f" {fact['formula']}")
    for note in notes:
        _soft(word.add_paragraph(), note)


def _list(word: WordDocument, title: str, lines: list[str]) -> None:
    if lines:
        word.add_heading(title, 1)
    for line in lines:
        word.add_paragraph(line, style="List Bullet")


def _bold(paragraph: Paragraph, text: str) -> None:
    paragraph.add_run(text).bold = True


def _soft(paragraph: Paragraph, text: str) -> None:
    run = paragraph.add_run(text)
    run.font.size = Pt(9)
    run.font.color.rgb = RGBColor.from_string(_SOFT.lstrip("#"))


def _coloured(paragraph: Paragraph, text: str, colour: str) -> None:
    paragraph.add_run(text).font.color.rgb = RGBColor.from_string(colour.lstrip("#"))
