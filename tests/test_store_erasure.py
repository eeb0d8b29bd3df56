"""Deleting: nothing of a person or a group is left, in no row and in no byte of the file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import MetaData, Table, inspect, select

from knowledge.records import DATABASE
from reviewer.domain.course import Hat
from reviewer.domain.review import Usage
from reviewer.errors import InputError, NotFound
from reviewer.store import Store
from reviewer.store import tables as t
from reviewer.store.columns import now
from tests.classes import Class, a_class, a_design, a_finding, a_review, asked
from tests.databases import Opening, database, opening, postgres, store

__all__ = ["database", "opening", "postgres", "store"]  # fixtures

GROUP, PERSON = "Zebrafinch", "Quokkaberg"


def planted(store: Store, *, repeat: int = 1) -> tuple[Class, str]:
    """A class whose group and person left their marks in every table; the review's id."""
    course = store.courses.add_course("Pipelines")
    ann, ben = store.courses.add_person(f"Ann {PERSON}"), store.courses.add_person("Ben")
    group = store.courses.add_group(course.id, f"Group {GROUP}", [ann.id, ben.id])
    store.courses.enrol(course.id, ann.id, Hat.INDIVIDUAL)
    review = ""
    for number in range(repeat):
        text = f"{GROUP} reads orders nightly. {number}"
        handed_in = store.submissions.add(
            group.id,
            a_design(text, title=f"{GROUP} prices"),
            filename=f"{GROUP}.md",
            original=GROUP.encode() * 50,
            by=ann.id,
        )
        key = f"{GROUP}-{number}"
        job, _ = store.reviews.request(
            handed_in.id, model="offline", key=key, batch=GROUP, by=ann.id
        )
        review = job.id
        marked = a_finding(words=GROUP)
        store.runs.prepare(review, {"about": GROUP})
        grounded = {"findings": [marked.model_dump(mode="json")]}
        answer = {"note": GROUP}
        store.runs.save(review, "latency", answer=answer, grounded=grounded, usage=Usage())
        store.runs.fail(review, "compliance", f"{GROUP} was refused")
        store.calls.add(
            review,
            "latency",
            messages_sha256="sha256:1",
            model="m",
            usage=Usage(),
            seconds=1.0,
            status=f"{GROUP}: ok",
            prompt_text=f"Review {GROUP}",
            answer_text=f"{GROUP} it is",
        )
        body = a_review(handed_in.design).model_copy(update={"findings": (marked,)})
        store.reviews.finish(review, body)
        store.responses.put(review, marked.id, "ask", f"{GROUP} {PERSON} asks", ann.id)
        store.reflections.put(review, ann.id, prompts=[{"q": PERSON}], reply=f"{PERSON} wrote")
    store.drafts.put(group.id, {"title": GROUP, GROUP: 1}, {}, ann.id)
    store.audit.add("review asked", ann.id, review=review, person=ann.id)
    return Class(course, group, ann, ben), review


def everywhere(store: Store) -> Iterator[tuple[str, str]]:
    """Every value of every row of every table, as text, unpacked where it is packed."""
    found = MetaData()
    with store.engine.connect() as connection:
        for schema in inspect(connection).get_schema_names():
            if schema not in ("information_schema", "pg_catalog"):
                found.reflect(connection, schema=None if schema == "main" else schema)
        for table in found.tables.values():
            known = t.metadata.tables.get(table.name)
            for row in connection.execute(select(table)):
                yield from ((table.name, _text(value)) for value in row)
            for row in connection.execute(select(known)) if known is not None else ():
                yield from ((table.name, _text(value)) for value in row)


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def places(store: Store, mark: str) -> set[str]:
    return {table for table, text in everywhere(store) if mark in text}


def file_bytes(home: Path) -> bytes:
    return b"".join(f.read_bytes() for f in home.rglob("*") if f.is_file())


def test_marks_stand_in_every_table_of_a_group(opening: Opening) -> None:
    store = opening(keep_prompts=True)
    planted(store)
    assert places(store, GROUP) >= {
        "groups", "submissions", "draft_fields", "reviews", "review_bodies", "preparations",
        "findings", "role_runs", "model_calls", "responses",
    }  # fmt: skip
    assert places(store, PERSON) == {"people", "responses", "reflections"}


def test_nothing_is_left_of_a_group(tmp_path: Path, opening: Opening) -> None:
    store = opening(keep_prompts=True)
    (course, group, ann, _), review = planted(store, repeat=12)
    other = store.courses.add_group(course.id, "Others", [ann.id])
    kept = asked(store, other.id)
    erased = store.erasure.group(group.id)
    assert review in erased.reviews
    assert (len(erased.reviews), erased.rows["submissions"], erased.overwritten) == (12, 12, True)
    assert places(store, GROUP) == set()
    assert places(store, group.id) == set()
    assert places(store, "gone-2020") == set()
    assert GROUP.encode() not in file_bytes(tmp_path / "home")
    assert store.reviews.job(kept.id).submission == kept.submission
    assert [g.id for g in store.courses.groups(course.id)] == [other.id]
    with pytest.raises(NotFound):
        store.reviews.open(review)


