"""How good the reviewer is: joins cases, the reviewer under test and its baselines."""

from __future__ import annotations

import asyncio
import contextlib
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from reviewer.errors import InputError
from reviewer.service.models import OFFLINE, prompts

if TYPE_CHECKING:
    from rich.console import RenderableType

    from reviewer.domain.design import Design
    from reviewer.domain.evaluation import Comparison, Identity, Report
    from reviewer.domain.review import Review
    from reviewer.evaluation.dataset import Dataset
    from reviewer.evaluation.evaluation import Plan
    from reviewer.ports import Answerer
    from reviewer.service import ReviewService

BASELINES = ("bare", "single", "no-retrieval", "no-analysis", "no-grounding", "offline")
"""What the reviewer is set against: one plain question to the model, all checks in one call, the
panel with one part taken away, no model at all."""

_ATTACKED = 3  # designs that every attack text is put into


@dataclass(frozen=True)
class Order:
    """What is to be evaluated, as the command line gives it."""

    cases: Path | None = None
    only: tuple[str, ...] = ()
    model: str | None = None
    panel: str | None = None
    baseline: str = ""
    part: str = "full"
    repeats: int = 2
    attacks: Path | None = None
    labels: Path | None = None
    out: Path | None = None


class EvaluationDesk:
    """Everything that `reviewer evaluate` does."""

    def __init__(self, service: ReviewService) -> None:
        self._service = service

    def evaluate(self, order: Order) -> Report:
        """The report; finished reviews are kept in the folder `out` and not made again."""
        from reviewer.evaluation.dataset import SHIPPED, load_dataset
        from reviewer.evaluation.evaluation import evaluate
        from reviewer.evaluation.runner import Reviews, Runner
        from reviewer.export.progress import counted

        dataset = load_dataset(order.cases or SHIPPED).only(order.only)
        kept = order.out / "reviews.jsonl" if order.out else None
        plan = self._plan(order, dataset)
        order = self.settled(order)
        with self.reader() as read, counted() as told:
            runner = Runner(self.identity(order), self.reviewer(order), read, Reviews(kept))
            return evaluate(dataset, runner, plan, told)

    def announcement(self, order: Order) -> str | None:
        """Before a run that costs money: how many reviews, and what one of them takes."""
        from reviewer.evaluation.dataset import SHIPPED, load_dataset
        from reviewer.evaluation.evaluation import planned_reviews

        dataset = load_dataset(order.cases or SHIPPED).only(order.only)
        first = dataset.cases[0]
        with self.reader() as read:
            one = self._service.estimate(
                read(first.content, first.file), model=order.model, panel=order.panel
            )
        if one is None:
            return None
        number = planned_reviews(dataset, self._plan(order, dataset))
        return f"Up to {number} reviews for each reviewer. One of them: {one}"

    def _plan(self, order: Order, dataset: Dataset) -> Plan:
        from reviewer.evaluation import attacks
        from reviewer.evaluation.dataset import load_labels, plain_cases
        from reviewer.evaluation.evaluation import Plan
        from reviewer.paths import EXAMPLES

        attacked = dataset.cases if order.cases or order.only else plain_cases(EXAMPLES)
        return Plan(
            part="quick" if order.part == "quick" else "full",
            repeats=order.repeats,
            attacks=attacks.load_attacks(order.attacks or attacks.SHIPPED),
            attacked=attacked[:_ATTACKED],
            labels=load_labels(order.labels) if order.labels else {},
        )

    def settled(self, order: Order) -> Order:
        """The order with model and panel as the baseline has them; `InputError` if it has none."""
        model = order.model or self._service.settings.model
        panel = order.panel or self._service.settings.panel
        if order.baseline == "bare" and model == OFFLINE:
            raise InputError(
                "The baseline bare needs a chat model.", hint="Give --model PROVIDER:NAME."
            )
        if order.baseline == "single":
            panel = "single"
        if order.baseline == "offline":
            model = OFFLINE
        return replace(order, model=model, panel=panel)

    def identity(self, order: Order) -> Identity:
        """Who is evaluated: everything that an answer depends on."""
        from reviewer.domain.evaluation import Identity
        from reviewer.version import __version__

        model = order.model or self._service.settings.model
        panel = order.panel or self._service.settings.panel
        baseline = "" if order.baseline in ("single", "offline") else order.baseline
        parts = [model, "" if panel == "roles" else panel, baseline]
        return Identity(
            name=", ".join(part for part in parts if part),
            model=model,
            panel=panel,
            baseline=baseline,
            version=__version__,
            corpus=self._service.passages().corpus,
            code=_code(),
            prompts={} if model == OFFLINE else prompts().hashes,
        )

    def load(self, path: Path) -> Report:
        """A report from its JSON file, or from the folder it was written into."""
        from pydantic import ValidationError

        from reviewer.domain.evaluation import Report

        file = path / "evaluation.json" if path.is_dir() else path
        try:
            return Report.model_validate_json(file.read_bytes())
        except OSError as error:
            raise InputError(f"{file} cannot be read: {error.strerror}.") from None
        except ValidationError:
            raise InputError(
                f"{file} is not the report of an evaluation.",
                hint="Give the evaluation.json that `reviewer evaluate --out FOLDER` writes.",
            ) from None

    def write(self, reports: Sequence[Report], folder: Path, earlier: Sequence[Report]) -> None:
        """Writes the report as JSON (one more file a baseline), as a page and as Markdown tables."""
        from reviewer.export.evaluation_page import to_page
        from reviewer.export.evaluation_text import to_tables

        names = ["evaluation", *(_file_name(report) for report in reports[1:])]
        files = {f"{n}.json": r.model_dump_json() for n, r in zip(names, reports, strict=True)}
        files["evaluation.html"] = to_page(reports, _comparisons(reports, earlier))
        files["evaluation.md"] = to_tables(reports)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name, text in files.items():
                part = folder / f".{name}.part"
                part.write_text(text + "\n", encoding="utf-8")
                part.replace(folder / name)
        except OSError as error:
            raise InputError(f"{folder} cannot be written: {error.strerror}.") from None

    def terminal(self, reports: Sequence[Report], earlier: Sequence[Report]) -> RenderableType:
        """The first report as a terminal view, with the others beside it."""
        from reviewer.export.evaluation import to_terminal

        return to_terminal(reports, _comparisons(reports[:1], earlier))

    @contextlib.contextmanager
    def reader(self) -> Iterator[Callable[[bytes, str], Design]]:
        """Reads variants as files of one temporary folder."""
        with tempfile.TemporaryDirectory(prefix="evaluation-") as folder:

            def read(content: bytes, name: str) -> Design:
                path = Path(folder) / Path(name).name
                path.write_bytes(content)
                return self._service.read(path)

            yield read

    def reviewer(self, order: Order) -> Callable[[Design], Review]:
        """The reviewer that is ordered: a function of a design."""
        service = self._service
        if order.baseline == "bare":
            return lambda design: self._bare(design, order.model or "")
        if order.baseline.startswith("no-"):
            return lambda design: self._without(design, order)
        return lambda design: service.review_design(design, model=order.model, panel=order.panel)

    def _bare(self, design: Design, model: str) -> Review:
        from reviewer.evaluation.bare import bare_review
        from reviewer.service.models import make_chat_answerer

        async def work() -> Review:
            backend = make_chat_answerer(model, self._service.settings).backend
            try:
                return await bare_review(backend, design)
            finally:
                await backend.aclose()

        return _timed(lambda: asyncio.run(work()))

    def _without(self, design: Design, order: Order) -> Review:
        """The panel with one part taken away."""
        from reviewer.agents.panel import Panel, run_panel
        from reviewer.analysis import analyse
        from reviewer.domain.facts import Analysis
        from reviewer.evaluation.ablation import Ungrounded
        from reviewer.service.models import make_answerer

        service, name = self._service, order.model or OFFLINE
        retriever = None if order.baseline == "no-retrieval" else service.passages()
        measure = (lambda _: Analysis()) if order.baseline == "no-analysis" else analyse

        async def work() -> Review:
            answerer: Answerer = make_answerer(
                name, service.settings, service.embedder, service.questionnaire.checks
            )
            if order.baseline == "no-grounding":
                answerer = Ungrounded(answerer)
            mode: Literal["roles", "single"] = "single" if order.panel == "single" else "roles"
            parts = Panel(service.questionnaire, answerer, retriever, measure, mode)
            try:
                return await run_panel(design, parts, lambda stage, state: None)
            finally:
                await answerer.aclose()

        return _timed(lambda: asyncio.run(work()))


