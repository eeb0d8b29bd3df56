"""Points: planted weaknesses that are noticed, and points that are raised without reason."""

from __future__ import annotations

from collections.abc import Iterable

from reviewer.domain.evaluation import Measure, Score
from reviewer.evaluation.dataset import Plant
from reviewer.evaluation.evaluators.evaluator import CaseRun, Evaluator, of_note
from reviewer.evaluation.matching import bears, raised
from reviewer.evaluation.observation import Observation, Seen

_MEASURES = (
    Measure(
        id="recall",
        title="Noticed, by the right role",
        meaning="Planted weaknesses that a shown finding of their role raises.",
        main=True,
    ),
    Measure(
        id="recall_any",
        title="Noticed, by any role",
        meaning="Planted weaknesses that a shown finding of any role or neighbouring check raises.",
    ),
    Measure(
        id="recall_folded",
        title="Noticed, folded findings too",
        meaning="As by the right role, with findings that are not shown at first.",
    ),
    Measure(
        id="clean",
        title="The same points on clean twins",
        meaning="Points that are raised although the design without the weakness settles them.",
        better="lower",
        main=True,
    ),
    Measure(
        id="clean_folded",
        title="The same points on clean twins, folded too",
        meaning="As above, with findings that are not shown at first.",
        better="lower",
    ),
    Measure(
        id="paired",
        title="Noticed when planted, silent when not",
        meaning="The figure to improve: what is noticed without being raised on the clean twin.",
        main=True,
    ),
    Measure(
        id="located",
        title="Noticed and quoted where it stands",
        meaning="Noticed by the right role, with evidence from the planted text or, for what is "
        "missing, the sections that were searched.",
        main=True,
    ),
    Measure(
        id="bearing",
        title="Evidence bears on the point",
        meaning="Of the noticed weaknesses, those whose evidence is the planted text.",
    ),
    Measure(
        id="first",
        title="Grave weakness among the priorities",
        meaning="High and critical weaknesses, planted alone, that the review says to take first.",
    ),
)

_GRAVE = ("high", "critical")


def _judge(run: CaseRun) -> Iterable[Score]:
    for plant, with_it, without in run.pairs():
        yield from _noticed(run, plant, with_it)
        yield from _twin(run, plant, with_it, without)


def _noticed(run: CaseRun, plant: Plant, seen: Observation | None) -> Iterable[Score]:
    if seen is None:
        yield from (
            of_note(m, run, plant, None)
            for m in ("recall", "recall_any", "recall_folded", "located", "bearing", "first")
        )
        return
    found = raised(seen, plant) if _has_roles(seen) else ()
    anywhere = raised(seen, plant, any_role=True)
    in_role = float(bool(found)) if _has_roles(seen) else None
    yield of_note("recall", run, plant, in_role, _titles(found))
    yield of_note("recall_any", run, plant, float(bool(anywhere)), _titles(anywhere))
    hidden = float(bool(raised(seen, plant, folded=True))) if _has_roles(seen) else None
    yield of_note("recall_folded", run, plant, hidden)
    there = any(bears(finding, plant) for finding in found)
    yield of_note("located", run, plant, None if in_role is None else float(there))
    yield of_note("bearing", run, plant, float(there) if found else None)
    if plant.severity.value in _GRAVE and seen.priorities:
        first = any(finding.id in seen.priorities for finding in anywhere)
        yield of_note("first", run, plant, float(first))


def _twin(
    run: CaseRun, plant: Plant, seen: Observation | None, clean: Observation | None
) -> Iterable[Score]:
    if clean is None:
        yield from (of_note(m, run, plant, None) for m in ("clean", "clean_folded", "paired"))
        return
    any_role = not _has_roles(clean)
    false = raised(clean, plant, any_role=any_role)
    yield of_note("clean", run, plant, float(bool(false)), _titles(false))
    folded = raised(clean, plant, any_role=any_role, folded=True)
    yield of_note("clean_folded", run, plant, float(bool(folded)))
    told = None
    if seen is not None:
        told = float(bool(raised(seen, plant, any_role=any_role)) and not false)
    yield of_note("paired", run, plant, told)


def _has_roles(seen: Observation) -> bool:
    """Whether the reviewer has roles at all: a bare prompt has none to be right about."""
    return bool(seen.verdicts)


def _titles(found: Iterable[Seen]) -> str:
    return "; ".join(f.title for f in found)[:200]


POINTS = Evaluator("points", _MEASURES, _judge)
