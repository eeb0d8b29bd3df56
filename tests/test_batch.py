"""A class in one command: durable, resumable, within a sum, and plain about what failed."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.servers import Behaviour, ScriptedServer

MODEL = "openai:gpt-4.1-mini"
DESIGN = """# Markdown advice number {n}

## Scenario

A grocer with {n} stores asks a model for a reason with every price that is marked down.

## Data flow

Tills send {n}00 receipts a minute to a log; a job sums them each hour for the model.
"""


def class_folder(tmp_path: Path, number: int) -> Path:
    folder = tmp_path / "Course A"
    folder.mkdir()
    for n in range(1, number + 1):
        (folder / f"group {n:02}.md").write_text(DESIGN.format(n=n), encoding="utf-8")
    return folder


def environment(tmp_path: Path, server: ScriptedServer | None = None) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("REVIEWER_", "OPENAI_"))}
    kept["REVIEWER_HOME"] = str(tmp_path / "home")
    if server is not None:
        kept |= {"REVIEWER_OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": "sk-test"}
    return kept


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "reviewer.cli", "batch", *map(str, words)]


def run(env: dict[str, str], *words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*words), env=env, capture_output=True, text=True, timeout=180, check=False
    )


def summary(out: Path) -> list[dict[str, str]]:
    with (out / "summary.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def asked_twice(server: ScriptedServer) -> list[str]:
    seen: dict[str, int] = {}
    for body in server.bodies:
        key = json.dumps(body["messages"], sort_keys=True)
        seen[key] = seen.get(key, 0) + 1
    return [key[:80] for key, times in seen.items() if times > 1]


def test_offline_a_class_is_reviewed_and_a_second_run_costs_nothing(tmp_path: Path) -> None:
    folder, out = class_folder(tmp_path, 2), tmp_path / "out"
    (folder / "twin.md").write_text(DESIGN.format(n=1), encoding="utf-8")
    (folder / "none.md").write_text(" \n", encoding="utf-8")
    (folder / "scan.png").write_bytes(b"\x89PNG")
    env = environment(tmp_path)
    first = run(env, folder, "--out", out)
    assert first.returncode == 3, first.stderr
    assert "Traceback" not in first.stderr
    rows = {row["group"]: row for row in summary(out)}
    assert [rows[g]["state"] for g in ("group 01", "group 02", "twin")] == ["complete"] * 3
    assert rows["twin"]["same text as"] == "group 01"
    assert "empty" in rows["none"]["reason"]
    assert rows["scan"]["reason"] == "This kind of file is not read."
    assert rows["twin"]["total"] == rows["group 01"]["total"]
    folders = [out / row["review"] for row in rows.values() if row["review"]]
    assert len(folders) == 3
    assert all(path.exists() and path.with_suffix(".json").exists() for path in folders)
    written = {path: path.read_bytes() for path in folders}
    second = run(env, folder, "--out", out, "--json")
    report = json.loads(second.stdout)
    assert [row["known"] for row in report["rows"] if row["state"] == "complete"] == [True] * 3
    assert {path: path.read_bytes() for path in folders} == written


def test_a_killed_batch_goes_on_and_pays_for_nothing_twice(tmp_path: Path) -> None:
    folder, out = class_folder(tmp_path, 6), tmp_path / "out"
    with ScriptedServer(Behaviour(latency=0.4)) as server:
        env = environment(tmp_path, server)
        words = command(folder, "--out", out, "--model", MODEL)
        started = subprocess.Popen(
            words, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        give_up = time.monotonic() + 120
        while server.counts.answered < 14 and time.monotonic() < give_up:
            time.sleep(0.02)
        os.killpg(started.pid, signal.SIGKILL)
        started.wait()
        in_flight = server.counts.requests - server.counts.answered
        done = run(env, folder, "--out", out, "--model", MODEL)
        assert done.returncode == 0, done.stderr
        assert [row["state"] for row in summary(out)] == ["complete"] * 6
        # only what was under way at the kill, or answered in its last moment, is asked again
        assert len(asked_twice(server)) <= max(in_flight, 1) + 8
        assert server.counts.requests <= 36 + in_flight + 8


def test_a_cost_limit_starts_nothing_beyond_it(tmp_path: Path) -> None:
    folder, out = class_folder(tmp_path, 4), tmp_path / "out"
    prices = tmp_path / "prices.yaml"
    prices.write_text(
        "as_of: '2026-01-01'\nmodels:\n  openai:gpt-4.1-mini: {input: 10, output: 10}\n",
        encoding="utf-8",
    )
    with ScriptedServer() as server:
        env = environment(tmp_path, server) | {"REVIEWER_PRICES": str(prices)}
        cheap = run(env, folder, "--out", out, "--model", MODEL, "--max-cost", "0.01", "--json")
        assert server.counts.requests == 0
        assert cheap.returncode == 3
        assert "4 designs: about" in cheap.stderr
        assert "leaves no room for 4 more" in json.loads(cheap.stdout)["stopped"]
        one = float(cheap.stderr.split("calls, about ")[1].split()[0]) / 4
        limit = f"{2.5 * one:.3f}"
        some = run(env, folder, "--out", out, "--model", MODEL, "--max-cost", limit, "--json")
        report = json.loads(some.stdout)
        done = [row for row in report["rows"] if row["state"] == "complete"]
        assert 2 <= len(done) < 4  # estimates are on the high side
        assert report["cost"] <= float(limit)
        whole = run(env, folder, "--out", out, "--model", MODEL)
        assert whole.returncode == 0, whole.stderr
        assert not asked_twice(server)


def test_an_account_without_money_pauses_the_batch_and_a_new_run_goes_on(tmp_path: Path) -> None:
    folder, out = class_folder(tmp_path, 3), tmp_path / "out"
    behaviour = Behaviour(fault=lambda n: "quota" if n >= 4 else None)
    with ScriptedServer(behaviour) as server:
        env = environment(tmp_path, server)
        words = (folder, "--out", out, "--model", MODEL)
        stopped = run(env, *words, "--patience", "1", "--json")
        assert stopped.returncode == 3, stopped.stderr
        report = json.loads(stopped.stdout)
        assert report["stopped"]
        assert {row["state"] for row in report["rows"]} <= {"paused", "waiting", "complete"}
        behaviour.fault = lambda _: None
        done = run(env, *words)
        assert done.returncode == 0, done.stderr
        assert [row["state"] for row in summary(out)] == ["complete"] * 3


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda p: [p / "nowhere", "--out", p / "out"], "is not a folder"),
        (lambda p: [p / "Course A", "--out", p / "Course A" / "out"], "lies in the folder"),
        (lambda p: [p / "Course A", "--out", p / "file"], "cannot be made"),
        (lambda p: [p / "Course A", "--out", p / "out", "--model", "nobody:x"], "nobody"),
        (lambda p: [p / "Course A", "--out", p / "bad"], "not the record of a batch"),
    ],
)
def test_bad_input_is_one_sentence(tmp_path: Path, make: Any, said: str) -> None:
    class_folder(tmp_path, 1)
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "batch.json").write_text("[]", encoding="utf-8")
    done = run(environment(tmp_path), *make(tmp_path))
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
