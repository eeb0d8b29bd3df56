"""Whether a text asserts something of the chosen design, or speaks of history, options and plans."""

from __future__ import annotations

import re

_IDIOMS = re.compile(
    r"\b(?:no|not|never|n't) (?:be )?(?:more|older|longer|later|slower|less|fewer|exceed\w*|larger|go\w*)\b"
    r"|\bnever (?:leaves?|older|more|exceeds?|stale|lose|loses)\b|\bno (?:event|record|message|data|order)s? "
    r"(?:is|are|may be|must be|loss|gets?)\b|\b(?:must|may|shall|does|do|can|will) not (?:exceed|leave|lose|be older|be lost)\b"
    r"|\bwithout (?:redesign|loss|re-?architect\w*|change|changes|downtime|losing)\b|\bnot (?:just|only)\b"
    r"|\bzero (?:data )?loss\b|\bnone of\b|\bno redesign\b|\bnot (?:allowed to )?leave\b"
)
_NEGATED = re.compile(
    r"\b(?:not|no|never|nor|neither|without|instead of|rather than|cannot|than)\b|n't\b"
)
_ELSEWHERE = re.compile(
    r"\b(?:reject\w*|considered|unlike|compared (?:to|with)|in contrast|alternativ\w*|option [a-d1-4]\b"
    r"|(?:in|on) (?:dev|staging|test|local\w*)|(?:development|staging|test) (?:environment|cluster)|would|could|might|if we|were to|discarded|ruled out|dismissed|not chosen|versus|vs\b|decided against"
    r"|competitors? (?:use|offer|publish|update)|instead of|rather than|"
    r"e\.g\.|for example|for instance|synthetic|imagine|suppose|hypothetical\w*"
    r"|stud(?:y|ies)|et al|according to|literature|research (?:shows|suggests)|benchmarks? (?:of|by)|survey)"
)
_PAST = re.compile(
    r"\b(?:used to|previously|formerly|in the past|until now|until recently|so far|originally|historically"
    r"|at present|at the moment|the (?:old|former|previous|existing|current|present) (?:system|job|process|"
    r"pipeline|solution|set-?up|platform|batch|feed|warehouse|report|approach|way)|old (?:system|job|process|pipeline|batch)"
    r"|(?<!are )(?<!is )(?<!be )(?<!being )(?:answered|responded|replied|scored|delivered|returned) (?:\w+ ){0,3}(?:in|within|after|every)|(?:our|a|the) trial"
    r"|(?:was|were|had|took|ran|came|waited|lagged|missed) (?:\w+ ){0,4}(?:every|nightly|daily|weekly|hourly|once|up to|about"
    r"|within|a|an|the|old|\d)|last (?:year|christmas|season|winter|summer|black friday)|before (?:this|the) (?:project|redesign|migration)"
    r"|replac(?:es|ed|ing) (?:the|a|an|our|its)|we (?:started|began) with|pilot|prototype|proof of concept)\b"
)
_FUTURE = re.compile(
    r"\b(?:phase (?:2|two|3|three|ii)|later phases?|in (?:the|a) (?:near )?future|future (?:work|version|extension)|"
    r"roadmap|eventually|someday|postponed|next (?:year|quarter|release)|out of scope|version 2|v2|may later|later on"
    r"|plan(?:ned)? to|we will look|not yet|once we|as a next step|long[- ]term (?:goal|vision|plan))\b"
)
_ASIDE_SECTION = re.compile(
    r"alternativ|compar|reject|considered|trade-?offs?\b|options?\b|background|history|today|current|as-is|"
    r"status quo|problem|motivation|future|roadmap|next steps|phase (?:2|two|ii)|out of scope|related work|"
    r"literature|research|references|bibliography|glossary|appendix|lessons|impact|why |risk|challenge",
    re.IGNORECASE,
)


def is_aside(*titles: str) -> bool:
    """Whether a section under these headings speaks of something else than what is built."""
    return any(_ASIDE_SECTION.search(title) for title in titles)


def is_asserted(clause: str, sentence: str) -> bool:
    """Whether a clause says something of the chosen design; in doubt it does not."""
    low, whole = clause.lower(), sentence.lower()
    if whole.rstrip().endswith("?"):
        return False
    if _ELSEWHERE.search(low) or _FUTURE.search(whole) or _PAST.search(low):
        return False
    if re.search(
        r"\b(?:reject\w*|ruled out|decided against|dismissed|option [a-d1-4]\b|discarded)", whole
    ):
        return False
    return not _PAST.search(whole) or not re.search(r"\b(?:was|were|had|used to|took|ran)\b", whole)


def is_negated(before: str) -> bool:
    """Whether the words just before a statement deny it: `not a nightly job`, `no daily batch`."""
    near = " ".join(_IDIOMS.sub(" ", before.lower()).split()[-4:])
    return bool(_NEGATED.search(near))
