"""PDF to blocks: paragraphs joined from lines, headings told by numbers and short lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]  # it ships no types

from reviewer.errors import UnreadableDesign
from reviewer.intake.plaintext import Block

_MOST_PAGES = 300
_FEWEST_LETTERS = 12
_HYPHEN = re.compile(r"[\x02\ufffe]\s*")
_PAGE_NUMBER = re.compile(
    r"(?:page\s*)?[-–]?\s*\d{1,4}\s*(?:(?:/|of)\s*\d{1,4})?\s*[-–]?", re.IGNORECASE
)
_MARKER = re.compile(r"(?:[•◦▪‣●○■□–—∗*-]|\(?(?:\d{1,2}|[a-z])[.)])\s+(?=\S)")
_NUMBERED = re.compile(r"(\d{1,2}(?:\.\d{1,2}){0,3})\.?\s+[^\W\d_]")


def pdf_blocks(path: Path) -> tuple[list[Block], str, list[str]]:
    """Blocks, title and warnings. Raises `UnreadableDesign` with the end of a sentence."""
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower() or "security" in str(error).lower():
            raise UnreadableDesign("is protected by a password: save it without one.") from error
        raise UnreadableDesign("is damaged: it cannot be opened as a PDF file.") from error
    count = len(document)
    pages = [_page_lines(document, index) for index in range(min(count, _MOST_PAGES))]
    if sum(c.isalnum() for page in pages for line in page for c in line) < _FEWEST_LETTERS:
        if not pages:
            raise UnreadableDesign("is damaged: it has no pages.")
        if pypdfium2.raw.FPDF_GetSecurityHandlerRevision(document) >= 0:
            raise UnreadableDesign("is protected (encrypted) and shows no text: save it without.")
        raise UnreadableDesign("has no text: it is a scan or a picture; hand in the text itself.")
    title = str(document.get_metadata_dict().get("Title") or "").strip()
    title = "" if re.search(r"\.\w{2,4}$|^untitled|^microsoft", title, re.IGNORECASE) else title
    warnings = []
    if count > _MOST_PAGES:
        warnings.append(f"Only the first {_MOST_PAGES} of {count} pages were read.")
    return list(_blocks(_without_furniture(pages))), title, warnings


def _page_lines(document: pypdfium2.PdfDocument, index: int) -> list[str]:
    try:
        text: str = document[index].get_textpage().get_text_bounded()
    except pypdfium2.PdfiumError:
        return []  # one broken page does not cost the others
    text = _HYPHEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return [" ".join(line.split()) for line in text.split("\n") if line.strip()]


def _without_furniture(pages: list[list[str]]) -> list[str]:
    """All lines but page numbers and the heads and feet that many pages share."""
    edges = Counter(line for page in pages for line in {*page[:2], *page[-2:]})
    often = {line for line, n in edges.items() if n >= 3 and n * 2 >= len(pages)}
    lines = []
    for page in pages:
        for index, line in enumerate(page):
            at_edge = index < 2 or index >= len(page) - 2
            if at_edge and (line in often or _PAGE_NUMBER.fullmatch(line)):
                continue
            lines.append(line)
    return lines


def _blocks(lines: list[str]) -> Iterator[Block]:
    lengths = sorted(len(line) for line in lines)
    width = lengths[int(len(lengths) * 0.9)] if lengths else 0
    paragraph: list[str] = []
    is_item = False
    for index, line in enumerate(lines):
        following = lines[index + 1] if index + 1 < len(lines) else ""
        if index == 0 and _is_title(line, following):
            yield Block("heading", line, 1)
            continue
        complete = not paragraph or paragraph[-1][-1] in ".!?:;" or is_item
        level = _heading_level(line, following, complete)
        marker = _MARKER.match(line)
        if paragraph and (level or marker):
            yield Block("item" if is_item else "paragraph", " ".join(paragraph))
            paragraph, is_item = [], False
        if level:
            yield Block("heading", line, level)
            continue
        if not paragraph:
            is_item = marker is not None
            line = line[marker.end() :] if marker else line
        paragraph.append(line)
        if line[-1] in ".!?:" and len(line) < width * 0.85:
            yield Block("item" if is_item else "paragraph", " ".join(paragraph))
            paragraph, is_item = [], False
    if paragraph:
        yield Block("item" if is_item else "paragraph", " ".join(paragraph))


def _is_title(line: str, following: str) -> bool:
    return (
        len(line) <= 90
        and line[-1] not in ".,;:"
        and line[0].isalpha()
        and not following[:1].islower()
    )


def _heading_level(line: str, following: str, complete: bool) -> int:
    if len(line) > 80 or line[-1] in ".,;:!?-" or not line[0].isalnum():
        return 0
    number = _NUMBERED.match(line)
    if number and len(line.split()) <= 10 and not following[:1].islower():
        return min(6, number[1].count(".") + 2)
    letters = [c for c in line if c.isalpha()]
    if len(letters) >= 4 and line.isupper() and not line[-1].isdigit() and len(line.split()) <= 10:
        return 2
    short = len(line) <= 60 and len(line.split()) <= 8 and line[0].isupper()
    if complete and short and len(following) > 60 and not following[0].islower():
        return 2
    return 0
