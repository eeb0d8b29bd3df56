"""What durability costs one review: asked for, queued, kept and waited for, beside the direct path.

    python -m benchmarks.jobs_overhead [--reviews 20] [--latency 0.2] [--postgres]

Both ways review the same texts against a scripted model server, one after the other in turn, in a
process whose worker is warm. Given are the medians of the differences: of the wall clock, from
asking to the finished review being known, and of this process's CPU.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.jobs_scale import MODEL, postgres
from benchmarks.server import scripted_server
from reviewer.domain.course import JobState
from reviewer.domain.design import Design
from reviewer.paths import EXAMPLES
from reviewer.service import ReviewService
from reviewer.settings import Settings

WARM_UP = 3
BAR = 60.0


def measure(service: ReviewService, count: int) -> dict[str, float]:
    """Medians in milliseconds."""
    read = service.read(sorted(EXAMPLES.glob("*.md"))[0])
    course = service.store.courses.add_course("Overhead").id
    desk = service.review_desk
    desk.start_worker()

    def stored(submission: str) -> None:
        job = desk.submit(submission)
        (done,) = desk.wait(job.id, timeout=60.0)
        if done.state is not JobState.COMPLETE:
            raise RuntimeError(f"the review is {done.state.value}: {done.reason}")

    seen: dict[str, list[tuple[float, float]]] = {"direct": [], "stored": []}
    for number in range(WARM_UP + count):
        design: Design = read.model_copy(update={"title": f"{read.title} {number}"})
        group = service.store.courses.add_group(course, f"Group {number}").id
        submission = service.store.submissions.add(group, design, filename="design.md").id
        ways: dict[str, Callable[[], object]] = {
            "direct": lambda design=design: service.review_design(design),  # type: ignore[misc]  # mypy cannot see a default of a lambda
            "stored": lambda submission=submission: stored(submission),  # type: ignore[misc]  # as above
        }
        for name in sorted(ways, reverse=bool(number % 2)):
            seen[name].append(_timed(ways[name]))
    desk.stop_worker()
    walls = [s[0] - d[0] for d, s in zip(seen["direct"], seen["stored"], strict=True)][WARM_UP:]
    cpus = [s[1] - d[1] for d, s in zip(seen["direct"], seen["stored"], strict=True)][WARM_UP:]
    return {
        "direct_wall_ms": round(
            1000 * statistics.median(w for w, _ in seen["direct"][WARM_UP:]), 1
        ),
        "stored_wall_ms": round(
            1000 * statistics.median(w for w, _ in seen["stored"][WARM_UP:]), 1
        ),
        "overhead_wall_ms": round(1000 * statistics.median(walls), 1),
        "overhead_cpu_ms": round(1000 * statistics.median(cpus), 1),
    }


def _timed(way: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    way()
    return time.perf_counter() - wall, time.process_time() - cpu


def main() -> None:
    """Print the figures; the exit code says whether the bar holds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--reviews", type=int, default=20)
    parser.add_argument("--latency", type=float, default=0.2)
    parser.add_argument("--postgres", action="store_true")
    given = parser.parse_args()
    with (
        postgres() if given.postgres else contextlib.nullcontext(None) as url,
        scripted_server(given.latency) as server,
        tempfile.TemporaryDirectory(prefix="overhead-") as folder,
    ):
        settings = Settings(
            home=Path(folder),
            database_url=url,
            openai_base_url=server.url,
            OPENAI_API_KEY="none",
            model=MODEL,
            _env_file=None,
        )
        service = ReviewService(settings)
        found = measure(service, given.reviews)
        service.store.close()
    print(json.dumps(found, indent=2))
    sys.exit(0 if found["overhead_wall_ms"] < BAR else 1)


if __name__ == "__main__":
    main()
