"""The engine of durable reviews: DBOS, with ids and nothing else in its tables.

A review is one workflow. What a role answers is kept in our own tables as soon as it is there, the
first answer staying, so a workflow that is run again goes on where it stopped: a step of the engine
for each role would keep the same fact a second time, for four milliseconds each.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbos import DBOS, DBOSClient, DBOSConfig, SetEnqueueOptions, SetWorkflowID
from sqlalchemy.exc import ProgrammingError, SQLAlchemyError

from reviewer.errors import StoreUnreachable, StoreUnusable

DATABASE = "jobs.db"
SCHEMA = "reviewer_jobs"
VERSION = "1"  # raised only where a review under way cannot be gone on with by newer code
_NAME = "reviewer"
_QUEUE = "reviews"
_ACTIVE = ("ENQUEUED", "PENDING", "DELAYED")
_BROKEN = ("ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")
_RECOVERIES = 100
_THREADS = 8
_CONNECTIONS = 4
_CHUNK = 200

Run = Callable[[str], Awaitable[None]]
_run: Run | None = None


@dataclass(frozen=True)
class Attempts:
    """How often a review was handed to the engine, and how often that broke."""

    count: int = 0
    broken: int = 0
    active: bool = False


@DBOS.workflow(name="review", max_recovery_attempts=_RECOVERIES)
async def _review(attempt: str) -> None:
    """One attempt at a review; the review's id is what comes before the dot."""
    if _run is None:
        raise RuntimeError("there is no worker in this process")
    await _run(attempt.rpartition(".")[0])


class Engine:
    """DBOS for one worker. All that waits for its database runs in threads."""

    def __init__(self, home: Path, url: str | None, *, executor: str, at_once: int) -> None:
        self._url = _address(home, url)
        self._executor = executor
        self._at_once = at_once

    def launch(self, run: Run, poll: float) -> None:
        """Starts to take reviews from the queue; they run on the running event loop.

        Raises `StoreUnreachable` where its tables cannot be made.
        """
        global _run
        _run = run
        _quiet()
        config = DBOSConfig(
            name=_NAME,
            system_database_url=self._url,
            dbos_system_schema=SCHEMA,
            application_version=VERSION,
            executor_id=self._executor,
            enable_otlp=False,
            use_listen_notify=False,
            log_level="CRITICAL",
            sys_db_pool_size=_CONNECTIONS,
            max_executor_threads=_THREADS,
        )
        with _engine_errors():
            DBOS(config=config)
            DBOS.listen_queues([_QUEUE])
            DBOS.launch()
            _quiet()

    async def register(self, poll: float) -> None:
        """Makes the queue, or changes it to this worker's pace."""
        with _engine_errors():
            await DBOS.register_queue_async(
                _QUEUE,
                worker_concurrency=self._at_once,
                polling_interval_sec=poll,
                on_conflict="always_update",
            )

    async def start(self, review: str, attempt: int) -> None:
        """Runs a review at once, before all that wait."""
        name = f"{review}.{attempt}"
        with SetWorkflowID(name):
            await DBOS.start_workflow_async(_review, name)

    async def enqueue(self, review: str, attempt: int, priority: int) -> None:
        """Puts a review into the queue; a second time changes nothing."""
        name = f"{review}.{attempt}"
        with SetWorkflowID(name), SetEnqueueOptions(priority=max(1, priority)):
            await DBOS.enqueue_workflow_async(_QUEUE, _review, name)

    async def attempts(self, reviews: Sequence[str]) -> dict[str, Attempts]:
        """What the engine knows of these reviews."""
        return await asyncio.to_thread(self._attempts, reviews)

    async def adopt(self, alive: Iterable[str]) -> int:
        """Queues anew what workers ran that do not live any more; how many reviews that are."""
        return await asyncio.to_thread(self._adopt, frozenset(alive))

    def close(self) -> None:
        """Stops; a review under way stays as it is, for whoever comes next."""
        global _run
        DBOS.destroy()
        _run = None

    def _attempts(self, reviews: Sequence[str]) -> dict[str, Attempts]:
        found: dict[str, Attempts] = {}
        for start in range(0, len(reviews), _CHUNK):
            some = list(reviews[start : start + _CHUNK])
            for name, status in self._statuses(workflow_ids=[f"{r}.0" for r in some]):
                found[name] = _counted(Attempts(), status)
        over = [r for r, known in found.items() if not known.active]
        for start in range(0, len(over), _CHUNK):
            some = [f"{r}." for r in over[start : start + _CHUNK]]
            found.update(dict.fromkeys(over[start : start + _CHUNK], Attempts()))
            for name, status in self._statuses(workflow_id_prefix=some):
                found[name] = _counted(found[name], status)
        return {review: found.get(review, Attempts()) for review in reviews}

    def _statuses(self, **chosen: Any) -> list[tuple[str, str]]:
        rows = DBOS.list_workflows(**chosen, load_input=False, load_output=False)
        return [(row.workflow_id.rpartition(".")[0], row.status) for row in rows]

    def _adopt(self, alive: frozenset[str]) -> int:
        rows = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
        lost = [row.workflow_id for row in rows if row.executor_id not in alive]
        for workflow in lost:
            DBOS.resume_workflow(workflow, queue_name=_QUEUE)
        return len(lost)


def forget(home: Path, url: str | None, reviews: Sequence[str]) -> int:
    """Deletes what the engine has kept of reviews that were deleted; how many rows."""
    if url is None and not (home / DATABASE).exists():
        return 0
    _quiet()
    with _engine_errors():
        client = DBOSClient(
            system_database_url=_address(home, url),
            dbos_system_schema=SCHEMA,
            retry_connection_errors=False,
        )
        try:
            names: list[str] = []
            for start in range(0, len(reviews), _CHUNK):
                some = [f"{review}." for review in reviews[start : start + _CHUNK]]
                rows = client.list_workflows(
                    workflow_id_prefix=some, load_input=False, load_output=False
                )
                names += [row.workflow_id for row in rows]
            if names:
                client.delete_workflows(names)
            return len(names)
        except ProgrammingError as error:
            if type(error.orig).__name__ != "UndefinedTable":
                raise
            return 0  # no worker has ever been started on this server
        finally:
            client.destroy()


def _counted(known: Attempts, status: str) -> Attempts:
    return Attempts(
        count=known.count + 1,
        broken=known.broken + (status in _BROKEN),
        active=known.active or status in _ACTIVE,
    )


def _address(home: Path, url: str | None) -> str:
    """A database beside ours: a file of its own in the home, or a schema on the same server."""
    if url is not None:
        return "postgresql+psycopg://" + url.partition("://")[2]
    path = home / DATABASE
    try:
        # The library leaves the journal as it finds it; with this one a step takes a tenth.
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.Error as error:
        raise StoreUnusable(f"The queue in '{path}' cannot be used: {error}.") from None
    return f"sqlite:///{path}"


def _quiet() -> None:
    """Nothing is said on the console, and nothing is sent anywhere."""
    os.environ.pop("DBOS_CONDUCTOR_KEY", None)
    logger = logging.getLogger("dbos")
    logger.setLevel(logging.CRITICAL + 1)
    logger.propagate = False


@contextlib.contextmanager
def _engine_errors() -> Iterator[None]:
    """The engine's database errors as one sentence; no address and no secret in it."""
    try:
        yield
    except SQLAlchemyError as error:
        told = type(getattr(error, "orig", None) or error).__name__
        raise StoreUnreachable(f"The queue's tables cannot be reached or made ({told}).") from None
