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
    licence: str = ""


class Passage(BaseModel):
    """A citable piece of one source; `text` is all that may be quoted or cited.

    `kind` is `excerpt` for verbatim text of a document, `summary` for text written for this
    project from checked facts. `note` is explanation of ours: shown, never cited. An excerpt is
    characters `start` to `end` of the text of `document` (a file's name), on `page` (or slide);
    `heading` is the path of headings above it: context for finding it, never quoted.
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
    document: str = ""
    page: int | None = None
    start: int | None = None
    end: int | None = None
    heading: tuple[str, ...] = ()


class Hit(BaseModel):
    """A passage found for a query, with the scores that put it where it is (higher is closer)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    passage: Passage
    source: Source
    score: float
    dense: float
    lexical: float


class Filter(BaseModel):
    """Which passages may be found: every part that is set has to fit, by any of its names."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    roles: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    year_from: int | None = None
    year_to: int | None = None


class Explanation(BaseModel):
    """Why a hit stands where it does: its place by meaning and by words alone, and the words.

    Places count from 1 among all passages that the filter lets through; `lexical_rank` is None
    where no word is shared. `words` are the shared words as stems, the rarest first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    hit: Hit
    rank: int
    dense_rank: int
    lexical_rank: int | None
    words: tuple[str, ...]


class Collection(BaseModel):
    """Sources that belong together, usually those of one course; searched while `enabled`.

    `starter` marks the collection that ships with the program: it follows the program's version.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str
    enabled: bool = True
    starter: bool = False
    sources: int = 0
    passages: int = 0


class StoredDocument(BaseModel):
    """A document in the records; `copy_of` names the document whose text it repeats.

    The passages of a copy are found only when that document is taken out. `version` counts from 1
    and grows whenever the file at `origin` is imported with other content.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: int
    source: str
    collection: str
    name: str
    origin: str
    sha256: str
    media: str
    title: str = ""
    language: str = ""
    pages: int = 0
    version: int = 1
    passages: int = 0
    copy_of: str = ""
    warnings: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()


class Entry(BaseModel):
    """A source as the knowledge base lists it.

    `confirmed`: a person has looked at the metadata. `suggested`: roles and topics were proposed
    by the program, not given.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Source
    collections: tuple[str, ...] = ()
    confirmed: bool = False
    suggested: bool = False
    passages: int = 0
    documents: tuple[StoredDocument, ...] = ()


Outcome = Literal["added", "changed", "unchanged", "copy", "entries", "refused"]


class FileReport(BaseModel):
    """What became of one file of an import; `message` is one sentence."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    outcome: Outcome
    message: str
    source: str = ""
    passages: int = 0
    warnings: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()


class ImportReport(BaseModel):
    """What became of every file of an import, in the order in which they were read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    collection: str
    files: tuple[FileReport, ...] = ()

    def count(self, outcome: Outcome) -> int:
        """How many files ended in this way."""
        return sum(1 for file in self.files if file.outcome == outcome)
