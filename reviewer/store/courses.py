"""Courses, the people in them, and their groups."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, select

from reviewer.domain.course import Course, Group, Hat, Person
from reviewer.store import tables as t
from reviewer.store.columns import now
from reviewer.store.database import Database, held, missing, new_id


class Courses:
    """Who takes part in what, and as whom."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_course(self, title: str, collections: Iterable[str] = ()) -> Course:
        """A new course; its reviews cite these collections of the knowledge base."""
        course = Course(id=new_id("c"), title=title, collections=tuple(collections), created=now())
        with self._database.write() as connection:
            values = {**course.model_dump(), "collections": list(course.collections)}
            connection.execute(insert(t.courses).values(values))
        return course

    def courses(self) -> tuple[Course, ...]:
        """All courses, in the order in which they were made."""
        rows = self._database.rows(select(t.courses).order_by(t.courses.c.seq))
        return tuple(_course(row) for row in rows)

    def course(self, key: str) -> Course:
        """The course with this id. Raises `NotFound`."""
        row = self._database.first(select(t.courses).filter_by(id=key))
        if row is None:
            raise missing("course", key)
        return _course(row)

    def add_person(self, name: str) -> Person:
        """A new person."""
        person = Person(id=new_id("p"), name=name, created=now())
        with self._database.write() as connection:
            connection.execute(insert(t.people).values(person.model_dump()))
        return person

    def person(self, key: str) -> Person:
        """The person with this id. Raises `NotFound`."""
        row = self._database.first(select(t.people).filter_by(id=key))
        if row is None:
            raise missing("person", key)
        return _person(row)

    def people(self, course: str | None = None) -> tuple[Person, ...]:
        """All people, or those of a course: who is enrolled, and who is in one of its groups."""
        query = select(t.people).order_by(t.people.c.seq)
        if course is not None:
            enrolled = select(t.enrolments.c.person).filter_by(course=course)
            grouped = (
                select(t.members.c.person)
                .join(t.groups, t.groups.c.id == t.members.c.group)
                .where(t.groups.c.course == course)
            )
            query = query.where(t.people.c.id.in_(enrolled.union(grouped)))
        return tuple(_person(row) for row in self._database.rows(query))

    def add_group(self, course: str, name: str, members: Iterable[str] = ()) -> Group:
        """A new group of a course. Raises `NotFound` for a course or person that is not there."""
        group = Group(
            id=new_id("g"), course=course, name=name, members=tuple(members), created=now()
        )
        with self._database.write() as connection:
            held(connection, t.courses, course, "course")
            connection.execute(insert(t.groups).values(group.model_dump(exclude={"members"})))
            for person in group.members:
                _join(connection, group.id, person)
        return group

    def groups(self, course: str) -> tuple[Group, ...]:
        """The groups of a course, in the order in which they were made."""
        return self._groups(select(t.groups).filter_by(course=course))

    def group(self, key: str) -> Group:
        """The group with this id. Raises `NotFound`."""
        found = self._groups(select(t.groups).filter_by(id=key))
        if not found:
            raise missing("group", key)
        return found[0]

    def groups_of(self, person: str) -> tuple[Group, ...]:
        """The groups that a person is in."""
        of = select(t.members.c.group).filter_by(person=person)
        return self._groups(select(t.groups).where(t.groups.c.id.in_(of)))

    def join(self, group: str, person: str) -> None:
        """Makes a person a member of a group; who is one already, stays one."""
        with self._database.write() as connection:
            held(connection, t.groups, group, "group")
            _join(connection, group, person)

    def leave(self, group: str, person: str) -> None:
        """Takes a person out of a group; their group's work stays."""
        with self._database.write() as connection:
            connection.execute(delete(t.members).filter_by(group=group, person=person))

    def enrol(self, course: str, person: str, hat: Hat) -> None:
        """Lets a person act in a course as `hat`; somebody may have several."""
        values = {"course": course, "person": person, "hat": Hat(hat).value}
        with self._database.write() as connection:
            held(connection, t.courses, course, "course")
            held(connection, t.people, person, "person")
            if connection.execute(select(t.enrolments).filter_by(**values)).first() is None:
                connection.execute(insert(t.enrolments).values(values))

    def hats(self, course: str, person: str) -> frozenset[Hat]:
        """As whom a person acts in a course."""
        query = select(t.enrolments.c.hat).filter_by(course=course, person=person)
        return frozenset(Hat(row.hat) for row in self._database.rows(query))

    def _groups(self, query: Select[Any]) -> tuple[Group, ...]:
        chosen = query.subquery()
        joined = (
            select(t.members, t.people.c.seq)
            .join(chosen, chosen.c.id == t.members.c.group)
            .join(t.people, t.people.c.id == t.members.c.person)
            .order_by(t.people.c.seq)
        )
        with self._database.read() as connection:
            rows = list(connection.execute(query.order_by(t.groups.c.seq)))
            members: dict[str, list[str]] = {}
            for row in connection.execute(joined):
                members.setdefault(row.group, []).append(row.person)
        return tuple(_group(row, members.get(row.id, [])) for row in rows)


def _join(connection: Connection, group: str, person: str) -> None:
    held(connection, t.people, person, "person")
    values = {"group": group, "person": person}
    if connection.execute(select(t.members).filter_by(**values)).first() is None:
        connection.execute(insert(t.members).values(values))


def _course(row: Row[Any]) -> Course:
    collections = tuple(row.collections)
    return Course(id=row.id, title=row.title, collections=collections, created=row.created)


def _person(row: Row[Any]) -> Person:
    return Person(id=row.id, name=row.name, created=row.created)


def _group(row: Row[Any], members: list[str]) -> Group:
    return Group(
        id=row.id, course=row.course, name=row.name, members=tuple(members), created=row.created
    )
