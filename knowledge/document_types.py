"""What a reader makes of a file: a document of blocks, each with its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict

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


class Limits(BaseModel):
    """What one file may cost before it is stopped; sizes in bytes, `text` in characters.

    `seconds` of computing time are given for each 50 pages (or what 50 pages come to), begun ones
    counted. `ratio` is how much an archive may unpack to for each byte of it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seconds: float = 2.0
    memory: int = 1_500_000_000
    pages: int = 2_000
    size: int = 200_000_000
    unpacked: int = 300_000_000
    part: int = 60_000_000
    ratio: int = 200
    text: int = 8_000_000
    blocks: int = 100_000
    entries: int = 5_000


PAGES_AT_ONCE = 50


def allowance(limits: Limits, pages: int) -> float:
    """Seconds of computing time that a document of so many pages may take."""
    return limits.seconds * max(1, -(-pages // PAGES_AT_ONCE))
