"""What an index holds of each passage, and how it is told whether that is what it should hold."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge.corpus import Corpus
from knowledge.passages import embedded_text
from knowledge.types import Passage

FORMAT = 2


@dataclass(frozen=True)
class Row:
    """A passage in an index: `vector` changes with the text embedded, `whole` with any of it."""

    id: str
    vector: str
    whole: str


def rows_of(corpus: Corpus) -> dict[str, Row]:
    """The rows that an index of the corpus has, by passage."""
    return {passage.id: _row(passage, corpus) for passage in corpus.passages}


def _row(passage: Passage, corpus: Corpus) -> Row:
    vector = _short(embedded_text(passage, corpus.sources[passage.source]))
    labels = json.dumps(metadata(passage), sort_keys=True)
    return Row(passage.id, vector, _short(f"{vector}\0{passage.text}\0{labels}"))


def metadata(passage: Passage) -> dict[str, Any]:
    """The labels that an index has of a passage."""
    labels: dict[str, Any] = {"source": passage.source, "kind": passage.kind}
    if passage.roles:  # Chroma refuses an empty list
        labels["roles"] = list(passage.roles)
    return labels


def digest_of(rows: dict[str, Row]) -> str:
    """Hash over all rows; their order does not count."""
    return f"sha256:{hashlib.sha256(written(rows).encode('utf-8')).hexdigest()}"


def written(rows: dict[str, Row]) -> str:
    """Rows as lines of a file."""
    return "".join(f"{r.id} {r.vector} {r.whole}\n" for _, r in sorted(rows.items()))


def read(file: Path) -> dict[str, Row]:
    """The rows in a file of `written`. Raises `OSError`, `ValueError`, `TypeError`."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return {row.id: row for row in (Row(*line.split(" ")) for line in lines)}


def collection_name(model: str) -> str:
    """The collection of a model's vectors: another model has another one."""
    return f"passages-{re.sub(r'[^A-Za-z0-9]+', '-', model).strip('-')}"


def folder_digest(folder: Path) -> str:
    """Hash over names and contents of all files below a folder."""
    digest = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        with file.open("rb") as opened:
            content = hashlib.file_digest(opened, "sha256").hexdigest()
        digest.update(f"{file.relative_to(folder).as_posix()}\0{content}\0".encode())
    return f"sha256:{digest.hexdigest()}"


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
