"""The starter corpus says what its checked facts say: every fact once, no number of its own."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, Field
from wording import foreign_names, foreign_numbers, lost_hedges, numbers, offered

import knowledge
from knowledge.corpus import load_corpus
from knowledge.types import Evidence, Source

CORPUS = Path(knowledge.__file__).parent / "corpus"
ROLES = {"scalability", "latency", "compliance", "legacy_integration", "reliability", "cost"}


class Fact(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9-]+#\d+$")
    text: str = Field(min_length=20)
    evidence: Evidence
    locator: str


class Written(BaseModel):
    """A passage as it is written in the files; its id and its evidence are computed on loading."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    facts: tuple[int, ...] = Field(min_length=1)
    text: str
    locator: str
    roles: tuple[str, ...] = Field(min_length=1)
    topics: tuple[str, ...] = Field(min_length=1)
    note: str = ""

    @property
    def fact_ids(self) -> list[str]:
        return [f"{self.source}#{number}" for number in self.facts]

    @property
    def label(self) -> str:
        return ", ".join(self.fact_ids)


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@cache
def sources() -> dict[str, Source]:
    entries = [Source.model_validate(item) for item in read(CORPUS / "sources.yaml")]
    assert len({entry.id for entry in entries}) == len(entries)
    return {entry.id: entry for entry in entries}


@cache
def facts() -> dict[str, Fact]:
    entries = [Fact.model_validate(item) for item in read(CORPUS / "facts.yaml")]
    assert len({entry.id for entry in entries}) == len(entries)
    return {entry.id: entry for entry in entries}


@cache
def passages() -> tuple[Written, ...]:
    files = sorted((CORPUS / "passages").glob("*.yaml"))
    return tuple(Written.model_validate(item) for file in files for item in read(file))


def cited(passage: Written) -> list[Fact]:
    return [facts()[name] for name in passage.fact_ids]


def ground(passage: Written) -> str:
    """All that a passage may draw on: its facts, and what its source is called."""
    entry = sources()[passage.source]
    named = [entry.title, entry.venue, entry.identifier]
    return " \n".join([*(f"{fact.text} ({fact.locator})" for fact in cited(passage)), *named])


def unmet(rule: Iterable[tuple[Written, object]]) -> str:
    """The passages that break a rule, with what is wrong, one a line."""
    return "\n".join(f"{passage.label}: {wrong}" for passage, wrong in rule if wrong)


def test_every_fact_is_cited_by_exactly_one_passage() -> None:
    uses = Counter(name for passage in passages() for name in passage.fact_ids)
    assert set(uses) - set(facts()) == set(), "passages cite unknown or unchecked facts"
    assert set(facts()) - set(uses) == set(), "facts that no passage cites"
    assert [name for name, count in uses.items() if count > 1] == []


def test_every_fact_belongs_to_a_source_and_every_source_has_a_passage() -> None:
    assert {name.partition("#")[0] for name in facts()} == set(sources())
    assert {passage.source for passage in passages()} == set(sources())


def test_passages_do_not_mix_levels_of_evidence() -> None:
    levels = ((p, {fact.evidence for fact in cited(p)}) for p in passages())
    assert unmet((p, found if len(found) > 1 else "") for p, found in levels) == ""


def test_passages_have_25_to_120_words() -> None:
    lengths = ((p, len(p.text.split())) for p in passages())
    assert unmet((p, words if not 25 <= words <= 120 else 0) for p, words in lengths) == ""


def test_passages_state_no_number_that_their_facts_do_not() -> None:
    assert unmet((p, foreign_numbers(p.text, ground(p))) for p in passages()) == ""


def test_locators_state_no_number_that_their_facts_do_not() -> None:
    assert unmet((p, foreign_numbers(p.locator, ground(p))) for p in passages()) == ""


def test_a_passage_keeps_the_locators_of_its_facts() -> None:
    missing = (
        (p, {n for f in cited(p) for n in numbers(f.locator)} - offered(p.locator))
        for p in passages()
    )
    assert unmet(missing) == ""


def test_passages_keep_the_hedges_beside_numbers() -> None:
    support = ((p, " \n".join(fact.text for fact in cited(p))) for p in passages())
    assert unmet((p, lost_hedges(p.text, text)) for p, text in support) == ""


def test_passages_name_nothing_that_their_facts_or_source_do_not() -> None:
    def known(passage: Written) -> str:
        entry = sources()[passage.source]
        return " ".join([ground(passage), entry.id, *entry.authors])

    assert unmet((p, foreign_names(p.text, known(p))) for p in passages()) == ""


def test_roles_and_topics_are_known() -> None:
    topics = {topic for entry in sources().values() for topic in entry.topics}
    assert unmet((p, set(p.roles) - ROLES or set(p.topics) - topics) for p in passages()) == ""
    assert {role for entry in sources().values() for role in entry.roles} <= ROLES


def test_a_passage_is_written_and_not_copied() -> None:
    copies = ((p, [f.id for f in cited(p) if p.text.strip() == f.text.strip()]) for p in passages())
    assert unmet(copies) == ""


def test_texts_are_distinct() -> None:
    texts = Counter(passage.text for passage in passages())
    assert [text for text, count in texts.items() if count > 1] == []


def test_every_role_finds_enough_to_cite() -> None:
    counts = Counter(role for passage in passages() for role in passage.roles)
    assert {role: counts[role] for role in sorted(ROLES) if counts[role] < 25} == {}


def test_facts_are_the_checked_facts_that_were_compiled() -> None:
    folder = os.environ.get("REVIEWER_TESTDATA")
    if not folder:
        pytest.skip("REVIEWER_TESTDATA is not set; the compiled facts lie beside its folder")
    raw = read(Path(folder).resolve().parent / "knowledge-sources.yaml")
    checked = {
        f"{entry['id']}#{number}": Fact(
            id=f"{entry['id']}#{number}",
            text=fact["fact"],
            evidence=fact["evidence"],
            locator=fact.get("locator", ""),
        )
        for entry in raw["sources"]
        for number, fact in enumerate(entry["facts"])
        if fact["evidence"] != "unverified"
    }
    assert facts() == checked


def test_the_summaries_that_a_person_held_against_their_facts_still_stand() -> None:
    held = read(Path(__file__).parent / "data" / "summaries_read.yaml")["supported"]
    there = {passage.id for passage in load_corpus().passages}
    assert len(held) == len(set(held)) == 30
    assert sorted(set(held) - there) == [], "edited: hold the new text against its facts"
