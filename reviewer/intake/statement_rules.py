"""What a quantity in running text says: the words around it, read by rule."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from reviewer.domain.design import Comparison, Subject

WHOLE = "end to end"
"""Label of a target that speaks of the whole pipeline in so many words."""
_OF_ALL = {"freshness", "latency", "availability"}


@dataclass(frozen=True)
class Place:
    """A quantity where it stands: lower-case words of its clause, and on either side of it."""

    clause: str
    before: str
    after: str
    value: float
    unit: str
    dimension: str
    sentence: str = ""

    def near(self, pattern: str) -> bool:
        """Whether the pattern occurs in the clause."""
        return re.search(pattern, self.clause) is not None


@dataclass(frozen=True)
class Meaning:
    """What a quantity states."""

    subject: Subject
    target: bool = True
    comparison: Comparison = "at_most"
    label: str = ""
    percentile: float | None = None


_BOUND = (
    r"\b(?:at most|at worst|within|below|under|no (?:more|older|longer|later) than|not (?:be )?(?:older|more|"
    r"exceed|longer)|less than|up to|max(?:imum|\.)?|never (?:be )?(?:older|more|exceed\w*|longer)|ceiling|"
    r"inside|in less|fewer than|budget|cap(?:ped)?)\b|[<≤]"
)
_WANT = (
    r"\b(?:must|shall|should|targets?|goal|promis\w+|objectives?|slo|sla|requirements?|required?|guarantee\w*|"
    r"needs? to|has to|have to|expect\w*|aims?|commit\w*|contract|budget|may|ought|want\w*|agreed)\b"
)
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
    return place.near(_WANT) or re.search(_BOUND + r".{0,12}$", place.before[-40:]) is not None


def _is_loss(place: Place) -> bool:
    """Whether the quantity is how much may be lost: it stands right beside the word."""
    if place.dimension == "interval":
        return False
    if place.near(_RPO) or re.search(_LOST, place.after):
        return True
    bound = place.near(_BOUND) or place.near(_WANT)
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


def _time(place: Place) -> Meaning | None:
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


_EACH = r"\s*(?:each\b|(?:per|an?|for each) (?:event|record|message|row|request)\b|events?\b|records?\b)"


def _data(place: Place) -> Meaning | None:
    if place.near(r"\b(?:heap|xmx|memory|ram)\b"):
        label = "heap" if place.near(r"\b(?:heap|xmx)\b") else "memory"
        return Meaning("memory", target=False, comparison="equal", label=label)
    if re.match(_EACH, place.after):
        return Meaning("other", target=False, comparison="equal", label="record size")
    if place.near(
        r"\b(?:per (?:event|record|message|row|request)|each (?:event|record|message)|a (?:record|message|event) is)\b"
    ):
        return None
    # What a store holds is not what it can hold.
    if place.near(
        r"\b(?:disks?|volumes?|ssd|provisioned|storage|nvme|has room for|capacity|persistent|quota)\b"
    ) and not place.near(
        r"\b(?:per day|a day|grows?|holds? about|contains?|amounts? to|dataset|of data|generate\w*|produce\w*|uses?|needs?|fills?|adds?)\b"
    ):
        return Meaning("storage", target=False, comparison="equal")
    return None


_CAPABLE = (
    r"\b(?:capacity|sized (?:for|to)|sustain\w*|handles?|can (?:take|process|absorb|handle|serve)|absorbs?|"
    r"copes? with|tested (?:to|at|up to)|throughput of|maximum throughput|tops? out|saturat\w*|"
    r"process(?:es)? at most|dimensioned for|provisioned for|per (?:instance|worker|pod|partition|replica|shard|node))\b"
)
_LIMITED = r"\b(?:limit\w*|quotas?|allows?|rate[- ]limit\w*|capped|throttl\w*|permits?|contract gives|ceiling|tier)\b"


_RUSH = r"\b(?:peaks?|spikes?|burst\w*|rush|black friday|busiest|maximum|sale days?|high season|christmas)\b"


_OF_LIMIT = r"\s*(?:out )?(?:of|against|under|below) (?:a|the|its|our|their)?\s*(?:contract\w* )?(?:quota|limit|ceiling)"
_SCALED = (
    r"\b(?:ten|five|two|three|four|twenty|\d+) ?(?:times|x|fold)\b|\b(?:ten|five|two|three)fold\b|\btwice\b|"
    r"\bdoubl\w*|\btarget\b|\bnext year\b|\bby 20\d\d\b|\bin \w+ years?\b|\bforecast\w* for\b|\btest\w*\b|\breplay\w*"
)


def _rate(place: Place) -> Meaning | None:
    if re.match(_OF_LIMIT, place.after):
        return Meaning("rate", target=False, comparison="equal", label="used")
    if place.near(_LIMITED):
        return Meaning("limit", target=False, comparison="at_most")
    if re.match(r"\s+of \d", place.after):
        return Meaning("rate", target=False, comparison="equal")
    if place.near(_CAPABLE) and not place.near(
        r"\b(?:must|has to|have to|needs? to|shall|should)\b"
    ):
        each = (
            "each"
            if place.near(
                r"\b(?:per|each|every|one) (?:instance|worker|pod|partition|replica|shard|node)\b"
            )
            else ""
        )
        return Meaning("capacity", target=False, comparison="equal", label=each)
    if re.search(_SCALED, place.clause) and not place.near(r"\bpeaks?\b|\btoday\b"):
        return Meaning("rate", target=False, comparison="equal", label="scaled")
    usual = r"\b(?:average|normal|usual\w*|typical\w*)\b"
    beside = f"{' '.join(place.before.split()[-4:])} {' '.join(place.after.split()[:3])}"
    is_usual = re.search(usual, beside) and not re.search(_RUSH, beside)
    rush = place.near(_RUSH) or (
        re.search(_RUSH, place.sentence) and not re.search(usual, place.sentence)
    )
    if rush and not is_usual:
        return Meaning("rate", target=False, comparison="equal", label="peak")
    if place.near(
        r"\b(?:average|emit\w*|produc\w*|arriv\w*|receiv\w*|generat\w*|sends?|sent|ingest\w*|rate|volume|normal|typical\w*|daily|flow\w*|deliver\w*|see[s]?|get[s]?|create[s]?|writes?|publish\w*|makes?|ask\w*)\b"
    ):
        return Meaning("rate", target=False, comparison="equal")
    return None


def _tokens(place: Place) -> Meaning | None:
    if place.near(r"\b(?:together with|altogether|in total|in all|in sum|prompt and answer)\b"):
        return None
    if place.dimension == "token_rate":
        if place.near(_LIMITED):
            return Meaning("limit", target=False, label="tokens")
        return Meaning("rate", target=False, comparison="equal", label="tokens")
    if place.near(
        r"\bcontext (?:window|length|limit|size)\b|\bwindow of\b|\b(?:accepts?|takes?|reads?|fits?) at most\b|\btoken window\b|\bmaximum context\b"
    ):
        return Meaning("context_window", target=False, comparison="equal")
    if place.near(r"\b(?:max_tokens|max new|completion|output|answer|reply|generat\w*)\b"):
        return Meaning("tokens", target=False, comparison="equal", label="out")
    if place.near(
        r"\b(?:prompts?|requests?|input|context|packs?|sends?|fills?|assembl\w*|contains?)\b"
    ):
        return Meaning("tokens", target=False, comparison="equal", label="in")
    return None


_LOAD = (
    r"\b(?:grow\w*|load|volume|traffic|data|scale[sd]?|today.?s|orders|throughput|rate|more|headroom|"
    r"increase)\b"
)
_BEARS = (
    r"\b(?:sized|handles?|absorb\w*|copes?|takes?|sustain\w*|carr(?:y|ies)|holds?|growth|headroom|"
    r"designed|without|room|scales?|survives?|accommodat\w*|support\w*|stands?|ready for)\b"
)


def _factor(place: Place) -> Meaning | None:
    if re.match(r"\s+(?:(?:our|the|its|that|this|today.?s) )?(?:highest )?peak", place.after):
        return None  # ten times the peak: room, not a peak
    many = re.match(r"\s+(?:the |our |its )?(?:average|usual|normal)\b", place.after)
    if many or place.near(_RUSH) or place.near(r"\bsingles.? day\b"):
        return Meaning("rate", target=False, comparison="equal", label="peak factor")
    if place.value >= 1.5 and place.near(_LOAD) and place.near(_BEARS):
        return Meaning("growth", comparison="at_least")
    return None


_TAKES_OVER = (
    r"\bfall(?:s|ing)?[ -]?back|\bif (?:it|that|one) (?:fails|is down)|\bstandby\b|\bredundan|"
    r"\bsecond (?:provider|vendor)|\bstatic list\b|\bcached\b"
)


_OF_GOODS = (
    r"\b(?:on[- ]?(?:the[- ])?shelf|shelf|stock|in[- ]stock|products?|items?|articles?|sizes?|goods|sku|staff|"
    r"assortment|merchandise)[- ]availab|\bavailab\w* (?:on (?:the )?shel|in (?:the )?(?:stores?|shops?)\b|"
    r"of (?:the |its |our )?(?:goods|articles|items|products|sizes|stock|staff|bread|merchandise)\b)"
)


def _share(place: Place) -> Meaning | None:
    if place.near(_OF_GOODS):
        return None  # whether the goods are there, not the service
    if re.search(_TAKES_OVER, place.sentence):
        return None  # what has a stand-in is not in series
    uptime = r"\b(?:availab\w*|uptime|up\b|sla\b|slo\b|reachable|in service|service level)"
    if (
        not 0.9 <= place.value < 1
        or not place.near(uptime)
        or place.near(
            r"\b(?:requests|cases|records|rows|recall|precision|accuracy|calls) (?:are|in|must|answered|within)\b"
        )
    ):
        return None
    part = place.near(
        r"\b(?:vendor|provider|supplier|its (?:sla|published|own)|publish\w*|states?|stated|offers?|guarantees?|quotes?|comes? with|"
        r"rated|measured|contract\w*|only|each|reaches|component|is available|historical\w*|delivers?|single)\b"
    )
    whole = place.near(
        r"\b(?:promis\w*|target\w*|must|shall|objective|goal|end[- ]to[- ]end|overall|as a whole|we commit|whole|business|our (?:slo|sla))\b"
    )
    return Meaning(
        "availability",
        target=whole or not part,
        comparison="at_least" if whole or not part else "equal",
    )


def _money(place: Place) -> Meaning | None:
    if place.near(
        r"\b(?:budget|at most|no more than|ceiling|cap|must not exceed|below|under|limit)\b"
    ):
        return Meaning("cost")
    return None


def meaning(place: Place) -> Meaning | None:
    """What the quantity states, or None where the words around it do not say."""
    found = _meaning(place)
    whole = re.search(r"\b(?:end[- ]to[- ]end|overall|whole pipeline|as a whole)\b", place.sentence)
    if found is not None and found.target and found.subject in _OF_ALL and whole:
        return replace(found, label=WHOLE)
    return found


def _meaning(place: Place) -> Meaning | None:
    match place.dimension:
        case "time" | "interval":
            return _time(place)
        case "data":
            return _data(place)
        case "event_rate" | "data_rate" | "rate":
            return _rate(place)
        case "tokens" | "token_rate":
            return _tokens(place)
        case "factor":
            return _factor(place)
        case "share":
            return _share(place)
        case "money_per_time":
            return _money(place)
    return None
