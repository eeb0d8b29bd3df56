"""A quantity where it stands in the text, and what it states there."""

from __future__ import annotations

import re
from dataclasses import dataclass

from reviewer.domain.design import Comparison, Subject

BOUND = (
    r"\b(?:at most|at worst|within|below|under|no (?:more|older|longer|later) than|not (?:be )?(?:older|more|"
    r"exceed|longer)|less than|up to|max(?:imum|\.)?|never (?:be )?(?:older|more|exceed\w*|longer)|ceiling|"
    r"inside|in less|fewer than|budget|cap(?:ped)?)\b|[<≤]"
)
WANT = (
    r"\b(?:must|shall|should|targets?|goal|promis\w+|objectives?|slo|sla|requirements?|required?|guarantee\w*|"
    r"needs? to|has to|have to|expect\w*|aims?|commit\w*|contract|budget|may|ought|want\w*|agreed)\b"
)


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
