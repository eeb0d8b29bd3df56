"""Terms: words, phrases and endings, in any case and any script."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.backends.offline.terms import TermIndex, find_term

CASES = [
    ("encrypt*", "Data is Encrypted.", "Encrypted"),
    ("encrypt*", "ENCRYPTION first", "ENCRYPTION"),
    ("encrypt", "Data is encrypted.", None),
    ("log", "the catalogue", None),
    ("log*", "a catalogue of logs", "logs"),
    ("dead letter", "a dead-letter queue", "dead-letter"),
    ("dead letter", "dead_letter: yes", "dead_letter"),
    ("dead-letter*", "Dead  Letters", "Dead  Letters"),
    ("dead letter", "a letter, dead", None),
    ("art. 6", "under Art. 6 GDPR", "Art. 6"),
    ("p99", "at p99: 2 s", "p99"),
    ("p9*", "at p95", "p95"),
    ("24 7", "on call 24/7", "24/7"),
    ("straße*", "die STRASSEN", "STRASSEN"),
    ("łódź", "w Łódź.", "Łódź"),
    ("данны*", "Персональные данные хранятся", "данные"),
    ("个人数据", "删除 个人数据。", "个人数据"),
    ("é*", "un Écart", "Écart"),
    ("ısı", "ısı haritası", "ısı"),
    ("*", "anything", None),
    ("", "anything", None),
    ("—", "a — b", None),
    ("a*", "", None),
]


@pytest.mark.parametrize(("term", "text", "expected"), CASES)
def test_find_term(term: str, text: str, expected: str | None) -> None:
    place = find_term(text, [term])
    assert (text[slice(*place)] if place else None) == expected


@pytest.mark.parametrize(("term", "text", "expected"), CASES)
def test_the_index_finds_the_same(term: str, text: str, expected: str | None) -> None:
    index = TermIndex(["unrelated", text])
    assert index.rows(term) == (frozenset({1}) if expected else frozenset())


def test_the_first_place_of_any_term_is_found() -> None:
    assert find_term("a b c d", ["d", "b c", "zzz"]) == (2, 5)
    assert find_term("a b", []) is None


def test_counts_and_any() -> None:
    index = TermIndex(["load test", "a load", "", "none"])
    assert index.any(["load", "none"]) == {0, 1, 3}
    assert index.any([]) == frozenset()
    assert index.counts(["load", "test*", "load test"]) == {0: 3, 1: 1}


texts = st.lists(st.text(alphabet="aAbß İ_-*1 é数", max_size=12), max_size=6)
terms = st.text(alphabet="abßİ_ -*1é数", max_size=6)


@settings(max_examples=300, deadline=None)
@given(texts, terms)
def test_index_and_search_always_agree(lines: list[str], term: str) -> None:
    found = {row for row, line in enumerate(lines) if find_term(line, [term])}
    assert TermIndex(lines).rows(term) == found
    for row in found:
        place = find_term(lines[row], [term])
        assert place is not None
        assert 0 <= place[0] < place[1] <= len(lines[row])
