"""A worker: reviews what is queued, and looks after what others have left."""

from __future__ import annotations

import asyncio
import contextlib
import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from reviewer.domain.course import JobState
from reviewer.errors import ReviewerError
from reviewer.jobs.accounts import Accounts
from reviewer.jobs.engine import Engine
from reviewer.jobs.parts import Parts
from reviewer.jobs.presence import Presence
from reviewer.jobs.reviewing import Reviewing, told
from reviewer.store.work import CallRow

_OPEN_AT_A_LOOK = 1_000
_BREAKS = 5  # times that a review may break before it counts as failed
_THREADS = 4


@dataclass(frozen=True)
class Pace:
    """How often a worker looks, in seconds; tests are in a hurry."""

    poll: float = 0.2  # the queue, for a free place
    look: float = 2.0  # reviews that nobody has put into the queue; ones that were called off
    beat: float = 3.0  # telling that we live, looking who does not
    patience: float = 15.0  # for a worker whose beats stand still
    pause: float = 300.0  # until a stopped account is tried again


class Worker:
    """Runs reviews in a thread of its own, in this process; one a process.

    `loop` makes the event loop. Reviews run `at_once` at a time; one that is submitted in this
    process starts at once where there is room.
    """

    def __init__(
        self,
        parts: Parts,
        *,
        database_url: str | None,
        at_once: int,
        loop: Callable[[], asyncio.AbstractEventLoop],
        pace: Pace | None = None,
    ) -> None:
        self._parts = parts
        self._url = database_url
        self._at_once = at_once
        self._loop_factory = loop
        self._pace = pace or Pace()
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="reviewer-store")
        self._accounts = Accounts(parts.store.work, self._in_thread, self._pace.pause)
        self._reviewing = Reviewing(parts, self._accounts, self._in_thread)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: dict[str, asyncio.Task[Any]] = {}
        self._called_off: set[str] = set()
        self._queued: dict[str, float] = {}
        self._broken: dict[str, tuple[str, float]] = {}
        self.ends = 0  # reviews that this worker has brought to an end, or given up
        self._ended = threading.Condition()
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._main, name="reviewer-worker", daemon=True)

    def start(self) -> None:
        """Starts; returns when the worker takes reviews. Raises why it cannot."""
        self._thread.start()
        self._ready.wait()
        self.check()

    def check(self) -> None:
        """Raises what has stopped the worker, if anything has."""
        if self._failure is not None:
            self._thread.join()
            raise self._failure

    @property
    def name(self) -> str:
        """The worker's id among all workers of the database."""
        return self._presence.id

    def stop(self) -> None:
        """Stops at once: reviews under way are left for others, or for the next start."""
        if self._loop is not None and self._thread.is_alive():
            with contextlib.suppress(RuntimeError):  # the loop may end meanwhile
                self._loop.call_soon_threadsafe(self._halt.set)
            self._thread.join()

    @property
    def running(self) -> bool:
        """The worker takes reviews."""
        return self._thread.is_alive() and self._failure is None

    def submitted(self, review: str, priority: int) -> None:
        """Told in this process that a review was queued: it need not be looked for."""
        self._soon(partial(self._take, review, priority))

    def cancelled(self, review: str) -> None:
        """Told in this process that a review was called off."""
        self._soon(partial(self._call_off, review))

    def wait_for_end(self, ends: int, seconds: float) -> None:
        """Waits until there are more ends than these, at most for so many seconds."""
        with self._ended:
            self._ended.wait_for(lambda: self.ends > ends, seconds)

    # Below, everything runs in the worker's thread.

    def _main(self) -> None:
        try:
            self._presence = Presence(
                self._parts.store.home, self._parts.store.work, self._pace.patience
            )
            try:
                self._engine = Engine(
                    self._parts.store.home,
                    self._url,
                    executor=self._presence.id,
                    at_once=self._at_once,
                )
                with asyncio.Runner(loop_factory=self._loop_factory) as runner:
                    runner.run(self._work())
            finally:
                with contextlib.suppress(ReviewerError):
                    self._presence.leave()
                self._presence.release()
        except BaseException as error:  # noqa: BLE001 - told by start(), or by `running`
            self._failure = error
        finally:
            self._pool.shutdown()
            self._ready.set()

    async def _work(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._halt = asyncio.Event()
        self._room = asyncio.Semaphore(self._at_once)
        self._presence.arrive()
        self._engine.launch(self._run, self._pace.poll)
        try:
            await self._engine.register(self._pace.poll)
            self._ready.set()
            chores = [
                asyncio.create_task(self._every(self._pace.look, self._look)),
                asyncio.create_task(self._every(self._pace.beat, self._beat)),
            ]
            await self._halt.wait()
            for task in (*chores, *self._tasks.values()):
                task.cancel()
            await asyncio.gather(*chores, *self._tasks.values(), return_exceptions=True)
        finally:
            self._engine.close()
            await self._parts.aclose()

    async def _every(self, seconds: float, chore: Callable[[], Any]) -> None:
        while True:
            with contextlib.suppress(ReviewerError):  # the database is away: later, then
                await chore()
            await asyncio.sleep(seconds)

    async def _run(self, review: str) -> None:
        """The body of a workflow: one review, in one of the places there are."""
        if review in self._tasks:
            return  # an attempt of it is running here already
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a review runs in a task")
        self._tasks[review] = task
        try:
            async with self._room:
                await self._reviewing.run(review)
                self._broken.pop(review, None)
        except Exception as error:
            known = isinstance(error, ReviewerError)
            why = told(error) if known else f"An unexpected error ({type(error).__name__})."
            self._broken[review] = (why, time.monotonic())
            raise  # the engine notes that this attempt broke; another is made after a while
        except asyncio.CancelledError:
            if review not in self._called_off:
                raise  # the worker stops: nothing is noted, so the review is taken up again
            task.uncancel()
        finally:
            self._called_off.discard(review)
            del self._tasks[review]
            with self._ended:
                self.ends += 1
                self._ended.notify_all()

    async def _take(self, review: str, priority: int) -> None:
        """Starts a review where there is room, else queues it."""
        self._queued.pop(review, None)
        known = (await self._engine.attempts([review]))[review]
        if known.active:
            return
        if len(self._tasks) < self._at_once:
            await self._engine.start(review, known.count)
        else:
            await self._engine.enqueue(review, known.count, priority)

    async def _look(self) -> None:
        """Queues what waits without being queued; stops what was called off elsewhere."""
        await self._look_for_cancelled()
        now = time.monotonic()
        waiting = await self._in_thread(self._parts.store.work.open, _OPEN_AT_A_LOOK)
        unknown = {
            review: priority
            for review, priority in waiting
            if review not in self._tasks and self._queued.get(review, 0.0) <= now
        }
        self._queued = {r: at for r, at in self._queued.items() if at > now}
        for review, known in (await self._engine.attempts(list(unknown))).items():
            if known.active:
                self._queued[review] = now + 10 * self._pace.look
            elif known.broken >= _BREAKS:
                await self._give_up(review, known.broken)
            elif not self._rests(review, known.broken):
                await self._engine.enqueue(review, known.count, unknown[review])

    def _rests(self, review: str, broken: int) -> bool:
        """What broke here is left alone for a while, each time for longer."""
        _, at = self._broken.get(review, ("", -math.inf))
        return time.monotonic() - at < self._pace.look * float(2**broken)

    async def _look_for_cancelled(self) -> None:
        mine = list(self._tasks)
        if mine:
            states = await self._in_thread(self._parts.store.work.states, mine)
            for review in mine:
                if states.get(review, JobState.CANCELLED) is JobState.CANCELLED:
                    await self._call_off(review)

    async def _call_off(self, review: str) -> None:
        task = self._tasks.get(review)
        if task is not None and review not in self._called_off:
            self._called_off.add(review)
            task.cancel()

    async def _beat(self) -> None:
        """Tells that we live; the first of those who live looks after the dead and the paused."""
        if not await self._in_thread(self._presence.beat):
            for task in self._tasks.values():
                task.cancel()  # they were taken over while we slept
        if self._presence.alive[0] != self._presence.id:
            return
        await self._engine.adopt(self._presence.alive)
        if self._presence.dead:
            await self._in_thread(self._parts.store.work.leave, self._presence.dead)
        await self._accounts.try_again()

    async def _give_up(self, review: str, times: int) -> None:
        why, _ = self._broken.pop(review, ("", 0.0))
        reason = f"The review broke off {times} times. {why} Ask for it again.".replace("  ", " ")
        nothing: list[CallRow] = []
        work = self._parts.store.work
        await self._in_thread(work.let_go, review, JobState.FAILED, reason, nothing)

    async def _in_thread(self, function: Callable[..., Any], *args: Any) -> Any:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, function, *args)

    def _soon(self, chore: Callable[[], Any]) -> None:
        """Does something in the worker's loop; what fails is found by the next look."""

        async def work() -> None:
            with contextlib.suppress(ReviewerError):
                await chore()

        if self._loop is not None and self.running:
            with contextlib.suppress(RuntimeError):  # the loop may end meanwhile
                asyncio.run_coroutine_threadsafe(work(), self._loop)
