"""Which machines use a SQLite file: one at a time, because locks do not hold across a network.

Every process that has the file open keeps a small file beside it and counts it up. Whoever opens
the database and finds such a file of another machine watches it: if it changes, that machine is at
work and the opening is refused; if it does not, that machine has stopped without tidying up, and
its file is removed. No clock is compared with that of another machine. Processes of one machine
may share the file as they like.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import json
import os
import secrets
import socket
import sys
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from reviewer.errors import StoreElsewhere, StoreUnusable

FOLDER = "in-use"
_BOOT = Path("/proc/sys/kernel/random/boot_id")


def machine() -> str:
    """What is the same for all processes whose file locks meet, and for no others.

    On Linux the running kernel's own number: containers on one machine share it, and its locks.
    """
    with contextlib.suppress(OSError):
        return _BOOT.read_text().strip()
    return f"{socket.gethostname()}-{uuid.getnode():x}"


class Lease:
    """This process's sign that it uses the database.

    Args:
        home: where the database is.
        of: the machine; another value stands for another machine.
        beat: seconds between two counts.
        patience: seconds after which a count that stands still is taken for a stopped machine.
    """

    def __init__(
        self, home: Path, *, of: str | None = None, beat: float = 1.0, patience: float = 5.0
    ) -> None:
        self._folder = home / FOLDER
        # What names a machine is nobody else's business, so only its hash is in the name.
        self._mark = hashlib.sha256((of or machine()).encode()).hexdigest()[:12]
        name = f"{self._mark}-{os.getpid()}-{secrets.token_hex(4)}.json"
        self._file = self._folder / name
        self._beat, self._patience = beat, patience
        self._count = 0
        self._last = time.monotonic()
        self._lost = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lease", daemon=True)

    def take(self) -> None:
        """Shows that this process uses the database from now on.

        Raises:
            StoreElsewhere: another machine does.
            StoreUnusable: nothing can be written beside the database.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._write()
        except OSError as error:
            reason = error.strerror or str(error)
            raise StoreUnusable(f"Nothing can be written in '{self._folder}': {reason}.") from error
        self._tidy()
        others = self._others()
        if others:
            if host := watch(others, self._patience, self._write):
                self._file.unlink(missing_ok=True)
                raise _elsewhere(self._folder.parent, host)
            for file in others:
                file.unlink(missing_ok=True)
        atexit.register(self.release)
        self._thread.start()

    def check(self) -> None:
        """Raises `StoreElsewhere` where another machine took over while this one stood still."""
        if time.monotonic() - self._last > self._patience / 2:
            self._look()
        if self._lost:
            others = [told(file) for file in self._others()]
            raise _elsewhere(self._folder.parent, next(filter(None, others), "another machine"))

    def release(self) -> None:
        """Takes the sign away; a second time does nothing."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        with contextlib.suppress(OSError):
            self._file.unlink(missing_ok=True)
        atexit.unregister(self.release)

    def _run(self) -> None:
        while not self._stop.wait(self._beat):
            self._look()

    def _look(self) -> None:
        """Counts on, unless somebody else removed the sign because it stood still."""
        with contextlib.suppress(OSError):
            if not self._file.exists() and self._others():
                self._lost = True
            if not self._lost:
                self._write()
                self._last = time.monotonic()

    def _write(self) -> None:
        self._count += 1
        draft = self._file.with_suffix(".draft")
        draft.write_text(json.dumps({"host": socket.gethostname(), "count": self._count}))
        draft.replace(self._file)

    def _others(self) -> list[Path]:
        """The signs of other machines."""
        return [f for f in signs(self._folder) if not f.name.startswith(f"{self._mark}-")]

    def _tidy(self) -> None:
        """Removes signs of processes of this machine that are gone.

        One that only looks so from here (a container's) is put back by its process.
        """
        for file in signs(self._folder):
            mark, process, _ = file.name.split("-", 2)
            if mark == self._mark and not _runs(int(process)):
                file.unlink(missing_ok=True)


def signs(folder: Path) -> list[Path]:
    """The signs of all processes that use, or used, a database."""
    found = sorted(folder.glob("*-*-*.json"))
    return [file for file in found if file.name.split("-")[1].isdigit()]


def watch(
    files: list[Path], seconds: float, meanwhile: Callable[[], None] = lambda: None
) -> str | None:
    """The host whose sign counts on within these seconds; None where all stand still."""
    before = {file: _content(file) for file in files}
    give_up = time.monotonic() + seconds
    while before and time.monotonic() < give_up:
        time.sleep(0.1)
        for file, content in before.items():
            if _content(file) not in (content, ""):
                return told(file)
        meanwhile()
    return None


def told(file: Path) -> str:
    """The host that wrote a sign."""
    try:
        host = json.loads(_content(file))["host"]
    except (ValueError, KeyError, TypeError):
        return "another machine"
    return f"'{str(host)[:80]}'"


def _content(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _runs(process: int) -> bool:
    if process == os.getpid() or sys.platform == "win32":  # where signal 0 would end it
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def _elsewhere(home: Path, host: str) -> StoreElsewhere:
    return StoreElsewhere(
        f"The database in '{home}' is in use on another machine ({host}); a SQLite file cannot be "
        "shared over a network."
    )
