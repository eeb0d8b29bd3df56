"""What the smaller commands print: roles, rubric, a check, facts, hits, the doctor's report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from knowledge.types import Hit
from reviewer.domain.drill import DrillResult, Scenario
from reviewer.domain.facts import Analysis
from reviewer.domain.questionnaire import Check, Criterion, Questionnaire

_HOLDS = {True: ("holds", "green"), False: ("fails", "bold red"), None: ("", "")}


def table(*columns: str) -> Table:
    """A plain table with these headings."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        made.add_column(column)
    return made


def roles_view(questionnaire: Questionnaire) -> RenderableType:
    """Each role with its scope and its checks."""
    parts: list[RenderableType] = []
    for role in questionnaire.roles:
        checks = questionnaire.checks_of(role.id)
        parts.append(Text.assemble((role.title, "bold"), f"  {role.id} · {len(checks)} checks"))
        parts.append(Padding(Text(role.scope), (0, 0, 0, 2)))
        listed = table("check", "severity", "question")
        for check in checks:
            listed.add_row(check.id, check.severity.value, Text(check.question))
        parts += [listed, Text()]
    parts.append(Text("reviewer explain CHECK prints one of them in full.", style="dim"))
    return Group(*parts)


def rubric_view(questionnaire: Questionnaire) -> RenderableType:
    """Each criterion with its weight, its levels and its checks."""
    whole = sum(row.weight for row in questionnaire.criteria)
    parts = [p for row in questionnaire.criteria for p in _criterion(questionnaire, row, whole)]
    return Group(*parts)


def _criterion(questionnaire: Questionnaire, row: Criterion, whole: float) -> list[RenderableType]:
    role = questionnaire.role(row.role)
    checks = ", ".join(c.id for c in questionnaire.checks if c.criterion == row.id)
    levels = Table(box=None, show_header=False, pad_edge=False)
    for level, told in enumerate(row.levels):
        levels.add_row(f"  {level}", Text(told))
    head = Text.assemble((row.title, "bold"), f"  {role.title} · {row.weight / whole:.0%}")
    return [head, levels, Text(f"  checks: {checks}", style="dim"), Text()]


def check_view(
    check: Check, questionnaire: Questionnaire, sources: Mapping[str, str]
) -> RenderableType:
    """One check in full."""
    criterion = questionnaire.criterion(check.criterion)
    rows = Table(box=None, show_header=False, pad_edge=False)
    for name, told in (
        ("asks", check.question),
        ("why", check.why),
        ("what to do", check.remedy),
        ("applies when", check.applies_when),
        ("role", questionnaire.role(check.role).title),
        ("criterion", criterion.title),
        ("severity, weight", f"{check.severity.value}, {check.weight:g}"),
        ("expected in", ", ".join(check.tasks)),
        ("sources", "\n".join(sources.get(s, s) for s in check.sources)),
        ("computed from", ", ".join(check.offline.facts)),
        ("for example, met", "\n".join(check.offline.met[:2])),
        ("for example, not met", "\n".join(check.offline.unmet[:2])),
    ):
        if told:
            rows.add_row(Text(name, style="dim"), Text(told))
    return Group(Text(f"{check.id}  {check.weakness}", style="bold"), rows)


def numbers_view(analysis: Analysis) -> RenderableType:
    """Facts by family with how they were computed, and what is missing."""
    parts: list[RenderableType] = []
    family = ""
    for fact in sorted(analysis.facts, key=lambda f: (f.name.split(".")[0], f.id)):
        if fact.name.split(".")[0] != family:
            family = fact.name.split(".")[0]
            parts += [Text(), Text(family.capitalize(), style="bold")]
        word, style = _HOLDS[fact.holds]
        parts.append(Padding(Text.assemble(fact.text, "  ", (word, style)), (0, 0, 0, 2)))
        if fact.formula:
            parts.append(Padding(Text(fact.formula, style="dim"), (0, 0, 0, 4)))
    if analysis.gaps:
        parts += [Text(), Text("Could not be computed", style="bold")]
        parts += [Padding(Text(gap.text), (0, 0, 0, 2)) for gap in analysis.gaps]
    return Group(*parts)


def drills_view(scenarios: Mapping[str, Scenario]) -> RenderableType:
    """The drills there are."""
    listed = table("scenario", "what happens")
    for name, scenario in scenarios.items():
        listed.add_row(name, Text(scenario.title))
    return Group(listed, Text("reviewer drill DESIGN --scenario NAME plays one.", style="dim"))


def drill_view(result: DrillResult) -> RenderableType:
    """What came of a drill."""
    parts: list[RenderableType] = [
        Text(result.title, style="bold"),
        Text(result.verdict),
    ]
    hit = [outcome for outcome in result.nodes if outcome.peak_backlog or outcome.lost]
    if hit:
        listed = table("node", "peak backlog", "lost")
        for outcome in hit:
            listed.add_row(outcome.node, f"{outcome.peak_backlog:,.0f}", f"{outcome.lost:,.0f}")
        parts.append(listed)
    parts += [Text(f"Assumed: {told}", style="dim") for told in result.assumptions]
    parts += [Text(f"Not simulated: {gap.text}", style="dim") for gap in result.gaps]
    return Group(*parts)


def hits_view(hits: Sequence[Hit]) -> RenderableType:
    """Passages with source, locator and score."""
    if not hits:
        return Text("No passage is close to that.")
    parts: list[RenderableType] = []
    for hit in hits:
        where = f", {hit.passage.locator}" if hit.passage.locator else ""
        parts.append(Text.assemble((hit.source.title + where, "bold"), f"  {hit.score:.2f}"))
        parts.append(Padding(Text(hit.passage.text), (0, 0, 0, 2)))
        parts.append(
            Text(f"  {hit.passage.kind} · {hit.passage.evidence} · {hit.passage.id}", style="dim")
        )
    return Group(*parts)


def doctor_view(report: Sequence[Mapping[str, Any]]) -> RenderableType:
    """What was tried, how it went, what to do."""
    listed = table("what", "state", "")
    for row in report:
        style = {"fine": "green", "broken": "bold red"}.get(row["state"], "yellow")
        listed.add_row(row["name"], Text(row["state"], style=style), Text(row["text"]))
    return listed
