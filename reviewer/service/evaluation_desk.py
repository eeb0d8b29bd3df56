"""How good the reviewer is: joins cases, the reviewer under test and its baselines."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reviewer.errors import InputError
from reviewer.service.models import OFFLINE, prompts

if TYPE_CHECKING:
    from rich.console import RenderableType

    from reviewer.domain.design import Design
    from reviewer.domain.evaluation import Comparison, Identity, Report
    from reviewer.domain.review import Review
    from reviewer.service import ReviewService

BASELINES = ("bare", "no-retrieval", "no-analysis", "no-grounding")
"""Reviewers with one part taken away; `bare` is one plain question to the model."""


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
    out: Path | None = None


class EvaluationDesk:
    """Everything that `reviewer evaluate` does."""

    def __init__(self, service: ReviewService) -> None:
        self._service = service

    def evaluate(self, order: Order) -> Report:
        """The report; finished reviews are kept in the folder `out` and not made again."""
        from reviewer.evaluation.dataset import SHIPPED, load_dataset
        from reviewer.evaluation.evaluation import Plan, evaluate
        from reviewer.evaluation.runner import Reviews, Runner
        from reviewer.export.progress import counted

        dataset = load_dataset(order.cases or SHIPPED).only(order.only)
        kept = order.out / "reviews.jsonl" if order.out else None
        plan = Plan(part="quick" if order.part == "quick" else "full", repeats=order.repeats)
        with self._reader() as read, counted() as told:
            runner = Runner(self.identity(order), self._reviewer(order), read, Reviews(kept))
            return evaluate(dataset, runner, plan, told)

    def identity(self, order: Order) -> Identity:
        """Who is evaluated: everything that an answer depends on."""
        from reviewer.domain.evaluation import Identity
        from reviewer.version import __version__

        model = order.model or self._service.settings.model
        panel = order.panel or self._service.settings.panel
        parts = [model, "" if panel == "roles" else panel, order.baseline]
        return Identity(
            name=", ".join(part for part in parts if part),
            model=model,
            panel=panel,
            baseline=order.baseline,
            version=__version__,
            corpus=self._service.passages().corpus,
            code=_code(),
            prompts={} if model == OFFLINE else prompts().hashes,
        )

    def compare(self, before: Report, after: Report) -> Comparison:
        """Two reports, point by point."""
        from reviewer.evaluation.comparison import compare

        return compare(before, after)

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

    def write(self, report: Report, folder: Path, earlier: Report | None = None) -> None:
        """Writes `evaluation.json` into the folder."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            text = report.model_dump_json(indent=1)
            (folder / "evaluation.json").write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise InputError(f"{folder} cannot be written: {error.strerror}.") from None

    def terminal(self, report: Report) -> RenderableType:
        """The report as a terminal view."""
        from reviewer.export.evaluation import to_terminal

        return to_terminal(report)

    def comparison_view(self, comparison: Comparison) -> RenderableType:
        """Two runs side by side."""
        from reviewer.export.evaluation import comparison_view

        return comparison_view(comparison)

    @contextlib.contextmanager
    def _reader(self) -> Iterator[Callable[[bytes, str], Design]]:
        """Reads variants as files of one temporary folder."""
        with tempfile.TemporaryDirectory(prefix="evaluation-") as folder:

            def read(content: bytes, name: str) -> Design:
                path = Path(folder) / Path(name).name
                path.write_bytes(content)
                return self._service.read(path)

            yield read

    def _reviewer(self, order: Order) -> Callable[[Design], Review]:
        service = self._service
        return lambda design: service.review_design(design, model=order.model, panel=order.panel)


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
