"""PDF to blocks: visible text in reading order, page by page."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from typing import Any

import pypdfium2  # type: ignore[import-untyped]  # it ships no types

from knowledge.readers.metadata import authors_from, doi_in, title_from, year_in
from knowledge.readers.pages import page_list
from knowledge.readers.pdf_blocks import write_pages
from knowledge.readers.pdf_furniture import without_furniture
from knowledge.readers.pdf_layout import in_order
from knowledge.readers.pdf_page import PageReader, PageText
from knowledge.readers.pdfium import raw
from knowledge.readers.source import Facts, Refusal, Source
from knowledge.readers.writing import Writer

_FEWEST_LETTERS = 12
_WITHOUT_CODES = 0.3
_DOI_PAGES = 2
_PICTURE = 0.5  # share of a page that pictures cover where it is a scan
_OBJECT_STREAM = re.compile(rb"/Type\s*/ObjStm")
_MOST_STREAM = 4_000_000
_SCRIPT = re.compile(rb"/(?:JavaScript|JS)(?=[\s(<\[/])")


def read(source: Source, writer: Writer) -> Facts:
    """Read a PDF file."""
    document = _opened(source)
    count = len(document)
    if not count:
        raise Refusal("is damaged: it has no pages; save it anew.")
    if count > source.limits.pages:
        raise Refusal(
            f"has {count:,} pages; at most {source.limits.pages:,} are read: split it into parts."
        )
    source.announce(count)
    reader = PageReader(document, _may_have_layers(source.data))
    pages = [reader.read(number) for number in range(1, count + 1)]
    for page in pages:
        for text, reason in page.hidden:
            writer.hide(text, reason, page.number)
    _check(document, source.data, pages, writer)
    for page in pages:
        page.lines = in_order(page.lines)
    without_furniture(pages)
    write_pages(pages, writer)
    facts = _facts(document, pages)
    facts.warnings += _warnings(document, source.data, pages)
    return facts


def _opened(source: Source) -> Any:
    try:
        return pypdfium2.PdfDocument(source.data)
    except pypdfium2.PdfiumError as error:
        said = str(error).lower()
        if "password" in said or "security" in said:
            raise Refusal("is protected by a password: save it without one.") from error
        raise Refusal("is damaged: it cannot be opened as a PDF file; save it anew.") from error


def _may_have_layers(data: bytes) -> bool:
    """Layers are named in the catalogue, which newer files keep in a compressed stream."""
    if b"/OCProperties" in data:
        return True
    for match in _OBJECT_STREAM.finditer(data):
        start = data.find(b"stream", match.end())
        begin = start + (8 if data[start + 6 : start + 8] == b"\r\n" else 7)
        try:
            unpacked = zlib.decompressobj().decompress(
                data[begin : begin + _MOST_STREAM], _MOST_STREAM
            )
        except zlib.error:
            return True  # packed otherwise, or encrypted: look at every object
        if b"/OCProperties" in unpacked:
            return True
    return False


def _check(document: Any, data: bytes, pages: Sequence[PageText], writer: Writer) -> None:
    """Refuse what has no text to read, and say why."""
    letters = sum(len(line.text) - line.text.count(" ") for page in pages for line in page.lines)
    unmapped = sum(page.unmapped for page in pages)
    if unmapped > _FEWEST_LETTERS and unmapped > _WITHOUT_CODES * (letters + unmapped):
        raise Refusal(
            "does not say which letters its text is made of: print it to PDF anew, or run text "
            "recognition (OCR) on it."
        )
    scanned = any(page.pictures >= _PICTURE for page in pages)
    if letters >= _FEWEST_LETTERS or (letters and not scanned):
        return
    if scanned and not any(page.hidden for page in pages):
        raise Refusal(
            "is a scan, no text was found in it: run text recognition (OCR) on it, or hand in the "
            "text itself."
        )
    if writer.hidden:
        raise Refusal("has no text that a reader could see, only hidden text: it was left out.")
    if all(page.broken for page in pages):
        raise Refusal("is damaged: none of its pages can be opened; save it anew.")
    if raw.FPDF_GetSecurityHandlerRevision(document) >= 0:
        raise Refusal("is protected (encrypted) and shows no text: save it without protection.")
    script = " and holds a script, which was not run" if _SCRIPT.search(data) else ""
    raise Refusal(
        f"has no text{script}: its pages are empty, or it is a scan; run text recognition (OCR) "
        "on it, or hand in the text itself."
    )


def _warnings(document: Any, data: bytes, pages: Sequence[PageText]) -> list[str]:
    said = []
    if scans := [p.number for p in pages if p.is_scan]:
        said.append(
            f"Some pages are scans, read by the text layer under the picture{page_list(scans)}."
        )
    pictures = [p.number for p in pages if not p.lines and p.pictures >= _PICTURE and not p.hidden]
    if pictures:
        said.append(f"Some pages are pictures without text and were not read{page_list(pictures)}.")
    if broken := [p.number for p in pages if p.broken]:
        said.append(f"Some pages are damaged and were not read{page_list(broken)}.")
    if unmapped := [p.number for p in pages if p.unmapped > _FEWEST_LETTERS]:
        said.append(f"Some letters could not be read{page_list(unmapped)}.")
    if attached := raw.FPDFDoc_GetAttachmentCount(document):
        said.append(f"{attached} attached files were not read: add them by themselves.")
    if _SCRIPT.search(data):
        said.append("It holds a script, which was not run.")
    return said


def _facts(document: Any, pages: Sequence[PageText]) -> Facts:
    told = document.get_metadata_dict()
    start = " ".join(line.text for page in pages[:_DOI_PAGES] for line in page.lines)
    extra = " ".join(str(told.get(k) or "") for k in ("Subject", "Keywords", "Title"))
    language = ""
    if length := raw.FPDFCatalog_GetLanguage(document, None, 0) if _has_language() else 0:
        buffer = (raw.FPDF_WCHAR * (length // 2 + 1))()
        raw.FPDFCatalog_GetLanguage(document, buffer, length)
        language = bytes(buffer)[: max(0, length - 2)].decode("utf-16-le", "replace")
    date = re.sub(r"^D:", "", str(told.get("CreationDate") or ""))[:4]
    return Facts(
        title=title_from(str(told.get("Title") or "")),
        authors=authors_from(str(told.get("Author") or "")),
        year=year_in(date),
        doi=doi_in(extra) or doi_in(start),
        language=language,
        pages=len(pages),
    )


def _has_language() -> bool:
    return hasattr(raw, "FPDFCatalog_GetLanguage")
