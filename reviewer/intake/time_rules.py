"""What a time in running text says: an age, a response, how long to keep, a schedule, a recovery."""

from __future__ import annotations

import re

from reviewer.intake.places import BOUND, WANT, Meaning, Place

_FRESH = (
    r"\b(?:old|older|stale|staleness|fresh|fresher|freshness|up[- ]to[- ]date|out of date|age|lags?|behind|"
    r"data age|recency|late)\b|\b(?:reflect\w*|visible|show\w*|show up|appear\w*|updat\w+|available|reach\w*|arriv\w*|searchable|"
    r"propagat\w*|known|usable|picked up|land\w*|see[sn]?|synced|in the (?:index|store|prompt|model))\b.{0,80}"
    r"\b(?:within|inside|under|in less than|in at most|no later than)\b|\bwithin\b.{0,30}\b(?:of|after) "
    r"(?:the |a |an |its |any |each |every )?(?:sale|change|event|scan|purchase|order|update|delivery|booking|"
    r"click|return|receipt|movement|being|it)"
)
_LATENCY = (
    r"\b(?:latency|latencies|respon[ds]\w*|answer\w*|round[- ]trip|reply|replies|repl(?:y|ies)|p50|p90|p95|p99|median|"
    r"percentile|milliseconds?|quote\w*|render\w*|suggest\w*|processing time|wait\w*|return\w*|first token|serve[sd]?|"
    r"load(?:s)? in|time budget|total budget|overall budget|budget (?:is|of)|end[- ]to[- ]end time)\b"
)
_KEEP = (
    r"\b(?:kept|keeps?|keeping|retain\w*|retention|stored? for|stays? for|delet\w+ after|expir\w*|purg\w*|ttl|"
    r"held for|holds?|replayable for|history of|look[- ]?back|archiv\w*|remembers?)\b"
)
_RUN = (
    r"\b(?:jobs?|runs?|running|batch\w*|export\w*|extract\w*|loads?|loaded|sync\w*|schedul\w*|refresh\w*|etl|elt|"
    r"dump\w*|pulls?|pulled|poll\w*|ingest\w*|retrain\w*|re-?build\w*|rebuilt|re-?index\w*|dag|imports?|"
    r"imported|upload\w*|transfer\w*|cron|deliver\w*|arriv\w*|comput\w*|calculat\w*|aggregat\w*|transform\w*|"
    r"spark|airflow|dbt|cop(?:y|ies|ied)|sends?|sent|collect\w*|drops?|dropped|ships?|shipped|writes?|written|"
    r"files?|feed|publish\w*|push\w*|re-?embed\w*|crawl\w*|fetch\w*|replicat\w*|merge[sd]?|recomput\w*|"
    r"regenerat\w*|updates?|updated|moved|hands? over|picks? up|wakes? up|starts?|started|launched|executed|invoked|repeated|fires?|triggered|reads?)\b"
)
_MEASURED = (
    r"(?:revenue|sales|turnover|summar\w+|totals?|kpis?|figures?|demand|averages?|volumes?|records|values|"
    r"changes|active|users|orders|visitors|statistics|trends?|budget|meeting|review|granularity|grain|level)\b"
)
_RUN_NOUN = r"\b(?:jobs?|exports?|extracts?|batch\w*|runs?|loads?|files?|dumps?|feeds?|syncs?|imports?|dag)\b"
_NO_RUN = (
    r"\b(?:report|review|meeting|retro\w*|active users?|standup|newsletter|sales of|stakeholder|audit|"
    r"dashboard|drill|restore test|test|tested|rotat\w*|checkpoint\w*|reconcil\w*|fine-?tun\w*|train(?:ed|ing|s)?|re-?train\w*|software|alert\w*|checks?|monitor\w*|health|heartbeat|"
    r"compar\w*|agrees?|controls|rehears\w*|practis\w*|compact\w*|vacuum\w*|clean(?:ed)?[- ]up|known answers)\b"
)
_BACKUP = r"\b(?:backup|backups|back(?:ed)? up|snapshot\w*|disaster[- ]recovery copy|dumped to (?:cold|offsite))\b"
_RPO = r"\brpo\b|recovery point"
_LOSES = (
    r"\b(?:los(?:e|es|ing|s|ses)|gone)\b(?! (?:their|its|his|our|the|a|an) "
    r"(?:line|link|connection|network|power|contact|signal|customer|sale|money|race)\b)[^;]{0,45}$"
)
_LOST = r"^\s*(?:of \w+(?: \w+)? )?(?:(?:is|are|may|can|must|be|at most|at worst|ever) )*(?:lost|loss)\b"
_RTO = r"\brto\b|recovery time"
_BACK = (
    r"(?:(?<!go )(?<!goes )(?<!going )(?<!gone )(?<!roll )(?<!rolled )(?<!look )\bback|\bup again|"
    r"\brestored|\brecover\w*|\bresume\w*|\bfail(?:s|ed)? ?over|\brunning again|\bin service again)\b"
    r".{0,40}\b(?:within|in under|in less than|inside)\s*(?:about )?$"
)
_RESTORE = r"\b(?:restor\w+|failover|fail-over|rebuild\w*|recover\w*|bringing .{0,30} back)\b.{0,60}\b(?:takes?|needs?|lasts?|requires?)\b"


