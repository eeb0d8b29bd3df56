"""The library on a Postgres does what it does on its own SQLite file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from knowledge.importing import Labels
from knowledge.library import Library
from knowledge.types import Filter
from tests.databases import database, postgres
from tests.libraries import library, prose, written

__all__ = ["database", "postgres"]  # fixtures
LATENCY = Labels(roles=("latency",), licence="CC-BY-4.0")
READING = """@article{tills, title = {A Study of Tills}, author = {One, Ada and Two, Bo},
  year = {2021}, doi = {10.1234/tills}, file = {first.txt}}"""


@pytest.fixture
def opening(tmp_path: Path, database: str | None) -> Iterator[Callable[[], Library]]:
    """Opens libraries on the same database, each with an engine of its own."""
    made = []

    def make() -> Library:
        engine = None
        if database is not None:
            engine = create_engine(database.replace("postgresql://", "postgresql+psycopg://"))
        made.append(library(tmp_path / "home", engine=engine))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def opened(opening: Callable[[], Library]) -> Library:
    return opening()


def found(lib: Library, text: str, **options: object) -> list[str]:
    """The sources found for a sentence out of a text."""
    hits = lib.search(text.split(".")[3], limit=5, **options)  # type: ignore[arg-type]  # passed on
    return [hit.source.id for hit in hits]


def test_a_reading_list_comes_changes_and_goes(tmp_path: Path, opened: Library) -> None:
    papers = tmp_path / "papers"
    text = prose(1)
    written(papers / "list.bib", READING)
    written(papers / "first.txt", text)
    written(papers / "second.txt", prose(2))
    assert opened.add([papers], labels=LATENCY).count("added") == 2
    assert opened.add([papers]).count("unchanged") >= 2
    (source,) = [e.source for e in opened.list("course") if e.source.title == "A Study of Tills"]
    assert (source.year, source.authors) == (2021, ("Ada One", "Bo Two"))
    assert found(opened, text)[0] == source.id
    assert source.id in found(opened, text, role="latency")
    assert source.id not in found(opened, text, within=Filter(year_from=2022))

    opened.edit(source.id, year=2023, roles=("compliance",))
    assert source.id in found(opened, text, within=Filter(year_from=2022))

    before = opened.passages(source.id)
    written(papers / "first.txt", prose(3))
    assert opened.add([papers]).count("changed") == 1
    assert found(opened, prose(3))[0] == source.id
    assert opened.earlier(before[0].id)[0]["text"] == before[0].text

    opened.set_collection("course", enabled=False)
    assert source.id not in found(opened, prose(3))
    opened.set_collection("course", enabled=True)
    opened.remove(source.id)
    assert source.id not in found(opened, prose(3))
    assert opened.matches()


def test_a_collection_goes_out_and_comes_back(tmp_path: Path, opened: Library) -> None:
    papers = [written(tmp_path / f"{n}.txt", prose(n)) for n in (1, 2)]
    opened.add(papers, labels=LATENCY)
    entries = opened.list("course")
    passages = {e.source.id: opened.passages(e.source.id) for e in entries}
    assert opened.export("course", tmp_path / "course.zip") == (2, 2)
    opened.remove_collection("course")
    assert not found(opened, prose(1)) or found(opened, prose(1))[0] not in passages
    opened.take_in(tmp_path / "course.zip")
    assert {e.source.id: opened.passages(e.source.id) for e in opened.list("course")} == passages
    for path in papers:
        assert found(opened, path.read_text())[0] in passages


def test_two_libraries_on_one_database_see_the_same(
    tmp_path: Path, opened: Library, opening: Callable[[], Library]
) -> None:
    other = opening()
    before = found(other, prose(4))
    opened.add([written(tmp_path / "four.txt", prose(4))])
    (entry,) = opened.list("course")
    assert entry.source.id not in before
    assert found(other, prose(4))[0] == found(opened, prose(4))[0] == entry.source.id
    assert other.corpus == opened.corpus
