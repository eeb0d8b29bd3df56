"""The scripted OpenAI server in a process of its own, so that its CPU is not counted."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Server:
    """Where it is, and what it has counted."""

    url: str
    pid: int = 0

    def stats(self) -> dict[str, Any]:
        """Its counters."""
        with urllib.request.urlopen(self.url.removesuffix("/v1") + "/stats") as answer:
            counted: dict[str, Any] = json.load(answer)
        return counted

    def reset(self) -> None:
        """Set its counters to zero."""
        urllib.request.urlopen(self.url.removesuffix("/v1") + "/reset", data=b"").close()


@contextmanager
def scripted_server(latency: float) -> Iterator[Server]:
    """A server that takes `latency` seconds a call."""
    command = [sys.executable, "-m", "tests.servers", "--latency", str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Server(next(iter(process.stdout or ())).strip(), process.pid)
        finally:
            process.kill()