def percentile(clause: str) -> float | None:
    """`p99` -> 0.99, `the 95th percentile` -> 0.95, `median` -> 0.5."""
    found = re.search(
        r"\bp(?:ercentile )?(50|75|90|95|98|99|999|99\.9)\b|\b(\d{2})th percentile", clause
    )
    if found:
        digits = found.group(1) or found.group(2)
        return 0.999 if digits in {"999", "99.9"} else float(digits) / 100
    share = re.search(
        r"\b(\d{2}(?:\.\d)?) ?(?:%|percent) of (?:all )?(?:[a-z-]+ ){0,2}?"
        r"(?:requests|calls|questions|cases|answers|replies|responses|queries|lookups)\b",
        clause,
    )
    if share:
        return float(share.group(1)) / 100
    return (
        0.5 if re.search(r"\b(?:median|average|mean|typical(?:ly)?|on average)\b", clause) else None
    )


def _is_target(place: Place) -> bool:
    return place.near(WANT) or re.search(BOUND + r".{0,12}$", place.before[-40:]) is not None


def _is_loss(place: Place) -> bool:
    """Whether the quantity is how much may be lost: it stands right beside the word."""
    if place.dimension == "interval":
        return False
    if place.near(_RPO) or re.search(_LOST, place.after):
        return True
    bound = place.near(BOUND) or place.near(WANT)
    return bound and re.search(_LOSES, place.before) is not None


def _recovery(place: Place) -> Meaning | None:
    if _is_loss(place) and not place.near(r"\bkeeps? losing"):
        return Meaning("recovery_point")
    if place.near(_RESTORE) and not place.near(r"\brto\b"):
        return Meaning("recovery_time", target=False, comparison="equal")
    back = place.near(_RTO) or re.search(_BACK, place.before)
    return Meaning("recovery_time") if back else None


_LONGEST_ANSWER = 86400.0  # seconds; what takes a day is work of people


def _latency(place: Place, rank: float | None) -> Meaning | None:
    took = re.search(
        r"\b(?:takes?|needs?|spends?|costs?|adds?|uses?|lasts|accounts? for|contributes?|consumes?)\b.{0,40}$",
        place.before,
    )
    for_it = re.search(r"^\s*(?:go(?:es)? to|for the|for|are spent|is spent)\b", place.after)
    if (
        took
        and place.value < 3600
        and not re.search(
            r"\b(?:must|may|shall|should|can) (?:not )?(?:take|use|spend|need)", place.before
        )
    ):
        return Meaning("latency", target=False, comparison="equal", percentile=rank)
    if place.near(_LATENCY) or rank is not None:
        if place.value >= _LONGEST_ANSWER:
            return None
        if _is_target(place) and not for_it:
            return Meaning("latency", percentile=rank)
        return Meaning("latency", target=False, comparison="equal", percentile=rank)
    return None


_OLDEST_DATA = 31 * 86400.0  # seconds; no application is promised data that is older
_DEADLINE = (
    r"\b(?:within|in|in under|in less than|no later than)\s+$"  # a date, not how long to keep
)
_ERASURE = r"\b(?:(?:erasure|deletion|withdraw\w*|access) (?:request|of consent)|on request|erased?|right to be)\b"
_LOADED = r"\bhistory of\b.{0,40}\b(?:loaded|imported|read|migrated|trained|copied|backfilled)\b"
_TRIGGER = r"\b(?:at|when|once|if|above|over|past) (?:a |an |the |its )?lags? (?:of|is|passes|exceeds|reaches)?\s*$"


