"""Markdown to blocks, by way of the page that it renders to, so that hidden HTML stays hidden."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt

from knowledge.first_bytes import decoded
from knowledge.readers.html import parsed, write_page
from knowledge.readers.metadata import authors_from, doi_in, title_from, year_in
from knowledge.readers.source import Facts, Source
from knowledge.readers.writing import Writer, check_length

_PARSER = MarkdownIt("commonmark", {"html": True, "maxNesting": 50}).enable(["table"])
_FRONT = re.compile(r"\A---[ \t]*\n(.{0,20000}?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FIELD = re.compile(r"^(\w+):[ \t]*[\"']?([^\n]*?)[\"']?[ \t]*$", re.MULTILINE)
_ITEM = re.compile(r"^[ \t]+-[ \t]+[\"']?([^\n]*?)[\"']?[ \t]*$", re.MULTILINE)


def read(source: Source, writer: Writer) -> Facts:
    """Read a Markdown file."""
    text, warning = decoded(source.data)
    check_length(text, source.limits)
    source.announce(1 + len(text) // 3_000)
    text = text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    front = _FRONT.match(text)
    facts = _facts(front[1]) if front else Facts()
    if warning:
        facts.warnings.append(warning)
    page = _PARSER.render(text[front.end() :] if front else text)
    if page.strip():
        write_page(parsed(f"<body>{page}</body>"), writer, whole=True)
    return facts


def _facts(front: str) -> Facts:
    fields = {name.lower(): value for name, value in _FIELD.findall(front)}
    authors = fields.get("author") or fields.get("authors") or ""
    if not authors and (listed := re.search(r"^authors?:[ \t]*\n((?:[ \t]+-.*\n?)+)", front, re.M)):
        authors = ";".join(_ITEM.findall(listed[1]))
    authors = authors.strip("[]").replace('"', "")
    return Facts(
        title=title_from(fields.get("title", "")),
        authors=authors_from(authors),
        year=year_in(fields.get("date", "") or fields.get("year", "")),
        doi=doi_in(fields.get("doi", "")),
        language=fields.get("lang", "") or fields.get("language", ""),
    )
