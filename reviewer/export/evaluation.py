"""The report of an evaluation for the terminal: splits side by side, with intervals."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from reviewer.domain.evaluation import Comparison, Difference, Figure, Measure, Report
from reviewer.export.tables import table

SPLITS = {
    "tune": "tuned on",
    "held": "held out",
    "outside": "outside designs",
    "": "all",
}
_GROUPED = ("recall", "clean", "paired")  # measures that are also shown by role, severity, shape


def to_terminal(report: Report) -> RenderableType:
    """The main figures, those by role, severity and shape, and what could not be judged."""
    parts: list[RenderableType] = [
        Text(f"{report.reviewer.name} on {len(report.cases)} designs of {report.dataset}", "bold"),
        Text(
            f"{report.reviews} reviews made, {report.reused} reused; "
            f"{report.cpu_seconds:.0f} s of computing time; "
            "in brackets: 95 % bootstrap intervals over designs",
            "dim",
        ),
        _figures(report, [m for m in report.measures if m.main], "measure"),
        _figures(report, [m for m in report.measures if not m.main], "further measures"),
    ]
    parts += [_grouped(report, group) for group in ("role", "severity", "shape")]
    for failure in report.failures:
        told = f"Not judged: {failure.case}, {failure.evaluator}: {failure.reason}"
        parts.append(Text(told, "bold red"))
    return Group(*parts)


def splits_of(report: Report) -> list[str]:
    """The splits that the report has, in their order."""
    there = {figure.split for figure in report.figures}
    return [split for split in SPLITS if split in there]


def _figures(report: Report, measures: Sequence[Measure], head: str) -> RenderableType:
    splits = splits_of(report)
    made = table(head, *(SPLITS[s] for s in splits), "n")
    for measure in measures:
        found = {s: report.figure(measure.id, s) for s in splits}
        if not any(found.values()):
            continue
        whole = found.get("")
        cells = [in_words(found[s], measure) for s in splits]
        made.add_row(measure.title, *cells, counted(whole))
    return made


def _grouped(report: Report, group: str) -> RenderableType:
    splits = [s for s in splits_of(report) if s]
    shown = [m for m in report.measures if m.id in _GROUPED]
    heads = [f"{m.title}, {SPLITS[s]}" for m in shown for s in splits]
    made = table(group, *heads)
    members = dict.fromkeys(f.member for f in report.figures if f.group == group)
    for member in members:
        cells = [
            in_words(report.figure(m.id, s, group, member), m, plain=True)
            for m in shown
            for s in splits
        ]
        made.add_row(member.replace("_", " "), *cells)
    return made if members else Text("")


def counted(figure: Figure | None) -> str:
    """How many values a figure rests on, and how many could not be scored."""
    if figure is None:
        return ""
    unscored = f", {figure.unscored} unscored" if figure.unscored else ""
    return f"{figure.scored}{unscored}"


def in_words(figure: Figure | None, measure: Measure, *, plain: bool = False) -> str:
    """A figure as it is read: value and interval in the measure's unit."""
    if figure is None:
        return "-"
    if figure.value is None:
        return "unscored"
    value = number(figure.value, measure)
    if plain:
        return value
    if figure.low is None or figure.high is None:
        return value
    low, high = (number(end, measure).removesuffix(" s") for end in (figure.low, figure.high))
    return f"{value} ({low} to {high})"


def number(value: float, measure: Measure) -> str:
    """A value in the measure's unit."""
    forms = {"share": "{:.2f}", "points": "{:+.1f}", "number": "{:.1f}", "seconds": "{:.2f} s",
             "tokens": "{:.0f}", "money": "{:.4f}"}  # fmt: skip
    return forms[measure.unit].format(value)


def comparison_view(comparison: Comparison) -> RenderableType:
    """What changed between two runs; a change whose interval holds 0 may be chance."""
    made = table("measure", "split", "before", "after", "change", "95 % interval", "n")
    titles = {m.id: m for m in comparison.measures}
    for difference in comparison.differences:
        measure = titles[difference.measure]
        made.add_row(
            measure.title,
            SPLITS.get(difference.split, difference.split),
            number(difference.before, measure),
            number(difference.after, measure),
            Text(f"{difference.value:+.3f}", tone(difference, measure)),
            f"[{difference.low:+.3f}, {difference.high:+.3f}]",
            str(difference.scored),
        )
    heading = Text(f"{comparison.before.name} -> {comparison.after.name}", "bold")
    rest = f"{comparison.only_one} scores stand in one run only." if comparison.only_one else ""
    return Group(heading, made, Text(rest, "dim"))


def tone(difference: Difference, measure: Measure) -> str:
    """Green or red where the interval leaves no doubt about the direction."""
    if not measure.better or difference.low <= 0 <= difference.high:
        return ""
    return "green" if (difference.value > 0) is (measure.better == "higher") else "bold red"
