"""Designs and reviews in the store: each once, each whole, each its group's own."""

from __future__ import annotations

import pytest

from reviewer.domain.course import Hat, JobState
from reviewer.domain.review import Usage
from reviewer.errors import NotFound
from reviewer.store import Store
from tests.classes import a_class, a_design, a_finding, a_review, asked
from tests.databases import Opening, database, opening, postgres, store

__all__ = ["database", "opening", "postgres", "store"]  # fixtures


def test_people_courses_and_groups(store: Store) -> None:
    course, group, ann, ben = a_class(store)
    other = store.courses.add_course("Another")
    assert store.courses.courses() == (course, other)
    assert store.courses.course(course.id) == course
    assert store.courses.groups(course.id) == (group,)
    assert store.courses.groups(other.id) == ()
    assert store.courses.people(course.id) == (ann, ben)
    assert store.courses.people(other.id) == ()
    store.courses.leave(group.id, ann.id)
    store.courses.join(group.id, ben.id)
    assert store.courses.group(group.id).members == (ben.id,)
    assert store.courses.groups_of(ben.id)[0].id == group.id
    store.courses.enrol(course.id, ann.id, Hat.INSTRUCTOR)
    store.courses.enrol(course.id, ann.id, Hat.INSTRUCTOR)
    store.courses.enrol(course.id, ann.id, Hat.INDIVIDUAL)
    assert store.courses.hats(course.id, ann.id) == {Hat.INSTRUCTOR, Hat.INDIVIDUAL}
    assert store.courses.hats(other.id, ann.id) == frozenset()
    assert store.courses.people(course.id) == (ann, ben)
    with pytest.raises(NotFound, match="no course 'c-none'"):
        store.courses.add_group("c-none", "G")
    with pytest.raises(NotFound, match="no person"):
        store.courses.add_group(course.id, "G", ["p-none"])
    assert len(store.courses.groups(course.id)) == 1


def test_the_same_content_of_a_group_is_one_submission(store: Store) -> None:
    course, group, ann, _ = a_class(store)
    first = store.submissions.add(
        group.id, a_design(), filename="a.md", original=b"bytes", by=ann.id
    )
    assert first.number == 1
    assert first.design == a_design()
    again = store.submissions.add(group.id, a_design(), filename="b.md")
    assert again == first
    second = store.submissions.add(group.id, a_design("Other words."), filename="a.md")
    assert second.number == 2
    assert store.submissions.of(group.id) == (first, second)
    other = store.courses.add_group(course.id, "Group 2")
    elsewhere = store.submissions.add(other.id, a_design(), filename="a.md")
    assert (elsewhere.id != first.id, elsewhere.number) == (True, 1)
    assert store.submissions.get(first.id) == first
    assert store.submissions.original(first.id) == b"bytes"
    assert store.submissions.original(second.id) is None


def test_a_review_is_asked_for_once(store: Store) -> None:
    course, group, ann, _ = a_class(store)
    handed_in = store.submissions.add(group.id, a_design(), filename="a.md")
    asked_for = {"model": "offline", "key": "k"}
    job, new = store.reviews.request(handed_in.id, **asked_for, batch="b" * 300, by=ann.id)
    assert (new, job.state, job.number, job.title) == (True, JobState.QUEUED, 1, "Prices")
    assert store.reviews.request(handed_in.id, **asked_for) == (job, False)
    for state in (JobState.FAILED, JobState.CANCELLED):
        assert store.reviews.set_state(job.id, state, "stopped")
        assert not store.reviews.set_state(job.id, JobState.RUNNING)
        assert store.reviews.job(job.id).reason == "stopped"
        again, new = store.reviews.request(handed_in.id, **asked_for)
        assert (new, again.id, again.state, again.reason) == (True, job.id, JobState.QUEUED, "")
    assert store.reviews.count(course=course.id) == 1
    other = store.courses.add_group(course.id, "Group 2")
    theirs = store.submissions.add(other.id, a_design(), filename="a.md")
    unlike, new = store.reviews.request(theirs.id, **asked_for)
    assert (new, unlike.id != job.id) == (True, True)


