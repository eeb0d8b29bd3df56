"""The report of an evaluation as one self-contained HTML page with pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reviewer.domain.evaluation import Comparison, Figure, Measure, Report
from reviewer.export.evaluation import (
    BY_SHAPE,
    GROUPED,
    GROUPS,
    SPLITS,
    counted,
    in_words,
    lines_of,
    members_of,
    number,
    splits_of,
    tone,
)
from reviewer.export.palette import FAILS, HOLDS, ROLE_COLOURS

_TEMPLATES = Path(__file__).with_name("assets")
_COLOURS = {"tune": "#8a94a6", "held": ROLE_COLOURS["scalability"], "": "#4a5568",
            "outside": ROLE_COLOURS["compliance"]}  # fmt: skip
_LABEL, _BAR, _ROW = 330, 330, 22


@dataclass(frozen=True)
class Bar:
    """A bar of a picture: a share from 0 to 1 with its interval."""

    label: str
    figure: Figure
    told: str
    colour: str


def to_page(reports: Sequence[Report], comparisons: Sequence[Comparison]) -> str:
    """The page; everything that comes from a case or a model is escaped."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    report = reports[0]
    return environment.get_template("evaluation.html.j2").render(
        report=report,
        reports=reports,
        comparisons=comparisons,
        splits=splits_of(report),
        words=SPLITS,
        style=Markup((_TEMPLATES / "review.css").read_text(encoding="utf-8")),
        main_picture=Markup(picture(_main_bars(report), "Main figures with intervals")),
        pictures=[(title, Markup(drawn)) for title, drawn in _pictures(report)],
        lines=lines_of(reports),
        in_words=in_words,
        counted=counted,
        number=number,
        tone=tone,
        titles={m.id: m for m in report.measures},
    )


def _main_bars(report: Report) -> Iterator[Bar]:
    for measure in report.measures:
        if measure.main and measure.unit == "share":
            there = [s for s in splits_of(report) if report.figure(measure.id, s)]
            for split in [s for s in there if s] or there:
                label = f"{measure.title}, {SPLITS[split]}" if split else measure.title
                yield from _bar(report, measure, label, (split, "", ""), _COLOURS[split])


def _pictures(report: Report) -> Iterator[tuple[str, str]]:
    """Pictures by role, severity and shape, and of attacks and retellings by kind."""
    for measure in report.measures:
        if measure.id in GROUPED:
            for group in GROUPS:
                bars = list(_grouped(report, measure, group))
                if bars:
                    yield f"{measure.title}, by {group}", picture(bars, measure.title)
        if measure.id in BY_SHAPE and measure.unit == "share":
            bars = [
                bar
                for member in members_of(report, "shape", (measure.id,))
                for bar in _bar(report, measure, member, ("", "shape", member), HOLDS)
            ]
            if bars:
                yield measure.title, picture(bars, measure.title)


def _grouped(report: Report, measure: Measure, group: str) -> Iterator[Bar]:
    for member in members_of(report, group, (measure.id,)):
        for split in (s for s in splits_of(report) if s):
            label = f"{member.replace('_', ' ')}, {SPLITS[split]}"
            colour = FAILS if measure.better == "lower" else _COLOURS[split]
            yield from _bar(report, measure, label, (split, group, member), colour)


def _bar(
    report: Report, measure: Measure, label: str, place: tuple[str, str, str], colour: str
) -> Iterator[Bar]:
    figure = report.figure(measure.id, *place)
    if figure is not None and figure.value is not None:
        told = f"{number(figure.value, measure)} (n {figure.scored})"
        yield Bar(label, figure, told, colour)


def picture(bars: Iterator[Bar] | Sequence[Bar], title: str) -> str:
    """Bars with their intervals as an SVG; empty where there are none."""
    rows = [_row(bar, n * _ROW) for n, bar in enumerate(bars)]
    if not rows:
        return ""
    height = len(rows) * _ROW + 4
    return (
        f'<svg viewBox="0 0 {_LABEL + _BAR + 120} {height}" role="img" '
        f'aria-label="{escape(title)}" style="max-width:840px;width:100%;font-size:12px" '
        f'fill="currentColor">{"".join(rows)}</svg>'
    )


def _row(bar: Bar, top: int) -> str:
    value = min(1.0, max(0.0, bar.figure.value or 0.0))
    text = f'<text x="{_LABEL - 8}" y="{top + 15}" text-anchor="end">{escape(_short(bar.label))}'
    drawn = (
        f'{text}<title>{escape(bar.label)}</title></text><rect x="{_LABEL}" y="{top + 4}" '
        f'width="{max(1.0, value * _BAR):.1f}" height="14" rx="2" fill="{bar.colour}"/>'
    )
    if bar.figure.low is not None and bar.figure.high is not None:
        left, right = (_LABEL + _BAR * end for end in (bar.figure.low, bar.figure.high))
        middle = top + 11
        drawn += (
            f'<path d="M{left:.1f} {middle}H{right:.1f}M{left:.1f} {middle - 4}v8M{right:.1f} '
            f'{middle - 4}v8" stroke="currentColor" stroke-width="1.5" fill="none"/>'
        )
    return drawn + f'<text x="{_LABEL + _BAR + 12}" y="{top + 15}">{escape(bar.told)}</text>'


def _short(label: str) -> str:
    return label if len(label) <= 50 else label[:49] + "…"
