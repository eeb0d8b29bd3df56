"""How quick the app is: reruns of the review page, clicks in a browser, the first painted page.

    python benchmarks/app_speed.py [--runs 200] [--sessions 100] [--no-browser]

Starts the app on a home of its own with a review of 60 open findings, and measures

- reruns of the review page, over the same websocket that a browser uses;
- as many reruns at once;
- the time from a click on a finding to the next painted frame, in Chromium;
- the time from the start of the process to the first painted page, beside an empty Streamlit page.

Prints JSON. Times are wall clock, so the machine should be quiet.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from reviewer.service import ReviewService
from reviewer.settings import Settings

FINDINGS = 60
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
_DONE = ForwardMsg.ScriptFinishedStatus.FINISHED_SUCCESSFULLY


def seeded(home: Path) -> str:
    """A home with one reviewed group; the query of the review's address."""
    service = ReviewService(Settings(home=home))
    desk = service.app_desk
    person = desk.arrive("Course", "Person").id
    group = desk.add_group(desk.place(None, None).course.id, "Group", person).id
    design = desk.example("dynamic-pricing.md")
    review = service.review_design(design)
    some = [f.model_copy(update={"folded": False}) for f in review.findings]
    more = [
        some[n % len(some)].model_copy(update={"id": f"{some[n % len(some)].id}.{n}"})
        for n in range(len(some), FINDINGS)
    ]
    review = review.model_copy(update={"findings": (*some, *more)[:FINDINGS]})
    job = service.review_desk.submit(desk.hand_in(group, design, by=person).id)
    service.store.reviews.finish(job.id, review)
    service.store.close()
    return f"group={group}&review={job.id}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(command: list[str], home: Path, port: int) -> Iterator[float]:
    """A running server; gives the time of its start."""
    began = time.perf_counter()
    process = subprocess.Popen(
        command, env=environment(home), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        waited(port)
        yield began
    finally:
        process.terminate()
        process.wait(20)


def environment(home: Path) -> dict[str, str]:
    """The environment of a server with that home."""
    return {**os.environ, "REVIEWER_HOME": str(home)}


def waited(port: int) -> None:
    """Returns when the server answers."""
    for _ in range(600):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.02)
    raise RuntimeError("the server did not start")


def app(port: int) -> list[str]:
    return [sys.executable, "-m", "ui", "--port", str(port), "--no-worker"]


class Session:
    """A browser's side of the websocket, without a browser."""

    def __init__(self, connection: Any, query: str) -> None:
        self._connection = connection
        self._query = query
        self._page = ""

    async def rerun(self) -> float:
        """Asks for a run of the review page; seconds until the script has finished."""
        asked = BackMsg()
        asked.rerun_script.query_string = self._query
        asked.rerun_script.page_name = "review"
        asked.rerun_script.page_script_hash = self._page
        began = time.perf_counter()
        await self._connection.send(asked.SerializeToString())
        while True:
            told = ForwardMsg()
            told.ParseFromString(await self._connection.recv())
            kind = told.WhichOneof("type")
            if kind == "new_session":
                self._page = told.new_session.page_script_hash
            if kind == "script_finished" and told.script_finished == _DONE:
                return time.perf_counter() - began


async def reruns(port: int, query: str, runs: int, sessions: int) -> dict[str, float]:
    """Reruns one after the other, then many at once."""
    address = f"ws://127.0.0.1:{port}/_stcore/stream"
    options = {"max_size": None, "subprotocols": ["streamlit"]}
    async with websockets.connect(address, **options) as connection:  # type: ignore[arg-type]
        one = Session(connection, query)
        for _ in range(5):
            await one.rerun()
        times = [await one.rerun() for _ in range(runs)]
    opened = [await websockets.connect(address, **options) for _ in range(sessions)]  # type: ignore[arg-type]
    many = [Session(connection, query) for connection in opened]
    for session in many:
        await session.rerun()
    began = time.perf_counter()
    await asyncio.gather(*(session.rerun() for session in many))
    together = time.perf_counter() - began
    for connection in opened:
        await connection.close()
    return {
        "rerun_p50_ms": round(statistics.median(times) * 1000, 1),
        "rerun_p95_ms": round(statistics.quantiles(times, n=20)[18] * 1000, 1),
        f"reruns_of_{sessions}_sessions_s": round(together, 2),
    }


CLICK = """async (n) => {
  const root = [...document.querySelectorAll('*')].find((e) => e.shadowRoot?.querySelector('.finding')).shadowRoot;
  const heads = [...root.querySelectorAll('.finding .head')];
  const times = [];
  for (let k = 0; k < n; k += 1) {
    const head = heads[(k * 7) % heads.length];
    const began = performance.now();
    head.click();
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
    times.push(performance.now() - began);
    await new Promise((done) => setTimeout(done, 60));
  }
  return times;
}"""


def browser(port: int, query: str) -> dict[str, float]:
    """Clicks on findings with all of them open."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # only with a browser

    with sync_playwright() as tool:
        chromium = tool.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = chromium.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"http://127.0.0.1:{port}/review?{query}")
        page.wait_for_selector(".root .finding")
        page.click("text=Open all")
        page.wait_for_timeout(500)
        times = page.evaluate(CLICK, 60)
        chromium.close()
    return {
        "click_to_paint_p50_ms": round(statistics.median(times), 1),
        "click_to_paint_p95_ms": round(statistics.quantiles(times, n=20)[18], 1),
    }


def first_page(command: list[str], home: Path, port: int, shown: str) -> float:
    """Seconds from the start of the process until something of the page is painted."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # only with a browser

    with sync_playwright() as tool:
        chromium = tool.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = chromium.new_page()
        with served(command, home, port) as began:
            page.goto(f"http://127.0.0.1:{port}/")
            page.wait_for_selector(shown)
            taken = time.perf_counter() - began
        chromium.close()
    return taken


def starts(home: Path) -> dict[str, float]:
    """The first page of the app, and of a script that only says hello."""
    script = home / "hello.py"
    script.write_text("import streamlit as st\nst.title('Hello')\n", encoding="utf-8")
    ours, theirs = [], []
    for _ in range(3):
        port = free_port()
        ours.append(first_page(app(port), home, port, "h1"))
        port = free_port()
        empty = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
        empty += ["--server.headless", "true", "--server.address", "127.0.0.1"]
        empty += ["--browser.gatherUsageStats", "false"]
        theirs.append(first_page(empty, home, port, "h1"))
    return {
        "first_page_s": round(statistics.median(ours), 2),
        "first_page_of_an_empty_app_s": round(statistics.median(theirs), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--sessions", type=int, default=100)
    parser.add_argument("--no-browser", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        query = seeded(home)
        port = free_port()
        with served(app(port), home, port):
            found = asyncio.run(reruns(port, query, asked.runs, asked.sessions))
            if not asked.no_browser:
                found |= browser(port, query)
        if not asked.no_browser:
            found |= starts(home)
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
