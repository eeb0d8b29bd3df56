"""Every page as Streamlit runs it: empty, and with a reviewed group."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import ui
from reviewer.service import ReviewService

APP = str(Path(ui.__file__).parent / "app.py")
VIEW = """
from ui import frame, state
from ui.views import {view}
here = frame.arrive()
frame.guarded({view}.show, here)
"""


def _page(view: str, **address: str) -> AppTest:
    test = AppTest.from_string(VIEW.format(view=view), default_timeout=20)
    for name, value in address.items():
        test.query_params[name] = value
    return test.run()


def _words(test: AppTest) -> str:
    every = (*test.title, *test.markdown, *test.caption, *test.error, *test.warning)
    return "\n".join(str(e.value) for e in every)


def _board(test: AppTest) -> dict[str, Any]:
    found = [e for e in test.main if e.type == "bidi_component"]
    data = json.loads(found[0].proto.json)
    return {**data, "page": json.loads(data["page"])}


def test_the_app_begins_with_a_name(empty: ReviewService) -> None:
    test = AppTest.from_file(APP, default_timeout=20).run()
    assert not test.exception
    assert [b.label for b in test.button if b.proto.type == "primary"] == ["Make the group"]
    test.text_input[0].set_value("Night owls")
    test.button[0].click().run()
    assert not test.exception
    assert test.title[0].value == "Night owls"
    groups = empty.app_desk.place(None, None).groups
    assert [g.name for g in groups] == ["Night owls"]


def test_a_group_without_a_name_is_told_so(empty: ReviewService) -> None:
    test = AppTest.from_file(APP, default_timeout=20).run()
    test.button[0].click().run()
    assert "needs a name" in _words(test)


def test_one_click_loads_an_example(empty: ReviewService) -> None:
    test = AppTest.from_file(APP, default_timeout=20).run()
    next(b for b in test.button if "example" in b.label).click().run()
    assert not test.exception
    group = empty.app_desk.place(None, None).groups[0]
    assert len(empty.app_desk.draft(group.id).values["map.nodes"]) > 5


@pytest.mark.parametrize("view", ["review", "design", "revise", "reflect"])
def test_empty_pages_lead_on(empty: ReviewService, view: str) -> None:
    test = _page(view)
    assert not test.exception
    assert len([b for b in test.button if b.proto.type == "primary"]) == 1


def test_the_review_page_shows_the_review(app) -> None:  # type: ignore[no-untyped-def]
    test = _page("review", group=app.group)
    assert not test.exception
    board = _board(test)
    assert len(board["page"]["findings"]) == len(app.review.findings)
    assert board["responses"] == {}
    assert "Dynamic pricing" in test.title[0].value


def test_an_address_of_a_review_alone_finds_its_group(app) -> None:  # type: ignore[no-untyped-def]
    finding = app.review.priorities[0]
    test = _page("review", review=app.job, finding=finding)
    assert _board(test)["finding"] == finding
    assert test.query_params["group"] == app.group


def test_the_review_of_another_group_does_not_exist(app) -> None:  # type: ignore[no-untyped-def]
    other = app.service.app_desk.add_group(
        app.service.app_desk.place(None, None).course.id, "Others", app.person
    )
    test = _page("review", group=other.id, review=app.job)
    assert not test.exception
    assert not [e for e in test.main if e.type == "bidi_component"]
    assert "Dynamic pricing" not in _words(test)


@pytest.mark.parametrize("rubbish", ["r-nothing", "<script>", "x" * 5000])
def test_rubbish_in_the_address_is_no_error(app, rubbish: str) -> None:  # type: ignore[no-untyped-def]
    test = _page("review", review=rubbish, finding=rubbish)
    assert not test.exception


def test_the_design_page_fills_from_the_draft(app) -> None:  # type: ignore[no-untyped-def]
    desk = app.service.app_desk
    group = desk.add_group(desk.place(None, None).course.id, "Writers", app.person)
    fields = desk.fields(desk.example("demand-forecast.yaml"))
    desk.save(group.id, fields, {}, app.person)
    test = _page("design", group=group.id)
    assert not test.exception
    assert test.text_input[0].value == fields["title"]
    assert "saturates first" in _words(test)
    test.button_group[0].set_value("data_flow").run()
    assert not test.exception
    assert len([e for e in test.main if "data" in e.type]) == 2, {e.type for e in test.main}


def test_a_saved_title_is_in_the_draft(empty: ReviewService) -> None:
    desk = empty.app_desk
    person = desk.arrive("c", "p")
    group = desk.add_group(desk.place(None, None).course.id, "G", person.id)
    test = _page("design", group=group.id)
    test.text_input[0].set_value("A new title").run()
    assert not test.exception
    assert desk.draft(group.id).values["title"] == "A new title"


def test_two_members_never_overwrite_each_other(empty: ReviewService) -> None:
    desk = empty.app_desk
    person = desk.arrive("c", "p")
    group = desk.add_group(desk.place(None, None).course.id, "G", person.id)
    mine = _page("design", group=group.id)
    desk.save(group.id, {"title": "theirs"}, {}, person.id)
    mine.text_input[0].set_value("mine").run()
    assert desk.draft(group.id).values["title"] == "theirs"
    assert "changed by two of you" in _words(mine)
    next(b for b in mine.button if b.label == "Keep mine").click().run()
    assert desk.draft(group.id).values["title"] == "mine"


def test_the_revision_page_compares_two_versions(app) -> None:  # type: ignore[no-untyped-def]
    service, desk = app.service, app.service.app_desk
    group = desk.add_group(desk.place(None, None).course.id, "Revisers", app.person)
    review = app.review
    for number in (1, 2):
        design = review.design.model_copy(update={"text": review.design.text + "." * number})
        job = service.review_desk.submit(desk.hand_in(group.id, design, by=app.person).id)
        service.store.reviews.finish(job.id, review.model_copy(update={"design": design}))
    test = _page("revise", group=group.id)
    assert not test.exception
    assert [box.label for box in test.selectbox] == ["From", "To"]
    assert "Point by point" in [header.value for header in test.header]


def test_the_reflection_page_has_prompts_and_keeps_them(app) -> None:  # type: ignore[no-untyped-def]
    test = _page("reflect", group=app.group)
    assert not test.exception
    first = _words(test)
    kept = app.service.store.reflections.get(app.job, app.person)
    assert len(kept.prompts) >= 2
    assert _words(_page("reflect", group=app.group)) == first


def test_the_pages_speak_german(app) -> None:  # type: ignore[no-untyped-def]
    test = _page("design", group=app.group, lang="de")
    assert not test.exception
    assert test.title[0].value == "Entwurf"
    assert (
        _board(_page("review", group=app.group, lang="de"))["page"]["words"]["findings"]
        == "Befunde"
    )
