"""Members take turns on one machine, and the thread goes out as text that nothing executes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import ui
from reviewer.domain.course import Group
from reviewer.domain.reflection import ReflectionPrompt
from ui.components.thread import thread_html, thread_text
from ui.words import Words

APP = str(Path(ui.__file__).parent / "app.py")
VIEW = """
from ui import frame
from ui.views import reflect
frame.guarded(reflect.show, frame.arrive())
"""
EVIL = "<script>alert(1)</script> **bold** [x](javascript:y)\n```\n# no heading"


@pytest.fixture
def team(app):  # type: ignore[no-untyped-def]
    """A group of one person with a finished review, and the id of that review."""
    desk = app.service.app_desk
    course = desk.place(None, app.group).course.id
    number = len(app.service.store.courses.groups(course))
    group = desk.add_group(course, f"Readers {number}", app.person).id
    handed_in = desk.hand_in(group, app.review.design, by=app.person)
    job = app.service.review_desk.submit(handed_in.id).id
    app.service.store.reviews.finish(job, app.review)
    return Team(app, group, job)


@dataclass(frozen=True)
class Team:
    """Who reads what."""

    app: Any
    id: str
    job: str

    @property
    def group(self) -> Group:
        return self.app.service.app_desk.place(None, self.id).group


def page(**address: str) -> AppTest:
    test = AppTest.from_string(VIEW, default_timeout=30)
    for name, value in address.items():
        test.query_params[name] = value
    return test.run()


def told(test: AppTest) -> str:
    every = (*test.title, *test.header, *test.markdown, *test.caption, *test.error)
    return "\n".join(str(element.value) for element in every)


def test_each_member_has_prompts_of_their_own(app, team) -> None:  # type: ignore[no-untyped-def]
    desk = app.service.app_desk
    second = desk.add_member(team.id, "Second reader")
    assert desk.add_member(team.id, "second  READER") == second
    quotes = {}
    for person in (app.person, second.id):
        test = page(group=team.id, who=person)
        assert not test.exception
        kept = desk.reflection(team.job, team.group, person)
        prompts = [ReflectionPrompt.model_validate(p) for p in kept.prompts]
        assert len(prompts) >= 3
        assert all(p.quote.text in app.review.design.text for p in prompts)
        quotes[person] = {p.text for p in prompts}
    assert quotes[app.person].isdisjoint(quotes[second.id])


def side_bar(group: str) -> AppTest:
    test = AppTest.from_file(APP, default_timeout=30)
    test.query_params["group"] = group
    test.session_state["hat"] = "individual"
    return test.run()


def test_a_member_adds_themselves(app, team) -> None:  # type: ignore[no-untyped-def]
    test = side_bar(team.id)
    next(f for f in test.text_input if f.label == "Your name").set_value("Third <b>reader")
    next(b for b in test.button if b.label == "Join the group").click().run()
    assert not test.exception
    names = [p.name for p in app.service.app_desk.members(team.group)]
    assert names == ["A person", "Third <b>reader"]
    assert next(s for s in test.selectbox if s.label == "You are").value == team.group.members[-1]


def test_a_nameless_member_is_told_so(app, team) -> None:  # type: ignore[no-untyped-def]
    test = side_bar(team.id)
    next(b for b in test.button if b.label == "Join the group").click().run()
    assert "needs a name" in told(test)
    assert len(team.group.members) == 1


def test_rubbish_for_a_person_is_nobody(app, team) -> None:  # type: ignore[no-untyped-def]
    test = page(group=team.id, who="<script>")
    assert not test.exception
    assert not test.error


def test_without_a_model_nobody_offers_a_question(app, team) -> None:  # type: ignore[no-untyped-def]
    desk = app.service.app_desk
    kept = desk.reflection(team.job, team.group, app.person)
    desk.reply(team.job, app.person, "The nightly export was the reason.", kept.revision)
    test = page(group=team.id, who=app.person)
    assert "What your reply touches" in told(test)
    assert "Ask me one question" not in [b.label for b in test.button]


def test_the_thread_is_text_in_every_form(app) -> None:  # type: ignore[no-untyped-def]
    words = Words("en")
    replies = [("A <i>name", EVIL)]
    page_text = thread_html(app.review, replies, words)
    assert "<script" not in page_text
    assert "&lt;script&gt;alert(1)" in page_text
    assert "A &lt;i&gt;name" in page_text
    markdown = thread_text(app.review, replies, words)
    reply = markdown.split("## Reply of", 1)[1]
    assert "\\<script\\>" in reply
    assert "\\*\\*bold\\*\\*" in reply
    assert "\n# no heading" not in reply
    assert app.review.design.text.strip() in markdown
