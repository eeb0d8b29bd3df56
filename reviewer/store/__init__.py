"""The store: courses, people, designs, reviews and replies, in the database of the knowledge."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from knowledge.errors import RecordsUnusable
from knowledge.records.database import engine_for, migrate, place_of
from reviewer.errors import StoreUnusable
from reviewer.store.audit import Audit
from reviewer.store.calls import Calls
from reviewer.store.courses import Courses
from reviewer.store.database import Database, store_errors
from reviewer.store.drafts import Drafts
from reviewer.store.erasure import Erased, Erasure
from reviewer.store.rates import Rates
from reviewer.store.replies import Reflections, Responses
from reviewer.store.reviews import GroupSummary, Reviews
from reviewer.store.runs import Runs
from reviewer.store.submissions import Submissions
from reviewer.store.work import Work

__all__ = ["Erased", "GroupSummary", "Store", "open_store"]


class Store:
    """One open database; each part of it has its own repository."""

    def __init__(self, home: Path, database: Database, *, keep_prompts: bool) -> None:
        self.home = home
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

    def close(self) -> None:
        """Gives back the connections."""
        self.engine.dispose()


def open_store(home: Path, *, database_url: str | None = None, keep_prompts: bool = False) -> Store:
    """The store in `home`, or in the Postgres behind `database_url`, with its tables up to date.

    Raises:
        StoreUnreachable: the server does not answer, or does not let us in.
        StoreTooNew: a newer version of the program wrote the database.
        StoreUnusable: it cannot be opened or written.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise StoreUnusable(f"Nothing can be kept in '{home}': {reason}.") from error
    with store_errors("the database"):
        engine = engine_for(home, database_url)
    where = place_of(engine)
    with store_errors(where):
        try:
            migrate(engine, home / "schema.lock")
        except OSError as error:
            reason = error.strerror or str(error)
            raise RecordsUnusable(f"Nothing can be kept in '{home}': {reason}.") from error
        except BaseException:
            engine.dispose()
            raise
    return Store(home, Database(engine, where), keep_prompts=keep_prompts)
