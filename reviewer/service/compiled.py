"""Packaged data files, checked once for all runs: the result is kept under the home directory."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from pydantic import TypeAdapter, ValidationError

from knowledge.corpus import PACKAGED, Corpus, load_corpus
from knowledge.types import Hit, Passage, Source
from reviewer.domain.questionnaire import Questionnaire
from reviewer.paths import PROMPTS

if TYPE_CHECKING:
    from knowledge.search import Search

T = TypeVar("T")
_Row: TypeAlias = tuple[str, float, float, float]  # a passage's id and the scores of its hit

_REVIEWER = Path(__file__).resolve().parent.parent


def compiled_corpus(folder: Path | None) -> Corpus:
    """The starter corpus; `CorpusError` where a file is wrong."""
    return compiled(folder, "corpus", _corpus_files(), Corpus, load_corpus)


def compiled_questionnaire(folder: Path | None, sources: Collection[str]) -> Questionnaire:
    """Everything that is asked; `CatalogueError` where a file is wrong.

    `sources` are the ids of the corpus's sources, which checks may name.
    """

    def load() -> Questionnaire:
        from reviewer.catalogue import load_questionnaire  # only where there is no copy

        return load_questionnaire(sources=sources)

    made_by = [_REVIEWER / "catalogue.py", _REVIEWER / "yamlfile.py", *_modules("domain")]
    files = [*PROMPTS.rglob("*.yaml"), *PROMPTS.rglob("*.md"), *_corpus_files(), *made_by]
    return compiled(folder, "questionnaire", files, Questionnaire, load)


class KeptSearch:
    """A knowledge base whose last many queries, those of the checks, are found again by id.

    Only ids and scores are kept, no text, and only for the same queries, corpus, model and code.
    """

    def __init__(self, current: Callable[[], Search], folder: Path | None) -> None:
        """`current` is the search over what can be found at that moment."""
        self._current = current
        self._folder = folder

    @property
    def corpus(self) -> str:
        """Content hash of everything that can be found."""
        return self._current().corpus

    def search(self, query: str, *, role: str | None = None, limit: int = 5) -> list[Hit]:
        """As the knowledge base's."""
        return self._current().search(query, role=role, limit=limit)

    def search_many(
        self, queries: Sequence[tuple[str, str | None]], *, limit: int = 5
    ) -> list[list[Hit]]:
        """As the knowledge base's."""
        search = self._current()

        def load() -> list[list[_Row]]:
            found = search.search_many(queries, limit=limit)
            return [[(h.passage.id, h.score, h.dense, h.lexical) for h in hits] for hits in found]

        asked = repr((search.corpus, search.model, limit, list(queries)))
        rows = compiled(
            self._folder, "passages", _corpus_files(), list[list[_Row]], load, also=asked
        )
        sources, passages = search.sources, {passage.id: passage for passage in search.passages}
        try:
            return [[_hit(passages[row[0]], sources, row) for row in found] for found in rows]
        except KeyError:  # a document was taken out since
            return self._current().search_many(queries, limit=limit)


def _hit(passage: Passage, sources: Mapping[str, Source], row: _Row) -> Hit:
    _, score, dense, lexical = row
    source = sources[passage.source]
    return Hit(passage=passage, source=source, score=score, dense=dense, lexical=lexical)


def _corpus_files() -> list[Path]:
    """The starter corpus, and the modules that read it."""
    return [*PACKAGED.rglob("*.yaml"), *PACKAGED.parent.glob("*.py")]


def _modules(package: str) -> Iterable[Path]:
    return (_REVIEWER / package).glob("*.py")


def compiled(
    folder: Path | None,
    name: str,
    files: Iterable[Path],
    form: type[T],
    load: Callable[[], T],
    *,
    also: str = "",
) -> T:
    """What `load` makes of these files, from a copy that was made of the same contents.

    `files` are all that the result depends on, the modules that make it included: a change of any
    byte loads anew, as does any change of `also`. The copy is a convenience and never an obstacle: without a folder, or where it
    is damaged or cannot be written, the files are loaded. What `load` raises is not kept.
    """
    key = _content_hash(files, also) if folder is not None else None
    if folder is None or key is None:
        return load()
    copy = folder / f"{name}.json"
    adapter = TypeAdapter(form)
    with contextlib.suppress(OSError, ValidationError):
        made_of, _, content = copy.read_bytes().partition(b"\n")
        if made_of == key:
            return adapter.validate_json(content)
    made = load()
    _write(copy, key + b"\n" + adapter.dump_json(made))
    return made


def _content_hash(files: Iterable[Path], also: str) -> bytes | None:
    digest = hashlib.sha256(also.encode("utf-8", "surrogatepass"))
    for file in sorted(files):
        try:
            content = file.read_bytes()
        except OSError:
            return None  # whoever loads the file says what is wrong with it
        digest.update(f"{file.parent.name}/{file.name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest().encode()


def _write(copy: Path, content: bytes) -> None:
    """Writes the whole file or leaves what was there; processes that start together may all do."""
    part = copy.with_suffix(f".{os.getpid()}.part")
    with contextlib.suppress(OSError):
        copy.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_bytes(content)
            part.replace(copy)
        finally:
            part.unlink(missing_ok=True)
