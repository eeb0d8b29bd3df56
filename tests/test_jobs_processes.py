"""Worker processes as people start and stop them, and what is left when a group is erased."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

from reviewer.domain.course import JobState
from reviewer.paths import EXAMPLES
from reviewer.service import ReviewService
from reviewer.settings import Settings
from tests.servers import Behaviour, ScriptedServer

MARKER = "zebrafish-marker"


def worker(home: Path, url: str) -> subprocess.Popen[str]:
    """A worker process on a home."""
    environment = {
        **os.environ,
        "REVIEWER_HOME": str(home),
        "REVIEWER_OPENAI_BASE_URL": url,
        "REVIEWER_MODEL": "openai:scripted",
        "REVIEWER_REVIEWS_AT_ONCE": "2",
        "REVIEWER_RETENTION_DAYS": "1000",
        "OPENAI_API_KEY": "none",
    }
    command = [sys.executable, "-m", "reviewer.cli", "worker"]
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)


def everything(path: Path) -> str:
    """All rows of a SQLite file as text."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return "\n".join(connection.iterdump())


def test_two_workers_share_a_home_stop_when_told_and_leave_nothing_of_an_erased_group(
    tmp_path: Path,
) -> None:
    with ScriptedServer(Behaviour(latency=0.2)) as server:
        settings = Settings(
            home=tmp_path,
            model="openai:scripted",
            openai_base_url=server.url,
            OPENAI_API_KEY="none",
            _env_file=None,
        )
        service = ReviewService(settings)
        course = service.store.courses.add_course("Pipelines").id
        read = service.read(sorted(EXAMPLES.glob("*.md"))[0])
        groups, asked = [], []
        for number in range(6):
            design = read.model_copy(update={"title": f"{MARKER} {number}"})
            groups.append(service.store.courses.add_group(course, f"Group {number}").id)
            handed_in = service.store.submissions.add(groups[-1], design, filename="d.md")
            asked.append(service.review_desk.submit(handed_in.id).id)
        workers = [worker(tmp_path, server.url) for _ in range(2)]
        try:
            names = {(w.stderr.readline() if w.stderr else "").split()[2] for w in workers}
            jobs = service.review_desk.wait(asked, timeout=60)
        finally:
            for process in workers:
                process.send_signal(signal.SIGTERM)
            said = [process.communicate(timeout=20)[1] for process in workers]
        assert len(names) == 2
        assert [job.state for job in jobs] == [JobState.COMPLETE] * len(asked)
        assert server.counts.answered == 6 * len(asked), "no call was made by both"
    assert [process.returncode for process in workers] == [0, 0]
    assert all("has stopped" in text for text in said)
    noted = [e for e in service.store.audit.entries(limit=50) if e.action == "retention noted"]
    assert noted, "a worker looks for what is too old"

    for group in groups:
        assert service.upkeep.erase("group", group).reviews
    service.store.close()
    for path in tmp_path.glob("*.db"):
        left = everything(path)
        assert MARKER not in left
        assert not [review for review in asked if review in left], path.name
