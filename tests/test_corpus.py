"""The starter corpus says what its checked facts say: every fact once, no number of its own."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, Field

import knowledge
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


# Numbers ------------------------------------------------------------------------------------

SMALL = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
SMALL += " fifteen sixteen seventeen eighteen nineteen"
WORDS = {word: value for value, word in enumerate(SMALL.split())}
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
WORDS |= {word: value for value, word in zip(range(20, 100, 10), TENS.split(), strict=True)}
MAGNITUDES = {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9}
UNITS = {
    "%": "%|per cent|percent",
    "ms": "ms|milliseconds?",
    "s": "s|seconds?",
    "min": "minutes?",
    "h": "h|hours?",
    "day": "days?",
    "week": "weeks?",
    "month": "months?",
    "year": "years?",
    "mb": "mb|megabytes?",
    "gb": "gb|gigabytes?",
    "tb": "tb|terabytes?",
    "pb": "pb|petabytes?",
    "eur": "euros?",
    "times": "times|x|-fold",
    "byte": "bytes?",
}
UNIT = "|".join(f"(?P<u{place}>(?:{words})(?![a-z]))" for place, words in enumerate(UNITS.values()))
AMOUNT = r"\d+(?:\.\d+)*"
SCALE = "|".join(MAGNITUDES)
NUMBER = re.compile(
    rf"(?<!\d)(?P<low>{AMOUNT})(?:\s?(?:-|–|to)\s?(?P<high>{AMOUNT}))?"
    rf"(?P<part>(?:\([0-9a-z]+\))*)(?:[\s-]?(?P<scale>{SCALE})\b)?(?:[\s-]?(?:{UNIT}))?"
)
MONTHS = "january february march april june july august september october november december"
VAGUE = f"tens hundreds thousands millions billions trillions half third quarter twice {MONTHS}"
CURRENCY = re.compile(r"\b(usd|eur|cad|r\$)\s?(?=\d)")


def _digits(text: str) -> str:
    """The text in lower case with number words as digits and without thousands separators."""
    text = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text.lower())
    units = "|".join([*UNITS.values(), SCALE])
    text = re.sub(rf"\bone(?=[\s-](?:{units})\b)", "1", text)
    words = "|".join(word for word in WORDS if word != "one")  # "one" is mostly a pronoun
    text = re.sub(rf"\b({words})\b", lambda found: str(WORDS[found[0]]), text)
    return re.sub(r"\b([2-9])0-(\d)(?![\d.])", r"\1\2", text) if "-" in text else text


def numbers(text: str) -> set[str]:
    """The numbers of a text in one spelling, with their unit where they have one.

    `200,000` is `200000`, `44 %` and `44 per cent` are `44 %`, `two months` is `2 month`;
    `5-7 seconds` are `5 s` and `7 s`; `Art. 12(3)` is `12(3)`.
    """
    text = _digits(text)
    found = {word for word in VAGUE.split() if re.search(rf"\b{word}\b", text)}
    found |= {f"{name} currency" for name in CURRENCY.findall(text)}
    for match in NUMBER.finditer(text):
        scale = MAGNITUDES.get(match["scale"] or "", 1)
        unit = next((u for n, u in enumerate(UNITS) if match[f"u{n}"]), "")
        for value in filter(None, (match["low"], match["high"])):
            amount = f"{float(value) * scale:.15g}" if scale > 1 else value
            part = match["part"] if value == (match["high"] or match["low"]) else ""
            found.add(f"{amount}{part} {unit}".strip())
    return found


def offered(text: str) -> set[str]:
    """The numbers that a text supports: its own, and each of them without its unit or part."""
    own = numbers(text)
    return own | {re.split(r"[ (]", number)[0] for number in own}


def foreign_numbers(passage: str, support: str) -> set[str]:
    return numbers(passage) - offered(support)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("200,000 map tasks", {"200000"}),
        ("44% slower", {"44 %"}),
        ("44 % slower", {"44 %"}),
        ("44 per cent slower", {"44 %"}),
        ("two replicas", {"2"}),
        ("about one month", {"1 month"}),
        ("no one asks one thing", set()),
        ("in 5-7 seconds", {"5 s", "7 s"}),
        ("5% to 20%", {"5 %", "20 %"}),
        ("89.2 million requests", {"89200000"}),
        ("USD 50-100 million", {"50000000", "100000000", "usd currency"}),
        ("Art. 12(3) and 3.5.1.1", {"12(3)", "3.5.1.1"}),
        ("28 May 2022", {"28", "2022"}),
        ("28 March 2022", {"28", "march", "2022"}),
        ("a 30-day window of 10 ms", {"30 day", "10 ms"}),
        ("twenty-eight days", {"28 day"}),
        ("36.9 times", {"36.9 times"}),
        ("99.9995%", {"99.9995 %"}),
    ],
)
def test_numbers_are_read_in_one_spelling(text: str, expected: set[str]) -> None:
    assert numbers(text) == expected


@pytest.mark.parametrize(
    ("passage", "support"),
    [
        ("44% slower", "45% slower"),
        ("44% slower", "44 s slower"),
        ("44% slower", "44 slower"),
        ("44.1%", "44%"),
        ("three replicas", "two replicas"),
        ("one month", "two months"),
        ("10 ms", "10 seconds"),
        ("20,000 tasks", "200,000 tasks"),
        ("5 million people", "5 billion people"),
        ("Art. 12(4)", "Art. 12(3)"),
        ("2 August 2026", "2 December 2026"),
        ("trillions of rows", "billions of rows"),
        ("EUR 20 million", "USD 20 million"),
        ("half of them", "most of them"),
    ],
)
def test_a_changed_number_is_caught(passage: str, support: str) -> None:
    assert foreign_numbers(passage, support)


@pytest.mark.parametrize(
    ("passage", "support"),
    [
        ("44 per cent", "44%"),
        ("1,283 seconds against 891", "1283 s against 891 s"),
        ("2 replicas", "two replicas"),
        ("Article 12", "Art. 12(3)"),
        ("between 10% and 30%", "about 10-30%"),
    ],
)
def test_another_spelling_of_a_number_is_accepted(passage: str, support: str) -> None:
    assert not foreign_numbers(passage, support)


# Hedges -------------------------------------------------------------------------------------

HEDGES = {
    "about": "about|roughly|around|nearly|almost|close to|on the order of",
    "at most": "up to|at most|no more than|at the latest|never exceed|may reach|capped at|within",
    "at least": "at least|more than|over|above",
    "below": "fewer than|less than|below",
}


def hedges(text: str) -> set[tuple[str, str]]:
    """The pairs of a hedge or bound and the first number after it (at most two words between)."""
    found = set()
    for name, words in HEDGES.items():
        for match in re.finditer(rf"\b(?:{words})\s+((?:[a-z$]+\s+){{0,2}}?)(?=\d)", _digits(text)):
            number = NUMBER.match(_digits(text), match.end())
            if number:
                found.add((name, number["low"]))
    return found


def lost_hedges(passage: str, support: str) -> set[tuple[str, str]]:
    """Hedges beside a number of the facts that a passage states without the hedge."""
    bare = {re.split(r"[ (]", number)[0] for number in numbers(passage)}
    return {pair for pair in hedges(support) - hedges(passage) if pair[1] in bare}


def test_a_dropped_hedge_is_caught() -> None:
    assert lost_hedges("took 30% more", "took about 30% more") == {("about", "30")}
    assert lost_hedges("at least 10 ms", "at most 10 ms") == {("at most", "10")}
    assert not lost_hedges("roughly 30% more", "about 30% more")
    assert not lost_hedges("fines of up to EUR 20 million", "up to EUR 20 million")


# Names --------------------------------------------------------------------------------------


def names(text: str) -> set[str]:
    """The words with a capital or a digit inside a sentence, where they are names."""
    found: set[str] = set()
    for sentence in re.split(r"(?<=[.:;?!])\s+", text):
        words = re.findall(r"[A-Za-z][\w+.-]*\w|\b[A-Z]\b", sentence)
        found |= {word.removesuffix("'s") for word in words[1:] if re.search(r"[A-Z]", word)}
    return found


def foreign_names(passage: str, support: str) -> set[str]:
    return {name for name in names(passage) if name.lower() not in support.lower()}


def test_a_foreign_name_is_caught() -> None:
    assert foreign_names("In this test Flink won.", "Spark won.") == {"Flink"}
    assert not foreign_names("The system won with Spark.", "Spark won.")


# The corpus ---------------------------------------------------------------------------------


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
