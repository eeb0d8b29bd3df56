"""The starter knowledge base: sources, checked facts, and the passages written from them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field

from knowledge.text import folded
from knowledge.types import Evidence, Passage, Source
from knowledge.yaml_list import Place, read_entries

PACKAGED = Path(__file__).resolve().parent / "corpus"

_WEAKEST_FIRST: tuple[Evidence, ...] = ("secondary", "quotation", "original")
_FACT_ID = re.compile(r"[a-z0-9][a-z0-9-]*#\d+")


@dataclass(frozen=True)
class Corpus:
    """Everything that can be found, with what each passage rests on.

    `facts` maps a passage to the checked facts it cites, `uncited` names facts of no passage;
    `collections` maps a passage to the collections of the records that it is in.
    `hash` changes with any text, source or label that a reader can see.
    """

    sources: dict[str, Source]
    passages: tuple[Passage, ...]
    hash: str
    facts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    uncited: tuple[str, ...] = ()
    collections: dict[str, tuple[str, ...]] = field(default_factory=dict)


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Fact(_Entry):
    id: str
    text: str = Field(min_length=1)
    evidence: Evidence
    locator: str = ""


class _Summary(_Entry):
    """A passage as it stands in a file, before its id and its evidence are known."""

    source: str
    facts: tuple[int, ...] = Field(min_length=1)
    text: str = Field(min_length=1)
    locator: str = ""
    roles: tuple[str, ...] = Field(min_length=1)
    topics: tuple[str, ...] = ()
    note: str = ""


Named = TypeVar("Named", Source, _Fact)


def load_corpus(directory: Path = PACKAGED) -> Corpus:
    """The corpus of a directory: sources.yaml, facts.yaml and passages/*.yaml.

    Raises:
        CorpusError: a file is missing or wrong; the message names file, line and field.
    """
    sources = _by_id(read_entries(directory / "sources.yaml", Source))
    facts = _by_id(read_entries(directory / "facts.yaml", _Fact))
    for fact, place in facts.values():
        if not _FACT_ID.fullmatch(fact.id):
            raise place.error(f"fact id '{fact.id}' is not of the form SOURCE#NUMBER.", "id")
        if fact.id.split("#")[0] not in sources:
            raise place.error(f"fact '{fact.id}' is of a source that sources.yaml lacks.", "id")
    cited: dict[str, Place] = {}
    passages: dict[str, Passage] = {}
    rests_on: dict[str, tuple[str, ...]] = {}
    for file in sorted((directory / "passages").glob("*.yaml")):
        for summary, place in read_entries(file, _Summary):
            if summary.source not in sources:
                raise place.error(f"source '{summary.source}' is not in sources.yaml.", "source")
            ids = tuple(f"{summary.source}#{number}" for number in summary.facts)
            _cite(ids, facts, cited, place)
            passage = _passage(summary, [facts[fact][0].evidence for fact in ids])
            if passage.id in passages:
                raise place.error(
                    f"passage {passage.id} occurs twice: its text is the same.", "text"
                )
            passages[passage.id] = passage
            rests_on[passage.id] = ids
    known = {key: source for key, (source, _) in sources.items()}
    ordered = tuple(passages[key] for key in sorted(passages))
    return Corpus(
        sources=known,
        passages=ordered,
        hash=content_hash(known, ordered),
        facts=rests_on,
        uncited=tuple(fact for fact in facts if fact not in cited),
    )


def passage_id(text: str) -> str:
    """Content id of a passage's text: `P-` and ten hex digits; spacing does not count."""
    return f"P-{hashlib.sha256(folded(text).encode('utf-8')).hexdigest()[:10]}"


def content_hash(sources: dict[str, Source], passages: Sequence[Passage]) -> str:
    """Hash over passages and sources, tagged with its algorithm; their order does not count."""
    content = {
        "sources": [sources[key].model_dump(mode="json") for key in sorted(sources)],
        "passages": [p.model_dump(mode="json") for p in sorted(passages, key=lambda p: p.id)],
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _cite(
    ids: Sequence[str],
    facts: dict[str, tuple[_Fact, Place]],
    cited: dict[str, Place],
    place: Place,
) -> None:
    """Note which facts a passage cites; each fact may be cited once."""
    for fact in ids:
        if fact not in facts:
            raise place.error(f"fact '{fact}' is not in facts.yaml.", "facts")
        if fact in cited:
            other = cited[fact]
            raise place.error(
                f"fact '{fact}' is cited already in {other.file.name}, line {other.line}.", "facts"
            )
        cited[fact] = place


def _passage(summary: _Summary, evidence: Sequence[Evidence]) -> Passage:
    """The passage, as strong as the weakest fact that it cites."""
    return Passage(
        id=passage_id(summary.text),
        source=summary.source,
        text=folded(summary.text),
        kind="summary",
        locator=summary.locator,
        evidence=min(evidence, key=_WEAKEST_FIRST.index),
        roles=summary.roles,
        topics=summary.topics,
        note=folded(summary.note),
    )


def _by_id(entries: Iterable[tuple[Named, Place]]) -> dict[str, tuple[Named, Place]]:
    found: dict[str, tuple[Named, Place]] = {}
    for entry, place in entries:
        if entry.id in found:
            other = found[entry.id][1]
            raise place.error(f"id '{entry.id}' occurs already in line {other.line}.", "id")
        found[entry.id] = entry, place
    return found
