"""What the knowledge base talks about: sources, passages and search hits."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Evidence = Literal["original", "quotation", "secondary"]
PassageKind = Literal["excerpt", "summary"]


class Source(BaseModel):
    """A document that can be cited: a paper, a law, a manual, a standard."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str
    authors: tuple[str, ...] = ()
    year: int | None = None
    venue: str = ""
    kind: str = ""
    doi: str = ""
    arxiv: str = ""
    identifier: str = ""
    url: str = ""
    roles: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    applies_when: str = ""
    note: str = ""


class Passage(BaseModel):
    """A citable piece of one source; `text` is all that may be quoted or cited.

    `kind` is `excerpt` for verbatim text of a document, `summary` for text written for this
    project from checked facts. `note` is explanation of ours: shown, never cited.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    source: str
    text: str
    kind: PassageKind
    locator: str = ""
    evidence: Evidence | None = None
    roles: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    note: str = ""


class Hit(BaseModel):
    """A passage found for a query, with the scores that put it where it is (higher is closer)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    passage: Passage
    source: Source
    score: float
    dense: float
    lexical: float
