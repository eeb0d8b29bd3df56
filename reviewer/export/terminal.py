"""A review in a terminal: score, priorities, rubric and findings as rich renderables."""

from __future__ import annotations

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from reviewer.domain.finding import Finding
from reviewer.domain.questionnaire import Questionnaire
from reviewer.domain.review import Review, RoleFailure
from reviewer.export.markdown import score_line

_SEVERITY = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "dim"}
_MARK = {"critical": "▲▲", "high": "▲", "medium": "◆", "low": "·"}


def to_terminal(review: Review, questionnaire: Questionnaire) -> RenderableType:
    """What a person wants to see after a review; text of the design is never read as markup."""
    titles = {role.id: role.title for role in questionnaire.roles}
    parts: list[RenderableType] = [
        Text(review.design.title, style="bold"),
        Text(score_line(review)),
    ]
    parts += [
        Text(f"{titles[r.role]}: no answer. {r.reason}", style="bold red")
        for r in review.roles
        if isinstance(r, RoleFailure)
    ]
    parts += [Text(), _rubric(review, titles), Text(), *_findings(review, titles)]
    parts += [Text(), *_strengths(review), *_conflicts(review), *_notes(review), _foot(review)]
    return Group(*parts)


def _rubric(review: Review, titles: dict[str, str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="Rubric", title_justify="left")
    for name in ("role", "criterion", "level", "range"):
        table.add_column(name)
    role = ""
    for row in review.rubric.criteria:
        level = "  –" if row.level is None else f"{row.level:.1f}"
        bar = "▮" * round(row.level or 0) + "▯" * (5 - round(row.level or 0))
        title = titles.get(row.role, row.role) if row.role != role else ""
        role = row.role
        low, high = row.range
        table.add_row(title, row.title, f"{bar} {level}", f"{low:.1f}–{high:.1f}")
    return table


def _findings(review: Review, titles: dict[str, str]) -> list[RenderableType]:
    by_id = {f.id: f for f in review.findings}
    parts: list[RenderableType] = [Text("First", style="bold")]
    for number, finding_id in enumerate(review.priorities, start=1):
        parts += _finding(by_id[finding_id], titles, f"{number}. ")
    others = [f for f in review.shown if f.id not in review.priorities]
    if others:
        parts += [Text(), Text("Also", style="bold")]
        parts += [_headline(f, titles, "   ") for f in others]
    folded = len(review.findings) - len(review.shown)
    if folded:
        parts.append(Text(f"   {folded} more, less pressing (see --format html)", style="dim"))
    return parts


def _finding(finding: Finding, titles: dict[str, str], number: str) -> list[RenderableType]:
    lines: list[RenderableType] = [_headline(finding, titles, number)]
    body = [Text(finding.explanation)]
    body += [
        Text(f"“{' '.join(e.quote.split())}”  {e.span}", style="italic")
        for e in finding.evidence[:2]
    ]
    if finding.claims_absence:
        body.append(Text(f"Searched {len(finding.searched)} sections.", style="dim"))
    body.append(Text.assemble(("What to do: ", "bold"), finding.recommendation))
    body += [
        Text(f"Source: {c.title}{', ' + c.locator if c.locator else ''}", style="dim")
        for c in finding.citations[:1]
    ]
    return [*lines, *(Padding(line, (0, 0, 0, 3)) for line in body), Text()]


def _headline(finding: Finding, titles: dict[str, str], number: str) -> Text:
    severity = finding.severity.value
    roles = ", ".join(titles.get(r, r) for r in (finding.role, *finding.also_raised_by))
    return Text.assemble(
        number,
        (f"{_MARK[severity]} {severity}  ", _SEVERITY[severity]),
        (finding.title, "bold"),
        (f"  {roles}", "dim"),
    )


def _strengths(review: Review) -> list[RenderableType]:
    if not review.strengths:
        return []
    lines: list[RenderableType] = [Text("What is sound", style="bold")]
    lines += [Text(f"   ✓ {s.title}") for s in review.strengths[:6]]
    return [*lines, Text()]


def _conflicts(review: Review) -> list[RenderableType]:
    if not review.conflicts:
        return []
    lines: list[RenderableType] = [Text("Conflicts between roles", style="bold")]
    for conflict in review.conflicts:
        lines.append(Padding(Text(conflict.tension), (0, 0, 0, 3)))
        lines.append(Padding(Text(conflict.question, style="italic"), (0, 0, 0, 3)))
    return [*lines, Text()]


def _notes(review: Review) -> list[RenderableType]:
    return [Text(f"Note: {note}", style="dim") for note in review.notes[:4]]


def _foot(review: Review) -> Text:
    made = review.manifest
    return Text(
        f"{made.model} · {made.seconds:.1f} s · {len(review.analysis.facts)} facts computed · "
        f"{made.status}",
        style="dim",
    )
