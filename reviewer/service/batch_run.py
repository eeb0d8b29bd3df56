"""A batch under way: designs read, reviews asked for and waited for, tables written."""

from __future__ import annotations

import hashlib
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from reviewer.domain.batch import BatchReport, BatchRow, HandIn, Unreadable
from reviewer.domain.course import JobState
from reviewer.domain.review import Usage
from reviewer.errors import InputError, ReviewerError, SettingsError
from reviewer.service.models import OFFLINE

if TYPE_CHECKING:
    from reviewer.domain.course import Course, ReviewJob
    from reviewer.domain.design import Design
    from reviewer.domain.review import Review
    from reviewer.service import ReviewService

Told = Callable[[BatchReport], None]

_SAMPLE = 5  # designs whose cost is estimated in full; the others go by their length
_LOOK = 0.4  # seconds between two looks at the reviews under way
_WINDOW = 2  # under a cost limit, so many times the reviews at once are asked for ahead
_MOST = 100_000  # reviews of one batch
_ROW_STATE: Mapping[JobState, Any] = {
    JobState.QUEUED: "waiting",
    **{s: s.value for s in JobState if s is not JobState.QUEUED},
}


@dataclass(frozen=True)
class Order:
    """What was asked: from where, to where, for which course, by whom, in how many calls."""

    folder: Path
    out: Path
    course: Course
    name: str
    model: str
    panel: Literal["roles", "single"]


@dataclass(frozen=True)
class Limits:
    """When to stop: see `Batch.run`."""

    max_cost: float | None
    patience: float


