"""What an evaluation keeps of a review: scores, verdicts, findings with their quotes, cost."""

from __future__ import annotations

from pydantic import Field

from reviewer.domain.design import Frozen
from reviewer.domain.finding import Finding
from reviewer.domain.review import Review


class Cited(Frozen):
    """A citation of a finding."""

    passage: str
    source: str
    kind: str


class Seen(Frozen):
    """A finding. `verbatim` tells whether every quote stands in the design where it says."""

    id: str
    roles: tuple[str, ...]
    checks: tuple[str, ...]
    severity: str
    title: str
    text: str
    shown: bool
    absent: bool
    model: bool
    quotes: tuple[str, ...] = ()
    verbatim: bool = True
    searched: int = 0
    facts: tuple[str, ...] = ()
    citations: tuple[Cited, ...] = ()


class Observation(Frozen):
    """One review of one design, without the design."""

    total: float | None
    levels: dict[str, float | None] = Field(default_factory=dict)
    verdicts: dict[str, str] = Field(default_factory=dict)
    findings: tuple[Seen, ...] = ()
    unsupported: int = 0
    priorities: tuple[str, ...] = ()
    complete: bool = True
    warnings: int = 0
    notes: tuple[str, ...] = ()
    tokens: int = 0
    calls: int = 0
    cost: float | None = None
    seconds: float = 0.0
    cpu: float = 0.0

    @property
    def shown(self) -> tuple[Seen, ...]:
        """Findings that are shown at first."""
        return tuple(f for f in self.findings if f.shown)

    def same_result(self, other: Observation) -> bool:
        """Whether both say the same, whatever they took."""
        spent = {"seconds", "cpu", "tokens", "calls", "cost"}
        return self.model_dump(exclude=spent) == other.model_dump(exclude=spent)


def observe(review: Review, cpu: float) -> Observation:
    """The observation of a review that took this much computing time (seconds)."""
    usage = review.manifest.usage
    return Observation(
        total=review.rubric.total,
        levels={report.role: report.score for report in review.roles},
        verdicts={check.id: check.verdict.value for check in review.checks},
        findings=tuple(_seen(finding, review.design.text) for finding in review.findings),
        unsupported=len(review.unsupported),
        priorities=review.priorities,
        complete=review.manifest.status == "complete",
        warnings=len(review.design.warnings),
        notes=review.notes,
        tokens=usage.input + usage.output,
        calls=usage.calls,
        cost=usage.cost,
        seconds=review.manifest.seconds,
        cpu=round(cpu, 4),
    )


def _seen(finding: Finding, text: str) -> Seen:
    return Seen(
        id=finding.id,
        roles=(finding.role, *finding.also_raised_by),
        checks=finding.checks,
        severity=finding.severity.value,
        title=finding.title,
        text=finding.explanation,
        shown=not finding.folded,
        absent=finding.claims_absence,
        model=finding.author == "model",
        quotes=tuple(e.quote for e in finding.evidence),
        verbatim=all(text[e.start : e.end] == e.quote and e.quote for e in finding.evidence),
        searched=len(finding.searched),
        facts=finding.facts,
        citations=tuple(
            Cited(passage=c.passage, source=c.source, kind=c.kind) for c in finding.citations
        ),
    )
