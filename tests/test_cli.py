"""The command line as a user meets it: exit codes, one clear sentence, nothing lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "dynamic-pricing.md"


def run(*args: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "reviewer.cli", *map(str, args)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **env},
        check=False,
        timeout=120,
    )


def fails(result: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    assert result.returncode == code, result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    lines = [line for line in result.stderr.splitlines() if line]
    assert len(lines) == 1, lines
    for word in words:
        assert word in lines[0]


def test_help_names_every_command() -> None:
    shown = run("--help")
    assert shown.returncode == 0
    for command in ("review", "new", "numbers", "drill", "explain", "roles", "rubric", "doctor"):
        assert command in shown.stdout


def test_a_review_is_printed_and_ends_well() -> None:
    shown = run("review", EXAMPLE)
    assert shown.returncode == 0, shown.stderr
    assert "of 100" in shown.stdout
    assert "What to do" in shown.stdout


def test_json_is_review_1_and_two_runs_are_alike() -> None:
    first, second = (json.loads(run("review", EXAMPLE, "--json").stdout) for _ in range(2))
    assert first["schema"] == "review/1"
    for told in (first, second):
        assert told["manifest"].pop("seconds") > 0
    assert first == second


def test_out_takes_the_format_from_the_ending(tmp_path: Path) -> None:
    for name, start in (("r.md", "# Review"), ("r.json", "{"), ("r.html", "<!doctype html>")):
        done = run("review", EXAMPLE, "--out", tmp_path / name)
        assert done.returncode == 0, done.stderr
        assert (tmp_path / name).read_text(encoding="utf-8").startswith(start)
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing.md", None, ("missing.md",)),
        ("empty.md", b"", ("empty.md", "empty")),
        ("photo.png", b"\x89PNG\r\n\x1a\n\x00\x00", ("photo.png",)),
        ("noise.md", bytes(range(256)) * 40, ("noise.md",)),
        ("huge.md", b"A long sentence about nothing. " * 1_700_000, ("huge.md",)),
        ("wrong.pdf", b"%PDF-1.7 nothing here", ("wrong.pdf",)),
        ("wrong.docx", b"PK\x03\x04 nothing here", ("wrong.docx",)),
    ],
)
def test_a_bad_file_is_one_sentence(
    tmp_path: Path, name: str, content: bytes | None, words: tuple[str, ...]
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    fails(run("review", path), 2, *words)


def test_a_folder_is_one_sentence(tmp_path: Path) -> None:
    fails(run("review", tmp_path), 2)


def test_a_wrong_unit_names_the_field_and_the_line(tmp_path: Path) -> None:
    path = tmp_path / "design.md"
    block = "nodes:\n  - id: till\n    kind: source\n    rate: 5 minutes\n"
    path.write_text(f"# Design\n\nText.\n\n```data-flow\n{block}```\n", encoding="utf-8")
    fails(run("review", path), 2, "rate", "line", "5 minutes")


def test_an_unknown_node_in_a_flow_is_named(tmp_path: Path) -> None:
    path = tmp_path / "design.md"
    block = "nodes:\n  - id: till\n    kind: source\nflows:\n  - {from: till, to: lakee}\n"
    path.write_text(f"# Design\n\nText.\n\n```data-flow\n{block}```\n", encoding="utf-8")
    fails(run("review", path), 2, "lakee")


def test_a_cycle_in_the_map_is_reviewed(tmp_path: Path) -> None:
    path = tmp_path / "design.md"
    block = (
        "nodes:\n  - {id: till, kind: source, rate: 10 events/s}\n  - {id: a, kind: stage}\n"
        "  - {id: b, kind: stage}\nflows:\n  - {from: till, to: a}\n  - {from: a, to: b}\n"
        "  - {from: b, to: a, share: 0.2}\n"
    )
    path.write_text(f"# Design\n\nText.\n\n```data-flow\n{block}```\n", encoding="utf-8")
    assert run("review", path).returncode == 0


def test_one_sentence_gets_a_proper_review(tmp_path: Path) -> None:
    path = tmp_path / "short.txt"
    path.write_text("We use AI to set prices.", encoding="utf-8")
    told = json.loads(run("review", path, "--json").stdout)
    assert told["findings"]
    assert len(told["priorities"]) <= 5


def test_a_german_design_gets_its_numbers_and_says_what_was_not_read(tmp_path: Path) -> None:
    path = tmp_path / "entwurf.md"
    path.write_text(
        "# Dynamische Preise\n\nDie Kassendaten werden jede Nacht aus dem Warenwirtschaftssystem "
        "übertragen und in einem Datensee gespeichert. Kundennamen werden vor der Übergabe an das "
        "Sprachmodell entfernt. Die Preise dürfen höchstens fünf Minuten alt sein.\n",
        encoding="utf-8",
    )
    told = json.loads(run("review", path, "--json").stdout)
    assert told["design"]["language"] == "de"
    assert told["rubric"]["total"] is None
    assert any("English" in note for note in told["notes"])


def test_a_place_that_cannot_be_written_is_said_before_the_review(tmp_path: Path) -> None:
    fails(run("review", EXAMPLE, "--out", tmp_path / "no" / "r.md"), 2, "does not exist")
    fails(run("review", EXAMPLE, "--out", tmp_path / "r.xyz"), 2, "ending")


def test_a_model_without_a_key_and_an_unknown_provider_are_one_sentence() -> None:
    fails(run("review", EXAMPLE, "--model", "openai:gpt-x"), 2, "OPENAI_API_KEY")
    fails(run("review", EXAMPLE, "--model", "nonsense"), 2, "nonsense")
    fails(run("review", EXAMPLE, "--model", "nobody:model"), 2, "nobody")


def test_a_server_that_is_not_there_is_exit_4() -> None:
    done = run(
        "review", EXAMPLE, "--model", "openai:local",
        REVIEWER_OPENAI_BASE_URL="http://127.0.0.1:9/v1", REVIEWER_MAX_RETRIES="0",
    )  # fmt: skip
    assert done.returncode == 4, done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_setting_is_named() -> None:
    fails(run("review", EXAMPLE, REVIEWER_TIMEOUT="soon"), 2, "REVIEWER_TIMEOUT")


def test_explain_suggests_the_nearest_check() -> None:
    assert "COM-03" in run("explain", "com-03").stdout
    fails(run("explain", "COM-99"), 2, "COM-")


def test_roles_and_rubric_print_text_and_json() -> None:
    for command in ("roles", "rubric"):
        assert run(command).stdout
        assert json.loads(run(command, "--json").stdout)


def test_numbers_and_drills(tmp_path: Path) -> None:
    assert json.loads(run("numbers", EXAMPLE, "--json").stdout)["facts"]
    assert "ten-x" in run("drill", EXAMPLE).stdout
    picture = tmp_path / "backlog.svg"
    done = run("drill", EXAMPLE, "--scenario", "ten-x", "--plot", picture)
    assert done.returncode == 0, done.stderr
    assert "<svg" in picture.read_text(encoding="utf-8")
    fails(run("drill", EXAMPLE, "--scenario", "flood"), 2, "flood", "ten-x")
    fails(run("drill", EXAMPLE, "--scenario", "ten-x", "--set", "duration"), 2, "NAME=VALUE")


def test_the_template_is_written_once_and_reviews(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    assert run("new", path).returncode == 0
    assert run("review", path).returncode == 0
    fails(run("new", path), 2, "mine.yaml")


def test_knowledge_search_and_doctor() -> None:
    hits = json.loads(run("knowledge", "search", "erase a customer's data", "--json").stdout)
    assert hits
    assert all(hit["passage"]["text"] for hit in hits)
    rows = json.loads(run("doctor", "--json").stdout)
    assert {row["state"] for row in rows} == {"fine"}


def test_the_program_starts_fast_and_without_the_heavy_libraries() -> None:
    seen = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import reviewer.cli"],
        capture_output=True, text=True, cwd=ROOT, check=True,
    ).stderr  # fmt: skip
    for heavy in ("langchain", "chromadb", "onnxruntime", "streamlit", "openai", "pydantic"):
        assert f"| {heavy}" not in seen.replace("|   ", "| "), heavy
