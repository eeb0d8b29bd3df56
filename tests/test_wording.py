"""The checks of wording see a changed number, a dropped hedge and a foreign name."""

from __future__ import annotations

import pytest
from wording import foreign_names, foreign_numbers, lost_hedges, numbers


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
        ("28 May 2022", {"28", "may", "2022"}),
        ("It may be 2022", {"2022"}),
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


def test_a_dropped_hedge_is_caught() -> None:
    assert lost_hedges("took 30% more", "took about 30% more") == {("about", "30")}
    assert lost_hedges("at least 10 ms", "at most 10 ms") == {("at most", "10")}
    assert not lost_hedges("roughly 30% more", "about 30% more")
    assert not lost_hedges("fines of up to EUR 20 million", "up to EUR 20 million")


def test_a_foreign_name_is_caught() -> None:
    assert foreign_names("In this test Flink won.", "Spark won.") == {"Flink"}
    assert not foreign_names("The system won with Spark.", "Spark won.")
