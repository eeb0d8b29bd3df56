"""Briefs: what each role is shown, with the passages found for each of its checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from knowledge.types import Hit
from reviewer.domain.design import Design
from reviewer.domain.facts import Analysis
from reviewer.domain.questionnaire import Check, Questionnaire
from reviewer.ports import Progress, Retriever, RoleBrief

_PER_CHECK = 2
_REMEMBERED = 4  # sets of queries: questionnaires, roles on their own


class Remembered:
    """A retriever that searches once for sets of queries that are asked of every design."""

    def __init__(self, inner: Retriever) -> None:
        self._inner = inner
        self._found: dict[object, Sequence[list[Hit]]] = {}

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


def brief_roles(
    design: Design,
    analysis: Analysis,
    questionnaire: Questionnaire,
    retriever: Retriever | None,
    progress: Progress,
) -> dict[str, RoleBrief]:
    """A brief for each role of the questionnaire, in its order.

    The query of a check is its question and reason; a source that the check names counts as
    close only if it is found, too. Without a retriever nothing is cited.
    """
    progress("passages", "running")
    hits = passages_of_checks(questionnaire.checks, retriever) if retriever else {}
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


def passages_of_checks(checks: Sequence[Check], retriever: Retriever) -> dict[str, tuple[Hit, ...]]:
    """What can be cited for each check, by its id; empty where nothing is close."""
    queries = [(query_of(check), None if check.role == "chair" else check.role)
               for check in checks]  # fmt: skip
    found = retriever.search_many(queries, limit=8)
    return {
        check.id: _named_first(hits, check.sources)
        for check, hits in zip(checks, found, strict=True)
    }


def query_of(check: Check) -> str:
    """What is searched for a check: its question and its reason."""
    return f"{check.question} {check.why}"


def _named_first(hits: list[Hit], sources: tuple[str, ...]) -> tuple[Hit, ...]:
    """The passages that a check is shown.

    Those of sources that it names and those of an instructor's documents come before any others.
    """
    named: list[Hit] = []
    others: list[Hit] = []
    for hit in hits:
        (named if hit.source.id in sources or hit.passage.kind == "excerpt" else others).append(hit)
    return (*named, *others)[:_PER_CHECK]