def test_a_finished_review_comes_back_exactly(store: Store) -> None:
    course, group, _, _ = a_class(store)
    job = asked(store, group.id)
    store.reviews.set_state(job.id, JobState.RUNNING)
    review = a_review(a_design(), partial=True)
    assert store.reviews.finish(job.id, review)
    done = store.reviews.job(job.id)
    assert (done.state, done.total, done.levels) == (JobState.PARTIAL, 47.1, {"timely_data": 2.5})
    assert done.usage == review.manifest.usage
    assert done.started is not None
    assert not store.reviews.finish(job.id, a_review(a_design("Other")))
    assert store.reviews.open(job.id) == review
    assert store.reviews.set_state(job.id, JobState.QUEUED)
    whole = a_review(a_design(), findings=4)
    assert store.reviews.finish(job.id, whole)
    assert store.reviews.open(job.id, group=group.id) == whole
    (line,) = store.reviews.class_summary(course.id)
    assert (line.submission, line.review, line.state) == (1, job.id, JobState.COMPLETE)
    assert (line.total, line.levels, line.cost) == (47.1, {"timely_data": 2.5}, 0.25)


def test_a_review_of_another_group_is_not_there(store: Store) -> None:
    course, group, _, _ = a_class(store)
    other = store.courses.add_group(course.id, "Group 2")
    job = asked(store, group.id)
    store.reviews.finish(job.id, a_review(a_design()))
    with pytest.raises(NotFound) as theirs:
        store.reviews.open(job.id, group=other.id)
    with pytest.raises(NotFound) as nobodys:
        store.reviews.open("r-0", group=other.id)
    assert str(theirs.value).replace(job.id, "r-0") == str(nobodys.value)
    assert store.reviews.history(other.id) == ()
    assert store.reviews.latest(other.id) is None


def test_an_answer_is_saved_once(store: Store) -> None:
    _, group, _, _ = a_class(store)
    job = asked(store, group.id)
    store.runs.prepare(job.id, {"a": 1})
    store.runs.prepare(job.id, {"a": 2})
    assert store.runs.prepared(job.id) == {"a": 1}
    store.runs.start(job.id, "latency")
    store.runs.fail(job.id, "latency", "no answer")
    (run,) = store.runs.of(job.id)
    assert (run.state, run.reason) == ("failed", "no answer")
    store.runs.reset(job.id, "latency")
    grounded = {"findings": [a_finding().model_dump(mode="json")]}
    usage = Usage(input=5, output=2, calls=1, cost=0.5)
    store.runs.save(job.id, "latency", answer={"x": 1}, grounded=grounded, usage=usage)
    store.runs.save(job.id, "latency", answer={"x": 2}, grounded={}, usage=Usage())
    for late in (store.runs.start, store.runs.reset):
        late(job.id, "latency")
    store.runs.fail(job.id, "latency", "too late")
    (run,) = store.reviews.job(job.id).roles
    assert (run.state, run.findings, run.usage) == ("done", (a_finding(),), usage)
    answers = store.runs.answers(job.id)
    assert answers == {"latency": {"answer": {"x": 1}, "grounded": grounded, "usage": usage}}


@pytest.mark.parametrize("keep", [False, True])
def test_calls_are_kept_and_their_text_only_if_wanted(opening: Opening, keep: bool) -> None:
    store = opening(keep_prompts=keep)
    job = asked(store, a_class(store).group.id)
    store.calls.add(
        job.id,
        "latency",
        messages_sha256="sha256:1",
        model="m",
        usage=Usage(input=1),
        seconds=0.5,
        status="ok",
        prompt_text="asked",
        answer_text="said",
    )
    (call,) = store.calls.of(job.id)
    assert (call.messages_sha256, call.usage.input, call.seconds) == ("sha256:1", 1, 0.5)
    assert (call.prompt, call.answer) == (("asked", "said") if keep else (None, None))
