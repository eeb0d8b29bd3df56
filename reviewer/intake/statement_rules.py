"""What a quantity in running text says: the words around it, read by rule."""

from __future__ import annotations

import re
from dataclasses import replace

from reviewer.intake.places import Meaning, Place
from reviewer.intake.time_rules import time_meaning

WHOLE = "end to end"
"""Label of a target that speaks of the whole pipeline in so many words."""
_OF_ALL = {"freshness", "latency", "availability"}
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
            return time_meaning(place)
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
