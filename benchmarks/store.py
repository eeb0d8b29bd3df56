"""How long the lists, one review and the class take with many stored reviews.

    python -m benchmarks.store --reviews 10000 --database sqlite
    python -m benchmarks.store --reviews 10000 --database postgres   (starts its own server)

Half of the reviews are of one course with a group for each of them, the other half of courses of
200 groups with five each. Every review is a real one of about 250 kB, and has its rows of findings.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert

from reviewer.domain.course import JobState
from reviewer.domain.review import Review
from reviewer.service import ReviewService
from reviewer.settings import Settings
from reviewer.store import Store, open_store
from reviewer.store import tables as t
from reviewer.store.columns import now
from reviewer.store.copying import plain
from reviewer.store.finished import citation_rows, finding_rows, levels_of
from reviewer.store.rows import usage_values

EXAMPLE = Path(__file__).parent.parent / "examples" / "dynamic-pricing.md"
_AT_ONCE = 500
_STATES = ("complete", "complete", "complete", "partial", "failed", "queued")


def real_review(home: Path) -> Review:
    """An offline review of a full design."""
    return ReviewService(Settings(home=home)).review(EXAMPLE)


def fill(store: Store, review: Review, reviews: int, *, small: int = 200) -> dict[str, list[str]]:
    """Puts in so many reviews; the courses' ids, the largest first, with those of their groups."""
    groups: dict[str, list[str]] = {}
    sizes = [reviews // 2, *[small] * max(1, reviews // 2 // (small * 5))]
    rows = Rows(review)
    with store.database.write() as connection:
        for number, size in enumerate(sizes):
            course = f"c-{number:016x}"
            groups[course] = [f"g-{number:04x}{i:012x}" for i in range(size)]
            rows.course(connection, course, groups[course])
    share = reviews // 2
    placed = 0
    for number, (course, ids) in enumerate(groups.items()):
        count = share if number == 0 else share // (len(groups) - 1)
        for start in range(0, count, _AT_ONCE):
            with store.database.write() as connection:
                some = range(start, min(count, start + _AT_ONCE))
                rows.reviews(connection, course, [ids[i % len(ids)] for i in some], placed)
                placed += len(some)
    return groups


class Rows:
    """Rows of a review as the store writes them, compressed once."""

    def __init__(self, review: Review) -> None:
        self._review = review
        body = review.model_dump_json().encode()
        design = review.design.model_dump_json().encode()
        self._body, self._design = zlib.compress(body, 6), zlib.compress(design, 6)
        self._findings = finding_rows("", "", review)
        self._cited = citation_rows("", review)
        self._numbers: dict[str, int] = {}
        self._chance = random.Random(1)

    def course(self, connection: Connection, course: str, groups: list[str]) -> None:
        """A course with its groups."""
        made = {"title": f"Course {course}", "collections": [], "created": now()}
        connection.execute(insert(t.courses), [{"id": course, **made}])
        named = [
            {"id": g, "course": course, "name": f"Group {g}", "created": now()} for g in groups
        ]
        connection.execute(insert(t.groups), named)

    def reviews(self, connection: Connection, course: str, groups: list[str], first: int) -> None:
        """One more submission and review for each of these groups."""
        submissions, reviews, findings, cited, bodies = [], [], [], [], []
        for number, group in enumerate(groups, first):
            key, at = f"r-{number:016x}", now() - timedelta(minutes=number % 5_000)
            turn = self._numbers[group] = self._numbers.get(group, 0) + 1
            submissions.append(self._submission(f"s-{number:016x}", group, turn))
            state = self._chance.choice(_STATES)
            done = state in ("complete", "partial")
            reviews.append(self._job(key, course, group, number, state) | {"created": at})
            if done:
                bodies.append({"review": key, "body": self._body})
                findings += [row | {"review": key, "course": course} for row in self._findings]
                cited += [row | {"review": key} for row in self._cited]
        for table, rows in (
            (t.submissions, submissions),
            (t.reviews, reviews),
            (t.bodies, bodies),
            (t.findings, findings),
            (t.citations, cited),
        ):
            connection.execute(insert(plain(table)), rows)

    def _submission(self, key: str, group: str, number: int) -> dict[str, Any]:
        return {
            "id": key,
            "group": group,
            "number": number,
            "sha256": f"sha256:{key}",
            "title": self._review.design.title,
            "filename": "design.md",
            "by": None,
            "created": now(),
            "design": self._design,
            "original": b"x" * 30_000,
        }

    def _job(self, key: str, course: str, group: str, number: int, state: str) -> dict[str, Any]:
        total = self._review.rubric.total or 0.0
        return {
            "id": key,
            "course": course,
            "group": group,
            "submission": f"s-{number:016x}",
            "model": "offline",
            "panel": "roles",
            "key": key,
            "state": state,
            "priority": 10,
            "batch": f"batch {number // 400}",
            "reason": "",
            "total": total * self._chance.random(),
            "levels": levels_of(self._review),
            "by": None,
            "started": now(),
            "finished": now(),
            **usage_values(self._review.manifest.usage),
        }


def questions(
    store: Store, groups: dict[str, list[str]], reviews: int
) -> Iterator[tuple[str, Callable[[], object]]]:
    """What the app asks, by name."""
    chance = random.Random(2)
    large, small = list(groups)[:2]
    done = [j.id for j in store.reviews.jobs(state=JobState.COMPLETE, limit=200)]
    yield "list, first page", lambda: store.reviews.jobs()
    yield "list, page in the middle", lambda: store.reviews.jobs(offset=reviews // 2)
    yield "list of a course", lambda: store.reviews.jobs(course=large)
    yield "filter by state", lambda: store.reviews.jobs(course=small, state=JobState.FAILED)
    yield "filter by batch", lambda: store.reviews.jobs(batch="batch 3")
    yield "history of a group", lambda: store.reviews.history(chance.choice(groups[small]))
    yield "count of a course", lambda: store.reviews.count(course=large)
    yield "open one", lambda: store.reviews.open(chance.choice(done))
    yield "one job", lambda: store.reviews.job(chance.choice(done))
    yield f"class of {len(groups[small])} groups", lambda: store.reviews.class_summary(small)
    yield f"class of {len(groups[large])} groups", lambda: store.reviews.class_summary(large)
    yield "frequent findings", lambda: store.reviews.frequent(small)
    yield "findings without a passage", lambda: store.reviews.uncited()


def timed(ask: Callable[[], object], times: int) -> list[float]:
    """Milliseconds of so many calls; the first, which compiles the statement, is left out."""
    ask()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - began) * 1_000)
    return sorted(taken)


