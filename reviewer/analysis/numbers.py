"""Numbers as people write them: durations, sizes, rates, shares and factors."""

from __future__ import annotations

MINUTE = 60.0
HOUR = 3600.0
DAY = 86400.0
MONTH = 30 * DAY
"""Seconds of a month of 30 days, the month of every cost."""

_TIMES = ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))
_SIZES = ((1e15, "PB"), (1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


def plain(value: float) -> str:
    """Three significant figures, thousands grouped, no trailing zeros."""
    if value == 0:
        return "0"
    magnitude = abs(value)
    if magnitude >= 100:
        return f"{value:,.0f}"
    text = f"{value:.3g}"
    return f"{value:.2e}" if "e" in text else text


def duration(seconds: float) -> str:
    """`90` -> `1.5 min`; two days and more in days."""
    for unit, name in _TIMES:
        if abs(seconds) >= (2 * unit if name == "d" else unit):
            return f"{plain(seconds / unit)} {name}"
    return f"{plain(seconds)} s"


def size(count: float) -> str:
    """Bytes with decimal prefixes."""
    for unit, name in _SIZES:
        if abs(count) >= unit:
            return f"{plain(count / unit)} {name}"
    return f"{plain(count)} bytes"


def rate(value: float, unit: str) -> str:
    """A rate in `event/s`, `byte/s` or `token/s`."""
    if unit == "byte/s":
        return f"{size(value)}/s"
    noun = unit.removesuffix("/s")
    return f"{plain(value)} {noun}s/s"


def percent(share: float) -> str:
    """`0.85` -> `85 %`."""
    return f"{plain(share * 100)} %"


def nines(share: float) -> str:
    """An availability with as many digits as it needs: `0.9995` -> `99.95 %`."""
    return f"{share * 100:.4f}".rstrip("0").rstrip(".") + " %"


def factor(value: float) -> str:
    """`3.4` -> `3.4x`."""
    return f"{plain(value)}x"


def money(value: float, currency: str) -> str:
    """An amount in its currency; small amounts keep their significant figures."""
    return f"{plain(value)} {currency}"


def quantity(value: float, unit: str) -> str:
    """Any quantity in a base unit, as a person would write it."""
    if unit == "s":
        return duration(value)
    if unit == "byte":
        return size(value)
    if unit in {"event/s", "byte/s", "token/s"}:
        return rate(value, unit)
    return plain(value) if unit in {"", "1"} else f"{plain(value)} {unit}"


def listed(names: list[str], limit: int = 5) -> str:
    """`a, b and c`; more than `limit` are counted."""
    if len(names) > limit:
        return f"{', '.join(names[:limit])} and {len(names) - limit} more"
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
