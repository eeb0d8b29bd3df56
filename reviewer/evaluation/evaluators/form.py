"""Form: quotes are verbatim, nothing is said twice, citations bear on their point."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from reviewer.domain.evaluation import Measure, Score
from reviewer.evaluation.evaluators.evaluator import CaseRun, Evaluator, of_case, share
from reviewer.evaluation.matching import flat, raised
from reviewer.evaluation.observation import Observation, Seen
from reviewer.evaluation.variants import ALL

_MEASURES = (
    Measure(
        id="verbatim",
        title="Reviews whose every quote is verbatim",
        meaning="Each quote stands in the design where the finding says.",
        main=True,
    ),
    Measure(
        id="supported",
        title="Shown findings with evidence",
        meaning="Shown findings that quote text, name a computed fact or the sections searched.",
    ),
    Measure(
        id="duplicates",
        title="Points said twice by different roles",
        meaning="Shown findings that repeat a check or a quote of another role's shown finding.",
        better="lower",
    ),
    Measure(
        id="cited",
        title="Shown findings with a citation",
        meaning="Whether it bears on the point is another question.",
        better="",
    ),
    Measure(
        id="citation_bears",
        title="Citations that bear on their point",
        meaning="Of the citations that a person has labelled; unscored for others.",
    ),
    Measure(
        id="gravest_first",
        title="A gravest weakness among the priorities of all",
        meaning="With all weaknesses planted: one of the gravest is to be taken first.",
    ),
)

_RANK = ("low", "medium", "high", "critical")


def _judge(run: CaseRun) -> Iterable[Score]:
    for name, seen in run.seen.items():
        shown = seen.shown
        yield of_case("verbatim", run, float(all(f.verbatim for f in seen.findings)), name)
        yield of_case("supported", run, share(sum(map(_supported, shown)), len(shown)), name)
        yield of_case("duplicates", run, share(_repeated(shown), len(shown)), name)
        cited = sum(bool(f.citations) for f in shown)
        yield of_case("cited", run, share(cited, len(shown)), name)
    yield from _citations(run)
    yield from _gravest(run)


def _supported(finding: Seen) -> bool:
    return bool(finding.quotes or finding.facts or finding.searched)


def _repeated(shown: tuple[Seen, ...]) -> int:
    """How many findings say what a finding of another role before them says."""
    pairs = itertools.combinations(shown, 2)
    return len({later.id for first, later in pairs if _same(first, later)})


def _same(one: Seen, other: Seen) -> bool:
    if one.roles[:1] == other.roles[:1]:
        return False
    if set(one.checks) & set(other.checks):
        return True
    return bool(one.quotes) and {*map(flat, one.quotes)} == {*map(flat, other.quotes)}


def _citations(run: CaseRun) -> Iterable[Score]:
    """Each labelled pair of check and passage once, however many variants show it."""
    told: dict[tuple[str, str], bool | None] = {}
    for seen in run.seen.values():
        for pair in _pairs(seen):
            told[pair] = run.labels.get(pair)
    for (check, passage), label in told.items():
        value = None if label is None else float(label)
        yield of_case("citation_bears", run, value, f"{check} {passage}")


def _pairs(seen: Observation) -> Iterable[tuple[str, str]]:
    return ((f.checks[0], c.passage) for f in seen.shown if f.checks for c in f.citations)


def _gravest(run: CaseRun) -> Iterable[Score]:
    if run.all is None or not run.together:
        return
    top = max(_RANK.index(p.severity.value) for p in run.together)
    worst = [p for p in run.together if _RANK.index(p.severity.value) == top]
    first = [f for f in run.all.findings if f.id in run.all.priorities]
    there = run.all.model_copy(update={"findings": tuple(first)})
    value = float(any(raised(there, p, any_role=True) for p in worst)) if first else None
    yield of_case("gravest_first", run, value, ALL, f"{len(worst)} of severity {_RANK[top]}")


FORM = Evaluator("form", _MEASURES, _judge)
