"""Model accounts that take no calls for now: one review finds out, the others need not."""

from __future__ import annotations

import time

from reviewer.jobs.keeping import InThread
from reviewer.store.work import Work


class Accounts:
    """Which models are stopped, as far as this worker knows; each is tried again after a while.

    The reviews that are paused are in the database. Where none of a model is, somebody has asked
    for them to go on, so the model counts as open again.
    """

    def __init__(self, work: Work, in_thread: InThread, seconds: float) -> None:
        self._work = work
        self._in_thread = in_thread
        self._seconds = seconds
        self._stopped: dict[str, tuple[float, str]] = {}
        self._tried: dict[str, float] = {}

    def stop(self, model: str, reason: str) -> None:
        """A review has found that the account takes no calls."""
        self._stopped[model] = (time.monotonic() + self._seconds, reason)

    async def closed(self, model: str) -> str | None:
        """Why a review by this model need not try; None where it should."""
        if model not in self._stopped:
            return None
        until, reason = self._stopped[model]
        if time.monotonic() < until and model in await self._in_thread(self._work.paused):
            return reason
        self._stopped.pop(model, None)
        return None

    async def answered(self, model: str) -> None:
        """A review is done: the account takes calls, so all that wait for it go on."""
        known = self._stopped.pop(model, None), self._tried.pop(model, None)
        if any(found is not None for found in known):
            await self._in_thread(self._work.wake, model)

    async def try_again(self) -> None:
        """Lets one review of each stopped account try, after a while of standing still."""
        now = time.monotonic()
        paused = await self._in_thread(self._work.paused)
        self._tried = {model: self._tried.get(model, now + self._seconds) for model in paused}
        for model in [model for model, at in self._tried.items() if at <= now]:
            self._tried[model] = now + self._seconds
            self._stopped.pop(model, None)
            await self._in_thread(self._work.wake, model, 1)
