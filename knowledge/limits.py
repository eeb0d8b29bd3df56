"""What a file may cost before it is stopped; light, since each reading process loads it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What one file may cost before it is stopped; sizes in bytes, `text` in characters.

    `seconds` of computing time are given for each 50 pages (or what 50 pages come to), begun ones
    counted. `ratio` is how much an archive may unpack to for each byte of it.
    """

    seconds: float = 2.0
    memory: int = 1_500_000_000
    pages: int = 2_000
    size: int = 200_000_000
    unpacked: int = 300_000_000
    part: int = 60_000_000
    ratio: int = 200
    text: int = 8_000_000
    blocks: int = 100_000
    entries: int = 5_000


PAGES_AT_ONCE = 50


def allowance(limits: Limits, pages: int) -> float:
    """Seconds of computing time that a document of so many pages may take."""
    return limits.seconds * max(1, -(-pages // PAGES_AT_ONCE))
