"""Notes: points that an engineer made on a published design, and points it covers well."""

from __future__ import annotations

from collections.abc import Iterable

from reviewer.domain.evaluation import Measure, Score
from reviewer.evaluation.evaluators.evaluator import CaseRun, Evaluator, of_note
from reviewer.evaluation.matching import raised

_MEASURES = (
    Measure(
        id="noted",
        title="Grave points of an engineer raised",
        meaning="High and critical points that a shown finding of the right role raises.",
        main=True,
    ),
    Measure(
        id="noted_any",
        title="Grave points of an engineer raised, by any role",
        meaning="As above, by a finding of any role or neighbouring check.",
    ),
    Measure(
        id="covered_raised",
        title="Well covered points called missing",
        meaning="Points that the engineer found well covered and a shown finding calls missing; "
        "unscored where no check is named for the point.",
        better="lower",
        main=True,
    ),
)

_GRAVE = ("high", "critical")


def _judge(run: CaseRun) -> Iterable[Score]:
    for note in run.case.weaknesses:
        if note.severity.value in _GRAVE:
            found, anywhere = None, None
            if run.base is not None:
                found = float(bool(raised(run.base, note))) if run.base.verdicts else None
                anywhere = float(bool(raised(run.base, note, any_role=True)))
            yield of_note("noted", run, note, found)
            yield of_note("noted_any", run, note, anywhere)
    for note in run.case.well_covered:
        value = None
        if run.base is not None and note.checks:
            missing = {c for f in run.base.shown if f.absent for c in f.checks}
            value = float(bool(missing & set(note.checks)))
        yield of_note("covered_raised", run, note, value)


NOTES = Evaluator("notes", _MEASURES, _judge)
