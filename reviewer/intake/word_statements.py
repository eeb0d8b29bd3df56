"""Statements without a unit: residency, delivery guarantees, real time, schedules, parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from reviewer.domain.design import Quantity, Subject
from reviewer.domain.regions import REGION_CODE, jurisdiction


@dataclass(frozen=True)
class Word:
    """A statement found at `text[start:end]`."""

    start: int
    end: int
    subject: Subject
    target: bool
    label: str = ""
    quantity: Quantity | None = None
    region: str | None = None


_PLACE = (
    r"(?P<place>EU|E\.U\.|EEA|European Union|European Economic Area|Europe|Germany|France|Ireland|"
    r"Netherlands|Sweden|Spain|Italy|Poland|UK|United Kingdom|Switzerland|Canada|US|United States|"
    r"India|Australia|Japan|Singapore|Brazil|Frankfurt|Dublin|London)\b"
)
_STAYS = re.compile(
    r"\b(?:data|records?|profiles?|information|details|histor(?:y|ies)|identifiers?|everything|purchases|"
    r"addresses|emails?|names)\b[^.;]{0,90}?\b(?:stays?|remains?|(?:is|are|be) (?:only )?(?:kept|stored|held|processed|hosted)"
    r"(?: and (?:kept|stored|processed))?|(?:never|not|may not|must not) (?:be )?(?:leaves?|transferred out of|moved out of)|resides?|lives?)\b"
    r"[^.;]{0,50}?\b(?:the )?" + _PLACE,
    re.IGNORECASE,
)
_RESIDENCY = re.compile(
    r"\b(?:data )?residency[^.;|]{0,40}[:|]?[^.;|]{0,40}?\b(?:the )?"
    + _PLACE
    + r"|\b(?P<place2>EU|EEA|UK|US)[- ](?:only (?:residency|hosting|storage|data residency)|data residency)",
    re.IGNORECASE,
)
_RUNS_IN = re.compile(
    r"\b(?:runs?|running|hosted|deployed|located|stored|lives?|sits?|kept|keeps|replicat\w+|served|calls?|endpoint|region|in|copied|copies|"
    r"writes?|sent|sends?|provisioned)\b[^.;]{0,60}$",
    re.IGNORECASE,
)
_ONCE = re.compile(r"\b(exactly|at[- ]least|at[- ]most|effectively)[- ]once\b", re.IGNORECASE)
_NO_LOSS = re.compile(
    r"\b(?:no|zero|without(?: any)?) (?:data |event |message |record )?loss\b|\bno (?:event|record|message|sale|order|scan)s?"
    r" (?:is|are|(?:may|can|must|shall) (?:ever )?be|gets?) (?:ever )?lost\b|\b(?:never|must not|may not) lose (?:an?|any|data|events?)\b",
    re.IGNORECASE,
)
_ACKS = re.compile(
    r"\backs\s*[=:]\s*[\"']?([01]|all|-1)\b|\bfire[- ]and[- ]forget\b", re.IGNORECASE
)
_REAL_TIME = re.compile(r"\b(?:near[- ])?real[- ]time\b", re.IGNORECASE)
_CRON = re.compile(
    r"(?<![\w*/])([\d*/,-]+) ([\d*/,-]+) ([\d*/,-]+) ([\d*/,-]+|[A-Z]{3}) ([\d*/,-]+|[A-Z]{3}(?:-[A-Z]{3})?)(?![\w*/])"
)
_PARAMETER = re.compile(
    r"\b(?P<name>replication[. ]factor|min\.insync\.replicas|partitions?|replicas?|batch size|top[- _]?k|"
    r"chunk size|max(?:imum)?[. _]retries|retries)\b\s*(?:of|is|=|:|to|are|set to)\s*(?P<value>\d{1,6})\b"
    r"|\b(?P<value2>\d{1,4})\s+(?P<name2>partitions|replicas)\b",
    re.IGNORECASE,
)


def cron_interval(minute: str, hour: str, day: str, month: str, weekday: str) -> float | None:
    """Seconds between runs of a cron expression; None where they are not even."""
    if month != "*" or (day != "*" and weekday != "*"):
        return None
    if day != "*":
        return 30 * 86400.0 if day.isdigit() else None
    if weekday != "*":
        return 7 * 86400.0 if weekday.isdigit() or weekday.isalpha() else 86400.0
    every_minute = re.fullmatch(r"\*(?:/(\d+))?", minute)
    if every_minute and hour == "*":
        return 60.0 * int(every_minute.group(1) or 1)
    every_hour = re.fullmatch(r"\*(?:/(\d+))?", hour)
    if every_hour and minute.isdigit():
        return 3600.0 * int(every_hour.group(1) or 1)
    hours = hour.split(",")
    if minute.isdigit() and all(h.isdigit() for h in hours):
        return 86400.0 / len(hours)
    return None


def from_words(text: str) -> Iterator[Word]:
    """Statements that no unit marks, in the order of their rules."""
    yield from _residency(text)
    yield from _guarantees(text)
    for match in _REAL_TIME.finditer(text):
        yield Word(match.start(), match.end(), "real_time", True, match[0].lower())
    for match in _CRON.finditer(text):
        seconds = cron_interval(*match.groups())
        if seconds and match[0].count("*") >= 1:
            quantity = Quantity(value=seconds, unit="s", text=match[0])
            label = "backup" if re.search(r"backup|snapshot", text.lower()) else ""
            yield Word(match.start(), match.end(), "interval", False, label, quantity)
    for match in _PARAMETER.finditer(text):
        name = (match["name"] or match["name2"]).lower()
        name = re.sub(r"[\W_]+", " ", name).strip().removesuffix("s")
        value = match["value"] or match["value2"]
        quantity = Quantity(value=float(value), unit="1", text=match[0])
        yield Word(match.start(), match.end(), "parameter", False, name, quantity)


def _residency(text: str) -> Iterator[Word]:
    promised = False
    for pattern in (_STAYS, _RESIDENCY):
        for match in pattern.finditer(text):
            place = match.groupdict().get("place") or match.groupdict().get("place2")
            if promised or jurisdiction(place) is None or (place or "").islower():
                continue
            promised = True
            # "Germany or elsewhere in the EU" promises no more than the EU.
            wide = re.search(r"\b(?:EU|EEA|European|Europe)\b", text[match.start() :])
            place = "EU" if wide and jurisdiction(place) == "EU" else place
            yield Word(match.start(), match.end(), "residency", True, "", None, place)
    for match in REGION_CODE.finditer(text):
        if (
            _RUNS_IN.search(text[: match.start()])
            or "|" in text
            or re.search(r"region\s*[:=]", text)
        ):
            target = bool(
                re.search(
                    r"\b(?:must|only|all (?:personal )?data)\b", text[: match.start()].lower()
                )
            )
            yield Word(match.start(), match.end(), "residency", target, "", None, match[0])


def _guarantees(text: str) -> Iterator[Word]:
    for match in _ONCE.finditer(text):
        yield Word(
            match.start(),
            match.end(),
            "guarantee",
            True,
            f"{match[1].lower().replace(' ', '-')}-once",
        )
    for match in _NO_LOSS.finditer(text):
        yield Word(match.start(), match.end(), "guarantee", True, "no loss")
    for match in _ACKS.finditer(text):
        value = (match[1] or "0").lower()
        if value in {"0", "1"}:
            yield Word(match.start(), match.end(), "guarantee", False, "may lose")
