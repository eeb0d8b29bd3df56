"""Briefs: what each role is shown, with the passages found for each of its checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from knowledge.types import Hit
from reviewer.agents.bearing import Bearing, Fit, asked_of
from reviewer.domain.design import Design
from reviewer.domain.facts import Analysis
from reviewer.domain.questionnaire import Check, Questionnaire
from reviewer.ports import Progress, Retriever, RoleBrief

_PER_CHECK = 2
_LOOKED_AT = 8  # passages a query
# Chosen on judged pairs of check and passage; docs/benchmarks.md has the figures.
_SHARES = (0.4, 0.4, 0.2)  # of the queries of a check, in the order of `queries_of`
_NOT_FOUND = 0.3  # stands for the score of a query that did not find a passage others found
_NAMED = 0.05  # more for sources that the check names, and for an instructor's documents
_CITABLE = 0.57  # of what is closer, six of seven bear on the point; at 0.50 to 0.55 half of it
_COMPARED = 6  # of the close ones; more are never near enough to the first to matter
_FITTING = 0.12  # at most, for what the design itself says of the point
_REMEMBERED = 4  # sets of queries: questionnaires, roles on their own


class Remembered:
    """A retriever that searches once for sets of queries that are asked of every design."""

    def __init__(self, inner: Retriever) -> None:
        self._inner = inner
        self._found: dict[object, Sequence[list[Hit]]] = {}
        self._shelf: tuple[Sequence[Check], str, Shelf] | None = None

    @property
    def corpus(self) -> str:
        """Content hash of everything that can be found."""
        return self._inner.corpus

    def search(self, query: str, *, role: str | None = None, limit: int = 5) -> list[Hit]:
        """As the inner retriever's, every time."""
        return self._inner.search(query, role=role, limit=limit)

    def search_many(
        self, queries: Sequence[tuple[str, str | None]], *, limit: int = 5
    ) -> Sequence[list[Hit]]:
        """As the inner retriever's, once for the same queries of the same corpus."""
        key = (self.corpus, tuple(queries), limit)
        found = self._found.get(key)
        if found is None:
            found = self._inner.search_many(queries, limit=limit)
            if len(self._found) >= _REMEMBERED:
                self._found.clear()
            self._found[key] = found
        return found

    def shelf(self, checks: Sequence[Check]) -> Shelf:
        """What is close to each check, put together once for the same checks and corpus."""
        corpus = self.corpus
        if self._shelf is None or self._shelf[0] is not checks or self._shelf[1] != corpus:
            self._shelf = checks, corpus, Shelf(checks, self)
        return self._shelf[2]


def brief_roles(
    design: Design,
    analysis: Analysis,
    questionnaire: Questionnaire,
    retriever: Retriever | None,
    progress: Progress,
) -> dict[str, RoleBrief]:
    """A brief for each role of the questionnaire, in its order.

    Passages are close to the point of a check; of close ones, those come first that fit what the
    design says there. Without a retriever nothing is cited.
    """
    progress("passages", "running")
    hits = passages_of_checks(questionnaire.checks, retriever, design) if retriever else {}
    progress("passages", "done")
    return briefs_of(design, analysis, questionnaire, hits)


def briefs_of(
    design: Design,
    analysis: Analysis,
    questionnaire: Questionnaire,
    hits: Mapping[str, tuple[Hit, ...]],
) -> dict[str, RoleBrief]:
    """The same from passages that were found before, by check."""
    briefs = {}
    for role in questionnaire.roles:
        checks = questionnaire.checks_of(role.id)
        briefs[role.id] = RoleBrief(
            design=design,
            analysis=analysis,
            roles=(role,),
            checks=checks,
            passages={check.id: hits[check.id] for check in checks if hits.get(check.id)},
        )
    return briefs


def passages_of_checks(
    checks: Sequence[Check], retriever: Retriever, design: Design | None = None
) -> dict[str, tuple[Hit, ...]]:
    """What can be cited for each check, by its id; empty where nothing is close.

    A passage is cited only where it is close to the point itself, whatever the design says. With a
    design, those of the close ones come first that share rare words with its spans on the point.
    """
    shelf = retriever.shelf(checks) if isinstance(retriever, Remembered) else None
    return (shelf or Shelf(checks, retriever)).passages(design)


class Shelf:
    """The passages close to each check, whatever the design: what all designs choose from."""

    def __init__(self, checks: Sequence[Check], retriever: Retriever) -> None:
        self._close = dict(_close(checks, retriever))
        self._first = {
            check: tuple(c.hit for c in found[:_PER_CHECK]) for check, found in self._close.items()
        }
        self._asked = {check.id: asked_of(check) for check in checks
                       if len(self._close[check.id]) > 1}  # fmt: skip
        self._fit = Fit(c.hit for found in self._close.values() for c in found)

    def passages(self, design: Design | None) -> dict[str, tuple[Hit, ...]]:
        """Those to cite for each check, best first; a design puts them in its own order."""
        if design is None:
            return dict(self._first)
        bearing = Bearing(design)
        chosen = dict(self._first)
        for check, asked in self._asked.items():
            found = self._close[check]
            fits = self._fit.of([c.hit for c in found], bearing.of(asked))
            order = sorted(range(len(found)), key=lambda n: -(found[n].score + _FITTING * fits[n]))
            chosen[check] = tuple(found[n].hit for n in order[:_PER_CHECK])
        return chosen


def queries_of(check: Check) -> tuple[str, str, str]:
    """What is searched for a check: what it asks and why, what it advises, what its findings say."""
    return query_of(check), check.remedy, f"{check.weakness}. {check.risk}. {check.strength}."


def query_of(check: Check) -> str:
    """The first query of a check: its question and its reason."""
    return f"{check.question} {check.why}"


@dataclass(frozen=True)
class _Close:
    """A passage close enough to the point of a check to be cited for it."""

    hit: Hit
    score: float


def _close(checks: Sequence[Check], retriever: Retriever) -> Iterator[tuple[str, list[_Close]]]:
    """For each check the passages that are close to it by all of its queries, closest first."""
    queries = [
        (query, None if check.role == "chair" else check.role)
        for check in checks
        for query in queries_of(check)
    ]
    found = iter(retriever.search_many(queries, limit=_LOOKED_AT))
    for check in checks:
        first: dict[str, Hit] = {}
        scores: dict[str, list[float]] = {}
        for place in range(len(_SHARES)):
            for hit in next(found):
                first.setdefault(hit.passage.id, hit)
                by_query = scores.setdefault(hit.passage.id, [_NOT_FOUND] * len(_SHARES))
                by_query[place] = hit.score
        rated = [_Close(hit, _rating(check, hit, scores[name])) for name, hit in first.items()]
        close = [c for c in rated if c.score >= _CITABLE]
        yield check.id, sorted(close, key=lambda c: (-c.score, c.hit.passage.id))[:_COMPARED]


def _rating(check: Check, hit: Hit, scores: Sequence[float]) -> float:
    mean = sum(share * score for share, score in zip(_SHARES, scores, strict=True))
    return mean + (_NAMED if hit.source.id in check.sources or hit.passage.kind == "excerpt" else 0)
