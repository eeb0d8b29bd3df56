"""The one door: `ReviewService` joins intake, analysis, panel, backends, knowledge and exports.

It is the only place that picks adapters and reads settings. Adapters are imported when they are
chosen, so that the command line starts fast.
"""

from __future__ import annotations

import asyncio
import difflib
import hashlib
import time
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from reviewer.errors import InputError, SettingsError
from reviewer.service.models import OFFLINE, make_answerer, prompts
from reviewer.service.translation import knowledge_errors
from reviewer.version import __version__

if TYPE_CHECKING:
    from rich.console import RenderableType

    from knowledge.corpus import Corpus
    from knowledge.library import Library
    from knowledge.search import Search
    from knowledge.types import Hit
    from reviewer.domain.course import Response
    from reviewer.domain.design import Design
    from reviewer.domain.drill import DrillResult, Scenario
    from reviewer.domain.facts import Analysis
    from reviewer.domain.questionnaire import Check, Questionnaire
    from reviewer.domain.review import Review
    from reviewer.ports import Embedder, Progress, Retriever
    from reviewer.service.app_desk import AppDesk
    from reviewer.service.batch_desk import BatchDesk
    from reviewer.service.class_desk import ClassDesk
    from reviewer.service.doctor import Row
    from reviewer.service.evaluation_desk import EvaluationDesk
    from reviewer.service.knowledge_desk import KnowledgeDesk
    from reviewer.service.pages_desk import PagesDesk
    from reviewer.service.reflection_desk import ReflectionDesk
    from reviewer.service.review_desk import ReviewDesk
    from reviewer.service.revision_desk import RevisionDesk
    from reviewer.service.upkeep import Upkeep
    from reviewer.settings import Settings
    from reviewer.store import Store

T = TypeVar("T")

_READS_ENGLISH = (
    "The offline reviewer reads English: points that only the text can settle are left unclear. "
    "The numbers are computed all the same; a chat model reads the design in its own language."
)

FORMATS = ("md", "json", "html", "docx", "pdf")
BINARY = ("docx", "pdf")


def _silent(stage: str, state: str) -> None:
    """The progress of a caller that does not watch."""