class Batch:
    """One batch: read, estimated, run, and written to its folder as reviews get done."""

    def __init__(
        self,
        service: ReviewService,
        order: Order,
        found: Sequence[HandIn],
        problems: Sequence[Unreadable],
    ) -> None:
        self._service = service
        self._order = order
        self._found = {entry.group: entry for entry in found}
        self._designs: dict[str, Design] = {}
        self._jobs: dict[str, str] = {}  # review by group
        self._groups: dict[str, str] = {}  # id by name
        self._elsewhere = 0.0  # cost of earlier reviews of this batch that no row shows
        self._rows = {
            f"\n{n}": BatchRow(
                group=p.group, file=p.name, state="failed", reason=_sentence(p.reason)
            )
            for n, p in enumerate(problems)
        }

    def read(self, told: Callable[[int, int, str], None]) -> None:
        """Reads every design; one that cannot be read is a failed row and stops nothing."""
        same: dict[str, list[str]] = defaultdict(list)
        for number, entry in enumerate(self._found.values()):
            told(number, len(self._found), entry.group)
            file = str(entry.path.relative_to(self._order.folder))
            row = BatchRow(group=entry.group, file=file, state="waiting")
            try:
                design = self._service.read(entry.path)
            except ReviewerError as error:
                failed = {"state": "failed", "reason": f"{error} {error.hint}".strip()}
                self._rows[entry.group] = row.model_copy(update=failed)
                continue
            self._designs[entry.group] = design
            self._rows[entry.group] = row.model_copy(update={"title": design.title})
            same[" ".join(design.text.split())].append(entry.group)
        told(len(self._found), len(self._found), "")
        for groups in same.values():
            for group in groups:
                others = tuple(g for g in groups if g != group)
                self._rows[group] = self._rows[group].model_copy(update={"same_as": others})

    def estimate(self) -> str | None:
        """One line: what a new review of every design may take and cost; None offline."""
        from reviewer.backends.prices import load_prices

        expected = self._expected()
        if not expected:
            return None
        whole = sum(expected.values(), start=Usage())
        told = (f"{len(expected)} designs: about {whole.input:,} tokens in and {whole.output:,} "
                f"out in {whole.calls} calls")  # fmt: skip
        if whole.cost is None:
            return f"{told}; the price of {self._order.model} is not known."
        prices = load_prices(self._service.settings.prices)
        return f"{told}, about {whole.cost:.2f} {prices.currency} (prices of {prices.as_of})."

    def run(
        self, told: Told, *, max_cost: float | None = None, patience: float = 600.0
    ) -> BatchReport:
        """Asks for every review and waits; what is done is written at once.

        Args:
            told: sees the batch a few times a second.
            max_cost: the sum that the whole batch, earlier runs included, may take in the currency
                of the prices: no review is started that may go beyond it.
            patience: seconds to wait while a model's account takes no calls.

        Raises:
            SettingsError: a cost limit is given and the price of the model is not known.
        """
        limits = Limits(max_cost, patience)
        costs = self._costs(limits)
        began = time.monotonic()
        desk = self._service.review_desk
        desk.start_worker()
        try:
            stopped = self._through(told, began, costs, limits)
        except KeyboardInterrupt:
            stopped = "Stopped by hand."
        finally:
            desk.stop_worker()
        report = self._report(began, stopped)
        self._write_tables(report)
        return report

    def _expected(self) -> dict[str, Usage]:
        """What each design may take: some estimated in full, the rest as the one nearest in length."""
        from reviewer.service.estimate import expected

        if self._order.model == OFFLINE or not self._designs:
            return {}
        sizes = {group: len(design.text) for group, design in self._designs.items()}
        names = sorted(sizes, key=lambda g: (sizes[g], g))
        sample = {
            group: expected(
                self._service, self._designs[group], self._order.model, self._order.panel
            )
            for group in names[:: max(1, len(names) // _SAMPLE)][:_SAMPLE]
        }
        return {
            group: sample[min(sample, key=lambda g: abs(sizes[g] - sizes[group]))]
            for group in names
        }

    def _costs(self, limits: Limits) -> dict[str, float]:
        if limits.max_cost is None:
            return {}
        expected = self._expected()
        if any(usage.cost is None for usage in expected.values()):
            raise SettingsError(
                f"The price of {self._order.model} is not known, so --max-cost cannot be kept.",
                hint="Give the price in a file that REVIEWER_PRICES names.",
            )
        return {group: usage.cost or 0.0 for group, usage in expected.items()}

    def _through(self, told: Told, began: float, costs: Mapping[str, float], limits: Limits) -> str:
        """Starts and watches reviews until none is left; says why it stopped before that."""
        waiting = sorted(self._designs, key=str.casefold)
        running: list[str] = []
        going = time.monotonic()
        written = 0
        while True:
            self._start(waiting, running, costs, limits)
            self._look(running)
            running = [group for group in running if not self._over(group)]
            report = self._report(began, "")
            told(report)
            if not running:
                return _left_out(waiting, limits.max_cost) if waiting else ""
            if (done := report.count("complete", "partial", "failed")) != written:
                written = done
                self._write_tables(report)
            if any(self._rows[group].state != "paused" for group in running):
                going = time.monotonic()
            elif time.monotonic() - going > limits.patience:
                return self._rows[running[0]].reason
            time.sleep(_LOOK)

    def _start(
        self, waiting: list[str], running: list[str], costs: Mapping[str, float], limits: Limits
    ) -> None:
        """Asks for as many of the waiting reviews as the money allows."""
        window = _WINDOW * self._service.settings.reviews_at_once
        while waiting and (not costs or len(running) < window):
            if costs and limits.max_cost is not None:
                ahead = sum(costs[group] for group in (*running, waiting[0]))
                if self._spent(running) + ahead > limits.max_cost:
                    return
            group = waiting.pop(0)
            self._submit(group)
            running.append(group)

    def _spent(self, running: Iterable[str]) -> float:
        """What this batch has cost so far; what is under way counts as estimated."""
        under_way = set(running)
        return self._elsewhere + sum(
            row.cost or 0.0 for group, row in self._rows.items() if group not in under_way
        )

    def _submit(self, group: str) -> None:
        """Hands the design in for its group and asks for a review; what failed is asked again."""
        from reviewer.service.review_desk import BATCH

        path = self._found[group].path
        handed_in = self._service.store.submissions.add(
            self._group(group), self._designs[group], filename=path.name, original=path.read_bytes()
        )
        desk = self._service.review_desk
        job = desk.submit(
            handed_in.id,
            model=self._order.model,
            panel=self._order.panel,
            priority=BATCH,
            batch=self._order.name,
        )
        known = job.state in (JobState.COMPLETE, JobState.PARTIAL)
        if job.state in (JobState.PARTIAL, JobState.PAUSED):
            job = desk.retry(job.id)
        self._jobs[group] = job.id
        update = {"review": job.id, "version": handed_in.number, "known": known}
        self._rows[group] = self._rows[group].model_copy(update=update)

    def _group(self, name: str) -> str:
        """The id of the course's group of that name, which is made where there is none."""
        courses, course = self._service.store.courses, self._order.course.id
        if not self._groups:
            self._groups = {group.name: group.id for group in courses.groups(course)}
        if name not in self._groups:
            self._groups[name] = courses.add_group(course, name).id
        return self._groups[name]

    def _look(self, running: Sequence[str]) -> None:
        """Brings the rows of reviews under way up to date."""
        desk = self._service.review_desk
        mine = {job.id: job for job in desk.jobs(batch=self._order.name, limit=_MOST)}
        shown = set(self._jobs.values())
        self._elsewhere = sum(j.usage.cost or 0.0 for j in mine.values() if j.id not in shown)
        for group in running:
            review = self._jobs[group]
            self._rows[group] = self._row(group, mine.get(review) or desk.job(review))

    def _over(self, group: str) -> bool:
        return self._rows[group].state not in ("waiting", "running", "paused")

    def _row(self, group: str, job: ReviewJob) -> BatchRow:
        ours = job.batch == self._order.name
        update: dict[str, Any] = {
            "state": _ROW_STATE[job.state],
            "reason": job.reason,
            "cost": job.usage.cost if ours else None,
            "tokens": job.usage.input + job.usage.output if ours else 0,
        }
        if job.state in (JobState.COMPLETE, JobState.PARTIAL):
            update |= self._finished(group, job)
        return self._rows[group].model_copy(update=update)

    def _finished(self, group: str, job: ReviewJob) -> dict[str, Any]:
        """What a row says of a finished review, which is written to its folder."""
        review = self._service.review_desk.open(job.id)
        folder = _folder(group)
        self._write(self._order.out / folder, review)
        titles = {f.id: f.title for f in review.findings}
        failed = [r.role for r in review.roles if r.status == "failed"]
        return {
            "total": job.total,
            "levels": job.levels,
            "findings": len(review.shown),
            "priorities": tuple(titles[i] for i in review.priorities),
            "folder": folder,
            "reason": f"Without an answer: {', '.join(failed)}." if failed else "",
        }

    def _write(self, folder: Path, review: Review) -> None:
        for form in ("json", "html"):
            replace_file(folder / f"review.{form}", self._service.export(review, form))

    def _write_tables(self, report: BatchReport) -> None:
        from reviewer.export.class_table import to_class_html, to_csv

        asked, out = self._service.questionnaire, self._order.out
        replace_file(out / "summary.csv", "\ufeff" + to_csv(report, asked))
        replace_file(out / "summary.html", to_class_html(report, asked))

    def _report(self, began: float, stopped: str) -> BatchReport:
        rows = sorted(self._rows.values(), key=lambda row: (row.group.casefold(), row.file))
        costs = [row.cost for row in rows if row.cost is not None]
        return BatchReport(
            course=self._order.course.title,
            model=self._order.model,
            rows=tuple(rows),
            seconds=round(time.monotonic() - began, 1),
            cost=sum(costs) if costs else None,
            stopped=_sentence(stopped),
        )


def replace_file(path: Path, text: str) -> None:
    """Writes a file whole or leaves what was there; its folder is made."""
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise InputError(
            f"{path} could not be written: {error.strerror}.",
            hint="The reviews are kept; run the same command again when there is room.",
        ) from None


def _folder(group: str) -> str:
    """A folder name that is safe everywhere and differs for different groups."""
    plain = re.sub(r"[^\w-]+", "-", group).strip("-_")[:60]
    if plain == group:
        return plain
    return f"{plain or 'group'}-{hashlib.sha256(group.encode()).hexdigest()[:6]}"


def _left_out(waiting: Sequence[str], max_cost: float | None) -> str:
    return (
        f"The cost limit of {max_cost:g} leaves no room for {len(waiting)} more: "
        f"{', '.join(waiting[:5])}{' …' if len(waiting) > 5 else ''}"
    )


def _sentence(reason: str) -> str:
    """The reason as a sentence."""
    told = reason.strip()
    if not told:
        return ""
    return told[0].upper() + told[1:] + ("" if told.endswith((".", "…")) else ".")
