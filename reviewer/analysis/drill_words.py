"""What a design says about failure: does it retry, hold records, lose them, fall back?"""

from __future__ import annotations

import re

from reviewer.domain.design import Node

_NEGATED = re.compile(
    r"\b(?:no|not|never|without|cannot|can't|don't|doesn't|won't|isn't|aren't|lacks?|missing|instead of|"
    r"rather than|planned|later|postponed|todo|tbd)\b(?:\W+\w+){0,3}\W*$"
)
_LATER = re.compile(r"^(?:\W+\w+){0,4}\W+(?:later|postponed|planned|phase (?:2|two)|not yet|tbd)\b")
_CLAUSE = re.compile(r"[.;:!?()\n]|,? but ")
_RETRY = re.compile(r"\bre-?tr(?:y|ies|ied|ying)\b|\bre-?sen[dt]s?\b|\btr(?:y|ies) again\b")
_HOLD = re.compile(
    r"\b(?:buffer\w*|queue[sd]?|spool\w*|replay\w*|re-?run\w*|restart\w*|resum\w*|back-?fill\w*|"
    r"catch(?:es)?[- ]up|checkpoint\w*|store[- ]and[- ]forward|wait(?:s|ing)?|kept|keeps?|holds?|held|"
    r"persist\w*|locally|back-?pressure|delayed|retain\w*|outbox|stays?|"
    r"(?:last|same) (?:position|offset|point))\b"
)
_LOSE = re.compile(r"\b(?:los[et]\w*|drop(?:s|ped)?|discard\w*|skip\w*|ignored?|best[- ]effort)\b")
_QUARANTINE = re.compile(
    r"\b(?:quarantin\w*|dead[- ]?letter\w*|dlqs?|park(?:ed|s|ing)?|set aside|side output|"
    r"reject(?:ed|s)? (?:file|queue|table|topic)s?|error (?:queue|table|topic)s?|holding area)\b"
)
_FALLBACK = re.compile(
    r"\b(?:fall(?:s|ing)?[- ]?back\w*|cached|last[- ]known|last good|default \w+|template\w*|"
    r"rule[- ]based|stale|degrad\w*|second (?:model|vendor|provider)|smaller model)\b"
)
_FAILOVER = re.compile(
    r"\b(?:fail(?:s|ed|ing)?[- ]?over|standby|hot spare|active[-/ ]active|multi[- ](?:region|az)|"
    r"(?:second|secondary|other) region)\b"
)
_NEAR = re.compile(r"\b(?:zones?|azs?|multi[- ]az|replicas?|brokers?|instances?|nodes?)\b")
_FAR = re.compile(
    r"\b(?:regions?|multi[- ]region|[a-z]{2}-[a-z]+-\d|sites?|data cent(?:re|er)s?)\b"
)
_COUNT = re.compile(
    r"\b(\d+|once|twice|one|two|three|four|five|six|ten)\b(?:\s+(?:more\s+)?(?:times?|retr\w+|attempts?|tries))?"
)
_NUMBERS = {"once": 1, "one": 1, "twice": 2, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_TIME = re.compile(r"\b\d+(?:\.\d+)?\s*(?:ms|s|secs?|seconds?|min|mins|minutes?|h|hours?)\b")
_BROKER = re.compile(
    r"\b(?:kafka|kinesis|pub/?sub|event ?hubs?|rabbitmq|sqs|pulsar|redpanda|nats|mqtt|service bus|"
    r"message queue|outbox|cdc|change data capture|debezium)\b"
)
DEFAULT_RETRIES = 3


def _said(text: str | None, pattern: re.Pattern[str]) -> re.Match[str] | None:
    """The first place where the pattern stands in an affirmed clause."""
    lowered = (text or "").lower()
    for match in pattern.finditer(lowered):
        before = _CLAUSE.split(lowered[: match.start()])[-1]
        after = _CLAUSE.split(lowered[match.end() :])[0]
        if not _NEGATED.search(before) and not _LATER.search(after):
            return match
    return None


def retries(text: str | None) -> int | None:
    """How often a failed call is repeated; the usual three where no number is given."""
    match = _said(text, _RETRY)
    if match is None:
        return None
    lowered = (text or "").lower()
    near = lowered[max(0, match.start() - 12) : match.start()] + " " + lowered[match.end() :][:40]
    for count in _COUNT.finditer(_TIME.sub(" ", _CLAUSE.split(near)[0])):
        word = count.group(1)
        number = int(word) if word.isdigit() else _NUMBERS.get(word, DEFAULT_RETRIES)
        if 0 < number <= 20:
            return number
    return DEFAULT_RETRIES


def holds(text: str | None) -> bool:
    """True where records wait for the system to come back."""
    return _said(text, _HOLD) is not None


def loses(text: str | None) -> bool:
    """True where the design says that records are lost, and not that they are kept."""
    return _said(text, _LOSE) is not None and not holds(text)


def quarantines(text: str | None) -> bool:
    """True where records that fail are set aside and can be played again."""
    return _said(text, _QUARANTINE) is not None


def failover(text: str | None, *, region: bool = False) -> str | None:
    """The stated time of a failover as written, `""` where one is promised without a time.

    When a whole `region` is away, a replica in another zone of it is away too.
    """
    match = _said(text, _FAILOVER)
    lowered = (text or "").lower()
    if match is None or (region and _NEAR.search(lowered) and not _FAR.search(lowered)):
        return None
    time = _TIME.search((text or "").lower()[match.start() :])
    return time.group(0) if time else ""


def fallback_of(node: Node) -> str | None:
    """What answers instead of the node, in the design's words."""
    stated = [node.fallback, node.model.fallback if node.model else None]
    for text in stated:
        if text and not re.match(r"\s*(?:no|none|not|-|n/?a)\b", text.lower()):
            return text
    return node.failure if _said(node.failure, _FALLBACK) else None


def is_broker(node: Node) -> bool:
    """True for technologies that keep what was sent until it was read."""
    text = f"{node.technology or ''} {node.legacy.interface or '' if node.legacy else ''}"
    return _BROKER.search(text.lower()) is not None
