"""A process that reads documents for us: it may crash, loop or swell without costing us more."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from types import TracebackType
from typing import Any, Self

from knowledge.framing import receive, send

_MOST_ANSWER = 64_000_000
_MOST_FILES = 200  # memory that libraries leak ends with the process
_KEPT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LD_LIBRARY_PATH")
_WAIT = 10.0  # a busy machine: the clock on the wall may run this much faster than ours


class Failed(Exception):
    """The process could not answer; the message ends the sentence that begins with the file."""


class ReadingProcess:
    """A process that is started when needed, used again after good files, replaced after bad."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._files = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to a request. Raises `Failed` where the process ended over it."""
        process = self._running()
        self._files += 1
        stopped = threading.Event()
        allowed, pages = 1.0, 1
        try:
            send(_pipe(process.stdin), request)
            while True:
                answer = self._next(process, allowed, stopped)
                if answer is None:
                    raise Failed(self._why(stopped.is_set(), allowed, pages))
                if "seconds" not in answer:
                    return self._finished(answer)
                allowed, pages = float(answer["seconds"]), int(answer["pages"])
        except BrokenPipeError:
            raise Failed(self._why(stopped.is_set(), allowed, pages)) from None
        except BaseException:
            self.close()
            raise

    def _next(
        self, process: subprocess.Popen[bytes], allowed: float, stopped: threading.Event
    ) -> dict[str, Any] | None:
        def stop() -> None:
            stopped.set()
            process.kill()

        timer = threading.Timer(_WAIT + 5 * allowed, stop)
        timer.daemon = True
        timer.start()
        try:
            return receive(_pipe(process.stdout), _MOST_ANSWER)
        finally:
            timer.cancel()

    def _finished(self, answer: dict[str, Any]) -> dict[str, Any]:
        if not answer.get("sound", True) or self._files >= _MOST_FILES:
            self.close()
        return answer

    def _why(self, stopped: bool, allowed: float, pages: int) -> str:
        """Why the process ended, and an end to it."""
        process = self._process
        code = None
        if process is not None:
            try:
                code = process.wait(1)
            except subprocess.TimeoutExpired:
                code = None  # it still runs: it sent something that is no answer
        self.close()
        if stopped or (sys.platform != "win32" and code == -signal.SIGPROF):
            what = f"{pages:,} pages" if pages > 1 else "its size"
            return f"took more than {allowed:g} s for {what} and was stopped: save it anew."
        return "made its reader crash: it is damaged, or made to do harm; save it anew."

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.close()
        environment = {k: os.environ[k] for k in _KEPT if k in os.environ}
        environment["PYTHONPATH"] = os.pathsep.join(p for p in sys.path if p)
        environment["PYTHONDONTWRITEBYTECODE"] = environment["OPENBLAS_NUM_THREADS"] = "1"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "knowledge.readers"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        return self._process

    def close(self) -> None:
        """End the process."""
        process, self._process, self._files = self._process, None, 0
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue  # what was not yet written is for nobody
        process.wait()


def _pipe(stream: Any) -> Any:
    if stream is None:
        raise Failed("could not be read: no process could be started.")
    return stream
