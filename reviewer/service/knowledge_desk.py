"""The instructor's desk: documents in and out, and what the reviewers can cite for each check."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from knowledge.types import Filter
from reviewer.errors import InputError
from reviewer.service.translation import knowledge_errors

if TYPE_CHECKING:
    from rich.console import RenderableType

    from knowledge.embedding import Vectors
    from knowledge.library import Library
    from knowledge.types import Collection, Entry, Explanation, Hit, ImportReport, Passage
    from reviewer.domain.design import Design
    from reviewer.domain.questionnaire import Check
    from reviewer.service import ReviewService

_SUGGESTED_FROM = 30  # passages of a document that are compared with the checks
_CLOSE_ROLE = 0.05  # a role this close to the closest one is suggested, too
_MOST_ROLES = 3
_LISTS = ("authors", "roles", "topics")


class KnowledgeDesk:
    """Everything that `reviewer knowledge` and the instructor's page do."""

    def __init__(self, service: ReviewService) -> None:
        self._service = service

    @cached_property
    def library(self) -> Library:
        """The records with their index, made at the first call."""
        from knowledge.library import open_library

        with knowledge_errors():
            return open_library(
                self._service.home(),
                # On a server the library is in the store's database; a file has its own engine.
                engine=self._service.store.engine if self._service.settings.database_url else None,
                embedder=self._embedder,
                chroma_url=self._service.settings.chroma_url,
            )

    @cached_property
    def _embedder(self) -> Vectors:
        """OpenVINO where the `fast` extra is installed: long reading lists take half the time.

        The library has an index of its own for each backend, and takes queries and passages from the
        same one. The offline reviewer's verdicts always come from the service's own embedder.
        """
        from knowledge.embedding import LocalEmbedder, fastest_backend
        from knowledge.vector_cache import CachedEmbedder

        backend = fastest_backend()
        if backend == "onnxruntime":
            return self._service.embedder
        kept = self._service.home() / "vectors.sqlite3"
        return CachedEmbedder(LocalEmbedder(backend=backend), kept)

    def add(
        self, paths: Sequence[Path], collection: str, labels: Mapping[str, Any]
    ) -> ImportReport:
        """Imports files, folders, archives and reading lists, with progress on stderr."""
        from knowledge.importing import Labels
        from reviewer.export.progress import counted

        missing = [path for path in paths if not path.exists()]
        if missing:
            raise InputError(f"{missing[0]} does not exist.", hint="Nothing was imported.")
        with knowledge_errors(), counted() as told:
            return self.library.add(
                paths,
                collection=collection,
                labels=Labels(**labels, suggest=self._suggest),
                told=told,
            )

    def add_quietly(
        self,
        paths: Sequence[Path],
        collection: str,
        labels: Mapping[str, Any],
        told: Callable[[int, int, str], None],
    ) -> ImportReport:
        """Imports files; `told` hears how many are done, of how many, and the name of the next."""
        from knowledge.importing import Labels

        with knowledge_errors():
            given = Labels(**labels, suggest=self._suggest)
            return self.library.add(paths, collection=collection, labels=given, told=told)

    def entries(self, collection: str | None) -> tuple[Entry, ...]:
        """The sources, of one collection or all."""
        with knowledge_errors():
            return self.library.list(collection)

    def collections(self) -> tuple[Collection, ...]:
        """All collections."""
        with knowledge_errors():
            return self.library.collections()

    def entry(self, source: str) -> tuple[Entry, tuple[Passage, ...]]:
        """A source and its passages."""
        with knowledge_errors():
            return self.library.show(source), self.library.passages(source)

    def edit(self, source: str, values: Mapping[str, str]) -> Entry:
        """Changes metadata; lists are given with commas, names of authors with semicolons."""
        given: dict[str, Any] = dict(values)
        for name in _LISTS:
            if name in given:
                mark = ";" if name == "authors" else ","
                parts = (part.strip() for part in given[name].split(mark))
                given[name] = tuple(part for part in parts if part)
        with knowledge_errors():
            return self.library.edit(source, **given)

    def explain(
        self, query: str, *, role: str | None, collection: str | None, limit: int
    ) -> Sequence[Explanation]:
        """The closest passages, each with why it stands where it does."""
        within = Filter(collections=(collection,)) if collection else None
        with knowledge_errors():
            return self.library.explain(query, role=role, limit=limit, within=within)

    def remove(self, source: str, collection: str | None) -> None:
        """Takes a source out of one collection or all."""
        with knowledge_errors():
            self.library.remove(source, collection=collection)

    def collection(self, name: str, *, title: str | None, enabled: bool | None) -> Collection:
        """Makes a collection, or changes it."""
        with knowledge_errors():
            return self.library.set_collection(name, title=title, enabled=enabled)

    def reindex(self) -> int:
        """Builds the index anew; how many passages it holds."""
        with knowledge_errors():
            return self.library.reindex()

    def export(self, collection: str, path: Path) -> tuple[int, int]:
        """Writes a collection to one file."""
        with knowledge_errors():
            return self.library.export(collection, path)

    def take_in(self, path: Path, collection: str | None) -> ImportReport:
        """Puts a collection file back in."""
        with knowledge_errors():
            return self.library.take_in(path, collection=collection)

    def coverage(self) -> list[dict[str, Any]]:
        """For each check the passages that a reviewer can cite, closest first; none is a gap."""
        from reviewer.agents.retrieval import passages_of_checks

        checks = self._service.questionnaire.checks
        found = passages_of_checks(checks, self._service.passages())
        return [_row(check, found[check.id]) for check in checks]

    def seen(self, role: str, design: Design) -> list[dict[str, Any]]:
        """For each check of a role the passages that a review of this design would be shown."""
        from reviewer.agents.retrieval import passages_of_checks

        questions = self._service.questionnaire
        if role not in {known.id for known in questions.roles}:
            known_roles = ", ".join(known.id for known in questions.roles)
            raise InputError(f"There is no role {role}; there are: {known_roles}.")
        # Asked together with the checks of all roles: what is rare among passages depends on them.
        found = passages_of_checks(questions.checks, self._service.passages(), design)
        return [_row(check, found[check.id]) for check in questions.checks_of(role)]

    def report_view(self, report: ImportReport) -> RenderableType:
        """What became of each file."""
        from reviewer.export.library import report_view

        return report_view(report)

    def list_view(self, entries: Sequence[Entry]) -> RenderableType:
        """Collections and sources."""
        from reviewer.export.library import list_view

        return list_view(self.collections(), entries)

    def entry_view(self, entry: Entry, passages: Sequence[Passage]) -> RenderableType:
        """A source in full."""
        from reviewer.export.library import entry_view

        return entry_view(entry, passages)

    def search_view(self, found: Sequence[Explanation], *, explained: bool) -> RenderableType:
        """Passages found."""
        from reviewer.export.library import search_view

        return search_view(found, explained=explained)

    def coverage_view(self, rows: Sequence[Mapping[str, Any]], *, gaps: bool) -> RenderableType:
        """What can be cited for each check, or the checks without anything."""
        from reviewer.export.library import coverage_view

        return coverage_view(rows, gaps=gaps)

    def _suggest(self, texts: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Roles whose questions are closest to a document's text; topics are left to a person."""
        embedder, checks = self._service.embedder, self._service.questionnaire.checks
        asked = [check for check in checks if check.role != "chair"]
        vectors = embedder.embed(list(texts)[:_SUGGESTED_FROM])
        if not len(vectors):
            return (), ()
        closeness = (vectors @ embedder.embed([c.question for c in asked]).T).max(axis=0)
        best: dict[str, float] = {}
        for check, value in zip(asked, closeness, strict=True):
            best[check.role] = max(best.get(check.role, 0.0), float(value))
        ranked = sorted(best, key=lambda role: -best[role])
        top = best[ranked[0]]
        close = [role for role in ranked if best[role] >= top - _CLOSE_ROLE]
        return tuple(close[:_MOST_ROLES]), ()


def _row(check: Check, hits: Sequence[Hit]) -> dict[str, Any]:
    """A check and what can be cited for it."""
    passages = [
        {
            "id": hit.passage.id,
            "source": hit.source.id,
            "title": hit.source.title,
            "locator": hit.passage.locator,
            "kind": hit.passage.kind,
            "text": hit.passage.text,
            "score": round(hit.score, 3),
        }
        for hit in hits
    ]
    return {
        "check": check.id,
        "role": check.role,
        "question": check.question,
        "passages": passages,
    }
