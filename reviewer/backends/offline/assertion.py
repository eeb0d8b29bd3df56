"""Assertion: is what a sentence mentions affirmed, denied, put off, or only talked about?

A word proves nothing by itself: "encryption was postponed to phase 2" is not encryption, "we will
look at it when needed" is not a plan, and an option that was turned down is not a decision.
"""

from __future__ import annotations

import re
from enum import StrEnum

from reviewer.domain.design import Section


class Assertion(StrEnum):
    """How a statement stands to the design that is being handed in."""

    AFFIRMED = "affirmed"
    DENIED = "denied"
    POSTPONED = "postponed"
    ASIDE = "aside"  # a question, an option not taken, the old system, a definition


_NEGATOR = (
    r"(?:no|not|never|without|neither|nor|none of|lacks?|lacking|missing|omits?|omitted|skip(?:s|ped)?|"
    r"cannot|can't|don't|doesn't|didn't|won't|isn't|aren't|wasn't|haven't|hasn't|do not|does not|"
    r"instead of|rather than|absence of|nothing|nobody|no one|unlike|ignor(?:e|es|ed|ing)|"
    r"hardly|forg(?:et|ets|ot|otten) to)"
)
# "nothing leaves without redaction", "we never skip the load test": two denials affirm
_DENIES_A_LACK = re.compile(
    r"\b(?:no|not|never|nothing|nobody|no one|none of|cannot|can't|don't|doesn't|didn't|won't|isn't|"
    r"aren't|may not|must not)\b[^.;:!?,]*\b(?:without|lack\w*|missing|omit\w*|skip\w*|"
    r"ignor\w*)\b[^.;:!?,]*$",
    re.IGNORECASE,
)
_DENIED_LACK_AFTER = re.compile(
    r"^[^.;:!?,]{0,30}?(?:\b(?:not|never|cannot)\b|n't\b)[^.;:!?,]{0,12}\b"
    r"(?:skipped|omitted|ignored|dropped|disabled|switched off|turned off|left out|missing)\b",
    re.IGNORECASE,
)
_DENIED_AFTER = re.compile(
    r"^(?:[^.;:!?]{0,45}?\b(?:(?:is|are|was|were|be|been|has|have|do|does|will|would|can|could)\s+"
    r"(?:not|never)\b|(?:isn't|aren't|wasn't|weren't|won't|cannot|can't|doesn't|don't)\b|"
    r"(?:is|are|was|were|been|gets?|got)\s+(?:\w+ly\s+)?(?:skipped|omitted|ignored|dropped|disabled|"
    r"switched off|turned off|left out|left open|missing|absent|unnecessary|overkill|none|undefined|unknown)\b|"
    r"(?:is|are|was|were|seems?)\s+(?:far |much |simply )?too (?:complex|complicated|expensive|costly|slow|"
    r"heavy|early|much)\b)|"
    # a field or the cell of a row: "encrypted: false", "| encryption at rest | no |"
    r"[\w /()-]{0,20}?\s*[=:|]\s*(?:none|no|false|off|disabled|n/?a|-+)\s*(?:$|[|,;.])|"
    r"\s+(?:none|no|false|off|disabled|n/a)\.?\s*$)",
    re.IGNORECASE,
)
_NEGATED_BEFORE = re.compile(rf"\b{_NEGATOR}\b(?P<gap>[^.;:!?]*)$", re.IGNORECASE)
# "rows without a key are quarantined": the lack ends where the verb begins
_LACK = re.compile(r"without|missing|lack\w*|ignor\w+|unlike", re.IGNORECASE)
_VERB = re.compile(r"\b(?:is|are|was|were|be|gets?|goes|go|will|must|can)\b", re.IGNORECASE)
_CLAUSE_END = re.compile(r"[,;:]|\b(?:but|and|so|because|while|although|since|which|that|then)\b")
_NOT_A_DENIAL = re.compile(
    r"\b(?:not only|no longer|no more than|not more than|no later than|no less than|not just|nothing but|"
    r"no exception|not merely|no matter|never exceeds?|not limited to)\b",
    re.IGNORECASE,
)
_POSTPONED = re.compile(
    r"\b(?:postpon\w+|defer(?:red|s)?|later (?:phase|stage|release|version|on)\b|(?:at|until) a later|"
    r"phase (?:2|3|two|three|ii|iii)|second phase|next (?:phase|release|version|quarter|year|iteration)|"
    r"future (?:work|release|phase|version|enhancements?|improvements?|iteration|scope)|in (?:the )?future|"
    r"road ?map|back ?log item|out of scope|not (?:yet )?in scope|beyond the scope|not yet|"
    r"to be (?:defined|decided|determined|added|done|clarified|specified|discussed|worked out)|"
    r"tbd|tba|tbc|to-?dos?\b|fix ?me|eventually(?! consisten)|some ?day|one day|down the line|nice to have|"
    r"(?:will|would|shall|could|may|might|should) (?:\w+ ){0,2}(?:look (?:at|into)|consider\w*|"
    r"explore|investigate|revisit|evaluate later|think about|decide later|figure out)|"
    r"(?:if|when|once|as soon as|in case) (?:it is |it's |it becomes |they are |this is |we |ever )?"
    r"(?:needed|necessary|required|need it|see problems?|it becomes a problem|have time|time permits)|"
    r"time permitting|for now we (?:do not|don't|skip|ignore|accept)|leave (?:this|that|it) (?:open|for)|"
    r"remains? (?:open (?:question|point|issue)|to be)|after (?:the )?(?:launch|go-?live|pilot|mvp)|post-?(?:launch|mvp))",
    re.IGNORECASE,
)
_WISH = re.compile(
    # a number that is expected is a plan for it, not a wish
    r"\b(?:we (?:hope|wish|believe|trust) |we (?:assume|expect) (?![^.;]*\d)|hopefully|ideally|"
    r"would be (?:good|nice|great|useful)|could (?:also|potentially|perhaps)|might (?:also|want)|"
    r"may (?:want|need|consider)|(?:may|might|could) be (?:used|introduced|considered|useful|worth)|"
    r"(?:is|are) optional|optionally|potentially|perhaps|maybe|possible (?:extension|improvement))",
    re.IGNORECASE,
)
# "may be encrypted" is open; "events may be duplicated, so the sink drops them" is a decision
_MAY_BE = re.compile(r"\b(?:may|might|could) be\b[^,.;:!?]*$", re.IGNORECASE)
_MAY_BE_AFTER = re.compile(r"^[^,.;:!?]{0,25}?\b(?:may|might|could) be\b", re.IGNORECASE)
_ASIDE = re.compile(
    r"\b(?:previously|formerly|in the past|the old (?:system|"
    r"process|pipeline|setup)|legacy process today|(?:we|they|it|staff|there) used to|"
    r"as[- ]is (?:process|state|system|pipeline|architecture|situation|landscape)|status quo|"
    r"(?:was|were|been|we) (?:\w+ (?:and|but) )?(?:rejected|discarded)|rejected (?:because|as|in favou?r|options?|alternatives?)|"
    r"ruled out|"
    r"decided against|considered but|alternative(?:ly)?|option [a-d1-9]\b|"
    r"competitors? (?:use|do|have|offer|run|rely)\b|in theory|in general|"
    r"is defined as|for example,? (?:many|some|other) (?:companies|retailers))",
    re.IGNORECASE,
)
_SO_FAR = re.compile(r"\b(?:today|currently|until now|so far|at present)\b", re.IGNORECASE)
_LATER_SECTION = re.compile(
    # "future growth", "what to do when it fails" and the backlog of a queue are of the design itself
    r"\b(?:future(?!(?: |-)(?:growth|load|loads|volumes?|scale|demand|peaks?|proof\w*))|road ?map|"
    r"next steps?|out of scope|non[- ]?goals?|later phases?|enhancements?|"
    r"to-?dos?|(?:product|project|feature|team) backlog|nice to have|possible (?:extensions|improvements)|outlook|phase (?:2|3|two|three))\b",
    re.IGNORECASE,
)
_OTHER_OPTIONS_SECTION = re.compile(
    r"\b(?:alternatives?|options? considered|other approaches|glossary|"
    r"(?:rejected|discarded)(?! (?:records?|rows?|events?|messages?|files?|data|inputs?|prices?))|"
    r"references|bibliography|literature|related work)\b",
    re.IGNORECASE,
)


