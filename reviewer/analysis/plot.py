"""The picture of a drill: what waits over time, and how old the data gets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from reviewer.analysis import numbers
from reviewer.domain.drill import DataAge, DrillResult, NodeSeries
from reviewer.errors import InputError

# Told apart by lightness and dashes as well as hue; each at least 4.5:1 on white.
_LINES = (("#0068a8", "-"), ("#b34700", "--"), ("#00724f", "-."), ("#98407c", ":"))
_INK, _QUIET, _SHADE = "#222222", "#5c5c5c", "#f1e7d6"
_LEAST = 0.02  # of the highest backlog: smaller lines would lie on the axis
_STYLE: dict[Any, Any] = {
    "svg.hashsalt": "design-reviewer",
    "svg.fonttype": "path",
    "font.family": ["DejaVu Sans"],
    "font.size": 9.5,
    "axes.edgecolor": "#8a8a8a",
    "axes.labelcolor": _INK,
    "text.color": _INK,
    "xtick.color": _QUIET,
    "ytick.color": _QUIET,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.8,
}


def plot_backlog(result: DrillResult, path: Path) -> None:
    """Writes the picture of a drill, 720 px wide, as SVG or PNG by the suffix of `path`.

    The same result always gives the same bytes. Raises InputError for another suffix, for a drill
    that could not be played and for a place that cannot be written to.
    """
    canvas = {".svg": FigureCanvasSVG, ".png": FigureCanvasAgg}.get(path.suffix.lower())
    if canvas is None:
        raise InputError(f"A plot is written as .svg or .png, not as {path.name}.")
    if not result.times:
        raise InputError(f"There is nothing to plot. {result.verdict}")
    kind = path.suffix.lower().removeprefix(".")
    with mpl.rc_context(_STYLE):
        figure = _figure(result)
        canvas(figure)
        metadata = {"Date": None, "Creator": None} if kind == "svg" else {"Software": None}
        try:
            figure.savefig(path, format=kind, metadata=metadata)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise InputError(f"The plot cannot be written to {path}: {reason}.") from None


def _figure(result: DrillResult) -> Figure:
    age = _worst_age(result)
    figure = Figure(figsize=(7.2, 4.9 if age else 3.4), dpi=100, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.12, h_pad=0.09)  # type: ignore[union-attr, call-arg]  # the stubs do not know which engine it is
    axes = figure.subplots(
        2 if age else 1, 1, sharex=True, squeeze=False, height_ratios=[2, 1.15] if age else [1]
    )[:, 0]
    time = _Clock.of(result)
    _backlogs(axes[0], result, time)
    if age is not None:
        _age(axes[1], result, age, time)
    for axis in axes:
        for event in result.events:
            axis.axvspan(time(event.start), time(event.end), color=_SHADE, lw=0, zorder=0)
        axis.set_xlim(0, time(result.horizon))
        axis.set_ylim(bottom=0)
        axis.set_axisbelow(True)
    axes[-1].set_xlabel(f"Time since the start of the drill ({time.unit})")
    axes[-1].xaxis.set_major_locator(MaxNLocator(nbins=9, steps=[1, 2, 3, 4, 6, 10], integer=True))
    return figure


@dataclass(frozen=True)
class _Clock:
    """Seconds in the unit of the time axis."""

    unit: str
    length: float

    @classmethod
    def of(cls, result: DrillResult) -> _Clock:
        for unit, length, least in (("days", numbers.DAY, 4.0), ("hours", numbers.HOUR, 3.0)):
            if result.horizon >= least * length:
                return cls(unit, length)
        return cls("minutes", numbers.MINUTE)

    def __call__(self, seconds: float) -> float:
        return seconds / self.length


def _shown(result: DrillResult) -> tuple[list[NodeSeries], list[NodeSeries]]:
    """The lines worth drawing, highest first, and the others that wait too."""
    extra = {o.node: o.extra_backlog for o in result.nodes}
    highest = max(extra.values(), default=0.0)
    order = sorted(result.series, key=lambda s: (-extra[s.node], s.node))
    waiting = [s for s in order if extra[s.node] > 1e-6 * (highest + 1.0) and max(s.backlog) > 0]
    drawn = [s for s in waiting if extra[s.node] >= _LEAST * highest][: len(_LINES)]
    return drawn, [s for s in waiting if s not in drawn]


def _backlogs(axis: Axes, result: DrillResult, time: _Clock) -> None:
    drawn, small = _shown(result)
    axis.set_title(result.title, loc="left", fontsize=12, fontweight="bold", pad=20)
    hit = " · ".join(dict.fromkeys(e.title for e in result.events))
    axis.text(0, 1.03, f"shaded: {hit}", transform=axis.transAxes, color=_QUIET, va="bottom")
    axis.set_ylabel("Backlog (records waiting)")
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _count(value)))
    axis.yaxis.set_major_locator(MaxNLocator(nbins=5))
    hours = np.asarray(result.times) / time.length
    top = max((max(s.backlog) for s in drawn), default=0.0)
    axis.set_ylim(0, top * 1.22 or 1)
    usual = [s for s in drawn if max(s.normal, default=0.0) > _LEAST * top]
    for number, series in enumerate(usual):
        label = "normal day" if number == 0 else None
        axis.plot(hours, series.normal, color="#8a8a8a", lw=1.1, label=label)
    if usual:
        axis.legend(loc="lower right", frameon=False, fontsize=8.5, labelcolor=_QUIET,
                    bbox_to_anchor=(1.0, 1.0), borderpad=0.1)  # fmt: skip
    labels = []
    for series, (colour, dashes) in zip(drawn, _LINES, strict=False):
        backlog = np.asarray(series.backlog)
        axis.plot(hours, backlog, color=colour, ls=dashes, lw=2)
        peak = int(np.argmax(backlog))
        text = f"{_short(series.name)}: {_count(backlog[peak])}"
        labels.append((float(hours[peak]), float(backlog[peak]), text, colour))
    _label(axis, labels, time(result.horizon))
    if not drawn:
        lost = f"\n{_count(result.lost)} records are lost" if result.lost > 0 else ""
        axis.set_yticks([0])
        axis.text(0.5, 0.5, f"Nothing waits beyond a normal day{lost}", transform=axis.transAxes,
                  ha="center", va="center", color=_QUIET, linespacing=1.6)  # fmt: skip
    if small:
        rest = ", ".join(f"{_short(s.name)} {_count(max(s.backlog))}" for s in small[:3])
        more = f" and {len(small) - 3} more" if len(small) > 3 else ""
        axis.text(1, 0.985, f"not drawn, at most: {rest}{more}", transform=axis.transAxes,
                  ha="right", va="top", color=_QUIET, fontsize=8.5)  # fmt: skip


def _label(axis: Axes, labels: list[tuple[float, float, str, str]], width: float) -> None:
    """Names the lines at their peaks; a label that would cover another moves down beside it."""
    height = axis.get_ylim()[1]
    taken: list[tuple[float, float]] = []
    for x, y, text, colour in sorted(labels, key=lambda label: -label[1]):
        right = x < 0.6 * width
        place = y + 0.02 * height
        while any(abs(place - b) < 0.09 * height and abs(x - a) < 0.45 * width for a, b in taken):
            place -= 0.09 * height
        place = max(place, 0.02 * height)
        taken.append((x, place))
        axis.annotate(
            text,
            (x, place),
            xytext=(6 if right else -6, 2),
            textcoords="offset points",
            ha="left" if right else "right",
            va="bottom",
            color=colour,
            fontweight="bold",
            bbox={"boxstyle": "square,pad=0.1", "fc": "white", "ec": "none", "alpha": 0.75},
        )


def _worst_age(result: DrillResult) -> DataAge | None:
    judged = [age for age in result.ages if age.target is not None and age.age]
    return max(judged, key=lambda age: (age.late, age.worst), default=None)


def _age(axis: Axes, result: DrillResult, age: DataAge, time: _Clock) -> None:
    names = {series.node: _short(series.name) for series in result.series}
    target = age.target or 0.0
    units = (("days", numbers.DAY), ("hours", numbers.HOUR), ("minutes", numbers.MINUTE))
    unit, length = next((u for u in units if age.worst >= 2 * u[1]), ("seconds", 1.0))
    axis.set_ylabel(f"Age ({unit})")
    axis.yaxis.set_major_locator(MaxNLocator(nbins=4))
    axis.plot(np.asarray(result.times) / time.length, np.asarray(age.age) / length, _INK, lw=1.8)
    top = max(age.worst, target) / length
    axis.set_ylim(0, top * 1.12)
    axis.axhline(target / length, color="#a11d33", lw=1.2, ls=(0, (5, 3)))
    axis.annotate(
        f"target {numbers.duration(target)}",
        (1, target / length),
        xycoords=("axes fraction", "data"),
        xytext=(-2, 3 if target / length < 0.8 * top else -12),
        textcoords="offset points",
        ha="right",
        color="#a11d33",
        bbox={"boxstyle": "square,pad=0.1", "fc": "white", "ec": "none", "alpha": 0.75},
    )
    title = f"Age of the data of {names[age.source]} at {names[age.consumer]}"
    axis.set_title(title, loc="left", fontsize=9.5)


def _short(name: str) -> str:
    return name if len(name) <= 28 else name[:27].rstrip() + "…"


def _count(value: float) -> str:
    """`1,240,000` -> `1.24 M`."""
    for size, unit in ((1e9, " bn"), (1e6, " M"), (1e3, " k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}"
