"""Whether a sentence affirms what it mentions: denial, delay, wish, question, aside."""

from __future__ import annotations

import pytest

from reviewer.backends.offline.assertion import (
    Assertion,
    assertion,
    of_the_old_system,
    section_assertion,
    whole_assertion,
)
from reviewer.backends.offline.terms import find_term
from reviewer.domain.design import Section

AFFIRMED = """
Prompts are encrypted at rest. | encrypt*
All fields are masked before the call. | masked
Not only encryption but also masking is used. | encrypt*
Not only encryption but also masking is used. | masking
No record is stored without encryption. | encrypt*
Nothing leaves the company without redaction. | redact*
We never call the model without a timeout. | timeout*
The load test is never skipped. | load test*
We do not skip validation. | validat*
Data is no longer sent without encryption. | encrypt*
It cannot be denied that encryption is used. | encrypt*
The store is eventually consistent and encrypted. | encrypt*
Staff are told what to do when the fallback answers. | fallback
The circuit breaker remains open for 30 seconds. | circuit breaker
Kafka is used to buffer events. | buffer*
A vault is also used to store keys. | vault
Rows that fail validation are rejected to a dead letter queue. | dead letter*
Records that fail to parse are quarantined. | quarantin*
Rows without a key are quarantined. | quarantin*
Missing fields are validated. | validat*
Late events are discarded after the watermark. | watermark
Competitor prices are validated every ten minutes. | validat*
Events may be duplicated, so the sink deduplicates by id. | deduplicat*
We expect 2,000 events per second at peak. | peak
Raw events are kept as is and encrypted. | encrypt*
The manager can look at the lineage of each answer. | lineage
We chose Kafka instead of a batch file. | kafka
The answer refers to a passage that it used. | passage
If the model fails, the cached answer is used. | cached
Personal data must never be logged, it is masked. | masked
Lag never exceeds five minutes because of autoscaling. | autoscal*
Retries back off, and no call waits more than two seconds. | retr*
"""
DENIED = """
Personal data is not encrypted. | encrypt*
Neither encryption nor masking is used. | masking
Neither encryption nor masking is used. | encryption
No encryption and no masking is used. | masking
There is no retry, no timeout and no fallback. | fallback
The system lacks a dead letter queue. | dead letter*
The design goes live without monitoring. | monitor*
Missing validation is a known gap. | validation
No field is encrypted. | encrypt*
Not all fields are encrypted. | encrypt*
Hardly any field is validated. | validat*
The team forgot to encrypt the backups. | encrypt*
Encryption: none | encrypt*
encrypted: false | encrypted
Encryption at rest | no | | encryption
Encryption at rest no | encryption at rest
Encryption is too expensive. | encrypt*
Retries are turned off. | retr*
Fallback is missing. | fallback
Monitoring is unnecessary. | monitor*
The field isn't masked. | masked
We don't validate rows. | validat*
We chose a file instead of Kafka. | kafka
Nobody tests the fallback. | fallback
"""
POSTPONED = """
Encryption was postponed to phase 2. | encrypt*
Encryption has been left for the next release. | encrypt*
We will look at retries when needed. | retr*
Monitoring is to be defined. | monitor*
TODO: retries | retr*
to-do: add monitoring | monitor*
The pipeline does not yet validate. | validat*
Masking is out of scope. | masking
Eventually we validate every row. | validat*
Encryption may be added. | encrypt*
Data might be encrypted. | encrypt*
We could also add encryption. | encrypt*
Encryption is optional. | encrypt*
Encryption would be nice. | encrypt*
We hope the provider has a fallback. | fallback
We expect the vendor to encrypt the data. | encrypt*
Ideally, prompts are redacted. | redact*
A fallback is an open point; it remains to be decided. | fallback
Kafka may be used for this. | kafka
"""
ASIDE = """
Should prompts be redacted? | redact*
We used to validate by hand. | validat*
The as-is process has no retries. | retr*
Edge caching was discussed and rejected. | caching
Encryption was rejected because of cost. | encrypt*
Option B would cache answers, option A was taken. | cache
Competitors use encryption. | encrypt*
Previously, prices were validated by clerks. | validat*
As an alternative, a queue buffers events. | buffer*
"""


