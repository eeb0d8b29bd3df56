"""The grammar of quantities in running text: numbers, units, what stands per what."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from reviewer.units import (
    CURRENCIES,
    SYMBOLS,
    Dimension,
    dimension_of,
    is_event,
    to_base,
    unit_named,
)

_BARE: dict[Dimension, str] = {"tokens": "token", "factor": "1", "share": "1", "count": "1"}


@dataclass(frozen=True)
class Scanned:
    """A quantity in its base unit, and where it ends."""

    end: int
    value: float
    unit: str
    dimension: Dimension


_GAP = "  \u00a0\u202f\u2009"
_NUMBER = re.compile(
    rf"""(?:\d{{1,3}}(?:,\d{{3}})+(?!\d)(?:\.\d+)?
    |\d{{1,3}}(?:[{_GAP}'’]\d{{3}})+(?![\d])(?:\.\d+)?
    |\d{{1,3}}(?:\.\d{{3}})+,\d+ |\d{{1,3}}(?:\.\d{{3}}){{2,}}(?!\d)
    |\d+(?:[.,]\d+)?(?:[eE][+-]?\d{{1,3}}(?![A-Za-z0-9]))?)""",
    re.VERBOSE,
)
_MULTIPLES = {
    "k": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "mio": 1e6, "million": 1e6, "millions": 1e6,
    "b": 1e9, "bn": 1e9, "mrd": 1e9, "billion": 1e9, "billions": 1e9, "trillion": 1e12,
}  # fmt: skip
_MULTIPLE = re.compile(
    r"[\s-]?((?i:thousand|millions?|billions?|trillion|mio|mrd|bn|mn)\.?|[kKMB])(?![A-Za-z.]\w|\w)"
)
_SMALL_M = re.compile(r"m(?=\s+([A-Za-z]+))")
_SPACE = re.compile(r"[-\u2010\u2011]|\s{0,3}")
_WORD = re.compile(r"US\$|[€$£¥₹₩]|[^\W\d_]+")
_PERCENT = re.compile(r"\s?(?:%|‰|(?:percent|per\s?cent|pct)\b)")
_FACTOR = re.compile(
    r"\s?[x×X](?![\w])(?!\s*\d)|\s+times\b(?!\s+(?:a|an|per|each|every)\b)|-?\s?fold\b"
)
_TIMES_PER = re.compile(r"\s+times\s+(?:a|an|per|each|every)\s+")
_PER = re.compile(r"\s{0,2}/\s{0,2}|\s{1,2}(?:per|a|an|each|every|pro|je)\s{1,2}")
_AND = re.compile(r"\s{0,2}[-·*]\s{0,2}|\s{1,2}and\s{1,2}")
_ARTICLE = re.compile(r"\s+(?:a|an|each|every)\s+")
_KIND_OF = re.compile(r"(?:input|output|prompt|completion|cached|total|context|generated)\s+")
_NOUN = re.compile(r"[^\W\d_][^\W_]*(?:[-'’][^\W\d_]+)*")
_NEXT_WORD = re.compile(rf"\s{{1,2}}({_NOUN.pattern})")
_MULTIPLE_WORD = re.compile(r"(million|thousand|billion|[kKM](?=\s))")
_ADVERBS = {
    "hourly": "hour", "daily": "day", "nightly": "day", "overnight": "day", "weekly": "week",
    "monthly": "month", "quarterly": "quarter", "yearly": "year", "annually": "year",
}  # fmt: skip
_ADVERB = re.compile(rf"\s{{1,2}}({'|'.join(_ADVERBS)})\b")
_SMALL = """per a an each every and or of to in with for at the from by is are on as than then we it
    that which not but"""
_SMALL_WORDS = frozenset(_SMALL.split())
_COUNTS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40,
    "forty-five": 45, "fifty": 50, "sixty": 60, "ninety": 90, "half a": 0.5, "half an": 0.5,
    "hundred": 100, "a hundred": 100,
}  # fmt: skip
_COUNT_WORD = "|".join(sorted(_COUNTS, key=len, reverse=True)).replace(" ", r"\s")
_CODE = "|".join(CURRENCIES)
_TIME_WORD = (
    r"(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|nights?|weeks?|months?|quarters?|years?)\b"
)
_EVERY = re.compile(
    rf"""(?:(?P<adverb>{"|".join(_ADVERBS)})\b
    |(?:every|each)\s+(?P<other>other\s+)?(?:(?P<n>\d+(?:\.\d+)?)\s*-?\s*|(?P<w>{_COUNT_WORD})\s+)?
      (?P<unit>[A-Za-zµ]+)
    |(?P<freq>once|twice|(?:\d+|{_COUNT_WORD})\s+times)\s+(?:a|an|per|each|every)\s+(?P<unit2>[a-z]+)
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_SINGLE = re.compile(rf"(?:an?|one)\s+(?={_TIME_WORD})", re.IGNORECASE)
_BEFORE_SINGLE = re.compile(
    r"\b(?:(?P<short>within|under|than|least|most|takes?|lasts?|up to)|in|after|about|for|of)\s+$",
    re.IGNORECASE,
)
_START = re.compile(
    rf"""\d|(?:US\$|[€$£¥₹₩])\s?(?=\d)|\b(?:{_CODE})\s{{1,2}}(?=\d)
    |\b(?i:every|each|once|twice|{"|".join(_ADVERBS)}|(?:{_COUNT_WORD})(?=fold\b|\b)
    |an?(?=\s+{_TIME_WORD}))(?=fold\b|\b)""",
    re.VERBOSE,
)
_ISO = re.compile(r"P(?=\w)(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


def scan_all(text: str) -> Iterator[tuple[int, Scanned]]:
    """Every quantity in the text, with where it begins."""
    position = 0
    while (match := _START.search(text, position)) is not None:
        start = match.start()
        position = match.end()
        scanned = _at(text, match) if _may_begin(text, start) else None
        if scanned is None:
            while position < len(text) and text[position].isdigit() and text[start].isdigit():
                position += 1
            continue
        position = scanned.end
        yield start, scanned


def _may_begin(text: str, start: int) -> bool:
    if start == 0:
        return True
    before = text[start - 1]
    if before == "-" and start > 1 and text[start - 2].isalpha():
        return text[max(0, start - 4) : start].lower() == "sub-"  # not SOC-2, ISO-27001
    if before in ".,:" and start > 1:
        return not text[start - 2].isdigit()
    return not (before.isalnum() or before == "_")


def _at(text: str, match: re.Match[str]) -> Scanned | None:
    """The quantity that begins at a place where one may begin."""
    start, first = match.start(), match[0]
    if first[0].isdigit():
        often = _EVERY.match(text, start)
        if often:
            return _recurring(often)
        scanned = _scan(text, start)
        if (
            scanned
            and scanned.unit == "s"
            and re.fullmatch(r"(19|20)\d\ds|\d0s", text[start : scanned.end])
        ):
            return None  # the 1990s, the 90s
        return scanned
    if not first[0].isalpha() or first.strip() in (*CURRENCIES, "US$"):
        return _money_first(text, start)
    often = _EVERY.match(text, start)
    if often:
        return _recurring(often)
    if _SINGLE.match(text, start) and not first.lower().startswith("one"):
        before = _BEFORE_SINGLE.search(text[max(0, start - 12) : start])
        if not before or (text.startswith("second", match.end() + 1) and not before["short"]):
            return None  # "in a second step" is no time
        return _after_amount(text, match.end(), 1.0)
    count = _COUNTS.get(" ".join(first.lower().split()))
    if count is None:
        return None
    scanned = _after_amount(text, match.end(), count)
    return scanned if scanned and scanned.dimension in ("time", "factor") else None


def _recurring(match: re.Match[str]) -> Scanned | None:
    """`nightly`, `every 5 minutes`, `twice a day` as an interval."""
    if match["adverb"]:
        return Scanned(match.end(), to_base(_ADVERBS[match["adverb"].lower()])[0], "s", "interval")
    word = (match["unit"] or match["unit2"]).lower()
    if word in ("morning", "evening", "weekday", "midnight", "nights"):
        word = "day"
    unit = unit_named(word)
    if unit is None or len(unit) > 1 or to_base(*unit)[1] != "s":
        return None
    factor = to_base(*unit)[0]
    if match["freq"]:
        often = match["freq"].lower().split()[0]
        times = {"once": 1.0, "twice": 2.0}.get(often) or _COUNTS.get(often) or float(often)
        return Scanned(match.end(), factor / times, "s", "interval") if times else None
    count = float(match["n"]) if match["n"] else _COUNTS.get((match["w"] or "one").lower(), 1)
    value = factor * count * (2 if match["other"] else 1)
    return Scanned(match.end(), value, "s", "interval")


def amount_at(text: str, position: int) -> tuple[float, int] | None:
    """A number with its `k` or `million`, and where it ends."""
    match = _NUMBER.match(text, position)
    if match is None:
        return None
    end = match.end()
    value = _value(match[0])
    multiple = _MULTIPLE.match(text, end)
    if multiple:
        return value * _MULTIPLES[multiple[1].lower().rstrip(".")], multiple.end()
    small = _SMALL_M.match(text, end)
    if small and (is_event(small[1]) or small[1].startswith("token")):
        return value * 1e6, small.end()
    return value, end


def _value(number: str) -> float:
    number = re.sub(rf"[{_GAP}'’]", "", number)
    if re.fullmatch(r"[1-9]\d{0,2}(,\d{3})+(\.\d+)?", number):
        number = number.replace(",", "")
    elif re.fullmatch(r"\d{1,3}(\.\d{3})+,\d+|\d{1,3}(\.\d{3}){2,}", number):
        number = number.replace(".", "").replace(",", ".")
    return float(number.replace(",", "."))


def _scan(text: str, position: int) -> Scanned | None:
    """The quantity whose number begins at `position`."""
    amount = amount_at(text, position)
    if amount is None or not math.isfinite(amount[0]):
        return None
    return _after_amount(text, amount[1], amount[0])


def _after_amount(text: str, end: int, value: float) -> Scanned | None:
    percent = _PERCENT.match(text, end)
    if percent:
        return Scanned(percent.end(), _share(value, percent[0]), "1", "share")
    factor = _FACTOR.match(text, end)
    if factor:
        return Scanned(factor.end(), value, "1", "factor")
    gap = _SPACE.match(text, end)
    word = _WORD.match(text, gap.end() if gap else end)
    unit = _unit(text, word) if word else None
    attached = gap is not None and not gap[0]
    if word is None or unit is None or (word[0] == "B" and attached):  # 7B parameters
        return _events(text, end, value)
    if word[0] == "us" and not attached:
        return None  # "gives 5 us …"
    if len(unit) > 1:
        return _scanned(word.end(), value, unit)
    return _with_denominators(text, word.end(), value, unit[0])


def _share(value: float, sign: str) -> float:
    return float(f"{value / (1000 if '‰' in sign else 100):.12g}")


def _unit(text: str, word: re.Match[str]) -> tuple[str, ...] | None:
    if word.end() < len(text) and (text[word.end()].isdigit() or text[word.end()] == "_"):
        return None
    rate = text[word.end() : word.end() + 3].lstrip().startswith("/")
    return unit_named(word[0], rate=rate)


def _with_denominators(text: str, end: int, value: float, unit: str) -> Scanned | None:
    base = to_base(unit)[1]
    money = base in CURRENCIES
    below: list[str] = []
    position: int | None = end
    while position is not None and len(below) < 3:
        end = position
        separator = _PER.match(text, end) or (_AND.match(text, end) if money and below else None)
        step = _denominator(text, separator) if separator else None
        if step is None:
            break
        if base == "s" and to_base(step[0])[1] == "s":
            return None  # 24 hours a day
        name, divisor, position = step
        below.append(name)
        value /= divisor
    end = position if position is not None else end
    if not below and base in ("byte", "token"):
        per_time = _time_below(text, end) or _after_phrase(text, end)
        if per_time:
            return _scanned(per_time[1], value / per_time[2], (unit, per_time[0]))
    return _scanned(end, value, (unit, *below))


def _after_phrase(text: str, end: int) -> tuple[str, int, float] | None:
    """`(40 GB) of log data per day`: the unit of time after at most four words."""
    for count in range(5):
        below = _time_below(text, end) if count else None
        if below:
            return below
        word = _NEXT_WORD.match(text, end)
        low = word[1].lower() if word else ""
        if word is None or (low in _SMALL_WORDS and not (low == "of" and count == 0)):
            return None
        end = word.end()
    return None


def _time_below(text: str, end: int) -> tuple[str, int, float] | None:
    """`/s`, `per 5 minutes`, `daily`: the unit of time, where it ends, its count."""
    adverb = _ADVERB.match(text, end)
    if adverb:
        return _ADVERBS[adverb[1]], adverb.end(), 1.0
    separator = _PER.match(text, end)
    step = _denominator(text, separator) if separator else None
    if step is None or to_base(step[0])[1] != "s":
        return None
    return step[0], step[2], step[1]


def _denominator(text: str, separator: re.Match[str]) -> tuple[str, float, int] | None:
    """What stands below the line: unit, how many of it, where it ends."""
    position, divisor = separator.end(), 1.0
    amount = amount_at(text, position)
    if amount is None:
        multiple = _MULTIPLE_WORD.match(text, position)
        if multiple:
            amount = _MULTIPLES[multiple[1].lower()], multiple.end()
    if amount:
        divisor, position = amount
        gap = _SPACE.match(text, position)
        position = gap.end() if gap else position
    kind = _KIND_OF.match(text, position)
    word = _WORD.match(text, kind.end() if kind else position)
    if word is None or not divisor:
        return None
    unit = unit_named(word[0])
    is_time = unit is not None and len(unit) == 1 and to_base(unit[0])[1] == "s"
    if _ARTICLE.fullmatch(separator[0]) and not is_time:
        return None
    if unit is not None and len(unit) == 1 and unit[0] not in CURRENCIES:
        return unit[0], divisor, word.end()
    return ("event", divisor, word.end()) if is_event(word[0]) else None


def _events(text: str, end: int, value: float) -> Scanned | None:
    """`(2,000) customer records per second`: any noun counts as an event, but per time only."""
    position = end
    for count in range(5):
        below = _time_below(text, position)
        if below and (count or text[end : end + 1] != "-"):
            return _scanned(below[1], value / below[2], ("event", below[0]))
        gap = _SPACE.match(text, position)
        word = _NOUN.match(text, gap.end() if gap else position)
        if word is None or word[0].lower() in _SMALL_WORDS or (gap and not gap[0] and count):
            return None
        if count and word[0].lower() in ("tokens", "token"):
            return _with_denominators(text, word.end(), value, "token")
        if count == 0 and _KIND_OF.match(word[0] + " ") is None and unit_named(word[0]):
            return None
        position = word.end()
    return None


def _money_first(text: str, start: int) -> Scanned | None:
    """`EUR 3.50 per …`: the currency stands before the number."""
    word = _WORD.match(text, start)
    if word is None:
        return None
    code = SYMBOLS.get(word[0], word[0])
    gap = _SPACE.match(text, word.end())
    amount = amount_at(text, gap.end() if gap else word.end())
    if amount is None or code not in CURRENCIES:
        return None
    return _with_denominators(text, amount[1], amount[0], code)


def _scanned(end: int, value: float, unit: tuple[str, ...]) -> Scanned | None:
    factor, base = to_base(*unit)
    dimension = dimension_of(base)
    if dimension is None:
        return None
    if base.endswith("/event") and dimension in ("time", "data", "tokens"):
        base = base.removesuffix("/event")
    return Scanned(end, float(f"{value * factor:.12g}"), base, dimension)


def whole(text: str, dimension: Dimension) -> Scanned | None:
    """The quantity that takes up the whole text."""
    text = text.strip()
    if dimension == "time":
        return _whole_time(text)
    amount = amount_at(text, 0)
    if amount and (dimension in _BARE) and text[amount[1] :].strip() == "":
        return Scanned(len(text), amount[0], _BARE[dimension], dimension)
    if dimension == "factor" and re.fullmatch(r"[x×]\s?\d.*", text):
        return whole(text[1:].strip(), dimension)
    if (
        dimension == "count"
        and amount
        and re.fullmatch(r"\s*[A-Za-z][A-Za-z -]*", text[amount[1] :])
    ):
        return Scanned(len(text), amount[0], "1", "count")
    match = _START.match(text)
    scanned = _at(text, match) if match else None
    return scanned if scanned and scanned.end == len(text) else None


def _whole_time(text: str) -> Scanned | None:
    iso = _ISO.fullmatch(text)
    if iso and any(iso.groups()):
        parts = zip(iso.groups(), (604800, 86400, 3600, 60, 1), strict=True)
        return Scanned(len(text), float(sum(int(n or 0) * s for n, s in parts)), "s", "time")
    text = re.sub(r"(?<=\d)\s?h(?![A-Za-z])", " h ", text).strip()  # 1h30m
    text = re.sub(r"(?<=\d)\s?m(?![A-Za-z])", " min ", text).strip()
    article = re.fullmatch(rf"(?:an?|one)\s+({_TIME_WORD})", text, re.IGNORECASE)
    text = f"1 {article[1]}" if article else text
    total, position = 0.0, 0
    scanned = None
    while position < len(text):
        match = _START.match(text, position)
        scanned = _at(text, match) if match else None
        if scanned is None or (position and scanned.dimension != "time"):
            return None
        total += scanned.value
        position = scanned.end
        if scanned.dimension not in ("time", "interval"):
            break
        gap = re.compile(r"\s*(?:and\s+)?").match(text, position)
        position = gap.end() if gap else position
    if scanned is None or position < len(text):
        return None
    name: Dimension = "time" if scanned.dimension == "interval" else scanned.dimension
    return Scanned(position, total, scanned.unit, name)
