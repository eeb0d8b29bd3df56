"""Retries, time-outs, the concurrency limit and the budget around a scripted backend."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from briefs import prompt

from reviewer.backends.budget import Budget, BudgetedBackend
from reviewer.backends.faults import address, redact, retry_after
from reviewer.backends.guard import guarded
from reviewer.backends.jsontext import json_object
from reviewer.backends.loops import PerLoop, run
from reviewer.backends.prices import Price, PriceList, load_prices
from reviewer.backends.retry import ConcurrencyLimit, RetryingBackend, RetryPolicy
from reviewer.backends.scripted import ScriptedBackend
from reviewer.domain.review import Usage
from reviewer.errors import (
    BackendBusy,
    BackendRefusedKey,
    BackendRejected,
    BackendRubbish,
    BackendUnreachable,
    BudgetExceeded,
    SettingsError,
)
from reviewer.ports import Completion, Prompt

GOOD = {"word": "yes"}
USED = Usage(input=100, output=10, calls=1)


class Clock:
    """Remembers how long it was asked to wait."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)


def retrying(
    script: list[Any], clock: Clock, jitter: float = 1.0, **policy: Any
) -> tuple[RetryingBackend, ScriptedBackend]:
    inner = ScriptedBackend(script)
    outer = RetryingBackend(
        inner,
        RetryPolicy(**policy),
        ConcurrencyLimit(8),
        sleep=clock.sleep,
        jitter=lambda: jitter,
    )
    return outer, inner


def test_waits_double_and_retry_after_is_honoured() -> None:
    clock = Clock()
    down = BackendUnreachable("down")
    script = [down, down, BackendBusy("busy", retry_after=7.0), down, GOOD]
    outer, _ = retrying(script, clock, jitter=1.0, first_wait=0.5)
    assert run(outer.complete(prompt())).text == '{"word": "yes"}'
    assert clock.waits == pytest.approx([0.5, 1.0, 7.7, 4.0])


def test_retry_after_and_waits_are_capped() -> None:
    clock = Clock()
    script = [BackendBusy("busy", retry_after=4000.0), BackendUnreachable("down"), GOOD]
    outer, _ = retrying(script, clock, jitter=1.0, first_wait=90, longest_wait=3)
    run(outer.complete(prompt()))
    assert clock.waits == pytest.approx([99.0, 3.0])


def test_never_waits_less_than_asked() -> None:
    clock = Clock()
    outer, _ = retrying([BackendBusy("busy", retry_after=2.0), GOOD], clock, jitter=0.0)
    run(outer.complete(prompt()))
    assert clock.waits == [2.0]


@pytest.mark.parametrize("error", [BackendRefusedKey("key"), BackendRejected("no"), KeyError("x")])
def test_what_a_retry_cannot_mend_is_raised_at_once(error: Exception) -> None:
    clock = Clock()
    outer, inner = retrying([error, GOOD], clock)
    with pytest.raises(type(error)):
        run(outer.complete(prompt()))
    assert (len(inner.prompts), clock.waits) == (1, [])


def test_gives_up_after_the_retries() -> None:
    outer, inner = retrying([BackendUnreachable("down")] * 9, Clock(), retries=3)
    with pytest.raises(BackendUnreachable):
        run(outer.complete(prompt()))
    assert len(inner.prompts) == 4


def test_no_try_starts_after_the_deadline() -> None:
    clock = Clock()
    outer, inner = retrying([BackendBusy("busy", retry_after=60.0)] * 9, clock, deadline=50.0)
    with pytest.raises(BackendBusy):
        run(outer.complete(prompt()))
    assert (len(inner.prompts), clock.waits) == (1, [])


def test_broken_json_is_asked_again_at_once_and_its_usage_counts() -> None:
    clock = Clock()
    broken = Completion(text='{"word": "y', usage=USED)
    good = Completion(text='Here: ```json\n{"word": "yes"}\n```', usage=USED)
    outer, inner = retrying([broken, good], clock)
    answer = run(outer.complete(prompt()))
    assert answer.text == '{"word": "yes"}'
    assert answer.usage == Usage(input=200, output=20, calls=2)
    assert clock.waits == [0.0]
    assert inner.prompts[0] == inner.prompts[1]