def rows(table: str, expected: Assertion) -> list[tuple[str, str, Assertion]]:
    pairs = (line.rsplit(" | ", 1) for line in table.strip().splitlines())
    return [(text, term, expected) for text, term in pairs]


TABLE = [
    *rows(AFFIRMED, Assertion.AFFIRMED),
    *rows(DENIED, Assertion.DENIED),
    *rows(POSTPONED, Assertion.POSTPONED),
    *rows(ASIDE, Assertion.ASIDE),
]


@pytest.mark.parametrize(("text", "term", "expected"), TABLE, ids=lambda v: str(v)[:60])
def test_how_a_sentence_asserts_its_term(text: str, term: str, expected: Assertion) -> None:
    place = find_term(text, [term])
    assert place is not None
    assert assertion(text, *place, Assertion.AFFIRMED) is expected


def test_the_table_is_large_and_of_all_kinds() -> None:
    assert len(TABLE) >= 80
    assert {expected for _, _, expected in TABLE} == set(Assertion)


@pytest.mark.parametrize(("text", "term", "expected"), TABLE[::7])
@pytest.mark.parametrize("section", [Assertion.POSTPONED, Assertion.ASIDE])
def test_the_section_outweighs_the_sentence(
    text: str, term: str, expected: Assertion, section: Assertion
) -> None:
    assert assertion(text, 0, 1, section) is section
    assert whole_assertion(text, section) is section


def test_a_sentence_as_a_whole_leaves_its_denial_to_others() -> None:
    assert whole_assertion("Data is not encrypted.", Assertion.AFFIRMED) is Assertion.AFFIRMED
    assert whole_assertion("Is data encrypted?", Assertion.AFFIRMED) is Assertion.ASIDE
    assert whole_assertion("Encryption is a TODO.", Assertion.AFFIRMED) is Assertion.POSTPONED


@pytest.mark.parametrize(
    ("title", "path", "expected"),
    [
        ("Future work", (), Assertion.POSTPONED),
        ("6.2 Roadmap", (), Assertion.POSTPONED),
        ("Out of scope", (), Assertion.POSTPONED),
        ("Queues", ("Next steps",), Assertion.POSTPONED),
        ("Possible extensions", (), Assertion.POSTPONED),
        ("Alternatives", (), Assertion.ASIDE),
        ("Lambda", ("Options considered",), Assertion.ASIDE),
        ("References", (), Assertion.ASIDE),
        ("Rejected options", (), Assertion.ASIDE),
        ("To-do", (), Assertion.POSTPONED),
        ("Architecture", (), Assertion.AFFIRMED),
        ("Future growth", (), Assertion.AFFIRMED),
        ("What to do when the model fails", (), Assertion.AFFIRMED),
        ("Backlog and retries", (), Assertion.AFFIRMED),
        ("Rejected records", (), Assertion.AFFIRMED),
        ("Data flow", ("Design",), Assertion.AFFIRMED),
        ("Latency", ("Trade-offs",), Assertion.AFFIRMED),
    ],
)
def test_headings_tell_of_everything_under_them(
    title: str, path: tuple[str, ...], expected: Assertion
) -> None:
    section = Section(id=title, title=title, level=2, path=path, start=0, end=0)
    assert section_assertion(section) is expected


def test_text_outside_of_sections_is_part_of_the_design() -> None:
    assert section_assertion(None) is Assertion.AFFIRMED


def test_what_there_is_today_is_told_from_what_is_built() -> None:
    assert of_the_old_system("Today, prices are set by hand.")
    assert not of_the_old_system("Prices are set by the model.")
