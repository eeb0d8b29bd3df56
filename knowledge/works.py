"""Which documents and entries are the same work: by DOI, arXiv number or title."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Container, Iterable
from pathlib import PurePath

from knowledge.document_types import Document
from knowledge.text import folded
from knowledge.types import Source

_DOI = re.compile(r"10\.\d{4,9}/[^\s\"<>{}]+", re.IGNORECASE)
_ARXIV = re.compile(
    r"(?:arxiv[.:/]\s*(?:abs/|pdf/)?|^)(\d{4}\.\d{4,5}|[a-z-]+(?:\.[a-z]{2})?/\d{7})(?:v\d+)?(?!\d)",
    re.IGNORECASE,
)
_LITTLE_WORDS = (
    "a an and as at by der die das for from how in into is of on or the to und via what with"
)
_LITTLE = frozenset(_LITTLE_WORDS.split())
_SAME_TITLE = 0.9
_OTHER_TITLE = 0.3
_WORDS_OF_A_TITLE = 4  # a shorter one may be any document's


def doi_name(text: str) -> str:
    """The DOI in a text or link, in small letters; empty if there is none."""
    found = _DOI.search(text)
    return found.group().rstrip(".,;)]").lower() if found else ""


def arxiv_id(text: str) -> str:
    """The arXiv number in a text, link or DOI, without its version; empty if there is none."""
    found = _ARXIV.search(text.strip())
    return found.group(1).lower() if found else ""


def slug(text: str) -> str:
    """The text as small letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii").lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain))


def source_id(source: Source, taken: Container[str]) -> str:
    """An id for a source that has none: first author, year, the first words of its title."""
    every = [word for word in slug(source.title).split("-") if word]
    words = ([word for word in every if word not in _LITTLE] or every)[:5]
    surname = slug(source.authors[0].split()[-1]) if source.authors else ""
    parts = [surname, str(source.year or ""), *words]
    made = "-".join(part for part in parts if part)[:60].strip("-")
    if not words:  # a title in another script
        digest = hashlib.sha256(folded(source.title).encode("utf-8")).hexdigest()[:8]
        made = f"{made}-{digest}" if made else f"source-{digest}"
    return free_id(made, taken)


def free_id(wanted: str, taken: Container[str]) -> str:
    """The id that is wanted, with a number after it where another source has it."""
    number, made = 1, wanted
    while made in taken:
        number += 1
        made = f"{wanted}-{number}"
    return made


def described(document: Document) -> Source:
    """What a document says of itself, as a source without an id."""
    stem = PurePath(document.name).stem
    title = folded(document.title) or _first_heading(document)
    title = title or folded(re.sub(r"[_\s]+", " ", stem)) or "Untitled"
    doi = doi_name(document.doi)
    stamp = arxiv_id(doi) or arxiv_id(" ".join(re.findall(r"arXiv:\S+", document.text[:4_000])[:1]))
    return Source(
        id="",
        title=title[:500],
        authors=tuple(name for name in map(folded, document.authors) if name),
        year=document.year,
        doi=doi,
        arxiv=stamp,
        kind="document",
    )


def _first_heading(document: Document) -> str:
    """The heading that a document begins with, if there is no other of its rank."""
    first = document.blocks[0] if document.blocks else None
    if first is None or first.kind != "heading":
        return ""
    rivals = sum(1 for b in document.blocks if b.kind == "heading" and b.level <= first.level)
    return folded(first.text) if rivals == 1 else ""


def same_work(one: Source, other: Source) -> str:
    """Why two sources are one work, in a few words; empty where they are not."""
    alike = _likeness(one.title, other.title)
    if one.doi and one.doi == other.doi and alike >= _OTHER_TITLE:
        return "same DOI"
    if one.arxiv and one.arxiv == other.arxiv and alike >= _OTHER_TITLE:
        return "same arXiv number"
    if alike < _SAME_TITLE or not _may_be_one(one, other):
        return ""
    few = min(len(_words(one.title)), len(_words(other.title)))
    if few < _WORDS_OF_A_TITLE and not (_surnames(one) & _surnames(other)):
        return ""
    if few < _WORDS_OF_A_TITLE and one.year != other.year:
        # Files often state no year; an annual report of the same people is another one each year.
        untold = one.year is None or other.year is None
        return "same title" if untold and few == _WORDS_OF_A_TITLE - 1 and alike == 1 else ""
    return "same title"


def find_work(wanted: Source, known: Iterable[Source]) -> tuple[Source, str] | None:
    """The known source that is the same work, with the reason; a DOI counts for more than a title."""
    found = [(source, reason) for source in known if (reason := same_work(wanted, source))]
    return min(found, key=lambda pair: pair[1] == "same title") if found else None


def _may_be_one(one: Source, other: Source) -> bool:
    """Whether authors and years allow that a title means the same work.

    A preprint and what was printed later have two DOIs and two years, but the same people.
    """
    mine, theirs = _surnames(one), _surnames(other)
    if mine and theirs and not mine & theirs:
        return False
    if one.year and other.year and abs(one.year - other.year) > (3 if mine & theirs else 1):
        return False
    preprint = bool(one.arxiv) != bool(other.arxiv)
    return not (one.doi and other.doi and one.doi != other.doi) or preprint or bool(mine & theirs)


def _likeness(one: str, other: str) -> float:
    mine, theirs = _words(one), _words(other)
    return len(mine & theirs) / len(mine | theirs) if mine and theirs else 0.0


def _words(title: str) -> frozenset[str]:
    plain = unicodedata.normalize("NFKC", title).casefold()
    return frozenset(word for word in re.findall(r"\w+", plain) if word not in _LITTLE)


def _surnames(source: Source) -> frozenset[str]:
    return frozenset(slug(name.split()[-1]) for name in source.authors if name.split())
