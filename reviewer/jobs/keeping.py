"""Keeping answers: those that come while others are being written go into one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from reviewer.errors import StoreError
from reviewer.store.work import Answered, Saving, Work

InThread = Callable[..., Awaitable[Any]]
"""Runs a function that waits for the database in a thread, and gives its result."""

_Kept = dict[str, Answered]


class Keeping:
    """Writes what reviews have to keep; whoever waits goes on when it is written.

    The five roles of a review answer at about the same time, and reviews run side by side: a
    transaction of its own for each answer would take a third of a worker's time.
    """

    def __init__(self, work: Work, in_thread: InThread) -> None:
        self._work = work
        self._in_thread = in_thread
        self._waiting: list[tuple[Saving, asyncio.Future[_Kept]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def keep(self, saving: Saving) -> _Kept:
        """Keeps it; returned are answers, by role, that another worker had kept before."""
        future: asyncio.Future[_Kept] = asyncio.get_running_loop().create_future()
        self._waiting.append((saving, future))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.get_running_loop().create_task(self._write())
        return await future

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                late = await self._in_thread(self._work.save, [saving for saving, _ in batch])
            except StoreError as error:
                await self._one_by_one(batch, error)
            else:
                for saving, future in batch:
                    _tell(future, saving, late)

    async def _one_by_one(
        self, batch: list[tuple[Saving, asyncio.Future[_Kept]]], error: StoreError
    ) -> None:
        """One review that was deleted meanwhile must not cost the others their answers."""
        for saving, future in batch:
            try:
                if len(batch) == 1:
                    raise error
                _tell(future, saving, await self._in_thread(self._work.save, [saving]))
            except StoreError as own:
                if not future.done():
                    future.set_exception(own)


def _tell(
    future: asyncio.Future[_Kept], saving: Saving, late: dict[tuple[str, str], Answered]
) -> None:
    if not future.done():  # its review may have been called off meanwhile
        future.set_result({r: kept for (of, r), kept in late.items() if of == saving.review})