def test_an_answer_that_was_cut_off_gets_more_room() -> None:
    cut = Completion(text="{", finish="length")
    outer, inner = retrying([cut, cut, GOOD], Clock())
    run(outer.complete(prompt(limit=100)))
    assert [p.max_output_tokens for p in inner.prompts] == [100, 200, 400]


def test_a_cut_off_answer_that_parses_is_good() -> None:
    outer, inner = retrying([Completion(text="{}", finish="length")], Clock())
    assert run(outer.complete(prompt())).text == "{}"
    assert len(inner.prompts) == 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("I think so.", "not a JSON object"),
        ("", "empty"),
        (Completion(text="{", finish="length"), "cut off"),
    ],
)
def test_rubbish_is_paid_three_times_at_most(answer: str | Completion, words: str) -> None:
    outer, inner = retrying([answer] * 9, Clock())
    with pytest.raises(BackendRubbish, match=words):
        run(outer.complete(prompt()))
    assert len(inner.prompts) == 3


def test_a_model_that_hangs_is_a_time_out() -> None:
    async def hang(_: Prompt) -> str:
        await asyncio.sleep(30)
        return "{}"

    outer, _ = retrying([hang, GOOD], Clock(), timeout=0.02)
    assert run(outer.complete(prompt())).text == '{"word": "yes"}'
    outer, _ = retrying([hang], Clock(), timeout=0.02, retries=0)
    with pytest.raises(BackendUnreachable, match=r"within 0\.02 seconds"):
        run(outer.complete(prompt()))


def test_the_limit_holds_over_all_reviews_and_over_event_loops() -> None:
    busy, most = 0, 0

    async def work(_: Prompt) -> dict[str, Any]:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await asyncio.sleep(0.005)
        busy -= 1
        return GOOD

    limit = ConcurrencyLimit(3)
    raw = ScriptedBackend(work)

    async def many() -> None:
        reviews = [guarded(raw, budget=Budget(), limit=limit) for _ in range(4)]
        await asyncio.gather(*(r.complete(prompt()) for r in reviews for _ in range(5)))

    run(many())
    run(many())
    assert (most, len(raw.prompts)) == (3, 40)


def test_one_object_for_each_loop() -> None:
    made = PerLoop(object)

    async def twice() -> tuple[object, object]:
        return made.get(), made.get()

    one, two = run(twice()), run(twice())
    assert one[0] is one[1]
    assert one[0] is not two[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": 1}', '{"a": 1}'),
        ('<think>{"no": 1}</think>\n{"a": 1}', '{"a": 1}'),
        ('Sure!\n{"a": {"b": "}"}}\nDone.', '{"a": {"b": "}"}}'),
        ('{"a": 1', None),
        ("[1, 2]", None),
        ('"text"', None),
        ("", None),
        ("[" * 100_000, None),
    ],
)
def test_the_json_object_in_an_answer(text: str, expected: str | None) -> None:
    assert json_object(text) == expected


# Budget and prices


def test_a_token_budget_stops_before_the_call() -> None:
    inner = ScriptedBackend([Completion(text="{}", usage=Usage(input=700, output=200, calls=1))])
    budget = Budget(max_tokens=1000)
    backend = BudgetedBackend(inner, budget)
    run(backend.complete(prompt()))
    with pytest.raises(BudgetExceeded, match="900 are used"):
        run(backend.complete(prompt()))
    assert len(inner.prompts) == 1
    assert budget.spent.input == 700


def test_calls_that_start_together_cannot_overrun_together() -> None:
    async def slow(_: Prompt) -> Completion:
        await asyncio.sleep(0.01)
        return Completion(text="{}", usage=Usage(input=50, output=5, calls=1))

    inner = ScriptedBackend(slow)
    backend = BudgetedBackend(inner, Budget(max_tokens=700))

    async def five() -> list[Any]:
        calls = (backend.complete(prompt(limit=200)) for _ in range(5))
        return await asyncio.gather(*calls, return_exceptions=True)

    results = run(five())
    refused = [r for r in results if isinstance(r, BudgetExceeded)]
    assert (len(inner.prompts), len(refused)) == (2, 3)
    assert run(backend.complete(prompt(limit=200))).text == "{}"  # reservations were given back