def section_assertion(section: Section | None) -> Assertion:
    """What a heading says of everything under it: future work is postponed, alternatives aside."""
    if section is None:
        return Assertion.AFFIRMED
    headings = " / ".join((*section.path, section.title))
    if _LATER_SECTION.search(headings):
        return Assertion.POSTPONED
    if _OTHER_OPTIONS_SECTION.search(headings):
        return Assertion.ASIDE
    return Assertion.AFFIRMED


def of_the_old_system(text: str) -> bool:
    """Whether a sentence of the scenario tells what there is today, before the design."""
    return bool(_SO_FAR.search(text))


def assertion(text: str, start: int, end: int, section: Assertion) -> Assertion:
    """How `text` asserts what stands at `[start:end]`, given what its section says of it."""
    if section is not Assertion.AFFIRMED:
        return section
    if _POSTPONED.search(text) or _WISH.search(text):
        return Assertion.POSTPONED
    if _MAY_BE.search(text[:start]) or _MAY_BE_AFTER.match(text[end:]):
        return Assertion.POSTPONED
    if text.rstrip().endswith("?") or _ASIDE.search(text):
        return Assertion.ASIDE
    if _denied(text, start, end):
        return Assertion.DENIED
    return Assertion.AFFIRMED


def whole_assertion(text: str, section: Assertion) -> Assertion:
    """How a sentence stands as a whole: its own denial is left to what it is compared with."""
    if section is not Assertion.AFFIRMED:
        return section
    if _POSTPONED.search(text) or _WISH.search(text):
        return Assertion.POSTPONED
    if text.rstrip().endswith("?") or _ASIDE.search(text):
        return Assertion.ASIDE
    return Assertion.AFFIRMED


def _denied(text: str, start: int, end: int) -> bool:
    before, after = _NOT_A_DENIAL.sub(" ", text[:start]), text[end:]
    if _DENIES_A_LACK.search(text[:start]) or _DENIED_LACK_AFTER.match(after):
        return False
    if found := _last(_NEGATED_BEFORE, before):
        gap = found["gap"]
        ended = _CLAUSE_END.search(gap) or (_LACK.match(found.group()) and _VERB.search(gap))
        if not ended and len(gap.split()) <= 6:
            return True
    return bool(_DENIED_AFTER.match(after))


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The match whose negator stands nearest to the end of the text."""
    found = None
    position = 0
    while match := pattern.search(text, position):
        found, position = match, match.start() + 1
    return found
