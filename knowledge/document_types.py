"""What a reader makes of a file: a document of blocks, each with its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict

from knowledge.limits import PAGES_AT_ONCE, Limits, allowance

__all__ = ["PAGES_AT_ONCE", "Block", "BlockKind", "Document", "Limits", "Media", "allowance"]

Media = Literal["pdf", "docx", "pptx", "html", "md", "txt"]
BlockKind = Literal["heading", "paragraph", "list_item", "table_row", "code", "caption"]


@dataclass(frozen=True, slots=True)
class Block:
    """`document.text[start:end]`, the text of one heading, paragraph, list item or table row.

    `page` counts pages of a PDF and slides of a PPTX from 1. `path` holds the headings above the
    block. A table row has its `cells`, and in `header` the name of each column where the table has
    a head; `text` then says them as "name: cell". A `continued` block goes on in the middle of the
    sentence of the block before it, which ended with its page.
    """

    kind: BlockKind
    text: str
    level: int = 0
    page: int | None = None
    path: tuple[str, ...] = ()
    start: int = 0
    end: int = 0
    cells: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    continued: bool = False


class Document(BaseModel):
    """A file as text with provenance. `title`, `authors`, `year` and `doi` are what it says itself.

    `hidden` has a sentence for each kind of text that a reader of the page cannot see; that text
    is in no block. `warnings` say what else could not be read as it stands.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    sha256: str
    media: Media
    title: str = ""
    authors: tuple[str, ...] = ()
    year: int | None = None
    doi: str = ""
    language: str = ""
    blocks: tuple[Block, ...] = ()
    text: str = ""
    pages: int = 0
    warnings: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    hidden_characters: int = 0