def test_nothing_is_left_of_a_person(tmp_path: Path, opening: Opening) -> None:
    store = opening(keep_prompts=True)
    (course, group, ann, ben), review = planted(store, repeat=3)
    design = a_design(f"By {PERSON.upper()} and others.")
    naming = store.submissions.add(group.id, design, filename="named.md")
    store.submissions.add(group.id, a_design("Without names."), filename="plain.md")
    erased = store.erasure.person(ann.id)
    assert (erased.reviews, erased.named_in) == ((), ())
    assert places(store, PERSON) == set()
    assert places(store, ann.id) == set()
    assert PERSON.encode() not in file_bytes(tmp_path / "home")
    assert store.courses.group(group.id).members == (ben.id,)
    assert store.courses.people(course.id) == (ben,)
    (answer,) = store.responses.of(review)
    assert (answer.choice, answer.text, answer.by) == ("ask", "", None)
    (entry,) = store.audit.entries()
    assert (entry.by, entry.about) == (None, {"review": review, "person": "erased"})
    assert store.submissions.get(naming.id).by is None
    with pytest.raises(NotFound):
        store.courses.person(ann.id)


def test_texts_that_name_a_person_are_pointed_out(store: Store) -> None:
    _, group, ann, _ = a_class(store)
    store.submissions.add(group.id, a_design("Orders."), filename="orders.md")
    naming = store.submissions.add(group.id, a_design("Written by ANN."), filename="a.md")
    assert store.erasure.person(ann.id).named_in == (naming.id,)


def test_a_group_of_one_goes_with_its_person(tmp_path: Path, opening: Opening) -> None:
    store = opening(keep_prompts=True)
    (_, group, ann, ben), review = planted(store)
    assert store.erasure.person(ben.id).reviews == ()
    erased = store.erasure.person(ann.id)
    assert (erased.reviews, erased.rows["groups"]) == ((review,), 1)
    assert places(store, GROUP) | places(store, PERSON) | places(store, group.id) == set()
    written = file_bytes(tmp_path / "home")
    assert (GROUP.encode() in written, PERSON.encode() in written) == (False, False)


def test_a_course_goes_with_its_groups(store: Store) -> None:
    (course, group, ann, ben), review = planted(store)
    assert store.erasure.course(course.id).reviews == (review,)
    assert places(store, GROUP) | places(store, course.id) | places(store, group.id) == set()
    assert store.courses.people() == (ann, ben)
    assert store.courses.courses() == ()


def test_what_is_older_goes(store: Store) -> None:
    (_, _, ann, _), review = planted(store)
    assert store.erasure.older_than(30).reviews == ()
    assert places(store, GROUP) != set()
    with store.database.write() as connection:
        past = now() - timedelta(days=40)
        for table in (t.submissions, t.groups, t.people, t.courses):
            connection.execute(table.update().values(created=past))
        connection.execute(t.drafts.update().values(updated=past))
    new = store.courses.add_person("New")
    erased = store.erasure.older_than(30)
    assert erased.reviews == (review,)
    assert places(store, GROUP) | places(store, PERSON) == set()
    assert store.courses.people() == (new,)
    assert [e.about["review"] for e in store.audit.entries()] == [review]
    later = now() + timedelta(days=31)
    assert store.erasure.older_than(30, later).rows == {"audit": 1, "people": 1}
    assert ann.id not in str(store.courses.people())
    with pytest.raises(InputError, match="at least one day"):
        store.erasure.older_than(0)


def test_what_somebody_still_uses_is_kept_however_old(store: Store) -> None:
    course, group, ann, _ = a_class(store)
    with store.database.write() as connection:
        past = now() - timedelta(days=400)
        for table in (t.groups, t.people, t.courses):
            connection.execute(table.update().values(created=past))
    job = asked(store, group.id)
    store.erasure.older_than(30)
    assert store.reviews.job(job.id).course == course.id
    assert ann.id in [person.id for person in store.courses.people(course.id)]


def test_who_reads_meanwhile_puts_off_the_overwriting_only(
    tmp_path: Path, opening: Opening
) -> None:
    store = opening()
    store.erasure.patience = 0.1
    (_, group, _, _), _ = planted(store)
    with store.engine.connect() as reader:
        reader.execute(select(t.courses)).all()
        erased = store.erasure.group(group.id)
        assert places(store, GROUP) == set()
    assert erased.overwritten == (store.engine.dialect.name != "sqlite")
    again = opening().erasure.older_than(1)
    assert (again.rows, again.overwritten) == ({}, True)
    assert GROUP.encode() not in file_bytes(tmp_path / "home")


def test_every_text_column_was_marked_or_holds_no_text_of_people() -> None:
    """A column that is added later is to be thought of here, too."""
    free = {
        f"{table.name}.{column.name}"
        for table in _class_tables()
        for column in table.c
        if type(column.type).__name__
        in ("Words", "JSON", "Squeezed", "SqueezedJson", "LargeBinary")
    }
    assert free == {
        "courses.title", "courses.collections", "people.name", "groups.name",
        "submissions.title", "submissions.filename", "submissions.design", "submissions.original",
        "draft_fields.field", "draft_fields.value", "reviews.model", "reviews.key",
        "reviews.batch", "reviews.reason", "reviews.levels", "review_bodies.body",
        "preparations.data", "findings.finding", "findings.role", "findings.check",
        "findings.criterion", "findings.title", "review_citations.source",
        "review_citations.title", "role_runs.role", "role_runs.reason", "role_runs.answer",
        "role_runs.grounded", "model_calls.role", "model_calls.model", "model_calls.status",
        "model_calls.prompt", "model_calls.answer", "responses.finding", "responses.text",
        "reflections.prompts", "reflections.reply", "audit.about",
    }  # fmt: skip


def _class_tables() -> list[Table]:
    """The tables that are about people; DATABASE's others hold the knowledge base and workers."""
    apart = ("workers", "rate_accounts", "rate_grants", "offered_passages")
    assert DATABASE
    return [table for table in t.metadata.sorted_tables if table.name not in apart]