def _comparisons(reports: Sequence[Report], earlier: Sequence[Report]) -> list[Comparison]:
    """From each earlier report to the first one, and from the first to each baseline."""
    from reviewer.evaluation.comparison import compare

    first, *baselines = reports
    return [*(compare(e, first) for e in earlier), *(compare(first, b) for b in baselines)]


def _file_name(report: Report) -> str:
    return "evaluation-" + re.sub(r"[^\w.-]+", "-", report.reviewer.name)


def _timed(work: Callable[[], Review]) -> Review:
    began = time.perf_counter()
    review = work()
    seconds = round(time.perf_counter() - began, 3)
    manifest = review.manifest.model_copy(update={"seconds": seconds})
    return review.model_copy(update={"manifest": manifest})


def _code() -> str:
    """Content hash of the files that decide an answer."""
    import hashlib

    from reviewer.paths import PROMPTS

    package = Path(__file__).resolve().parent.parent
    parts = ("agents", "analysis", "backends", "domain", "intake")
    files = [f for part in parts for f in (package / part).rglob("*") if _matters(f)]
    files += [*package.glob("*.py"), *(package.parent / "knowledge").glob("*.py")]
    digest = hashlib.sha256()
    for file in (*sorted(files), *sorted(f for f in PROMPTS.rglob("*") if f.is_file())):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return "sha256:" + digest.hexdigest()


def _matters(file: Path) -> bool:
    return file.is_file() and file.suffix != ".pyc"
