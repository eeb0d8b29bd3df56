"""Copies of checked data files: used for the same contents only, and never an obstacle."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from knowledge.corpus import load_corpus
from knowledge.search import open_knowledge
from reviewer.agents.retrieval import Remembered
from reviewer.catalogue import load_questionnaire
from reviewer.domain.questionnaire import Role
from reviewer.errors import CatalogueError
from reviewer.service.compiled import (
    KeptSearch,
    compiled,
    compiled_corpus,
    compiled_questionnaire,
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "role.txt"
    made.write_text("Latency", encoding="utf-8")
    return made


def reader(file: Path, calls: list[str]) -> Callable[[], Role]:
    def load() -> Role:
        title = file.read_text(encoding="utf-8")
        calls.append(title)
        if title == "wrong":
            raise CatalogueError("role.txt, line 1: wrong.")
        return Role(id="latency", title=title, scope="time", brief="")

    return load


def test_files_are_loaded_once_for_the_same_contents(tmp_path: Path, file: Path) -> None:
    calls: list[str] = []
    for _ in range(3):
        made = compiled(tmp_path / "kept", "role", [file], Role, reader(file, calls))
        assert made.title == "Latency"
    assert calls == ["Latency"]
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["role.json"]


def test_a_changed_file_is_loaded_anew(tmp_path: Path, file: Path) -> None:
    calls: list[str] = []
    for title in ("Latency", "latency", "Latency"):
        file.write_text(title, encoding="utf-8")
        made = compiled(tmp_path / "kept", "role", [file], Role, reader(file, calls))
        assert made.title == title
    assert calls == ["Latency", "latency", "Latency"]


def test_a_mistake_is_told_every_time(tmp_path: Path, file: Path) -> None:
    file.write_text("wrong", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(CatalogueError, match="line 1"):
            compiled(tmp_path / "kept", "role", [file], Role, reader(file, []))


@pytest.mark.parametrize("content", [b"", b"{}", b"no line\n{}", None])
def test_a_damaged_copy_is_made_again(tmp_path: Path, file: Path, content: bytes | None) -> None:
    calls: list[str] = []
    load = reader(file, calls)
    first = compiled(tmp_path / "kept", "role", [file], Role, load)
    copy = tmp_path / "kept" / "role.json"
    copy.write_bytes(copy.read_bytes()[:-5] if content is None else content)
    assert compiled(tmp_path / "kept", "role", [file], Role, load) == first
    assert compiled(tmp_path / "kept", "role", [file], Role, load) == first
    assert len(calls) == 2


def test_nothing_to_keep_it_in_is_no_obstacle(tmp_path: Path, file: Path) -> None:
    (tmp_path / "taken").write_text("a file stands here", encoding="utf-8")
    calls: list[str] = []
    for folder in (None, tmp_path / "taken"):
        assert compiled(folder, "role", [file], Role, reader(file, calls)).title == "Latency"
    missing = [file, tmp_path / "missing.txt"]
    assert compiled(tmp_path / "kept", "role", missing, Role, reader(file, calls)).title
    assert len(calls) == 3


def test_the_copies_of_what_ships_are_the_same(tmp_path: Path) -> None:
    corpus = load_corpus()
    asked = load_questionnaire(sources=corpus.sources)
    for _ in range(2):
        assert compiled_corpus(tmp_path) == corpus
        copy = compiled_questionnaire(tmp_path, corpus.sources)
        assert copy.model_dump_json() == asked.model_dump_json()


class Counting:
    """A retriever that finds nothing, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.corpus = "sha256:none"

    def search(self, query: str, *, role: str | None = None, limit: int = 5) -> list[object]:
        self.asked += 1
        return []

    def search_many(self, queries: list[tuple[str, str | None]], *, limit: int = 5) -> list[object]:
        self.asked += 1
        return [[] for _ in queries]


def test_the_same_queries_are_searched_once() -> None:
    inner = Counting()
    passages = Remembered(inner)  # type: ignore[arg-type]  # finds nothing, so no hits to type
    for _ in range(2):
        assert passages.search_many([("a", None), ("b", "latency")]) == [[], []]
    assert inner.asked == 1
    assert passages.search_many([("a", "latency")], limit=5) == [[]]
    assert passages.search_many([("a", "latency")], limit=8) == [[]]
    assert inner.asked == 3
    assert passages.search("a") == []
    assert passages.corpus == "sha256:none"
    inner.corpus = "sha256:one"  # a source was added
    assert passages.search_many([("a", "latency")], limit=8) == [[]]
    assert inner.asked == 5


def test_what_was_found_is_found_again_by_id(tmp_path: Path) -> None:
    corpus = load_corpus()
    search = open_knowledge(tmp_path / "index", corpus=corpus)
    queries = [("Is personal data removed?", "compliance"), ("How stale may data be?", None)]
    found = search.search_many(queries, limit=3)
    assert all(found)
    for _ in range(2):
        kept = KeptSearch(lambda: search, tmp_path / "kept")
        assert kept.search_many(queries, limit=3) == found
        assert kept.search_many(queries[:1], limit=3) == found[:1]
    assert kept.search(*queries[0][:1], limit=1) == search.search(queries[0][0], limit=1)
    written = (tmp_path / "kept" / "passages.json").read_text(encoding="utf-8")
    assert found[0][0].passage.id in written
    assert found[0][0].passage.text not in written
