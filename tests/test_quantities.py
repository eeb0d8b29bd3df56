"""Quantities as people write them, and what is said where they are wrong."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.domain.design import Quantity
from reviewer.errors import DataFlowError
from reviewer.quantities import EXAMPLES, Dimension, find, human, parse

DAY = 86400.0
MONTH = 30 * DAY


@pytest.mark.parametrize(
    ("text", "dimension", "value", "unit"),
    [
        ("40 GB/day", "data_rate", 40e9 / DAY, "byte/s"),
        ("40 GB daily", "rate", 40e9 / DAY, "byte/s"),
        ("5 TB of click logs per day", "rate", 5e12 / DAY, "byte/s"),
        ("100 Mbps", "data_rate", 12.5e6, "byte/s"),
        ("10 MiB/s", "rate", 10 * 1024**2, "byte/s"),
        ("5 min", "time", 300, "s"),
        ("5 minutes", "time", 300, "s"),
        ("five minutes", "time", 300, "s"),
        ("half an hour", "time", 1800, "s"),
        ("1h30m", "time", 5400, "s"),
        ("1 h 30 min", "time", 5400, "s"),
        ("PT5M", "time", 300, "s"),
        ("200 ms", "time", 0.2, "s"),
        ("200 ms per request", "time", 0.2, "s"),
        ("0,5 s", "time", 0.5, "s"),
        ("1.234,5 s", "time", 1234.5, "s"),
        ("7 d", "time", 7 * DAY, "s"),
        ("20 years", "time", 20 * 365 * DAY, "s"),
        ("~5 min", "time", 300, "s"),
        ("<= 200 ms", "time", 0.2, "s"),
        ("5 Minuten", "time", 300, "s"),
        ("nightly", "interval", DAY, "s"),
        ("hourly", "interval", 3600, "s"),
        ("every 15 min", "interval", 900, "s"),
        ("twice a day", "interval", DAY / 2, "s"),
        ("2 KB", "data", 2000, "byte"),
        ("1 GiB", "data", 1024**3, "byte"),
        ("2 KB per event", "data", 2000, "byte"),
        ("2,000 events/s", "rate", 2000, "event/s"),
        ("2.5k msg/s", "event_rate", 2500, "event/s"),
        ("1.2 million events per hour", "event_rate", 1.2e6 / 3600, "event/s"),
        ("300 price changes per second", "rate", 300, "event/s"),
        ("1.5M orders/day", "rate", 1.5e6 / DAY, "event/s"),
        ("500 rpm", "event_rate", 500 / 60, "event/s"),
        ("500/min", "event_rate", 500 / 60, "event/s"),
        ("2k requests/s per instance", "rate", 2000, "event/s"),
        ("8k tokens", "tokens", 8000, "token"),
        ("128k", "tokens", 128_000, "token"),
        ("800 tokens per request", "tokens", 800, "token"),
        ("60k tokens/min", "token_rate", 1000, "token/s"),
        ("200k/min", "token_rate", 200_000 / 60, "token/s"),
        ("EUR 3.50 per 1M tokens", "money_per_token", 3.5e-6, "EUR/token"),
        ("$0.15 / 1M tokens", "money_per_token", 0.15e-6, "USD/token"),
        ("3 USD per million input tokens", "money_per_token", 3e-6, "USD/token"),
        ("€200/month", "money_per_time", 200 / MONTH, "EUR/s"),
        ("0.023 USD/GB/month", "money_per_storage", 0.023e-9 / MONTH, "USD/byte/s"),
        ("USD 0.023 per GB-month", "money_per_storage", 0.023e-9 / MONTH, "USD/byte/s"),
        ("0.002 EUR per request", "money_per_event", 0.002, "EUR/event"),
        ("USD 0.09/GB", "money_per_byte", 0.09e-9, "USD/byte"),
        ("EUR 0", "money", 0, "EUR"),
        ("10x", "factor", 10, "1"),
        ("3", "factor", 3, "1"),
        ("10 %", "share", 0.1, "1"),
        ("99.9 %", "share", 0.999, "1"),
        ("2 000", "count", 2000, "1"),
        ("12 partitions", "count", 12, "1"),
    ],
)
def test_people_may_write_it_so(text: str, dimension: Dimension, value: float, unit: str) -> None:
    quantity = parse(text, dimension)
    assert quantity.value == pytest.approx(value, rel=1e-9)
    assert quantity.unit == unit
    assert quantity.text == text


@pytest.mark.parametrize(
    ("text", "dimension", "says"),
    [
        ("5", "time", "has no unit"),
        ("40 GB/day", "time", "is data per time"),
        ("5 min", "data", "is a time"),
        ("500 requests", "event_rate", "says no time"),
        ("-5 min", "time", "is below zero"),
        ("0 min", "time", "is zero"),
        ("1e400 s", "time", "not a quantity"),
        ("5 parsecs", "time", "not a quantity"),
        ("", "time", "is empty"),
        ("5 EUR", "money_per_token", "is an amount of money"),
    ],
)
def test_a_wrong_quantity_names_field_finding_and_example(
    text: str, dimension: Dimension, says: str
) -> None:
    with pytest.raises(DataFlowError) as caught:
        parse(text, dimension, field="nodes[3].interval")
    message = str(caught.value)
    assert message.startswith("nodes[3].interval: ")
    assert says in message
    assert EXAMPLES[dimension] in message
    assert f'"{text}"' in message


def test_every_example_can_be_read() -> None:
    for dimension, example in EXAMPLES.items():
        assert parse(example, dimension).text == example


TEXT = (
    "The export runs every night at 02:00 and takes 45 minutes. Prices must update within 5 "
    "minutes; availability 99.9 %, p99 of 200 ms, retention 7 days (10Gi disk), 10,000 events/s, "
    "40 GB of clickstream data per day, 30-day logs. $0.15 per 1M input tokens; grows tenfold."
)


def test_finds_all_quantities_with_exact_offsets() -> None:
    found = find(TEXT)
    assert [f.quantity.text for f in found] == [
        "every night",
        "45 minutes",
        "5 minutes",
        "99.9 %",
        "200 ms",
        "7 days",
        "10Gi",
        "10,000 events/s",
        "40 GB of clickstream data per day",
        "30-day",
        "$0.15 per 1M input tokens",
        "tenfold",
    ]
    assert [f.dimension for f in found][:4] == ["interval", "time", "time", "share"]
    for f in found:
        assert TEXT[f.start : f.end] == f.quantity.text


@pytest.mark.parametrize(
    "text",
    [
        "in the 1990s and the 90s",
        "24 hours a day, 7 days a week",
        "10 US states and 3 stages",
        "version 3.2 on 2024-01-01 at 14:30",
        "SOC-2 day, p99, x86, v1.2.3 days",
        "a 7B model in a second step",
    ],
)
def test_leaves_alone_what_is_no_quantity(text: str) -> None:
    assert find(text) == []


@given(
    st.text(alphabet=st.sampled_from("0123456789.,:/-% kKMGBsmhdx€$ apernight\n½٣"), max_size=80)
)
def test_found_text_always_stands_at_its_offsets(text: str) -> None:
    end = 0
    for found in find(text):
        assert end <= found.start < found.end
        assert text[found.start : found.end] == found.quantity.text
        end = found.end


@given(st.text(max_size=40), st.sampled_from(sorted(EXAMPLES)))
def test_any_text_is_a_quantity_or_an_error(text: str, dimension: Dimension) -> None:
    try:
        quantity = parse(text, dimension)
    except DataFlowError:
        return
    assert quantity.value >= 0
    assert quantity.unit


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (300, "s", "5 min"),
        (7 * DAY, "s", "7 days"),
        (1.2e12, "byte", "1.2 TB"),
        (2000, "event/s", "2,000 events/s"),
        (500 / 60, "event/s", "500 events/min"),
        (40e9 / DAY, "byte/s", "40 GB/day"),
        (3e-6, "USD/token", "USD 3 per 1M tokens"),
        (200 / MONTH, "EUR/s", "EUR 200/month"),
        (0.2, "s", "200 ms"),
        (8000, "token", "8,000 tokens"),
    ],
)
def test_is_shown_in_the_units_of_people(value: float, unit: str, shown: str) -> None:
    assert human(Quantity(value=value, unit=unit, text="")) == shown


@pytest.mark.parametrize(
    "hostile",
    ["1 a b c " * 5000, "1/" * 20000, "1,111" * 8000, "every " * 8000, "5 GB of a " * 4000],
)
def test_takes_linear_time(hostile: str) -> None:
    find("5 min")
    started = time.process_time()
    find(hostile)
    assert time.process_time() - started < 2


def test_a_long_design_takes_a_tenth_of_a_second() -> None:
    text = (TEXT + " and some more words that say nothing at all about it ") * 60
    find("5 min")
    started = time.process_time()
    assert len(find(text)) > 500
    assert time.process_time() - started < 0.5


def test_a_size_in_bytes_is_no_billion() -> None:
    assert parse("600 B", "data").value == 600
    assert parse("1,200 B", "data").value == 1200
