"""The store: courses, people, designs, reviews and replies, in the database of the knowledge."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from knowledge.records.database import migrate
from knowledge.records.engines import engine_for, place_of
from reviewer.errors import StoreUnusable
from reviewer.store.audit import Audit
from reviewer.store.backup import Backup, write_backup
from reviewer.store.calls import Calls
from reviewer.store.courses import Courses
from reviewer.store.database import Database, store_errors
from reviewer.store.drafts import Drafts
from reviewer.store.erasure import Erased, Erasure
from reviewer.store.lease import Lease
from reviewer.store.overview import Frequent, GroupSummary
from reviewer.store.rates import Rates
from reviewer.store.replies import Reflections, Responses
from reviewer.store.restore import Restored, restore
from reviewer.store.reviews import Reviews
from reviewer.store.runs import Runs
from reviewer.store.submissions import Submissions
from reviewer.store.work import Work

__all__ = [
    "Backup",
    "Erased",
    "Frequent",
    "GroupSummary",
    "Restored",
    "Store",
    "open_store",
    "restore",
]


class Store:
    """One open database; each part of it has its own repository."""

    def __init__(
        self, home: Path, database: Database, lease: Lease | None, *, keep_prompts: bool
    ) -> None:
        self.home = home
        self._lease = lease
        self.database = database
        self.courses = Courses(database)
        self.submissions = Submissions(database)
        self.reviews = Reviews(database)
        self.drafts = Drafts(database)
        self.responses = Responses(database)
        self.reflections = Reflections(database)
        self.audit = Audit(database)
        self.erasure = Erasure(database)
        self.runs = Runs(database)
        self.calls = Calls(database, keep_texts=keep_prompts)
        self.rates = Rates(database)
        self.work = Work(database, keep_texts=keep_prompts)

    @property
    def engine(self) -> Engine:
        """For who keeps tables of their own beside these."""
        return self.database.engine

    def backup(self, path: Path) -> Backup:
        """Writes everything to one file; see `reviewer.store.backup.write_backup`."""
        return write_backup(self.database, self.home, path)

    def close(self) -> None:
        """Gives back the connections."""
        self.engine.dispose()
        if self._lease is not None:
            self._lease.release()


def open_store(home: Path, *, database_url: str | None = None, keep_prompts: bool = False) -> Store:
    """The store in `home`, or in the Postgres behind `database_url`, with its tables up to date.

    Raises:
        StoreUnreachable: the server does not answer, or does not let us in.
        StoreTooNew: a newer version of the program wrote the database.
        StoreElsewhere: another machine is using the SQLite file.
        StoreUnusable: it cannot be opened or written.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unkept(home, error) from error
    with store_errors("the database"):
        engine = engine_for(home, database_url)
    where = place_of(engine)
    lease = None if database_url else Lease(home)
    if lease is not None:
        lease.take()
    try:
        with store_errors(where):
            migrate(engine, home / "schema.lock")
    except BaseException as error:
        engine.dispose()
        if lease is not None:
            lease.release()
        if isinstance(error, OSError):
            raise _unkept(home, error) from error
        raise
    may_write = lease.check if lease is not None else _nothing
    return Store(home, Database(engine, where, may_write), lease, keep_prompts=keep_prompts)


def _nothing() -> None:
    """A server's database may be written from everywhere."""


def _unkept(home: Path, error: OSError) -> StoreUnusable:
    reason = error.strerror or str(error)
    return StoreUnusable(f"Nothing can be kept in '{home}': {reason}.")
