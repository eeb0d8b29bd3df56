"""The review: what every role found, the rubric, and how it was made (`review/1`)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from reviewer.domain.design import Design, Frozen
from reviewer.domain.facts import Analysis
from reviewer.domain.finding import Finding
from reviewer.domain.questionnaire import Verdict


class RoleReport(Frozen):
    """A role that answered (or said why it abstains)."""

    role: str
    status: Literal["complete", "abstained"] = "complete"
    score: float | None = None
    reason: str = ""


class RoleFailure(Frozen):
    """A role that could not answer: never to be read as "no problems found"."""

    role: str
    status: Literal["failed"] = "failed"
    score: None = None
    reason: str


class CheckResult(Frozen):
    """A grounded answer to a check."""

    id: str
    role: str
    criterion: str
    verdict: Verdict
    evidence: tuple[str, ...] = ()
    searched: tuple[str, ...] = ()
    passages: tuple[str, ...] = ()
    note: str = ""


class Conflict(Frozen):
    """Two sides that are both kept, and the question the group has to answer."""

    id: str
    roles: tuple[str, ...]
    findings: tuple[str, ...]
    tension: str
    question: str


class CriterionScore(Frozen):
    """A level from 0 to 5 computed from verdicts; `None` where too little could be decided.

    `range` is the level with every `unclear` answer taken as unmet, and as met.
    """

    id: str
    title: str
    role: str
    level: float | None
    range: tuple[float, float]
    weight: float
    decided_weight: float
    reason: str
    checks: tuple[str, ...]


class Rubric(Frozen):
    """Levels by criterion and the total (0-100, from the lower ends)."""

    criteria: tuple[CriterionScore, ...]
    total: float | None
    range: tuple[float, float] | None = None
    decided_weight: float


class Usage(Frozen):
    """Tokens as the provider counted them, and their price; `cached` is part of `input`."""

    input: int = 0
    output: int = 0
    cached: int = 0
    calls: int = 0
    cost: float | None = None

    def __add__(self, other: Usage) -> Usage:
        cost = None if self.cost is None and other.cost is None else 0.0
        if cost is not None:
            cost = (self.cost or 0.0) + (other.cost or 0.0)
        return Usage(
            input=self.input + other.input,
            output=self.output + other.output,
            cached=self.cached + other.cached,
            calls=self.calls + other.calls,
            cost=cost,
        )


class Manifest(Frozen):
    """How the review was made; no secret and no absolute path. `seconds` is the only time."""

    version: str = ""
    model: str = ""
    panel: Literal["roles", "single"] = "roles"
    prompts: dict[str, str] = Field(default_factory=dict)
    corpus: str = ""
    design: str = ""
    usage: Usage = Usage()
    seconds: float = 0.0
    status: Literal["complete", "partial"] = "complete"


class Review(Frozen):
    """A finished review. `strengths` are findings of kind `non_risk`."""

    design: Design
    analysis: Analysis
    roles: tuple[RoleReport | RoleFailure, ...]
    checks: tuple[CheckResult, ...]
    findings: tuple[Finding, ...]
    unsupported: tuple[Finding, ...] = ()
    strengths: tuple[Finding, ...] = ()
    questions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    priorities: tuple[str, ...] = ()
    rubric: Rubric
    manifest: Manifest

    @property
    def shown(self) -> tuple[Finding, ...]:
        """Findings that are shown at first."""
        return tuple(f for f in self.findings if not f.folded)
