"""A comparison for people: terminal, Markdown, HTML."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from reviewer.domain.comparison import Change, Comparison, PointChange, TextChange
from reviewer.domain.questionnaire import Questionnaire
from reviewer.export.markdown import escape

SCHEMA = "comparison/1"

_ASSETS = Path(__file__).with_name("assets")
_TITLES = {
    Change.FIXED: "Fixed",
    Change.BETTER: "Better",
    Change.NEW: "New",
    Change.WORSE: "Worse",
    Change.STILL_THERE: "Still there",
    Change.NO_LONGER_RAISED: "No longer raised, not shown to be fixed",
    Change.NO_LONGER_APPLIES: "No longer applies",
}
_STYLES = {Change.FIXED: "green", Change.BETTER: "green", Change.NEW: "red", Change.WORSE: "red"}
_KINDS = {"added": "+", "removed": "−", "edited": "±"}
_MOST_TEXT = 40  # changed statements that the terminal shows


def headline(comparison: Comparison) -> str:
    """The totals and what became of the points, in one line."""
    count = {change: len(comparison.of(change)) for change in _TITLES}
    told = [
        f"{count[change]} {name}"
        for change, name in (
            (Change.FIXED, "fixed"),
            (Change.BETTER, "better"),
            (Change.STILL_THERE, "still there"),
            (Change.NEW, "new"),
            (Change.WORSE, "worse"),
            (Change.NO_LONGER_RAISED, "no longer raised"),
            (Change.NO_LONGER_APPLIES, "no longer apply"),
        )
        if count[change] or change in (Change.FIXED, Change.STILL_THERE, Change.NEW, Change.WORSE)
    ]
    return f"{_score(comparison)}: {', '.join(told)}."


def to_terminal(comparison: Comparison, questionnaire: Questionnaire) -> RenderableType:
    """What a person wants to see first; text of a design is never read as markup."""
    parts: list[RenderableType] = [
        Text(f"{comparison.old.source} → {comparison.new.source}", style="bold"),
        Text(headline(comparison)),
    ]
    parts += [Text(note, style="yellow") for note in _notes(comparison)]
    for change, title in _TITLES.items():
        points = comparison.of(change)
        if points:
            parts += [Text(), Text(title, style=f"bold {_STYLES.get(change, '')}".strip())]
        parts += [line for point in points for line in _point_lines(point, questionnaire)]
    moved = [c for c in comparison.criteria if c.change or c.low_change]
    if moved:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="Levels", title_justify="left")
        for name in ("criterion", "before", "now", "change"):
            table.add_column(name)
        for row in moved:
            table.add_row(Text(row.title), level(row.old), level(row.new), signed(row.change))
        parts += [Text(), table]
    if comparison.text:
        parts += [Text(), Text("Changed text", style="bold")]
        parts += [Text(f"  {_text_line(change)}") for change in comparison.text[:_MOST_TEXT]]
        left = len(comparison.text) - _MOST_TEXT
        parts += [Text(f"  … and {left} more (--format md shows all)")] if left > 0 else []
    return Group(*parts)


def to_markdown(comparison: Comparison, questionnaire: Questionnaire) -> str:
    """The comparison as Markdown; what comes from a design is escaped."""
    parts = [
        f"# {escape(comparison.new.title)}: what changed",
        f"{escape(comparison.old.source)} → {escape(comparison.new.source)}",
        headline(comparison),
        *(f"*{escape(note)}*" for note in _notes(comparison)),
    ]
    for change, title in _TITLES.items():
        points = comparison.of(change)
        if points:
            parts += [f"## {title}", *(_point(p, questionnaire) for p in points)]
    rows = [
        f"| {escape(c.title)} | {level(c.old)} | {level(c.new)} | {signed(c.change)} |"
        for c in comparison.criteria
    ]
    parts += ["## Levels", "\n".join(["| criterion | before | now | change |", "|---|---|---|---|",
                                      *rows])]  # fmt: skip
    if comparison.text:
        lines = (f"- {escape(_text_line(change))}" for change in comparison.text)
        parts += ["## Changed text", "\n".join(lines)]
    return "\n\n".join(parts) + "\n"


def to_html(comparison: Comparison, questionnaire: Questionnaire) -> str:
    """One self-contained page; everything from a design or a model is escaped by the template."""
    environment = Environment(
        loader=FileSystemLoader(_ASSETS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("compare.html.j2")
    return page.render(
        comparison=comparison,
        headline=headline(comparison),
        notes=_notes(comparison),
        groups=[(c.value, t, comparison.of(c)) for c, t in _TITLES.items() if comparison.of(c)],
        titles={role.id: role.title for role in questionnaire.roles},
        title_of=lambda point: title_of(point, questionnaire),
        level=level,
        signed=signed,
        kinds=_KINDS,
        style=Markup((_ASSETS / "review.css").read_text(encoding="utf-8")),
    )


def title_of(point: PointChange, questionnaire: Questionnaire) -> str:
    """What a point is about: its finding's title, else its check's own words."""
    if point.title:
        return point.title
    check = next((c for c in questionnaire.checks if c.id == point.check), None)
    return check.weakness if check else point.check or "A point without a check"


def level(value: float | None) -> str:
    """A level for people."""
    return "not scored" if value is None else f"{value:.1f}"


def signed(value: float | None) -> str:
    """A change for people."""
    return "–" if value is None else "0" if value == 0 else f"{value:+.1f}"


def _score(comparison: Comparison) -> str:
    old, new = comparison.old.total, comparison.new.total
    if old is None or new is None:
        return "Not scored both times"
    return f"{old:.1f} → {new:.1f} of 100 ({signed(comparison.change)})"


def _notes(comparison: Comparison) -> tuple[str, ...]:
    if comparison.text_unchanged:
        return ("The text says the same; only its looks can have changed.", *comparison.notes)
    return comparison.notes


def _point_lines(point: PointChange, questionnaire: Questionnaire) -> list[Text]:
    severity = f", {point.severity.value}" if point.severity else ""
    place = f", {point.place}" if point.place else ""
    head = f"  {point.check or point.role}  {title_of(point, questionnaire)}"
    lines = [Text(head + f" ({_verdicts(point)}{severity}{place})")]
    if point.change is not Change.STILL_THERE:
        lines += [Text(f"      was: “{q.text.strip()}”", style="dim") for q in point.was[:1]]
        lines += [Text(f"      now: “{q.text.strip()}”") for q in point.quotes]
    return lines


def _point(point: PointChange, questionnaire: Questionnaire) -> str:
    severity = f", {point.severity.value}" if point.severity else ""
    place = f", {escape(point.place)}" if point.place else ""
    name = point.check or point.role
    lines = [f"**{name}** {escape(title_of(point, questionnaire))} "
             f"({_verdicts(point)}{severity}{place})"]  # fmt: skip
    if point.change is not Change.STILL_THERE:
        lines += [f"> was: {_one_line(q.text)} ({q.span})" for q in point.was[:1]]
        lines += [f"> now: {_one_line(q.text)} ({q.span})" for q in point.quotes]
    return "\n\n".join(lines)


def _verdicts(point: PointChange) -> str:
    verdicts = [v.value.replace("_", " ") for v in (point.old, point.new) if v]
    return " → ".join(dict.fromkeys(verdicts)) or point.role


def _text_line(change: TextChange) -> str:
    old, new = change.old and change.old.text, change.new and change.new.text
    texts = " → ".join(" ".join(text.split()) for text in (old, new) if text)
    return f"{_KINDS[change.kind]} {texts}"


def _one_line(text: str) -> str:
    return escape(" ".join(text.split()))
