"""What a reader makes of a file: its text, in blocks that know where they stand."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Media = Literal["pdf", "docx", "pptx", "html", "md", "txt"]
BlockKind = Literal["heading", "paragraph", "list_item", "table_row", "code", "caption"]


class Block(BaseModel):
    """One piece of a document; `text` is `document.text[start:end]`.

    `page` is the page or slide, counted from 1; `path` the headings that the block stands under.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: BlockKind
    text: str
    level: int = 0
    page: int | None = None
    path: tuple[str, ...] = ()
    start: int
    end: int


class Document(BaseModel):
    """A file that was read: what it says of itself, its whole text, and what was left out."""

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
