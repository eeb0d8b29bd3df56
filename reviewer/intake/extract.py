"""DOCX and PDF by way of the reader of documents, which works in a process of its own."""

from __future__ import annotations

from pathlib import Path

from knowledge.document_types import Block as Found
from knowledge.document_types import Document, Limits
from knowledge.documents import read_document
from knowledge.errors import DocumentError
from reviewer.errors import UnreadableDesign
from reviewer.intake.plaintext import Block, BlockKind

_LIMITS = Limits(text=2_000_000, size=20_000_000)
_KINDS: dict[str, BlockKind] = {
    "heading": "heading",
    "paragraph": "paragraph",
    "caption": "paragraph",
    "list_item": "item",
    "table_row": "row",
    "code": "code",
}


def extract(path: Path) -> tuple[list[Block], str, list[str]]:
    """Blocks, title and warnings of a DOCX or PDF file. Raises `UnreadableDesign`."""
    try:
        document = read_document(path, limits=_LIMITS)
    except DocumentError as error:
        raise UnreadableDesign(error.message) from error
    return [_block(found) for found in document.blocks], _title(document), _warnings(document)


def _block(found: Found) -> Block:
    """A row shows its cells as they stand in the file: its header is a row of its own."""
    text = " | ".join(found.cells) if found.cells else found.text
    return Block(_KINDS[found.kind], text, found.level)


def _title(document: Document) -> str:
    """What the file says; a Word file with a title on its first page says it there."""
    headed = any(b.level == 1 for b in document.blocks)
    return "" if headed and document.media == "docx" else document.title


def _warnings(document: Document) -> list[str]:
    warnings = list(document.warnings)
    if document.hidden_characters:
        count = document.hidden_characters
        warnings.append(f"Hidden text was not reviewed ({count:,} characters).")
    return [*warnings, *document.hidden]
