"""Drafts, answers, reflections and the log: several people write, and nobody's words are lost."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from reviewer.errors import DraftConflict, InputError, NotFound
from reviewer.store import Store
from tests.classes import a_class, a_design, a_review, asked
from tests.databases import Opening, database, opening, postgres, store

__all__ = ["database", "opening", "postgres", "store"]  # fixtures


def test_a_draft_is_merged_by_field(store: Store) -> None:
    _, group, ann, ben = a_class(store)
    assert store.drafts.get(group.id).values == {}
    first = store.drafts.put(group.id, {"title": "A", "load": {"rate": 5}}, {}, ann.id)
    assert first.revisions == {"title": 1, "load": 1}
    theirs = store.drafts.put(group.id, {"load": {"rate": 6}}, first.revisions, ben.id)
    mine = store.drafts.put(group.id, {"title": "B"}, first.revisions, ann.id)
    assert mine.values == {"title": "B", "load": {"rate": 6}}
    assert mine.revisions == theirs.revisions | {"title": 2}
    assert mine.updated is not None
    emptied = store.drafts.put(group.id, {"title": None}, mine.revisions, ann.id)
    assert (emptied.values, emptied.revisions["title"]) == ({"load": {"rate": 6}}, 3)


def test_a_conflict_names_the_field_and_keeps_both_values(store: Store) -> None:
    _, group, ann, ben = a_class(store)
    base = store.drafts.put(group.id, {"title": "A", "load": 1, "cost": 1}, {}, ann.id).revisions
    store.drafts.put(group.id, {"title": "Theirs", "cost": 2}, base, ben.id)
    with pytest.raises(DraftConflict, match=r"'title'") as caught:
        store.drafts.put(group.id, {"title": "Mine", "load": 9, "cost": 2}, base, ann.id)
    error = caught.value
    assert (error.mine, error.theirs) == ({"title": "Mine"}, {"title": "Theirs"})
    draft = store.drafts.get(group.id)
    assert draft.values == {"title": "Theirs", "load": 9, "cost": 2}
    settled = store.drafts.put(group.id, error.mine, error.revisions, ann.id)
    assert settled.values["title"] == "Mine"


def test_of_two_who_save_at_once_one_is_told(opening: Opening) -> None:
    stores = [opening(), opening()]
    group = a_class(stores[0]).group
    told: list[str] = []
    lost: list[DraftConflict] = []

    def save(store: Store, name: str) -> None:
        for number in range(8):
            base = store.drafts.get(group.id).revisions
            try:
                store.drafts.put(group.id, {"title": f"{name}{number}"}, base)
                told.append(name)
            except DraftConflict as conflict:
                lost.append(conflict)

    _at_once(lambda: save(stores[0], "a"), lambda: save(stores[1], "b"))
    assert len(told) + len(lost) == 16
    assert stores[0].drafts.get(group.id).revisions == {"title": len(told)}


def test_many_who_hand_in_at_once_get_numbers_of_their_own(opening: Opening) -> None:
    stores = [opening(), opening()]
    group = a_class(stores[0]).group

    def hand_in(store: Store) -> None:
        for number in range(10):
            asked(store, group.id, f"Text {number}")

    _at_once(*(lambda store=store: hand_in(store) for store in stores))  # type: ignore[misc]  # a default, not an argument
    submissions = stores[0].submissions.of(group.id)
    assert [s.number for s in submissions] == list(range(1, 11))
    assert stores[0].reviews.count(group=group.id) == 10


def _at_once(*work: Callable[[], None]) -> None:
    with ThreadPoolExecutor(len(work)) as pool:
        for running in [pool.submit(some) for some in work]:
            running.result()


def test_answers_to_findings(store: Store) -> None:
    _, group, ann, _ = a_class(store)
    job = asked(store, group.id)
    store.reviews.finish(job.id, a_review(a_design()))
    store.responses.put(job.id, "F1", "ask", "Why?", ann.id)
    last = store.responses.put(job.id, "F1", "will_fix", "We will.", ann.id)
    assert store.responses.of(job.id) == (last,)
    assert (last.choice, last.text, last.by) == ("will_fix", "We will.", ann.id)
    with pytest.raises(NotFound, match="no finding 'F77'"):
        store.responses.put(job.id, "F77", "ask")
    with pytest.raises(InputError, match="one of: will_fix, disagree, ask"):
        store.responses.put(job.id, "F1", "maybe")  # type: ignore[arg-type]  # on purpose


def test_reflections_keep_what_is_not_given(store: Store) -> None:
    _, group, ann, ben = a_class(store)
    job = asked(store, group.id)
    prompts = ({"topic": "trade-offs", "text": "Why?"},)
    made = store.reflections.put(job.id, ann.id, prompts=prompts)
    assert (made.prompts, made.reply, made.revision) == (prompts, "", 1)
    replied = store.reflections.put(job.id, ann.id, reply="Because.", base=1)
    assert (replied.prompts, replied.reply, replied.revision) == (prompts, "Because.", 2)
    with pytest.raises(DraftConflict) as caught:
        store.reflections.put(job.id, ann.id, reply="Otherwise.", base=1)
    assert caught.value.theirs == {"reply": "Because."}
    assert caught.value.mine == {"reply": "Otherwise."}
    assert store.reflections.get(job.id, ann.id) == replied
    assert store.reflections.get(job.id, ben.id) is None
    assert store.reflections.of(job.id) == (replied,)


def test_the_log_takes_ids_only(store: Store) -> None:
    course, group, ann, _ = a_class(store)
    store.audit.add("group added", ann.id, course=course.id, group=group.id)
    store.audit.add("retention")
    newest, oldest = store.audit.entries()
    assert (newest.action, newest.by, newest.about) == ("retention", None, {})
    assert (oldest.by, oldest.about) == (ann.id, {"course": course.id, "group": group.id})
    assert newest.id > oldest.id
    for wrong in ({"group": "Group of Ann"}, {"text": "a\nb"}, {"empty": ""}):
        with pytest.raises(InputError, match="ids only"):
            store.audit.add("group added", ann.id, **wrong)
    with pytest.raises(InputError, match="small letters"):
        store.audit.add("Ann <ann@example.org> did it")
    assert len(store.audit.entries()) == 2


@pytest.mark.parametrize(
    "text", ["nul \x00 in it", "half a pair \ud83d", "'; DROP TABLE groups; --"]
)
def test_any_text_can_be_kept(store: Store, text: str) -> None:
    course, group, ann, _ = a_class(store)
    store.courses.add_group(course.id, text)
    store.courses.add_person(text)
    store.drafts.put(group.id, {"title": text, text: 1}, {})
    handed_in = store.submissions.add(group.id, a_design(), filename=text)
    job, _ = store.reviews.request(handed_in.id, model=text, key=text, batch=text)
    store.reviews.set_state(job.id, job.state, text)
    store.reflections.put(job.id, ann.id, reply=text, prompts=[{"text": text}])
    store.runs.fail(job.id, "latency", text)
    assert len(store.courses.groups(course.id)) == 2
    assert store.reviews.request(handed_in.id, model=text, key=text)[1] is False
    with pytest.raises(NotFound):
        store.reviews.open(text)
    with pytest.raises(NotFound):
        store.courses.group(text * 50)


def test_a_design_of_any_text_comes_back(store: Store) -> None:
    _, group, _, _ = a_class(store)
    design = a_design("NUL \x00, emoji 🛒, right-to-left \u202e.")
    handed_in = store.submissions.add(group.id, design, filename="a.md", original=b"\x00\xff")
    assert store.submissions.get(handed_in.id).design == design
    assert store.submissions.original(handed_in.id) == b"\x00\xff"