class ReviewService:
    """Everything the command line and the app can ask for."""

    def __init__(self, settings: Settings | None = None) -> None:
        self._given = settings
        self._search: Search | None = None
        self._passages: Retriever | None = None
        self._asked: Retriever | None = None  # what `_passages` asks

    @cached_property
    def settings(self) -> Settings:
        """Settings from the environment; `SettingsError` names the one that is wrong."""
        from pydantic import ValidationError

        from reviewer.settings import Settings

        if self._given is not None:
            return self._given
        try:
            return Settings()
        except ValidationError as error:
            first = error.errors()[0]
            name = "_".join(str(part) for part in first["loc"]).upper()
            raise SettingsError(f"The setting REVIEWER_{name}: {first['msg']}.") from None

    @cached_property
    def questionnaire(self) -> Questionnaire:
        """Roles, rubric and checks; `CatalogueError` names file and line of a mistake."""
        from reviewer.service.compiled import compiled_questionnaire

        return compiled_questionnaire(self._compiled, self._corpus.sources)

    @cached_property
    def _corpus(self) -> Corpus:
        from reviewer.service.compiled import compiled_corpus

        with knowledge_errors():
            return compiled_corpus(self._compiled)

    @property
    def _compiled(self) -> Path | None:
        """Where checked data files are kept; None where the home directory cannot be used."""
        try:
            return self.home() / "compiled"
        except SettingsError:
            return None

    @cached_property
    def scenarios(self) -> dict[str, Scenario]:
        """The failure drills by id."""
        from reviewer.catalogue import load_scenarios

        return load_scenarios()

    @cached_property
    def embedder(self) -> Embedder:
        """The local embedding model, with what ships and what is cached under the home directory."""
        from knowledge.embedding import LocalEmbedder
        from knowledge.shipped_vectors import ShippedEmbedder
        from knowledge.vector_cache import CachedEmbedder
        from reviewer.paths import VECTORS

        cached = CachedEmbedder(LocalEmbedder(), self.home() / "vectors.sqlite3")
        return ShippedEmbedder(cached, VECTORS)

    @cached_property
    def knowledge_desk(self) -> KnowledgeDesk:
        """What an instructor does with the knowledge base."""
        from reviewer.service.knowledge_desk import KnowledgeDesk

        return KnowledgeDesk(self)

    @cached_property
    def store(self) -> Store:
        """Courses, designs, reviews and replies; opened at the first use."""
        from reviewer.service.class_desk import open_class

        return open_class(self)

    @cached_property
    def batch_desk(self) -> BatchDesk:
        """A whole class at once."""
        from reviewer.service.batch_desk import BatchDesk

        return BatchDesk(self)

    @cached_property
    def class_desk(self) -> ClassDesk:
        """A class as its instructor sees it."""
        from reviewer.service.class_desk import ClassDesk

        return ClassDesk(self)

    @cached_property
    def upkeep(self) -> Upkeep:
        """Backups, restoring, deleting."""
        from reviewer.service.upkeep import Upkeep

        return Upkeep(self)

    def let_go(self) -> None:
        """Closes the database; the next use opens it anew."""
        from reviewer.service.class_desk import let_go

        let_go(self)

    @cached_property
    def review_desk(self) -> ReviewDesk:
        """Durable reviews, and the worker of this process."""
        from reviewer.service.review_desk import ReviewDesk

        return ReviewDesk(self)

    @cached_property
    def app_desk(self) -> AppDesk:
        """What the pages of the app need and no other desk has."""
        from reviewer.service.app_desk import AppDesk

        return AppDesk(self)

    @cached_property
    def pages_desk(self) -> PagesDesk:
        """What the knowledge page asks for; long work is done beside the pages."""
        from reviewer.service.pages_desk import PagesDesk

        return PagesDesk(self)

    @cached_property
    def evaluation_desk(self) -> EvaluationDesk:
        """How good the reviewer is."""
        from reviewer.service.evaluation_desk import EvaluationDesk

        return EvaluationDesk(self)

    @cached_property
    def reflection_desk(self) -> ReflectionDesk:
        """What the members of a group do after the review."""
        from reviewer.service.reflection_desk import ReflectionDesk

        return ReflectionDesk(self)

    @cached_property
    def revision_desk(self) -> RevisionDesk:
        """Earlier reviews: remembered by new ones, and compared with them."""
        from reviewer.service.revision_desk import RevisionDesk

        return RevisionDesk(self)

    def knowledge(self, progress: Progress = _silent) -> Search | Library:
        """The knowledge base, opened once; its index is built on first use.

        Where nothing was ever added, the starter corpus serves by itself, which opens faster.
        """
        elsewhere = self.settings.chroma_url or self.settings.database_url
        if elsewhere or (self.home() / "reviewer.db").exists():
            return self.knowledge_desk.library
        from knowledge.search import open_knowledge

        def told(done: int, of: int) -> None:
            progress(f"index: {done} of {of}", "running")

        progress("knowledge", "running")
        if self._search is None:
            with knowledge_errors():
                self._search = open_knowledge(
                    self.home() / "index",
                    progress=told,
                    embedder=self.embedder,
                    corpus=self._corpus,
                )
        progress("knowledge", "done")
        return self._search

    def passages(self, progress: Progress = _silent) -> Retriever:
        """The knowledge base as the panel asks it: what every design needs is searched once."""
        from reviewer.agents.retrieval import Remembered
        from reviewer.service.compiled import KeptSearch

        opened = self.knowledge(progress)
        if self._passages is None or self._asked is not opened:
            inner = KeptSearch(lambda: self._current(opened), self._compiled)
            self._asked, self._passages = opened, Remembered(inner)
        return self._passages

    @staticmethod
    def _current(opened: Search | Library) -> Search:
        """The search over what can be found at this moment."""
        from knowledge.search import Search

        if isinstance(opened, Search):
            return opened
        with knowledge_errors():
            return opened.current()

    def read(self, path: Path) -> Design:
        """The design in a file; `InputError` says in one sentence why it cannot be read."""
        from reviewer.intake import read_design

        return read_design(path, self.questionnaire.tasks)

    def review(
        self,
        path: Path,
        *,
        model: str | None = None,
        panel: str | None = None,
        progress: Progress = _silent,
    ) -> Review:
        """One review of the design in a file.

        Raises `InputError` for a bad file, `BackendError` where no role could be asked at all.
        """
        return self.review_design(self.read(path), model=model, panel=panel, progress=progress)

    def review_design(
        self,
        design: Design,
        *,
        model: str | None = None,
        panel: str | None = None,
        progress: Progress = _silent,
        earlier: Review | None = None,
    ) -> Review:
        """One review of a design that is already read.

        `earlier` is a review of the same group: only what changed since then is asked again.
        """
        from reviewer.agents.panel import Panel, run_panel
        from reviewer.analysis import analyse

        name = model or self.settings.model
        mode = mode_of(panel or self.settings.panel)
        design = as_read(design, name)
        retriever = self.passages(progress)

        async def work() -> Review:
            answerer = make_answerer(name, self.settings, self.embedder, self.questionnaire.checks)
            asked = self.revision_desk.remembering(answerer, earlier, name, retriever.corpus)
            parts = Panel(self.questionnaire, asked, retriever, analyse, mode)
            try:
                return await run_panel(design, parts, progress)
            finally:
                await answerer.aclose()

        began = time.perf_counter()
        review = self.signed(_run(work(), name), name, mode, retriever.corpus)
        seconds = round(time.perf_counter() - began, 3)
        manifest = review.manifest.model_copy(update={"seconds": seconds})
        return review.model_copy(update={"manifest": manifest})

    def numbers(self, path: Path) -> Analysis:
        """The facts computed from a design, and what could not be computed."""
        from reviewer.analysis import analyse

        return analyse(self.read(path))

    def drill(self, path: Path, scenario: str, overrides: Mapping[str, str]) -> DrillResult:
        """A failure drill on the data-flow map of a design."""
        from reviewer.analysis.drills import run_drill

        if scenario not in self.scenarios:
            known = ", ".join(self.scenarios)
            raise InputError(f"There is no drill named {scenario}; there are: {known}.")
        return run_drill(self.read(path), self.scenarios[scenario], overrides)

    def new(self, path: Path) -> None:
        """Writes a commented design template; an existing file is never overwritten."""
        from reviewer.intake import write_template

        write_template(path)

    def export(self, review: Review, form: str) -> str:
        """The review as `md`, `json` or `html` text."""
        if form == "json":
            from reviewer.export.json import to_json

            return to_json(review)
        if form == "html":
            from reviewer.export.html import to_html

            return to_html(review, self.questionnaire)
        if form == "md":
            from reviewer.export.markdown import to_markdown

            return to_markdown(review, self.questionnaire)
        raise InputError(f"There is no text format {form}; there are: md, json, html.")

    def document(self, review: Review, form: str) -> bytes:
        """The review as a file in any of `FORMATS`."""
        if form == "pdf":
            from reviewer.export.pdf import to_pdf

            return to_pdf(review, self.questionnaire)
        if form == "docx":
            from reviewer.export.docx import to_docx

            return to_docx(review, self.questionnaire)
        if form not in FORMATS:
            raise InputError(f"There is no format {form}; there are: {', '.join(FORMATS)}.")
        return self.export(review, form).encode()

    def statement(self, review: Review, responses: Sequence[Response] = ()) -> str:
        """The statement of AI use for the hand-in, as Markdown."""
        from reviewer.export.statement import to_statement

        return to_statement(review, responses)

    def check(self, check_id: str) -> Check:
        """The check of that id, in any case; `InputError` suggests the nearest ones."""
        ids = {check.id.casefold(): check for check in self.questionnaire.checks}
        if found := ids.get(check_id.casefold()):
            return found
        close = difflib.get_close_matches(check_id.upper(), [c.id for c in ids.values()], 3)
        hint = f"Did you mean {', '.join(close)}?" if close else "`reviewer roles` lists all."
        raise InputError(f"There is no check {check_id}.", hint=hint)

    def show(self, view: RenderableType) -> None:
        """Prints a view to the terminal."""
        from rich.console import Console

        Console(highlight=False).print(view)

    def watch(self) -> AbstractContextManager[Progress]:
        """Shows progress on stderr while a review runs."""
        from reviewer.export.progress import watch

        return watch()

    def terminal(self, review: Review) -> RenderableType:
        """The review as a terminal view."""
        from reviewer.export.terminal import to_terminal

        return to_terminal(review, self.questionnaire)

    def roles_view(self) -> RenderableType:
        """Roles and their checks."""
        from reviewer.export.tables import roles_view

        return roles_view(self.questionnaire)

    def rubric_view(self) -> RenderableType:
        """Criteria and their levels."""
        from reviewer.export.tables import rubric_view

        return rubric_view(self.questionnaire)

    def check_view(self, check: Check) -> RenderableType:
        """One check in full."""
        from reviewer.export.tables import check_view

        titles = {source.id: source.title for source in self._corpus.sources.values()}
        return check_view(check, self.questionnaire, titles)

    def numbers_view(self, analysis: Analysis) -> RenderableType:
        """Facts and what is missing."""
        from reviewer.export.tables import numbers_view

        return numbers_view(analysis)

    def drills_view(self) -> RenderableType:
        """The drills there are."""
        from reviewer.export.tables import drills_view

        return drills_view(self.scenarios)

    def drill_view(self, result: DrillResult) -> RenderableType:
        """What came of a drill."""
        from reviewer.export.tables import drill_view

        return drill_view(result)

    def plot(self, result: DrillResult, path: Path) -> None:
        """Draws the backlog of a drill as .svg or .png."""
        from reviewer.analysis.plot import plot_backlog

        plot_backlog(result, path)

    def hits_view(self, hits: Sequence[Hit]) -> RenderableType:
        """Passages found."""
        from reviewer.export.tables import hits_view

        return hits_view(hits)

    def estimate(self, design: Design, *, model: str | None, panel: str | None) -> str | None:
        """What a review by a chat model may take and cost, in one line; None offline."""
        name = model or self.settings.model
        if name == OFFLINE:
            return None
        from reviewer.service.estimate import estimate

        return estimate(self, design, name, mode_of(panel or self.settings.panel))

    def doctor(self, model: str | None) -> list[Row]:
        """What works, what is broken, and what to do about it."""
        from reviewer.service.doctor import examine

        return examine(self, model)

    def doctor_view(self, report: Sequence[Row]) -> RenderableType:
        """The doctor's report."""
        from reviewer.export.tables import doctor_view

        return doctor_view(report)

    def home(self) -> Path:
        """The home directory, made if it is not there."""
        try:
            self.settings.home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(
                f"REVIEWER_HOME ({self.settings.home}) cannot be used: {error.strerror}."
            ) from None
        return self.settings.home

    def signed(self, review: Review, model: str, mode: str, corpus: str) -> Review:
        """The review with the manifest of how it was made."""
        manifest = review.manifest.model_copy(
            update={
                "version": __version__,
                "model": model,
                "panel": mode,
                "prompts": self.prompt_hashes(model),
                "corpus": corpus,
                "design": _sha256(review.design.text),
            }
        )
        return review.model_copy(update={"manifest": manifest})

    def prompt_hashes(self, model: str) -> dict[str, str]:
        """What was asked: the questionnaire, and for a chat model every prompt file."""
        offline, chat = self._hashes
        return dict(offline if model == OFFLINE else chat)

    @cached_property
    def _hashes(self) -> tuple[dict[str, str], dict[str, str]]:
        """For the offline reviewer, and for chat models; files are read once, like all others."""
        hashes = {"questionnaire": _sha256(self.questionnaire.model_dump_json())}
        return hashes, {**hashes, **prompts().hashes}


def as_read(design: Design, model: str) -> Design:
    """The design with a warning where this model does not read its language."""
    if model != OFFLINE or design.language == "en":
        return design
    return design.model_copy(update={"warnings": (*design.warnings, _READS_ENGLISH)})


def mode_of(panel: str) -> Any:
    """The panel of that name; `InputError` where there is none."""
    if panel not in ("roles", "single"):
        raise InputError(f"There is no panel {panel}; there are: roles, single.")
    return panel


def _run(work: Coroutine[Any, Any, T], model: str) -> T:
    """Runs a review; calls to a server on the fastest event loop there is."""
    if model == OFFLINE:
        return asyncio.run(work)
    from reviewer.backends.loops import run

    return run(work)


def _sha256(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
