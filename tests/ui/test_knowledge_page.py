"""The knowledge page as Streamlit runs it: each part, empty and with documents of a course."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from pathlib import Path

import filelock
import pytest
from streamlit.testing.v1 import AppTest

from reviewer.service import ReviewService
from reviewer.service.uploads import file_name
from reviewer.settings import Settings
from ui import door

VIEW = """
from ui import frame
from ui.views import knowledge
frame.guarded(knowledge.show, frame.arrive())
"""
PAPER = """# Replayable logs in shops

Author: A. Reader

## Lag of readers

A retained log lets a dead reader catch up, as long as the retention is longer than the outage.
The lag of every reader is watched, and an alarm is raised before records are deleted unread.

## Till exports

Nightly exports of a till are read through an adapter that checks the schema before it loads
them, so that a changed column stops the load and not the price.
"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReviewService]:
    """A service with one document of a course, not confirmed yet."""
    made = ReviewService(Settings(home=tmp_path_factory.mktemp("home")))
    made.app_desk.arrive("A course", "A person")
    task = made.pages_desk.add([("logs <b>.md", io.BytesIO(PAPER.encode()))], "course")
    assert task.wait(60), "the import did not end"
    assert task.error == ""
    door.use(made)
    yield made
    door.use(None)
    made.let_go()


def page(part: str = "sources", **address: str) -> AppTest:
    test = AppTest.from_string(VIEW, default_timeout=30)
    test.query_params["part"] = part
    for name, value in address.items():
        test.query_params[name] = value
    return settled(test.run())


def settled(test: AppTest) -> AppTest:
    """The page when nothing is under way any more."""
    for _ in range(100):
        if not test.get("progress"):
            break
        time.sleep(0.2)
        test.run()
    return test


def told(test: AppTest) -> str:
    every = (*test.title, *test.header, *test.markdown, *test.caption, *test.error, *test.warning)
    return "\n".join(str(element.value) for element in every)


def html(test: AppTest) -> str:
    return "\n".join(str(element.proto.body) for element in test.get("html"))


def source_of_paper(service: ReviewService) -> str:
    return next(e.source.id for e in service.knowledge_desk.entries("course"))


def test_an_empty_library_leads_to_adding(tmp_path: Path, service: ReviewService) -> None:
    bare = ReviewService(Settings(home=tmp_path))
    door.use(bare)
    try:
        test = page()
        assert not test.exception
        assert [b.label for b in test.button if b.proto.type == "primary"] == ["Add documents"]
        test.button[0].click().run()
        assert not test.exception
        assert [b.label for b in test.button if b.proto.type == "primary"] == ["Import"]
    finally:
        door.use(service)
        bare.let_go()


@pytest.mark.parametrize(
    "part", ["sources", "add", "confirm", "seen", "coverage", "collections", "<b>", ""]
)
def test_every_part_shows(service: ReviewService, part: str) -> None:
    test = page(part)
    assert not test.exception
    assert not test.error
    assert len([b for b in test.button if b.proto.type == "primary"]) <= 1


def test_a_passage_is_marked_in_its_document(service: ReviewService) -> None:
    test = page(source=source_of_paper(service))
    shown = html(test)
    assert "<mark>" in shown
    marked = shown.split("<mark>")[1].split("</mark>")[0]
    passages = service.knowledge_desk.entry(source_of_paper(service))[1]
    assert marked.split() == passages[0].text.split()


def test_metadata_is_confirmed_and_kept(service: ReviewService) -> None:
    test = page("confirm")
    field = {f.label: f for f in test.text_input}
    field["Title"].set_value("Replayable logs <script>")
    field["Authors, with semicolons"].set_value("A. Reader; B. Writer")
    field["Year"].set_value("2021")
    settled(next(b for b in test.button if b.label == "Confirm").click().run())
    assert not test.exception
    entry = service.knowledge_desk.entry(source_of_paper(service))[0]
    assert entry.confirmed
    assert entry.source.authors == ("A. Reader", "B. Writer")
    assert entry.source.year == 2021
    assert "<script>" not in html(page(source=entry.source.id))


def test_a_wrong_year_is_told_and_changes_nothing(service: ReviewService) -> None:
    before = service.knowledge_desk.entry(source_of_paper(service))[0]
    test = page(source=before.source.id)
    next(f for f in test.text_input if f.label == "Year").set_value("soon")
    settled(next(b for b in test.button if b.label in ("Save", "Confirm")).click().run())
    assert "is no year" in told(test)
    assert service.knowledge_desk.entry(before.source.id)[0] == before


def test_a_question_finds_the_passage_of_the_course(service: ReviewService) -> None:
    test = page("seen")
    test.text_input[0].set_value("what happens when a reader of the log is dead")
    settled(next(b for b in test.button if b.label == "Search").click().run())
    assert not test.exception
    assert "A retained log lets a dead reader catch up" in "\n".join(t.value for t in test.text)


def test_a_design_is_asked_about(service: ReviewService) -> None:
    test = page("seen")
    way = next(g for g in test.button_group if g.label == "What for")
    settled(way.set_value("design").run())
    assert not test.exception
    assert "a passage can be cited" in told(test)


def test_the_lock_of_another_program_is_told(service: ReviewService) -> None:
    home = service.settings.home
    lock = filelock.FileLock(home / "writer.lock")
    with lock:
        begun = service.pages_desk.make_collection("Spring course")
        again = service.pages_desk.make_collection("spring  course")
        assert not begun.wait(0.5)
        assert begun.waiting
        assert again is begun
    assert begun.wait(30)
    assert begun.error == ""
    assert "Spring course" in told(page("collections"))
    assert "spring-course" in {c.id for c in service.knowledge_desk.collections()}


def test_a_collection_goes_out_and_comes_in(service: ReviewService) -> None:
    packed = service.pages_desk.exported("course")
    task = service.pages_desk.take_in(io.BytesIO(packed))
    assert task.wait(30)
    assert task.error == ""
    assert [file.outcome for file in task.result.files] == ["unchanged"]
    broken = service.pages_desk.take_in(io.BytesIO(packed[:200]))
    assert broken.wait(30)
    assert "damaged" in broken.error


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\papers\\a.pdf", "a.pdf"),
        ("\0\n.pdf", "pdf"),
        ("", "document"),
        ("é" * 400 + ".pdf", "é" * 120 + ".pdf"),
        ("..", "document"),
    ],
)
def test_names_are_never_paths(name: str, kept: str) -> None:
    assert file_name(name) == kept


def test_removing_takes_the_source_out(service: ReviewService) -> None:
    source = source_of_paper(service)
    test = page(source=source)
    settled(next(b for b in test.button if b.label == "Remove it").click().run())
    assert not test.exception
    assert source not in {e.source.id for e in service.knowledge_desk.entries(None)}
