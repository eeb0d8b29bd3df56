"""Objects that belong to one event loop, and running on the fastest loop there is."""

from __future__ import annotations

import asyncio
import sys
import weakref
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

if sys.platform != "win32":
    from uvloop import new_event_loop
else:  # uvloop does not exist there
    from asyncio import new_event_loop

__all__ = ["PerLoop", "new_event_loop", "run"]

T = TypeVar("T")


class PerLoop(Generic[T]):
    """One `T` for each running event loop, made when it is first asked for.

    Connections and semaphores are bound to the loop that first used them: kept in one place for the
    whole process, a second `asyncio.run` would fail with "Event loop is closed".
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, T] = (
            weakref.WeakKeyDictionary()
        )

    def get(self) -> T:
        """The object of the running loop."""
        loop = asyncio.get_running_loop()
        if loop not in self._made:
            self._made[loop] = self._make()
        return self._made[loop]

    def pop(self) -> T | None:
        """Take the object of the running loop out, if there is one."""
        return self._made.pop(asyncio.get_running_loop(), None)


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run`, on uvloop where it exists."""
    # The result goes around the task: Python's signal handling writes out the repr of a finished
    # task that is dropped at once, which takes longer than a warm review where that is a review.
    results: list[T] = []

    async def work() -> None:
        results.append(await coroutine)

    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(work())
    return results[0]
