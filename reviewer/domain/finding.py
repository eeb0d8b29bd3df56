"""A finding: one point of the review, with evidence that code has checked."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from reviewer.domain.design import Frozen


class FindingKind(StrEnum):
    """ATAM's words for what a finding is."""

    RISK = "risk"
    NON_RISK = "non_risk"
    SENSITIVITY = "sensitivity_point"
    TRADE_OFF = "trade_off"


class Severity(StrEnum):
    """How much harm the weakness does if nothing changes."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    def lowered(self) -> Severity:
        """One step less grave; low stays low."""
        return list(Severity)[min(list(Severity).index(self) + 1, 3)]

    @property
    def rank(self) -> int:
        """3 for critical … 0 for low."""
        return ("low", "medium", "high", "critical").index(self.value)


class Evidence(Frozen):
    """A verbatim quote: `design.text[start:end] == quote`."""

    span: str
    quote: str
    start: int
    end: int


class Citation(Frozen):
    """A passage that supports the finding; a `summary` is never shown inside quotation marks."""

    kind: Literal["excerpt", "summary"]
    passage: str
    source: str
    title: str
    text: str
    locator: str = ""
    evidence: str | None = None


class Finding(Frozen):
    """A grounded finding. `checks` are all checks it stands for, `check` the first of them.

    `folded` findings are kept but not shown at first. `claims_absence` is true where the finding
    says that something is missing; it then names the sections that were `searched`.
    """

    id: str
    role: str
    also_raised_by: tuple[str, ...] = ()
    check: str | None = None
    checks: tuple[str, ...] = ()
    criterion: str | None = None
    kind: FindingKind
    severity: Severity
    title: str
    explanation: str
    recommendation: str
    folded: bool = False
    claims_absence: bool = False
    evidence: tuple[Evidence, ...] = ()
    searched: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    node: str | None = None
    citations: tuple[Citation, ...] = ()
    author: Literal["code", "model"] = "code"
