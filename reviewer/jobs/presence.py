"""Which worker this is, and which of the others still live; no clock of theirs is believed."""

from __future__ import annotations

import secrets
import socket
import time
from pathlib import Path

import filelock

from reviewer.errors import StoreUnusable
from reviewer.store.work import Work

_SLOTS = 64  # workers that may share a home


class Presence:
    """A worker's place among the workers of a database.

    The place in the home is a locked file, so that a worker that comes back has the id it had, and
    two that live have two. Among machines a worker is dead when its count of beats has stood still
    for `patience` seconds of our own clock.
    """

    def __init__(self, home: Path, work: Work, patience: float) -> None:
        self._work = work
        self._patience = patience
        self._seen: dict[str, tuple[int, float]] = {}
        self._lock, self.id = _place(home / "workers")

    def arrive(self) -> None:
        """Tells the others that this worker is there."""
        self._work.arrive(self.id, socket.gethostname())

    def beat(self) -> bool:
        """Tells the others that this worker lives; False where they have taken it for dead."""
        now = time.monotonic()
        beats = self._work.beat(self.id)
        known = self._seen
        self._seen = {
            worker: known[worker] if worker in known and known[worker][0] == count else (count, now)
            for worker, count in beats.items()
        }
        if self.id not in beats:
            self.arrive()
            return False
        return True

    @property
    def alive(self) -> tuple[str, ...]:
        """Workers that live, as of the last beat."""
        now = time.monotonic()
        living = [w for w, (_, at) in self._seen.items() if now - at < self._patience]
        return tuple(sorted({*living, self.id}))

    @property
    def dead(self) -> tuple[str, ...]:
        """Workers that are noted and do not live."""
        return tuple(sorted(set(self._seen) - set(self.alive)))

    def leave(self) -> None:
        """Tells the others that this worker is gone."""
        self._work.leave([self.id])

    def release(self) -> None:
        """Gives the place back."""
        self._lock.release()


def _place(folder: Path) -> tuple[filelock.FileLock, str]:
    """The first free place, locked, and the id of whoever holds it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(1, _SLOTS + 1):
            lock = filelock.FileLock(folder / f"{number}.lock", blocking=False, thread_local=False)
            try:
                lock.acquire()
            except filelock.Timeout:
                continue
            name = folder / f"{number}.id"
            known = name.read_text().strip() if name.exists() else ""
            if not known.startswith("w-"):
                known = f"w-{secrets.token_hex(8)}"
                name.write_text(known)
            return lock, known
    except OSError as error:
        raise StoreUnusable(
            f"The places of workers in '{folder}' cannot be used: {error.strerror or error}."
        ) from None
    raise StoreUnusable(f"There are {_SLOTS} workers on '{folder.parent}' already.")
