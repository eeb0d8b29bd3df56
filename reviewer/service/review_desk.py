"""Durable reviews: asked for, watched, called off, and the worker of this process."""

from __future__ import annotations

import contextlib
import hashlib
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from reviewer.domain.course import JobState
from reviewer.errors import InputError, ReviewerError, SettingsError
from reviewer.service.models import check_model

if TYPE_CHECKING:
    from rich.console import RenderableType

    from reviewer.domain.course import ReviewJob
    from reviewer.domain.review import Review
    from reviewer.jobs import Pace, Parts, Worker
    from reviewer.service import ReviewService
    from reviewer.service.answering import Answerings

PERSON = 10  # the priority of somebody who waits
BATCH = 100
_TIDY = 3600.0  # seconds between two looks for what is too old
_SHORTEST, _LONGEST = 0.02, 0.5  # seconds between two looks at a review that is waited for
_TOLD = 0.2  # the same where the worker is ours, which tells when it is done


class ReviewDesk:
    """Reviews by id: what is asked for here is done by a worker, of this process or another."""

    def __init__(self, service: ReviewService) -> None:
        self._service = service
        self._worker: Worker | None = None
        self._starting = threading.Lock()
        self._prompts: dict[str, dict[str, str]] = {}

    def submit(
        self,
        submission: str,
        *,
        model: str | None = None,
        panel: str | None = None,
        priority: int = PERSON,
        batch: str | None = None,
        by: str | None = None,
    ) -> ReviewJob:
        """Asks for a review of something handed in.

        The same submission, model, panel, prompts and knowledge base are the same review within a
        group: the one that exists is returned, and costs nothing. `by` is a person's id.
        Raises `NotFound`, or `SettingsError` where the model's name, key or price will not do.
        """
        from reviewer.service import mode_of

        name = model or self._service.settings.model
        mode = mode_of(panel or self._service.settings.panel)
        if name not in self._prompts:
            check_model(name, self._service.settings)
            self._prompts[name] = self._service.prompt_hashes(name)
        handed_in = self._service.store.submissions.get(submission)
        job, new = self._service.store.reviews.request(
            submission,
            model=name,
            panel=mode,
            key=self._key(handed_in.sha256, name, mode),
            priority=priority,
            batch=batch,
            by=by,
        )
        if new and self._worker is not None:
            self._worker.submitted(job.id, job.priority)
        return job

    def job(self, review: str) -> ReviewJob:
        """A review with its roles and what they have found so far. Raises `NotFound`."""
        return self._service.store.reviews.job(review)

    def jobs(
        self, *, state: str | None = None, limit: int = 50, offset: int = 0, **of: str | None
    ) -> tuple[ReviewJob, ...]:
        """Reviews, the newest first; `of` is a course, group, batch or submission."""
        known = None if state is None else state_of(state)
        return self._service.store.reviews.jobs(state=known, limit=limit, offset=offset, **of)

    def open(self, review: str, *, group: str | None = None) -> Review:
        """A finished review; another group's is as if it did not exist. Raises `NotFound`."""
        return self._service.store.reviews.open(review, group=group)

    def cancel(self, review: str) -> ReviewJob:
        """Calls a review off; roles that have answered keep their answers."""
        job = self.job(review)
        if job.state.over:
            raise InputError(
                f"The review {review} is {job.state.value} already.", hint="Nothing was changed."
            )
        self._service.store.reviews.set_state(review, JobState.CANCELLED, "Called off.")
        if self._worker is not None:
            self._worker.cancelled(review)
        return self.job(review)

    def retry(self, review: str, role: str | None = None) -> ReviewJob:
        """Asks again for what failed: one role, or all that failed; answers that exist stay.

        The chair is asked again, too, because it has to see what the role finds. A review that
        waits for its model's account goes on, and with it all others of that model.
        """
        job = self.job(review)
        work = self._service.store.work
        if job.state is JobState.PAUSED:
            woken = work.wake(job.model)
        else:
            work.again(review, self._failed(job, role))
            woken = (review,)
        if self._worker is not None:
            for one in woken:
                self._worker.submitted(one, job.priority)
        return self.job(review)

    def wait(
        self,
        reviews: str | Iterable[str],
        progress: Callable[[ReviewJob], None] | None = None,
        timeout: float | None = None,
    ) -> tuple[ReviewJob, ...]:
        """Waits until reviews are over (or paused); `progress` sees each change of one.

        After `timeout` seconds it returns as they are.
        """
        ids = [reviews] if isinstance(reviews, str) else list(reviews)
        seen: dict[str, ReviewJob] = {}
        give_up = None if timeout is None else time.monotonic() + timeout
        pause = _TOLD if self.working else _SHORTEST
        while True:
            ends = self._worker.ends if self._worker else 0
            for review in ids:
                if review in seen and _still(seen[review]):
                    continue
                job = self.job(review)
                if seen.get(review) != job:
                    seen[review] = job
                    if progress is not None:
                        progress(job)
            waiting = [r for r in ids if not _still(seen[r])]
            if not waiting or (give_up is not None and time.monotonic() > give_up):
                return tuple(seen[review] for review in ids)
            self._rest(ends, pause)
            pause = min(pause * 1.2, _LONGEST)

    def _rest(self, ends: int, seconds: float) -> None:
        """Waits a moment, or until the worker of this process has ended a review since."""
        if self._worker is not None and self._worker.running:
            self._worker.wait_for_end(ends, seconds)
        else:
            time.sleep(seconds)

    def start_worker(self, pace: Pace | None = None) -> Worker:
        """The worker of this process, started at the first call."""
        with self._starting:
            if self._worker is None or not self._worker.running:
                from reviewer.backends.loops import new_event_loop
                from reviewer.jobs import Worker

                url = self._service.settings.database_url
                worker = Worker(
                    self.parts,
                    database_url=url.get_secret_value() if url else None,
                    at_once=self._service.settings.reviews_at_once,
                    loop=new_event_loop,
                    pace=pace,
                )
                worker.start()
                self._worker = worker
            return self._worker

    @property
    def working(self) -> bool:
        """Whether the worker of this process runs; workers of other processes do not count."""
        return self._worker is not None and self._worker.running

    def stop_worker(self) -> None:
        """Stops the worker of this process; reviews under way go on at the next start."""
        with self._starting:
            if self._worker is not None:
                self._worker.stop()
                self._worker = None

    def serve(self, told: Callable[[str], None]) -> None:
        """Works until the process is told to stop (SIGTERM, SIGINT), or the worker fails."""
        import signal

        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        with contextlib.suppress(SettingsError):  # reviews by that model will say so
            self._answerings.warm(self._service.settings.model)
        worker = self.start_worker()
        at_once = self._service.settings.reviews_at_once
        told(f"The worker {worker.name} takes reviews, {at_once} at a time.")
        tidy = time.monotonic()
        while not stop.wait(1.0) and worker.running:
            if time.monotonic() >= tidy:
                tidy = time.monotonic() + _TIDY
                self._tidy(told)
        self.stop_worker()
        worker.check()
        told("The worker has stopped; reviews that were under way go on where it is started again.")

    def _tidy(self, told: Callable[[str], None]) -> None:
        """Deletes what the settings say is too old; a database that is away is asked next time."""
        try:
            self._service.upkeep.retention()
        except ReviewerError as error:
            told(f"What is too old could not be deleted: {error}")

    def jobs_view(self, jobs: Sequence[ReviewJob]) -> RenderableType:
        """A line for each review."""
        from reviewer.export.jobs import jobs_view

        return jobs_view(jobs)

    def job_view(self, job: ReviewJob) -> RenderableType:
        """One review with its roles."""
        from reviewer.export.jobs import job_view

        return job_view(job)

    def forget(self, reviews: Iterable[str]) -> int:
        """Deletes what the queue keeps of reviews that were erased; how many entries."""
        from reviewer.jobs.engine import forget

        url = self._service.settings.database_url
        told = url.get_secret_value() if url else None
        return forget(self._service.home(), told, list(reviews))

    @cached_property
    def _answerings(self) -> Answerings:
        from reviewer.service.answering import Answerings

        return Answerings(self._service)

    @cached_property
    def parts(self) -> Parts:
        """What a worker of this process reviews with."""
        from reviewer.analysis import analyse
        from reviewer.jobs import Parts
        from reviewer.service import as_read

        answering = self._answerings
        return Parts(
            store=self._service.store,
            questionnaire=self._service.questionnaire,
            retriever=self._service.passages,
            measure=analyse,
            answering=answering,
            adapt=as_read,
            remembering=self._service.revision_desk.remembering,
            sign=self._service.signed,
            aclose=answering.aclose,
        )

    def _key(self, sha256: str, model: str, mode: str) -> str:
        """What was asked, as a hash."""
        corpus = self._service.passages().corpus
        told = (sha256, model, mode, *sorted(self._prompts[model].items()), corpus)
        return f"sha256:{hashlib.sha256(repr(told).encode()).hexdigest()}"

    def _failed(self, job: ReviewJob, role: str | None) -> list[str]:
        """The roles to ask again, with the chair; `InputError` where none is to be."""
        known = {run.role: run for run in job.roles}
        if job.state not in (JobState.PARTIAL, JobState.FAILED, JobState.CANCELLED):
            raise InputError(
                f"The review {job.id} is {job.state.value}: nothing in it failed.",
                hint="Nothing was changed.",
            )
        if role is not None and (role not in known or known[role].state != "failed"):
            failed = ", ".join(r.role for r in job.roles if r.state == "failed") or "none"
            raise InputError(f"The role {role} of {job.id} has not failed; failed: {failed}.")
        chosen = [r.role for r in job.roles if r.state != "done" and role in (None, r.role)]
        return [*chosen, "chair"] if any(r.state == "failed" for r in job.roles) else chosen


def state_of(name: str) -> JobState:
    """The state of that name; `InputError` lists those that there are."""
    try:
        return JobState(name)
    except ValueError:
        known = ", ".join(state.value for state in JobState)
        raise InputError(f"There is no state {name}; there are: {known}.") from None


def _still(job: ReviewJob) -> bool:
    return job.state.over or job.state is JobState.PAUSED
