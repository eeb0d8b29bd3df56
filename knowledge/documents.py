"""The door to documents: a file becomes a `Document`, or one sentence that says why not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

from pydantic import ValidationError

from knowledge.document_types import Block, Document, Limits
from knowledge.errors import DocumentError
from knowledge.readers.pages import page_list
from knowledge.sandbox import Failed, ReadingProcess

_DEFAULT = Limits()
_LONGEST_NAME = 120


def read_document(path: Path, *, limits: Limits = _DEFAULT, name: str = "") -> Document:
    """Read one file in a process of its own.

    `name` is what the document is called, by default the file's name; its ending says the format.
    For many files a `Reader` saves the start of a process for each.

    Raises:
        DocumentError: the file cannot be read; the sentence names it and says what to do.
    """
    with Reader(limits) as reader:
        return reader.read(path, name=name)


class Reader:
    """Reads many files; use it in a `with` statement, which ends its process."""

    def __init__(self, limits: Limits = _DEFAULT) -> None:
        self.limits = limits
        self._process = ReadingProcess()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.close()

    def read(self, path: Path, *, name: str = "") -> Document:
        """The document in a file. Raises `DocumentError` with one sentence."""
        name = name or path.name
        shown = printable(name)
        _check(path, shown)
        request = {
            "path": str(path.resolve()),
            "name": name,
            "limits": asdict(self.limits),
        }
        try:
            answer = self._process.ask(request)
        except Failed as failure:
            raise DocumentError(f"{shown} {failure}") from None
        if "refused" in answer:
            raise DocumentError(f"{shown} {printable(str(answer['refused']), 400)}")
        try:
            return _document(answer, shown)
        except (ValidationError, KeyError, TypeError, ValueError, IndexError) as error:
            raise DocumentError(f"{shown} is damaged: its reader gave no sound answer.") from error


def printable(text: str, longest: int = _LONGEST_NAME) -> str:
    """The text on one line, safe for a terminal: what cannot be printed is a question mark."""
    text = "".join(c if c.isprintable() else "?" for c in text)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _check(path: Path, shown: str) -> None:
    try:
        if path.is_dir():
            raise DocumentError(f"{shown} is a folder: name the files in it.")
        if not path.exists():
            raise DocumentError(f"{shown} does not exist: check the path.")
        if not path.is_file():
            raise DocumentError(f"{shown} is not a regular file.")
        with path.open("rb"):
            return
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the path is not valid"
        raise DocumentError(f"{shown} cannot be read: {reason}.") from error


def _document(answer: dict[str, Any], name: str) -> Document:
    text: str = answer["text"]
    paths = [tuple(path) for path in answer["paths"]]
    return Document(
        name=name,
        sha256=answer["sha256"],
        media=answer["media"],
        title=answer["title"],
        authors=tuple(answer["authors"]),
        year=answer["year"],
        doi=answer["doi"],
        language=answer["language"],
        text=text,
        blocks=tuple(_block(block, text, paths) for block in answer["blocks"]),
        pages=answer["pages"],
        warnings=tuple(answer["warnings"]),
        hidden=tuple(_reports(answer["hidden"])),
        hidden_characters=sum(n for _, _, n in answer["hidden"]),
    )


def _block(fields: list[Any], text: str, paths: list[tuple[str, ...]]) -> Block:
    kind, level, page, place, start, end, more = fields
    if not 0 <= start < end <= len(text):
        raise ValueError("a block lies outside the text")
    more = more or {}
    return Block(
        kind=kind,
        text=text[start:end],
        level=level,
        page=page,
        path=paths[place],
        start=start,
        end=end,
        cells=tuple(more.get("cells", ())),
        header=tuple(more.get("header", ())),
        continued=bool(more.get("continued", False)),
    )


def _reports(hidden: Iterable[tuple[str, int | None, int]]) -> list[str]:
    """One sentence a reason, with the pages."""
    counts: Counter[str] = Counter()
    pages: dict[str, set[int]] = {}
    for reason, page, count in hidden:
        counts[reason] += count
        if page is not None:
            pages.setdefault(reason, set()).add(page)
    return [
        f"{count:,} characters {reason} were left out{page_list(pages.get(reason, ()))}."
        for reason, count in counts.items()
    ]
