"""The instructor's commands, from an empty home to a citation and back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAPER = """# Replacing till exports by change capture

## Findings

A chain of 212 hardware stores replaced its nightly till export by change capture from the
database log. The load on the till database grew by 2.4 per cent, measured over nine weeks, and the
age of stock data fell from eleven hours to forty seconds. Two stores had to enlarge the disk of the
log, since a stopped reader made the database keep its log until the reader came back. The authors
advise an alarm on the size of the retained log before any reader is switched on, and a rehearsal of
the removal of a dead reader.

## Limits

The study covers one database product and one chain, and the stores were not chosen at random. It
says nothing of the cost of the change, which the chain did not publish, nor of tills that write
without a log.
"""
FLAT = " ".join(PAPER.split())  # soft line breaks are no part of a text


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("library")


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("papers") / "till-capture.md"
    path.write_text(PAPER, encoding="utf-8")
    return path


def run(home: Path, *args: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "reviewer.cli", *map(str, args)],
        capture_output=True, text=True, cwd=ROOT, check=False, timeout=180,
        env={**os.environ, "REVIEWER_HOME": str(home)},
    )  # fmt: skip


def told(done: subprocess.CompletedProcess[str]) -> object:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_paper_goes_in_is_cited_and_comes_out(home: Path, paper: Path) -> None:
    added = run(home, "knowledge", "add", paper, "--role", "legacy_integration", "--json")
    (file,) = told(added)["files"]  # type: ignore[index]
    assert file["outcome"] == "added"
    source = file["source"]

    again = run(home, "knowledge", "add", paper, "--json")
    assert told(again)["files"][0]["outcome"] == "unchanged"  # type: ignore[index]

    query = "alarm on the size of the retained log of the till database"
    hits = told(run(home, "knowledge", "search", query, "--role", "legacy_integration", "--json"))
    assert hits[0]["source"]["id"] == source  # type: ignore[index]
    assert hits[0]["passage"]["kind"] == "excerpt"  # type: ignore[index]
    assert hits[0]["passage"]["text"] in FLAT  # type: ignore[index]

    rows = told(run(home, "knowledge", "coverage", "--role", "legacy_integration", "--json"))
    cited = {p["source"] for row in rows for p in row["passages"]}  # type: ignore[attr-defined]
    assert source in cited

    review = told(run(home, "review", "examples/dynamic-pricing.md", "--json"))
    kinds = [c for f in review["findings"] for c in f["citations"]]  # type: ignore[index]
    excerpts = [c for c in kinds if c["kind"] == "excerpt"]
    assert excerpts
    assert all(c["text"] in FLAT for c in excerpts)

    edited = run(
        home, "knowledge", "edit", source, "--set", "year=2025", "--set", "authors=Till lab"
    )
    assert edited.returncode == 0, edited.stderr
    shown = told(run(home, "knowledge", "show", source, "--json"))
    assert shown["source"]["year"] == 2025  # type: ignore[index]
    assert shown["confirmed"]  # type: ignore[index]

    assert run(home, "knowledge", "remove", source).returncode == 0
    after = told(run(home, "knowledge", "search", query, "--json"))
    assert source not in {hit["source"]["id"] for hit in after}  # type: ignore[attr-defined]


def test_a_collection_travels_as_one_file(home: Path, paper: Path, tmp_path: Path) -> None:
    added = run(home, "knowledge", "add", paper, "--collection", "travel", "--json")
    assert told(added)["files"][0]["outcome"] in ("added", "copy", "unchanged")  # type: ignore[index]
    file = tmp_path / "travel.zip"
    assert run(home, "knowledge", "export", file, "--collection", "travel").returncode == 0
    elsewhere = tmp_path / "elsewhere"
    taken = run(elsewhere, "knowledge", "import", file, "--json")
    assert told(taken)["collection"] == "travel"  # type: ignore[index]
    listed = told(run(elsewhere, "knowledge", "list", "--collection", "travel", "--json"))
    assert len(listed["sources"]) == 1  # type: ignore[index]


def test_bad_files_cost_only_themselves(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    (folder / "good.txt").write_text(PAPER.replace("212", "213"), encoding="utf-8")
    (folder / "bad.pdf").write_bytes(b"%PDF-1.4 nothing")
    done = run(home, "knowledge", "add", folder, "--collection", "mixed", "--json")
    assert done.returncode == 3
    outcomes = {f["file"].split("/")[-1]: f for f in json.loads(done.stdout)["files"]}
    assert outcomes["bad.pdf"]["outcome"] == "refused"
    assert outcomes["bad.pdf"]["message"]
    assert outcomes["good.txt"]["outcome"] in ("added", "copy")
    assert "Traceback" not in done.stderr


def test_what_is_not_there_is_one_sentence(home: Path) -> None:
    for args in (
        ("add", "no-such-file.pdf"),
        ("show", "no-such-source"),
        ("remove", "no-such-source"),
        ("edit", "no-such-source", "--set", "year=2020"),
        ("import", "no-such-file.zip"),
    ):
        done = run(home, "knowledge", *args)
        assert done.returncode == 2, args
        assert len(done.stderr.strip().splitlines()) == 1
        assert "Traceback" not in done.stderr


def test_the_starter_corpus_can_be_switched_off(home: Path) -> None:
    assert run(home, "knowledge", "collection", "starter", "--off").returncode == 0
    hits = told(run(home, "knowledge", "search", "right to erasure within one month", "--json"))
    assert all(hit["passage"]["kind"] == "excerpt" for hit in hits)  # type: ignore[attr-defined]
    assert run(home, "knowledge", "collection", "starter", "--on").returncode == 0


def test_what_a_role_is_shown_for_a_design_is_listed(home: Path) -> None:
    design = str(Path(__file__).parent.parent / "examples" / "dynamic-pricing.md")
    told = run(home, "knowledge", "seen", design, "--role", "compliance", "--json")
    assert told.returncode == 0, told.stderr
    rows = json.loads(told.stdout)
    assert {row["role"] for row in rows} == {"compliance"}
    assert any(row["passages"] for row in rows)
    wrong = run(home, "knowledge", "seen", design, "--role", "nobody")
    assert wrong.returncode == 2
    assert "compliance" in wrong.stderr
