"""Units that people write in designs, and their base units.

The algebra is ours: a unit is a factor and one base, and all that is ever asked is one unit over
others. A general library would take 0.15 s of every start.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, get_args

Dimension = Literal[
    "time",
    "interval",
    "data",
    "event_rate",
    "data_rate",
    "rate",
    "tokens",
    "token_rate",
    "money",
    "money_per_event",
    "money_per_token",
    "money_per_byte",
    "money_per_time",
    "money_per_storage",
    "factor",
    "share",
    "count",
]

_CURRENCY_CODES = """
    EUR USD GBP CHF JPY CNY INR SEK NOK DKK PLN CZK HUF RON CAD AUD NZD SGD HKD KRW BRL MXN ZAR
    TRY AED SAR ILS THB"""
CURRENCIES = tuple(_CURRENCY_CODES.split())
SYMBOLS = {"€": "EUR", "$": "USD", "US$": "USD", "£": "GBP", "¥": "JPY", "₹": "INR", "₩": "KRW"}

# A month is 30 days and a year 365 days: the numbers of a design are never finer than that.
_DEFINITIONS = """
millisecond = 0.001 second; microsecond = 1e-6 second; nanosecond = 1e-9 second
minute = 60 second; hour = 60 minute; day = 24 hour; week = 7 day; month = 30 day
quarter = 91 day; year = 365 day
bit = 0.125 byte
kilobyte = 1e3 byte; megabyte = 1e6 byte; gigabyte = 1e9 byte; terabyte = 1e12 byte
petabyte = 1e15 byte; exabyte = 1e18 byte
kibibyte = 1024 byte; mebibyte = 1024 kibibyte; gibibyte = 1024 mebibyte
tebibyte = 1024 gibibyte; pebibyte = 1024 tebibyte
kilobit = 1e3 bit; megabit = 1e6 bit; gigabit = 1e9 bit; terabit = 1e12 bit
kilotoken = 1000 token; megatoken = 1e6 token
"""
_WORDS = """
nanosecond: ns nanosec
microsecond: us µs μs usec microsec
millisecond: ms msec msecs millisec millis
second: s sec secs Sekunde Sekunden seconde secondes segundo segundos
minute: min mins Minuten minuto minutos
hour: h hr hrs Stunde Stunden heure heures hora horas
day: d night Tag Tage Tagen jour jours día días
week: w wk wks Woche Wochen semaine semaines semana semanas
month: mo mos mth Monat Monate Monaten mois meses
quarter: qtr
year: y yr yrs Jahr Jahre Jahren año años
byte: B
bit: bits
kilobyte: kB KB Kb
megabyte: MB Mb
gigabyte: GB Gb
terabyte: TB Tb
petabyte: PB
exabyte: EB
kibibyte: KiB Ki
mebibyte: MiB Mi
gibibyte: GiB Gi
tebibyte: TiB Ti
pebibyte: PiB Pi
kilobit: kbit Kbit
megabit: Mbit
gigabit: Gbit
token: tok toks
kilotoken: ktok kTok
megatoken: MTok mtok
EUR: euro euros €
USD: dollar dollars $ US$
GBP: £ quid
CHF: francs
JPY: yen ¥
INR: rupee rupees ₹
"""
_RATES = {
    "bps": ("bit", "second"),
    "kbps": ("kilobit", "second"),
    "Kbps": ("kilobit", "second"),
    "mbps": ("megabit", "second"),
    "Mbps": ("megabit", "second"),
    "gbps": ("gigabit", "second"),
    "Gbps": ("gigabit", "second"),
    "KBps": ("kilobyte", "second"),
    "MBps": ("megabyte", "second"),
    "GBps": ("gigabyte", "second"),
    **dict.fromkeys(("rps", "qps", "tps", "eps", "ops", "iops", "wps"), ("event", "second")),
    **dict.fromkeys(("rpm", "qpm", "epm"), ("event", "minute")),
    **dict.fromkeys(("rph", "eph"), ("event", "hour")),
    **dict.fromkeys(("rpd",), ("event", "day")),
    "tpm": ("token", "minute"),
}
_BIT_RATES = {"Kb": "kilobit", "Mb": "megabit", "Gb": "gigabit", "Tb": "terabit"}
_EVENT_WORDS = """
    event record message msg request req order transaction txn tx row call scan price image
    item document doc query querie update change write read operation op click view visit session
    sale receipt basket line customer user product sku job task prompt completion response answer
    invocation lookup insert delete alert log metric reading sample file object page chunk
    embedding vector conversation chat ticket email review shipment delivery payment purchase
    checkout impression search recommendation prediction inference label upload download entry
    entrie hit datapoint point signal tick packet batche batch run line-item"""
_EVENTS = frozenset(_EVENT_WORDS.split())
_BASES = ("token", "event", "byte", "second")
_SHORT = {"second": "s"}
_OF_UNIT: dict[str, Dimension] = {
    "s": "time",
    "s/event": "time",
    "byte": "data",
    "byte/event": "data",
    "event/s": "event_rate",
    "byte/s": "data_rate",
    "token": "tokens",
    "token/event": "tokens",
    "token/s": "token_rate",
    "CUR": "money",
    "CUR/event": "money_per_event",
    "CUR/token": "money_per_token",
    "CUR/byte": "money_per_byte",
    "CUR/s": "money_per_time",
    "CUR/byte/s": "money_per_storage",
}
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)


def _factors() -> dict[str, tuple[float, str]]:
    """For each unit its factor and base; a definition may name units that stand before it."""
    factors = {name: (1.0, name) for name in (*_BASES, *CURRENCIES)}
    for definition in _DEFINITIONS.replace("\n", ";").split(";"):
        if definition.strip():
            unit, number, of = definition.replace("=", " ").split()
            factor, base = factors[of]
            factors[unit] = (float(number) * factor, base)
    return factors


def _vocabulary() -> dict[str, str]:
    words = {}
    for line in _WORDS.strip().split("\n"):
        unit, _, names = line.partition(": ")
        words.update(dict.fromkeys(names.split(), unit))
        if unit not in CURRENCIES:
            words.update({unit: unit, unit + "s": unit, unit.capitalize(): unit})
    words.update({name: name for name in CURRENCIES})
    return words


_FACTORS = _factors()
_VOCABULARY = _vocabulary()
_FOLDED_CODES = ("EUR", "USD", "GBP", "CHF")
_LOWER = {
    word.lower(): unit
    for word, unit in reversed(_VOCABULARY.items())
    if word not in CURRENCIES or word in _FOLDED_CODES
}
_NOT_FOLDED = frozenset(
    ("D", "W", "Y", "S", "H", "US", "MS", "NS", "b", "ki", "mi", "gi", "ti", "pi", "KI", "MI", "PI")
)


def unit_named(word: str, *, rate: bool = False) -> tuple[str, ...] | None:
    """Unit (and denominators, for words like `rpm`) that a word stands for; `None` if none.

    Case is folded where it does not change the meaning; `Mb` is a megabit in a rate and a
    megabyte elsewhere, as people use it.
    """
    if rate and word in _BIT_RATES:
        return (_BIT_RATES[word],)
    if word in _VOCABULARY:
        return (_VOCABULARY[word],)
    found = _RATES.get(word) or _RATES.get(word.lower())
    if found:
        return found
    if word in _NOT_FOLDED:
        return None
    unit = _LOWER.get(word.lower())
    return (unit,) if unit else None


def is_event(word: str) -> bool:
    """Whether a word is something that is counted: an event, a record, an order."""
    low = word.lower()
    return low in _EVENTS or low.removesuffix("s") in _EVENTS


@lru_cache(maxsize=2000)
def to_base(numerator: str, *denominators: str) -> tuple[float, str]:
    """Factor to the base unit, and that unit's name: ("gigabyte", "day") -> (11574.07…, "byte/s").

    The name is "" where the units cancel.
    """
    factor, over = _FACTORS[numerator]
    above, below = [over], []
    for denominator in denominators:
        divisor, under = _FACTORS[denominator]
        factor /= divisor
        if under in above:
            above.remove(under)
        elif under not in below:  # "per day per day" is taken as said twice
            below.append(under)
    name = "/".join(_SHORT.get(n, n) for n in ["".join(above), *sorted(below, key=_below)])
    return factor, name


def _below(name: str) -> int:
    order = ("event", "token", "byte", "second")
    return order.index(name) if name in order else -1


def dimension_of(unit: str) -> Dimension | None:
    """Dimension of a base unit such as `event/s` or `EUR/byte/s`."""
    first, slash, rest = unit.partition("/")
    return _OF_UNIT.get("CUR" + slash + rest if first in CURRENCIES else unit)
