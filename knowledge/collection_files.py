"""A test collection in a folder: documents, queries, and which document answers which query."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge.errors import KnowledgeError


class CollectionError(KnowledgeError):
    """A file of a test collection is missing or wrong; the message names file and line."""

    hint = (
        "A collection is a folder with docs.jsonl and queries.jsonl (one object a line, with 'id' "
        "and 'text') and qrels.tsv (query id, document id and relevance, parted by tabs)."
    )


@dataclass(frozen=True)
class Judged:
    """Texts by id, and for each judged query the relevance of documents."""

    documents: dict[str, tuple[str, str]]  # title and text
    queries: dict[str, str]
    relevance: dict[str, dict[str, int]]


def read_collection(folder: Path) -> Judged:
    """The collection of a folder, with the judged queries that have something to find.

    Raises:
        CollectionError: a file is missing or wrong.
    """
    documents = {
        key: (_text(entry, "title", where, default=""), _text(entry, "text", where))
        for key, entry, where in _entries(folder / "docs.jsonl")
    }
    asked = {
        key: _text(entry, "text", where) for key, entry, where in _entries(folder / "queries.jsonl")
    }
    relevance = _relevance(folder / "qrels.tsv")
    queries = {
        key: text
        for key, text in asked.items()
        if any(r > 0 for r in relevance.get(key, {}).values())
    }
    if not queries:
        raise CollectionError(f"No query of '{folder}' has a relevant document in qrels.tsv.")
    return Judged(documents, queries, {key: relevance[key] for key in queries})


def _lines(file: Path) -> Iterator[tuple[str, str]]:
    """Every line that is not empty, and where it stands."""
    try:
        content = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise CollectionError(f"'{file}' cannot be read: {reason}.") from error
    for number, line in enumerate(content.split("\n"), start=1):
        if line.strip():
            yield line, f"'{file.name}', line {number}"


def _entries(file: Path) -> Iterator[tuple[str, dict[str, Any], str]]:
    seen: set[str] = set()
    for line, where in _lines(file):
        try:
            entry = json.loads(line)
        except ValueError as error:
            raise CollectionError(f"{where} is not JSON: {error}.") from error
        if not isinstance(entry, dict) or not isinstance(entry.get("id"), str | int):
            raise CollectionError(f"{where} is not an object with an 'id'.")
        key = str(entry["id"])
        if key in seen:
            raise CollectionError(f"{where} has the id '{key}' of an earlier line.")
        seen.add(key)
        yield key, entry, where


def _text(entry: dict[str, Any], field: str, where: str, default: str | None = None) -> str:
    value = entry.get(field, default)
    if not isinstance(value, str):
        raise CollectionError(f"{where} has no text in '{field}'.")
    return value


def _relevance(file: Path) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for place, (line, where) in enumerate(_lines(file)):
        query, *rest = [part.strip() for part in line.split("\t")]
        try:
            document, relevance = rest[0], int(rest[1])
        except (IndexError, ValueError) as error:
            if place == 0 and len(rest) == 2:
                continue  # the names of the columns
            raise CollectionError(
                f"{where} is not a query id, a document id and a whole number, parted by tabs."
            ) from error
        found.setdefault(query, {})[document] = relevance
    return found