_OLDER = r"\b(?:older|staler|longer ago) than\s*(?:about )?$"
_NONE_IS = r"\b(?:no|not|never|nothing|none|neither|nor|cannot|without)\b|n't\b"
_WANTED = r"\b(?:must|may|shall|should|promise\w*|target\w*)\b"
_FAULT = r"\b(?:breach\w*|violat\w*|incident|unacceptable|too (?:old|late)|not allowed|forbidden)\b"
_UNANSWERED = (
    r"(?<!must )(?<!may )(?<!shall )(?<!should )\b(?:not|n't|fails? to)\s+(?:\w+ to |yet |been )?"
    r"(?:answer|respond|repl(?:y|ie)|arriv|come|return|finish|acknowledg|deliver|confirm)\w*\b[^.;]{0,30}$"
)
_COUNTED = r"(?<![\d.%])\b\d[\d,.]*(?: million| thousand)? (?!percent|of )(?:[a-z-]+ ){1,3}in\s*$"
_LASTS = r"\bfor (?:about |some |up to |at least |another |over |nearly |almost )?$"
_TESTED = (
    r"(?:\b(?:a|per|each|every|one) (?:second|minute|hour)|/s|/min|\bpeak|\bload)\s*,?\s*"
    r"(?:is |are |was |were )?(?:held |kept |sustained |lasts |lasting )?for (?:about |at least )?$"
)


def _is_no_statement(place: Place) -> bool:
    """Whether the time is a condition, a window for late events or the span of a test.

    `If it is older than 20 minutes`, `does not answer within 5 s`: what happens then, not what is promised.
    """
    near = " ".join(place.before.split()[-9:]) + " "
    if re.search(_OLDER, place.before) and not re.search(_NONE_IS, near):
        return not re.search(_FAULT, place.sentence)
    if re.search(_UNANSWERED, place.before) or re.match(r"\s+back\b", place.after):
        return True
    if re.search(r"\bup to\s*$", place.before) and re.match(r"\s+late\b", place.after):
        return not re.search(_WANTED, near)  # how late an event may come and still counts
    in_one = place.unit == "s" and place.value in {1.0, 60.0, 3600.0, 86400.0}
    if in_one and re.search(_COUNTED, place.before):
        return True  # 31 records in one second: a rate
    return re.search(_TESTED, place.before) is not None


def _is_kept(place: Place) -> bool:
    """Whether the time is how long something is kept."""
    return (
        place.near(_KEEP)
        and place.value >= 3600
        and not place.near(r"\b(?:old|older|stale|fresh\w*)\b")
        and not re.search(_DEADLINE, place.before)
        and not place.near(f"{_ERASURE}|{_LOADED}")
    )


def _is_age(place: Place) -> bool:
    """Whether the time bounds the age of data, rather than a response of milliseconds."""
    if not place.near(_FRESH):
        return False
    if not _is_target(place) and not re.search(r"\bold\b", place.after[:8]):
        return False
    hard_latency = (
        place.near(r"\b(?:latency|respon[ds]\w*|p99|p95|answers?)\b") and place.value < 30
    )
    return not hard_latency or place.near(r"\b(?:old|older|stale|staleness|fresh\w*)\b")


def time_meaning(place: Place) -> Meaning | None:
    """What a time or an interval states, or None where the words around it do not say."""
    if place.dimension == "time" and _is_no_statement(place):
        return None
    rank = percentile(place.clause)
    recovery = _recovery(place)
    if recovery:
        return recovery
    if place.near(_BACKUP) and place.dimension == "interval":
        return Meaning("interval", target=False, comparison="equal", label="backup")
    if place.dimension == "interval":
        return _schedule(place)
    if _is_kept(place):
        return Meaning("retention", target=False, comparison="equal")
    if re.search(r"\breflect\w* (?:at least )?the (?:last|latest|most recent)\s*$", place.before):
        return Meaning("freshness", percentile=rank)
    if place.value > _OLDEST_DATA or re.search(f"{_TRIGGER}|{_LASTS}", place.before):
        return None  # the age of a system, the lag at which something is done, how long it lasts
    if _is_age(place):
        return Meaning("freshness", percentile=rank)
    return None if place.near(_BACKUP) else _latency(place, rank)


def _schedule(place: Place) -> Meaning | None:
    close = f"{' '.join(place.before.split()[-9:])} {' '.join(place.after.split()[:7])}"
    if not re.search(_RUN, close) or re.search(_NO_RUN, close):
        return None
    if re.search(r"\b(?:at least|at most|no more than)\s*$", place.before):
        return None
    measured = re.match(rf"\s+(?:[\w-]+\s+){{0,2}}?{_MEASURED}", place.after)
    if measured and not re.search(_RUN_NOUN, " ".join(place.after.split()[:5])):
        return None  # monthly revenue: how figures are summed, not when a job runs
    return Meaning("interval", target=False, comparison="equal")
