"""Upkeep: backups, restoring, and deleting what a person, a group or time asks for."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from reviewer.errors import InputError

if TYPE_CHECKING:
    from reviewer.service import ReviewService
    from reviewer.store import Backup, Erased, Restored, Store

Noun = Literal["person", "group", "course"]

_NOTED, _DONE = "retention noted", "retention"
_PAUSE = timedelta(hours=20)  # so that it happens once a day
_STEADY = timedelta(days=7)
_SOON = timedelta(hours=1)


class Upkeep:
    """What whoever runs the program does with its data as a whole."""

    def __init__(self, service: ReviewService) -> None:
        self._service = service

    def backup(self, path: Path) -> Backup:
        """Writes database and originals to one file; others may go on working meanwhile."""
        store = self._service.store
        made = store.backup(path)
        store.audit.add("backup")
        return made

    def restore(self, path: Path, *, over: bool = False) -> Restored:
        """Puts a backup back, all of it or nothing; reviews that were under way are queued.

        Raises:
            BackupUnusable: the file is not sound, or something is there and `over` is not given.
            StoreBusy: a process is using the database.
        """
        from reviewer.store import restore

        self._service.let_go()
        url = self._service.settings.database_url
        told = url.get_secret_value() if url else None
        done = restore(self._service.home(), path, database_url=told, over=over)
        self._forget(done.queued)
        self._service.store.audit.add("restore")
        return done

    def erase(self, noun: Noun, key: str, *, by: str | None = None) -> Erased:
        """Deletes a person, a group or a course with all that is theirs. Raises `NotFound`."""
        if noun not in ("person", "group", "course"):
            raise InputError("What can be erased is a person, a group or a course.")
        store = self._service.store
        erased: Erased = getattr(store.erasure, noun)(key)
        self._forget(erased.reviews)
        store.audit.add(f"{noun} erased", by if by != key else None)
        return erased

    def erase_old(self, days: int | None = None) -> Erased:
        """Deletes now what is older than so many days, by default as the settings say."""
        age = days if days is not None else self._service.settings.retention_days
        if age is None:
            raise InputError(
                "No age is set from which on things are deleted.",
                hint="Give a number of days, or set REVIEWER_RETENTION_DAYS.",
            )
        return self._old(self._service.store, age)

    def retention(self, now: datetime | None = None) -> Erased | None:
        """Deletes what the settings say is too old; to be called as often as one likes.

        It happens once a day. Where the clock has jumped (back, or more than a week on) since the
        last time, nothing is deleted at first: the time is noted, and the next call that is an
        hour later or more goes by the clock as it then is.
        """
        return self.retention_on(self._service.store, now)

    def retention_on(self, store: Store, now: datetime | None = None) -> Erased | None:
        """As `retention`, on a store that is being opened."""
        days = self._service.settings.retention_days
        if days is None:
            return None
        audit = store.audit
        entries = audit.entries(limit=1, actions=(_NOTED, _DONE))
        at = now or audit.now()
        if not entries:
            audit.add(_NOTED)
            return None
        since = at - entries[0].at
        noted = entries[0].action == _NOTED
        if timedelta() <= since < (_SOON if noted else _PAUSE):
            return None
        if since < timedelta() or (since > _STEADY and not noted):
            audit.add(_NOTED)
            return None
        return self._old(store, days)

    def _old(self, store: Store, days: int) -> Erased:
        erased = store.erasure.older_than(days)
        self._forget(erased.reviews)
        store.audit.add(_DONE)
        return erased

    def _forget(self, reviews: tuple[str, ...]) -> None:
        """The queue keeps ids only, but those too."""
        if reviews:
            self._service.review_desk.forget(reviews)
