"""Titles, years and DOIs as files state them."""

from __future__ import annotations

import re

_DOI = re.compile(r"\b10\.\d{4,9}/[-._;()/:a-z0-9]+", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)(?:19[5-9]\d|20\d\d)(?!\d)")
_NO_TITLE = re.compile(
    r"untitled.*|microsoft (?:word|powerpoint) - .*|(?:power)?point presentation|document\d*|slide \d+|"
    r"presentation\d*|title|titel|.*\.(?:docx?|pptx?|pdf|tex|dvi|indd|qxd|html?|md|txt)",
    re.IGNORECASE,
)
_NO_AUTHOR = re.compile(
    r"(?:user|admin|administrator|author|owner|unknown|python-docx|microsoft.*|.*office user|steve canny)",
    re.IGNORECASE,
)


def doi_in(text: str) -> str:
    """The first DOI in a text, in lower case, without the punctuation of the sentence."""
    match = _DOI.search(text)
    if match is None:
        return ""
    doi = match[0].rstrip(".,;:").lower()
    while doi.endswith(")") and doi.count("(") < doi.count(")"):
        doi = doi[:-1]
    return doi


def year_in(text: str) -> int | None:
    """The first year of a text that a document may be from."""
    match = _YEAR.search(text)
    return int(match[0]) if match else None


def title_from(value: str) -> str:
    """A title as the file states it, or "" where it is a file's name or a program's default."""
    title = " ".join(value.split())
    if len(title) < 3 or _NO_TITLE.fullmatch(title):
        return ""
    return title


def authors_from(value: str) -> tuple[str, ...]:
    """Names parted by semicolons, "and", or commas between full names."""
    value = " ".join(value.split())
    parts = re.split(r"\s*;\s*|\s+and\s+|\s*&\s*", value)
    if len(parts) == 1 and value.count(",") and all(" " in p.strip() for p in value.split(",")):
        parts = value.split(",")
    names = (p.strip(" ,") for p in parts)
    return tuple(n for n in names if n and not _NO_AUTHOR.fullmatch(n))
