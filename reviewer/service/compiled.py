"""Packaged data files, checked once for all runs: the result is kept under the home directory."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from knowledge.corpus import PACKAGED, Corpus, load_corpus
from reviewer.domain.questionnaire import Questionnaire
from reviewer.paths import PROMPTS

T = TypeVar("T")

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


def _corpus_files() -> list[Path]:
    """The starter corpus, and the modules that read it."""
    return [*PACKAGED.rglob("*.yaml"), *PACKAGED.parent.glob("*.py")]


def _modules(package: str) -> Iterable[Path]:
    return (_REVIEWER / package).glob("*.py")


def compiled(
    folder: Path | None, name: str, files: Iterable[Path], form: type[T], load: Callable[[], T]
) -> T:
    """What `load` makes of these files, from a copy that was made of the same contents.

    `files` are all that the result depends on, the modules that make it included: a change of any
    byte loads anew. The copy is a convenience and never an obstacle: without a folder, or where it
    is damaged or cannot be written, the files are loaded. What `load` raises is not kept.
    """
    key = _content_hash(files) if folder is not None else None
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


def _content_hash(files: Iterable[Path]) -> bytes | None:
    digest = hashlib.sha256()
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
