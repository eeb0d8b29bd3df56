"""Reading lists: BibTeX, RIS and CSL-JSON become sources that documents are matched to."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pybtex.errors  # type: ignore[import-untyped]  # the package ships no types
import rispy  # type: ignore[import-untyped]  # the package ships no types
from pybtex.database import BibliographyData  # type: ignore[import-untyped]  # the package ships no types
from pybtex.database import Entry as BibEntry
from pybtex.database.input.bibtex import Parser  # type: ignore[import-untyped]  # the package ships no types
from pybtex.exceptions import PybtexError  # type: ignore[import-untyped]  # the package ships no types
from pybtex.richtext import Text  # type: ignore[import-untyped]  # the package ships no types

from knowledge.errors import BibliographyError
from knowledge.text import folded
from knowledge.types import Source
from knowledge.works import arxiv_id, doi_name, slug

ENDINGS = (".bib", ".ris", ".json")

_MOST_BYTES = 20_000_000
_LONGEST = 2_000  # characters of one field
_YEAR = re.compile(r"\b(1[5-9]\d\d|20\d\d)\b")
_CHUNK = re.compile(r"^[ \t]*@", re.MULTILINE)
_STRING = re.compile(r"@\s*string\b", re.IGNORECASE)
_APART = re.compile(r"[;,]")
_FILE = re.compile(r"[^:;{}\\/]+\.(?:pdf|docx|pptx|html?|md|txt)", re.IGNORECASE)


class Reference(NamedTuple):
    """An entry of a reading list; `files` are names of files that it says are its documents."""

    source: Source
    files: tuple[str, ...] = ()


class ReadingList(NamedTuple):
    """The entries of one file, and a sentence for each that could not be read."""

    references: tuple[Reference, ...]
    problems: tuple[str, ...] = ()


def read_reading_list(path: Path, *, name: str = "") -> ReadingList:
    """The entries of a BibTeX, RIS or CSL-JSON file; one broken entry does not cost the others.

    Raises:
        BibliographyError: the file cannot be read, or holds no entry at all.
    """
    shown = name or path.name
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise BibliographyError(f"{shown} has more than {_MOST_BYTES // 1_000_000} MB.")
        content = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise BibliographyError(f"{shown} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError:
        content = path.read_bytes().decode("latin-1")
    readers: dict[str, Callable[[str, str], ReadingList]] = {
        ".bib": _bibtex,
        ".ris": _ris,
        ".json": _csl,
    }
    read = readers[path.suffix.lower()](content.replace("\x00", ""), shown)
    if not read.references:
        first = f" {read.problems[0]}" if read.problems else ""
        raise BibliographyError(f"{shown} has no entry of a reading list that can be read.{first}")
    return read


def _bibtex(content: str, name: str) -> ReadingList:
    entries, problems = _parsed(content)
    if problems:  # the parser lost its place, perhaps for the rest of the file
        entries, problems = _one_by_one(content, name)
    made = (_of_bibtex(key, entry) for key, entry in entries.items())
    return ReadingList(tuple(reference for reference in made if reference), tuple(problems))


def _parsed(content: str) -> tuple[dict[str, BibEntry], list[str]]:
    parser = Parser()
    with pybtex.errors.capture() as errors:
        try:
            data: BibliographyData = parser.parse_string(content)
        except (PybtexError, RecursionError) as error:
            return {}, [str(error)]
    # An entry without a field is what is left of one that was cut off.
    found = {key: entry for key, entry in data.entries.items() if entry.fields}
    return found, [str(error).splitlines()[0] for error in errors]


def _one_by_one(content: str, name: str) -> tuple[dict[str, BibEntry], list[str]]:
    """Every entry parsed alone, with the abbreviations of the file before it."""
    starts = [match.start() for match in _CHUNK.finditer(content)]
    chunks = [content[a:b] for a, b in zip(starts, [*starts[1:], len(content)], strict=True)]
    strings = "".join(chunk for chunk in chunks if _STRING.match(chunk.lstrip()))
    entries: dict[str, BibEntry] = {}
    problems: list[str] = []
    for start, chunk in zip(starts, chunks, strict=True):
        if _STRING.match(chunk.lstrip()):
            continue
        found, wrong = _parsed(strings + chunk)
        line = content.count("\n", 0, start) + 1
        for key, entry in found.items():
            if key in entries:
                wrong = [f"the key '{key}' occurs already"]
            elif not wrong:
                entries[key] = entry
        if wrong:
            problems.append(f"{name}, line {line}: an entry was left out ({_brief(wrong[0])}).")
    return entries, problems


def _of_bibtex(key: str, entry: BibEntry) -> Reference | None:
    fields = {str(name).lower(): _plain(str(value)) for name, value in entry.fields.items()}
    raw = {str(name).lower(): str(value) for name, value in entry.fields.items()}
    persons = entry.persons.get("author") or entry.persons.get("editor") or []
    people = [
        _plain(" ".join([*p.first_names, *p.middle_names, *p.prelast_names, *p.last_names]))
        for p in persons
    ]
    venue = ("journal", "journaltitle", "booktitle", "publisher", "institution", "howpublished")
    source = _source(
        key,
        title=fields.get("title", ""),
        authors=people,
        year=fields.get("year") or fields.get("date", ""),
        venue=next((fields[name] for name in venue if fields.get(name)), ""),
        kind=entry.type,
        doi=raw.get("doi", ""),
        arxiv=raw.get("eprint", "") if _is_arxiv(raw) else "",
        identifier=fields.get("isbn") or fields.get("number", ""),
        url=raw.get("url", ""),
        keywords=_APART.split(fields.get("keywords", "")),
        note=fields.get("note", ""),
        licence=fields.get("license") or fields.get("licence") or fields.get("rights", ""),
    )
    return Reference(source, tuple(_FILE.findall(raw.get("file", "")))) if source else None


def _is_arxiv(fields: dict[str, str]) -> bool:
    where = fields.get("archiveprefix") or fields.get("eprinttype") or "arxiv"
    return where.strip().lower() == "arxiv"


def _ris(content: str, name: str) -> ReadingList:
    content = content.replace("\r\n", "\n").replace("\r", "\n").rstrip() + "\n"
    if not content.rstrip().endswith("ER  -"):
        content += "ER  - \n"
    try:
        entries: list[dict[str, Any]] = rispy.loads(content)
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise BibliographyError(f"{name} is not valid RIS: {_brief(error)}.") from error
    made = [_of_ris(entry) for entry in entries]
    left = sum(1 for reference in made if reference is None)
    problems = (f"{name}: {left} entries without a title were left out.",) if left else ()
    return ReadingList(tuple(reference for reference in made if reference), problems)


def _of_ris(entry: dict[str, Any]) -> Reference | None:
    def first(*names: str) -> str:
        found = (entry[name] for name in names if entry.get(name))
        value = next(found, "")
        return str(value[0] if isinstance(value, list) else value)

    people = entry.get("authors") or entry.get("first_authors") or []
    source = _source(
        first("id", "label"),
        title=first("title", "primary_title"),
        authors=[_turned(str(person)) for person in people],
        year=first("year", "publication_year", "date"),
        venue=first("secondary_title", "journal_name", "alternate_title3", "publisher"),
        kind=first("type_of_reference").lower(),
        doi=first("doi"),
        identifier=first("issn"),
        url=first("urls", "url"),
        keywords=[str(word) for word in entry.get("keywords", [])],
        note=first("notes"),
    )
    files = _FILE.findall(first("file_attachments1")) + _FILE.findall(first("file_attachments2"))
    return Reference(source, tuple(files)) if source else None


def _csl(content: str, name: str) -> ReadingList:
    try:
        data = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BibliographyError(f"{name} is not valid JSON: {_brief(error)}.") from error
    if isinstance(data, dict):
        data = next((data[key] for key in ("items", "references") if key in data), [data])
    if not isinstance(data, list):
        raise BibliographyError(f"{name} is not a CSL-JSON list of works.")
    made = [_of_csl(item) for item in data if isinstance(item, dict)]
    left = len(data) - sum(1 for reference in made if reference)
    problems = (f"{name}: {left} entries without a title were left out.",) if left else ()
    return ReadingList(tuple(reference for reference in made if reference), problems)


def _of_csl(item: dict[str, Any]) -> Reference | None:
    def text(*names: str) -> str:
        values = (item.get(name) for name in names)
        return next((str(v) for v in values if isinstance(v, (str, int)) and str(v)), "")

    people = item.get("author") or item.get("editor")
    source = _source(
        text("citation-key", "id"),
        title=text("title"),
        authors=list(_csl_names(people)),
        year=_csl_year(item.get("issued")),
        venue=text("container-title", "publisher"),
        kind=text("type"),
        doi=text("DOI"),
        identifier=text("ISBN", "number"),
        url=text("URL"),
        keywords=_APART.split(text("keyword")),
        note=text("note"),
        licence=text("license"),
    )
    return Reference(source) if source else None


def _csl_names(people: object) -> Iterator[str]:
    for person in people if isinstance(people, list) else []:
        if isinstance(person, dict):
            parts = ("given", "non-dropping-particle", "family", "literal")
            yield " ".join(str(person[part]) for part in parts if person.get(part))


def _csl_year(issued: object) -> str:
    if not isinstance(issued, dict):
        return ""
    return json.dumps(issued.get("date-parts") or "") + str(issued.get("raw") or "")


def _source(
    key: str,
    *,
    title: str,
    authors: list[str],
    year: str,
    keywords: list[str],
    **more: str,
) -> Source | None:
    """A source with tidy fields; nothing without a title."""
    title = folded(title)[:_LONGEST].rstrip(".")
    if not title:
        return None
    found = _YEAR.search(year)
    doi = doi_name(more.pop("doi", ""))
    arxiv = arxiv_id(more.pop("arxiv", "") or doi or more.get("url", ""))
    return Source(
        id=slug(key)[:80],
        title=title,
        authors=tuple(name for name in (folded(a)[:200] for a in authors[:100]) if name),
        year=int(found.group()) if found else None,
        doi=doi,
        arxiv=arxiv,
        topics=tuple(dict.fromkeys(word for word in map(slug, keywords[:30]) if word)),
        **{name: folded(value)[:_LONGEST] for name, value in more.items()},
    )


def _plain(latex: str) -> str:
    """LaTeX as plain text."""
    try:
        text = str(Text.from_latex(latex))
    except (PybtexError, ValueError, RecursionError):
        text = latex
    text = re.sub(r"\\[A-Za-z]+\s?", "", text)
    return re.sub(r"[{}$]", "", text).replace("~", " ").replace("--", "–")


def _turned(name: str) -> str:
    """A name that is written "Family, Given" the other way round."""
    family, _, given = name.partition(",")
    return f"{given.strip()} {family.strip()}".strip()


def _brief(error: object) -> str:
    return " ".join(str(error).split())[:160].rstrip(".")
