"""The report of an evaluation for the terminal: splits side by side, with intervals."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from reviewer.domain.evaluation import Comparison, Difference, Figure, Measure, Report
from reviewer.export.tables import table

SPLITS = {"tune": "tuned on", "held": "held out", "outside": "outside designs", "": "all"}
GROUPED = ("recall", "clean", "paired")  # measures that are also shown by role, severity, shape
BY_SHAPE = ("injection", "honest", "still_score", "still_findings")  # by channel, by variant
GROUPS = ("role", "severity", "shape")
_FORMS = {
    "share": "{:.2f}",
    "points": "{:+.1f}",
    "number": "{:.1f}",
    "seconds": "{:.2f} s",
    "tokens": "{:.0f}",
    "money": "{:.4f}",
}


def to_terminal(reports: Sequence[Report], comparisons: Sequence[Comparison]) -> RenderableType:
    """The first report in full, then the runs side by side and what changed between them."""
    report = reports[0]
    parts: list[RenderableType] = [
        Text(f"{report.reviewer.name} on {len(report.cases)} designs of {report.dataset}", "bold"),
        Text(_spent(report), "dim"),
        _figures(report, [m for m in report.measures if m.main], "measure"),
        _figures(report, [m for m in report.measures if not m.main], "further measures"),
        *(_grouped(report, group) for group in GROUPS),
        *(_members(report, m) for m in report.measures if m.id in BY_SHAPE),
        *_failed(report),
    ]
    if len(reports) > 1:
        parts.append(_side_by_side(reports))
    return Group(*parts, *(comparison_view(c) for c in comparisons))


def splits_of(report: Report) -> list[str]:
    """The splits that the report has, in their order."""
    there = {figure.split for figure in report.figures}
    return [split for split in SPLITS if split in there]


def _spent(report: Report) -> str:
    return (
        f"{report.reviews} reviews made, {report.reused} reused, {report.cpu_seconds:.0f} s of "
        "computing time. In brackets: 95 % bootstrap intervals over designs."
    )


def _figures(report: Report, measures: Sequence[Measure], head: str) -> RenderableType:
    splits = splits_of(report)
    made = _plain(head, *(SPLITS[s] for s in splits), "n")
    for measure in measures:
        found = {s: report.figure(measure.id, s) for s in splits}
        if any(found.values()):
            cells = [in_words(found[s], measure) for s in splits]
            made.add_row(measure.title, *cells, counted(found.get("")))
    return made


def _grouped(report: Report, group: str) -> RenderableType:
    """Some measures by role, severity or shape: only the points, without intervals."""
    shown = [m for m in report.measures if m.id in GROUPED]
    splits = [s for s in splits_of(report) if s and report.figure(shown[0].id, s)]
    members = members_of(report, group, GROUPED)
    if not members or not splits:
        return Text("")
    made = _plain(group, *(f"{m.id}, {SPLITS[s]}" for m in shown for s in splits))
    for member in members:
        found = [(report.figure(m.id, s, group, member), m) for m in shown for s in splits]
        made.add_row(member.replace("_", " "), *(in_words(f, m, bare=True) for f, m in found))
    return made


def _members(report: Report, measure: Measure) -> RenderableType:
    members = members_of(report, "shape", (measure.id,))
    if not members:
        return Text("")
    made = _plain(measure.title, "value", "n")
    for member in members:
        figure = report.figure(measure.id, "", "shape", member)
        made.add_row(member.replace("_", " "), in_words(figure, measure), counted(figure))
    return made


def members_of(report: Report, group: str, measures: Sequence[str]) -> list[str]:
    """The roles, severities or shapes that these measures have figures for."""
    found = (f.member for f in report.figures if f.group == group and f.measure in measures)
    return list(dict.fromkeys(found))


def _failed(report: Report) -> list[RenderableType]:
    told = (f"Not judged: {f.case}, {f.evaluator}: {f.reason}" for f in report.failures)
    return [Text(line, "bold red") for line in told]


def _side_by_side(reports: Sequence[Report]) -> RenderableType:
    made = _plain("all runs", "split", *(r.reviewer.name for r in reports))
    for measure, split in lines_of(reports):
        cells = (in_words(r.figure(measure.id, split), measure, bare=True) for r in reports)
        made.add_row(measure.title, SPLITS[split], *cells)
    return made


def lines_of(reports: Sequence[Report]) -> list[tuple[Measure, str]]:
    """The main measures and splits that some report has a figure for; cost always belongs here."""
    chosen = [m for m in reports[0].measures if m.main or m.id in ("tokens", "cost", "seconds")]
    lines = []
    for measure in chosen:
        splits = {f.split for r in reports for f in r.figures if f.measure == measure.id}
        divided = [s for s in SPLITS if s in splits and s]
        lines += [(measure, s) for s in (divided or [s for s in SPLITS if s in splits])]
    return lines


def _plain(*columns: str) -> Table:
    """A table whose first column wraps and whose values do not."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for number, column in enumerate(columns):
        made.add_column(column, no_wrap=False, min_width=0 if number == 0 else 8)
    return made


def counted(figure: Figure | None) -> str:
    """How many values a figure rests on, and how many could not be scored."""
    if figure is None:
        return ""
    return f"{figure.scored}" + (f", {figure.unscored} unscored" if figure.unscored else "")


def in_words(figure: Figure | None, measure: Measure, *, bare: bool = False) -> str:
    """A figure as it is read: value and interval in the measure's unit."""
    if figure is None:
        return "-"
    if figure.value is None:
        return "unscored"
    value = number(figure.value, measure)
    if bare or figure.low is None or figure.high is None:
        return value
    low, high = (number(end, measure).removesuffix(" s") for end in (figure.low, figure.high))
    return f"{value} [{low}, {high}]"


def number(value: float, measure: Measure) -> str:
    """A value in the measure's unit."""
    return _FORMS[measure.unit].format(value)


def comparison_view(comparison: Comparison) -> RenderableType:
    """What changed between two runs, main measures only; the page has all.

    A change whose interval holds 0 may be chance.
    """
    made = table("measure", "split", "before", "after", "change", "95 % interval", "n")
    titles = {m.id: m for m in comparison.measures}
    for difference in comparison.differences:
        measure = titles[difference.measure]
        if not measure.main:
            continue
        made.add_row(
            measure.title,
            SPLITS.get(difference.split, difference.split),
            number(difference.before, measure),
            number(difference.after, measure),
            Text(f"{difference.value:+.3f}", _TONES[tone(difference, measure)]),
            f"[{difference.low:+.3f}, {difference.high:+.3f}]",
            str(difference.scored),
        )
    heading = Text(f"From {comparison.before.name} to {comparison.after.name}", "bold")
    rest = f"{comparison.only_one} scores stand in one run only." if comparison.only_one else ""
    return Group(heading, made, Text(rest, "dim"))


_TONES = {"": "", "better": "green", "worse": "bold red"}


def tone(difference: Difference, measure: Measure) -> str:
    """Whether the interval leaves no doubt about the direction: better, worse, or empty."""
    if not measure.better or difference.low <= 0 <= difference.high:
        return ""
    return "better" if (difference.value > 0) is (measure.better == "higher") else "worse"
