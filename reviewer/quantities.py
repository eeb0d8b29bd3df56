"""Quantities as people write them: `40 GB/day`, `5 min`, `2,000 events/s`, `EUR 3 per 1M tokens`.

`parse` reads one field, `find` finds every quantity in running text, `human` writes one back.
A month counts 30 days, a year 365. `2,000` is two thousand and `0,5` a half; `2.000` is two.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace

from reviewer.domain.design import Quantity
from reviewer.errors import DataFlowError
from reviewer.quantity_grammar import Scanned, amount_at, scan_all, whole
from reviewer.units import CURRENCIES, Dimension, is_event

__all__ = ["EXAMPLES", "Dimension", "Found", "find", "human", "parse"]

EXAMPLES: dict[Dimension, str] = {
    "time": "5 min",
    "interval": "15 min",
    "data": "2 KB",
    "event_rate": "500 events/s",
    "data_rate": "40 GB/day",
    "rate": "500 events/s",
    "tokens": "8k tokens",
    "token_rate": "60k tokens/min",
    "money": "EUR 200",
    "money_per_event": "EUR 0.002 per request",
    "money_per_token": "USD 3 per 1M tokens",
    "money_per_byte": "USD 0.09/GB",
    "money_per_time": "EUR 200/month",
    "money_per_storage": "USD 0.023/GB/month",
    "factor": "10x",
    "share": "10 %",
    "count": "3",
}
_NAMES: dict[Dimension, str] = {
    "time": "a time",
    "interval": "an interval",
    "data": "an amount of data",
    "event_rate": "events per time",
    "data_rate": "data per time",
    "rate": "events or data per time",
    "tokens": "a number of tokens",
    "token_rate": "tokens per time",
    "money": "an amount of money",
    "money_per_event": "money per event",
    "money_per_token": "money per token",
    "money_per_byte": "money per amount of data",
    "money_per_time": "money per time",
    "money_per_storage": "money per amount of data and time",
    "factor": "a factor",
    "share": "a share",
    "count": "a number",
}
_MAY_BE_ZERO = frozenset(d for d in _NAMES if d.startswith("money") or d == "share")


@dataclass(frozen=True)
class Found:
    """A quantity in running text; `interval` is the dimension of `nightly` and `every 5 min`."""

    start: int
    end: int
    quantity: Quantity
    dimension: Dimension


_QUALIFIER = re.compile(
    r"(?:[~≈<>≤≥]=?|about|approx(?:imately|\.)?|ca\.?|circa|around|roughly|up to|max\.?|min\.(?=\s)"
    r"|at most|at least|maximum|minimum|within|under|below)\s*",
    re.IGNORECASE,
)
_NO_NOUN = re.compile(r"[\d.,\s]+(?:[kKM]|million|thousand)?\s*(?:/|per\b|a\b)")
_EACH_INSTANCE = re.compile(
    r"\s*(?:/|\bper\b|\bfor each\b|\beach\b)\s*(?:instance|worker|pod|replica|node|task|executor"
    r"|container|broker|consumer|thread|partition|shard|server|machine)?\s*$",
    re.IGNORECASE,
)


def parse(text: str, dimension: Dimension, *, field: str = "", zero: bool = False) -> Quantity:
    """Read the text of one field as a quantity of that dimension, in its base unit.

    Raises `DataFlowError` naming the field, what was found and an example of what is expected:
    for a wrong or missing unit, for numbers below zero or not finite, and for zero where it makes
    no sense (`zero` allows it).
    """
    shown = " ".join(str(text).split())
    plain = _EACH_INSTANCE.sub("", shown.rstrip(" .")) or shown
    plain = _QUALIFIER.sub("", plain, count=1) if _QUALIFIER.match(plain) else plain
    if dimension == "data":
        plain = re.sub(r"(?<=\d)\s*B$", " bytes", plain)  # not billions: no size has that unit
    scanned = whole(plain, "time" if dimension == "interval" else dimension)
    if scanned and dimension == "token_rate" and _NO_NOUN.match(plain):
        scanned = replace(scanned, unit="token/s", dimension="token_rate")  # 200k/min
    problem = _problem(scanned, plain, dimension, zero)
    if problem or scanned is None:
        subject = f"{field}: " if field else ""
        raise DataFlowError(
            f'{subject}"{shown[:60]}" {problem}; {_NAMES[dimension]} is expected here, '
            f'such as "{EXAMPLES[dimension]}".'
        )
    return Quantity(value=scanned.value, unit=scanned.unit, text=shown)


def find(text: str) -> list[Found]:
    """Every quantity in running text, in order, with exact offsets."""
    return [
        Found(
            start,
            scanned.end,
            Quantity(value=scanned.value, unit=scanned.unit, text=text[start : scanned.end]),
            scanned.dimension,
        )
        for start, scanned in scan_all(text)
    ]


def _problem(scanned: Scanned | None, text: str, dimension: Dimension, zero: bool) -> str:
    """What is wrong, in words that follow the quoted text; "" if nothing is."""
    if re.match(r"[-−]\s*[\d€$£]", text):
        return "is below zero"
    if scanned is None:
        return _unreadable(text, dimension)
    wanted = {dimension}
    if dimension == "rate":
        wanted = {"event_rate", "data_rate"}
    elif dimension in ("interval", "time"):
        wanted = {"time", "interval"}
    elif dimension == "factor":
        wanted = {"factor", "share"}
    if scanned.dimension not in wanted:
        return f"is {_NAMES[scanned.dimension]}"
    if not math.isfinite(scanned.value):
        return "is not a finite number"
    if scanned.value == 0 and not zero and dimension not in _MAY_BE_ZERO:
        return "is zero"
    return ""


def _unreadable(text: str, dimension: Dimension) -> str:
    amount = amount_at(text, 0)
    rest = text[amount[1] :].strip() if amount else text
    if not rest:
        return "has no unit" if amount else "is empty"
    if amount and is_event(rest) and "rate" in dimension:
        return "says no time"
    return "is not a quantity that can be read"


def human(quantity: Quantity) -> str:
    """The quantity in the units a person would use: `5 min`, `1.2 TB`, `2,000 events/s`."""
    value, unit = quantity.value, quantity.unit
    currency = unit.partition("/")[0]
    if currency in CURRENCIES:
        return _human_money(value, currency, unit.removeprefix(currency))
    if unit == "s":
        return _human_time(value)
    if unit == "byte/s":
        per, factor = _per_time(value, 1e3)
        return f"{_scaled(value * factor, _DATA)}/{per}"
    if unit == "byte":
        return _scaled(value, _DATA)
    if unit in ("event/s", "token/s"):
        noun = unit.removesuffix("/s") + "s"
        per, factor = _per_time(value, 1.0)
        return f"{_digits(value * factor)} {noun}/{per}"
    if unit == "token":
        return f"{_digits(value)} tokens"
    return _digits(value) if unit == "1" else f"{_digits(value)} {unit}"


_DATA = ((1e18, "EB"), (1e15, "PB"), (1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "KB"), (1, "B"))
_TIME = ((86400.0, "day"), (3600.0, "h"), (60.0, "min"), (1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))
_PER_TIME = (("s", 1.0), ("min", 60.0), ("hour", 3600.0), ("day", 86400.0))


def _per_time(value: float, least: float) -> tuple[str, float]:
    """The time to count by: the first that gives a round number, else the first not too small."""
    scales = [scale for scale in _PER_TIME if value * scale[1] >= least] or [_PER_TIME[-1]]
    rounded = [s for s in scales if math.isclose(value * s[1], float(f"{value * s[1]:.3g}"))]
    return (rounded or scales)[0]


def _digits(value: float) -> str:
    if value == 0 or abs(value) >= 1e15:
        return f"{value:.3g}"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    places = max(0, 2 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{min(places, 12)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _scaled(value: float, scale: tuple[tuple[float, str], ...]) -> str:
    factor, name = next((s for s in scale if abs(value) >= s[0] * 0.9995), scale[-1])
    return f"{_digits(value / factor)} {name}"


def _human_time(value: float) -> str:
    if value >= 2 * 365 * 86400:
        return f"{_digits(value / (365 * 86400))} years"
    text = _scaled(value, _TIME)
    return text + "s" if text.endswith(" day") and text != "1 day" else text


def _human_money(value: float, currency: str, below: str) -> str:
    scale, name = {
        "/s": (30 * 86400.0, "/month"),
        "/token": (1e6, " per 1M tokens"),
        "/byte": (1e9, "/GB"),
        "/byte/s": (1e9 * 30 * 86400.0, "/GB/month"),
        "/event": (1.0, " per event")
        if value >= 0.01 or not value
        else (1000.0, " per 1,000 events"),
    }.get(below, (1.0, below))
    amount = value * scale
    text = (
        f"{amount:,.2f}"
        if amount >= 1 and amount != round(amount) and amount < 1000
        else _digits(amount)
    )
    return f"{currency} {text}{name}"
