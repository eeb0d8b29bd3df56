"""Work beside the pages: begun by a click, done by a thread of the service, watched by pages."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from reviewer.errors import ReviewerError

_KEPT = 60  # pieces of work that a page may still look at


@dataclass
class Task:
    """A piece of work as a page sees it: how far it is, or what came of it.

    `waiting`: another program holds what is needed. `result` is what the work returned, `error` one
    sentence where it came to nothing.
    """

    kind: str
    about: str
    id: str = field(default_factory=lambda: uuid4().hex)
    done: int = 0
    of: int = 0
    current: str = ""
    waiting: bool = False
    result: Any = None
    error: str = ""
    _over: threading.Event = field(default_factory=threading.Event)

    @property
    def over(self) -> bool:
        """Nothing more will happen."""
        return self._over.is_set()

    def wait(self, seconds: float) -> bool:
        """Whether it was over within these seconds: what is quick needs no watching."""
        return self._over.wait(seconds)

    def told(self, done: int, of: int, current: str) -> None:
        """How far the work is."""
        self.done, self.of, self.current = done, of, current

    def run(self, work: Callable[[Task], Any]) -> None:
        """Does the work; whatever comes of it, whoever waits learns of it."""
        try:
            self.result = work(self)
        except ReviewerError as error:
            self.error = f"{error} {error.hint}".strip()
        except Exception as error:  # noqa: BLE001  # a page that waits must learn of it
            self.error = f"This stopped ({type(error).__name__}). What was stored before stays."
        finally:
            self._over.set()


class Tasks:
    """A queue with one thread: what is begun first is done first."""

    def __init__(self, name: str) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._known: dict[str, Task] = {}
        self._lock = threading.Lock()

    def begin(self, kind: str, about: str, work: Callable[[Task], Any]) -> Task:
        """Begins some work; a second click on the same returns what is under way."""
        with self._lock:
            if known := self.under_way(kind, about):
                return known
            begun = Task(kind, about)
            self._known[begun.id] = begun
            for old in list(self._known)[:-_KEPT]:
                del self._known[old]
        self._pool.submit(begun.run, work)
        return begun

    def once(self, kind: str, about: str, work: Callable[[Task], Any]) -> Task:
        """As `begin`, but what came of the same before is taken where it is still known."""
        with self._lock:
            for known in reversed(self._known.values()):
                if (known.kind, known.about) == (kind, about) and not known.error:
                    return known
        return self.begin(kind, about, work)

    def under_way(self, kind: str, about: str) -> Task | None:
        """The same work where it is not over yet."""
        every = tuple(self._known.values())
        return next((t for t in every if (t.kind, t.about) == (kind, about) and not t.over), None)

    def get(self, task_id: str) -> Task | None:
        """Work that was begun here; None where it is not known (any more)."""
        return self._known.get(task_id)


def wait_for(free: Callable[[], bool], task: Task, seconds: float) -> bool:
    """Waits until something is free, and lets the page say so; False where it did not become so."""
    give_up = time.monotonic() + seconds
    while not free():
        task.waiting = True
        if time.monotonic() > give_up:
            return False
        time.sleep(0.2)
    task.waiting = False
    return True
