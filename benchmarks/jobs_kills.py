"""Durable reviews whose worker is killed at random moments: what is asked twice, lost or changed.

    python -m benchmarks.jobs_kills [--reviews 20] [--kills 50] [--seed 1] [--postgres]

A batch is submitted, and a worker process does it against a scripted model server that counts its
calls. The worker is killed with SIGKILL at a random call, again and again; then one worker is left
alone. In the end all reviews must be complete and equal those of the direct path; no call whose
answer had been kept may have been made again, and no row may be there twice.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reviewer.domain.course import JobState
from reviewer.domain.review import Review
from reviewer.paths import EXAMPLES
from reviewer.service import ReviewService
from reviewer.settings import Settings
from tests.servers import Behaviour, ScriptedServer

MODEL = "openai:scripted"
_CALLS = 6
_LONGEST = 120.0


def measure(
    home: Path, url: str | None, *, reviews: int, kills: int, seed: int, compared: int | None = None
) -> dict[str, Any]:
    """The figures; `problems` is empty where the bar holds. `compared` reviews are done anew."""
    chance = random.Random(seed)
    problems: list[str] = []
    with ScriptedServer(Behaviour(latency=0.15)) as server:
        server.keep_bodies = False
        settings = Settings(
            home=home,
            database_url=url,
            openai_base_url=server.url,
            OPENAI_API_KEY="none",
            model=MODEL,
            _env_file=None,
        )
        service = ReviewService(settings)
        asked = _submitted(service, reviews)
        kept: dict[str, int] = {}
        at_work = 0
        most = reviews * _CALLS
        for number in range(kills):
            left = most - server.counts.answered
            with _worker(home, server.url, url) as process:
                wanted = server.counts.requests + chance.randrange(1, max(2, 2 * left // kills))
                while server.counts.requests < wanted and not _over(service, asked):
                    time.sleep(0.01)
                time.sleep(chance.uniform(0, 0.1))
                at_work += not _over(service, asked)
                process.kill()
                process.wait()
            time.sleep(0.3)  # what was on its way has arrived
            problems += [f"kill {number}: {p}" for p in _repeated(server, kept)]
            kept |= _kept(service, asked, server)
        with _worker(home, server.url, url):
            jobs = service.review_desk.wait(asked, timeout=_LONGEST)
        problems += [f"{job.id} is {job.state.value}: {job.reason}" for job in jobs
                     if job.state is not JobState.COMPLETE]  # fmt: skip
        problems += _repeated(server, kept) + _doubled(service, asked)
        requests = server.counts.requests
        if not problems:
            problems += _different(service, asked[:compared])
        service.store.close()
    return {
        "reviews": reviews,
        "kills": kills,
        "at work": at_work,
        "calls": requests,
        "needed": most,
        "problems": problems,
    }


def timeless(review: Review) -> Review:
    """The review without the one time in it."""
    manifest = review.manifest.model_copy(update={"seconds": 0.0})
    return review.model_copy(update={"manifest": manifest})


def _submitted(service: ReviewService, count: int) -> list[str]:
    course = service.store.courses.add_course("Kills").id
    files = itertools.cycle(sorted(EXAMPLES.glob("*.md")))
    asked = []
    for number, path in zip(range(count), files, strict=False):
        read = service.read(path)
        design = read.model_copy(update={"title": f"{read.title} {number}"})
        group = service.store.courses.add_group(course, f"Group {number}").id
        submission = service.store.submissions.add(group, design, filename=path.name)
        asked.append(service.review_desk.submit(submission.id, priority=100, batch="kills").id)
    return asked


@contextlib.contextmanager
def _worker(home: Path, server: str, url: str | None) -> Iterator[subprocess.Popen[str]]:
    environment = {
        **os.environ,
        "REVIEWER_HOME": str(home),
        "REVIEWER_OPENAI_BASE_URL": server,
        "OPENAI_API_KEY": "none",
        **({} if url is None else {"REVIEWER_DATABASE_URL": url}),
    }
    command = [sys.executable, "-m", "reviewer.cli", "worker"]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        told = process.stderr.readline() if process.stderr else ""
        if "takes reviews" not in told:
            raise RuntimeError(f"the worker did not start: {told}")
        yield process
    finally:
        process.terminate()
        process.communicate()


def _over(service: ReviewService, asked: list[str]) -> bool:
    return all(state.over for state in service.store.work.states(asked).values())


def _kept(service: ReviewService, asked: list[str], server: ScriptedServer) -> dict[str, int]:
    """The calls whose answers are kept, by their hash, with how often they were made."""
    hashes = {
        call.messages_sha256
        for review in asked
        for call in service.store.calls.of(review)
        if call.status == "ok"
    }
    return {digest: server.asked[digest] for digest in hashes}


def _repeated(server: ScriptedServer, kept: dict[str, int]) -> list[str]:
    return [
        f"a call was made {server.asked[digest]} times though its answer was kept after {times}"
        for digest, times in kept.items()
        if server.asked[digest] != times
    ]


def _doubled(service: ReviewService, asked: list[str]) -> list[str]:
    found = []
    for review in asked:
        runs = Counter(run.role for run in service.store.runs.of(review))
        calls = Counter(c.role for c in service.store.calls.of(review) if c.status == "ok")
        if len(runs) != _CALLS or {*runs.values(), *calls.values()} != {1}:
            found.append(f"{review}: {dict(runs)}, {dict(calls)}")
    batch = service.store.reviews.count(batch="kills")
    return found if batch == len(asked) else [*found, f"there are {batch} reviews"]


def _different(service: ReviewService, asked: list[str]) -> list[str]:
    found = []
    for review in asked:
        job = service.review_desk.job(review)
        design = service.store.submissions.get(job.submission).design
        if timeless(service.review_desk.open(review)) != timeless(service.review_design(design)):
            found.append(f"{review} differs from an undisturbed review")
    return found


def main() -> None:
    """Print the figures; the exit code says whether the bar holds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--reviews", type=int, default=20)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgres", action="store_true")
    given = parser.parse_args()
    from benchmarks.jobs_scale import postgres  # noqa: PLC0415 - only where it is wanted

    with (
        postgres() if given.postgres else contextlib.nullcontext(None) as url,
        tempfile.TemporaryDirectory(prefix="kills-") as folder,
    ):
        found = measure(
            Path(folder), url, reviews=given.reviews, kills=given.kills, seed=given.seed
        )
    print(json.dumps(found, indent=2))
    sys.exit(1 if found["problems"] else 0)


if __name__ == "__main__":
    main()