def main() -> None:
    """Fills a database and prints milliseconds by question."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--reviews", type=int, default=10_000)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--times", type=int, default=20)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="store-") as folder:
        home, url = Path(folder) / "home", None
        if given.database == "postgres":
            from tests.databases import PostgresServer, started_server  # noqa: PLC0415 - only then

            server = started_server()
            if not isinstance(server, PostgresServer):
                raise SystemExit(server)
            url = server.fresh()
        store = open_store(home, database_url=url)
        review = real_review(Path(folder) / "reviewer")
        began = time.perf_counter()
        groups = fill(store, review, given.reviews)
        filled = time.perf_counter() - began
        print(f"{store.reviews.count()} reviews of {len(review.model_dump_json()):,} bytes")
        print(f"filled in {filled:.0f} s")
        report = {}
        for name, ask in questions(store, groups, given.reviews):
            taken = timed(ask, given.times)
            report[name] = [statistics.median(taken), taken[-1]]
            print(f"{name:32} median {report[name][0]:7.1f} ms   worst {report[name][1]:7.1f} ms")
        began = time.perf_counter()
        store.backup(Path(folder) / "b.zip")
        size = (Path(folder) / "b.zip").stat().st_size / 1e6
        print(f"backup in {time.perf_counter() - began:.1f} s, {size:.0f} MB")
        store.close()
        print(json.dumps(report))


if __name__ == "__main__":
    main()