def test_a_failed_call_costs_nothing() -> None:
    budget = Budget(max_tokens=2000)
    backend = BudgetedBackend(ScriptedBackend([BackendUnreachable("down")] * 50), budget)
    for _ in range(50):
        with pytest.raises(BackendUnreachable):
            run(backend.complete(prompt()))
    assert budget.spent == Usage()


def test_money_is_counted_with_the_cached_price_and_limited() -> None:
    price = Price(input=10.0, cached=1.0, output=100.0)
    used = Usage(input=1000, cached=600, output=10, calls=1)
    budget = Budget(max_cost=0.03, price=price)
    backend = BudgetedBackend(ScriptedBackend([Completion(text="{}", usage=used)] * 9), budget)
    assert run(backend.complete(prompt(limit=10))).usage.cost == pytest.approx(0.0056)
    with pytest.raises(BudgetExceeded, match="may cost"):
        run(backend.complete(prompt(limit=1000)))
    assert budget.spent.cost == pytest.approx(0.0056)


def test_reasoning_room_is_reserved() -> None:
    backend = BudgetedBackend(
        ScriptedBackend([GOOD]), Budget(max_tokens=10_000), extra_output=16_000
    )
    with pytest.raises(BudgetExceeded):
        run(backend.complete(prompt()))


def test_a_server_that_does_not_count_is_charged_an_estimate() -> None:
    budget = Budget(max_tokens=10_000)
    run(BudgetedBackend(ScriptedBackend([GOOD]), budget).complete(prompt("word " * 300)))
    assert 300 < budget.spent.input < 900


def test_a_money_budget_needs_a_price() -> None:
    with pytest.raises(SettingsError, match="REVIEWER_MAX_COST"):
        Budget(max_cost=1.0)


def test_prices_match_a_model_and_its_dated_releases_only() -> None:
    prices = PriceList(as_of="2025-12", models={"openai:gpt-4o": Price(input=1, output=2)})
    for name in ("openai:gpt-4o", "openai:gpt-4o-2024-08-06", "openai:gpt-4o-latest"):
        assert prices.price(name) == Price(input=1, output=2)
    for name in ("openai:gpt-4o-mini", "openai:gpt-4", "ollama:gpt-4o"):
        assert prices.price(name) is None


def test_own_prices_lie_over_the_packaged_ones(tmp_path: Any) -> None:
    own = tmp_path / "prices.yaml"
    own.write_text("as_of: '2026-11'\ncurrency: EUR\nmodels:\n  my:model: {input: 1, output: 2}\n")
    prices = load_prices(own)
    assert prices.price("my:model") == Price(input=1, output=2)
    assert prices.price("openai:gpt-4o") == load_prices().price("openai:gpt-4o") is not None
    assert prices.currency == "EUR"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("as_of: '1'\nmodels: {a: {input: -1, output: 2}}", "models.a.input"),
        ("models: [", "not YAML"),
        ("- 1", "the whole file"),
        (None, "cannot be read"),
    ],
)
def test_a_wrong_price_list_is_told(tmp_path: Any, text: str | None, words: str) -> None:
    path = tmp_path / "prices.yaml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(SettingsError, match=words):
        load_prices(path)


# Faults


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("2", 2.0), ("0.5", 0.5), ("-3", 0.0), ("Tue, 24 Nov 2026 12:00:30 GMT", 30.0),
     ("Tue, 24 Nov 2026 11:00:00 GMT", 0.0), ("soon", None), ("", None), (None, None)],
)  # fmt: skip
def test_retry_after_as_seconds_and_as_a_date(value: str | None, seconds: float | None) -> None:
    now = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
    assert retry_after(value, now=now) == seconds


def test_secrets_are_taken_out() -> None:
    told = redact(
        "Incorrect API key: sk-proj-abcd1234efgh. Sent Bearer abcdef to https://me:pw@host/v1, own",
        ["own-secret"],
    )
    assert told == "Incorrect API key: *** Sent *** to https://host/v1, own"
    assert redact("x own-secret y", ["own-secret", ""]) == "x *** y"
    assert address("https://me:pw@host:8443/v1?key=1") == "https://host:8443/v1"
    assert address("http://[::1]:8080/v1") == "http://[::1]:8080/v1"
