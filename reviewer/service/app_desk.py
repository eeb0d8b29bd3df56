"""The app desk: what the pages of the app need and no other desk has."""

from __future__ import annotations

import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from reviewer.domain.course import Hat
from reviewer.errors import InputError
from reviewer.paths import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reviewer.domain.course import (
        Course,
        Draft,
        Group,
        Person,
        Reflection,
        Response,
        ReviewJob,
        Submission,
    )
    from reviewer.domain.design import Design
    from reviewer.domain.drill import DrillResult
    from reviewer.domain.facts import Analysis
    from reviewer.domain.review import Review
    from reviewer.service import ReviewService

Choice: TypeAlias = Literal["will_fix", "disagree", "ask"]

ENDINGS = (".md", ".markdown", ".txt", ".docx", ".pdf", ".yaml", ".yml")
_CHART = "Paste a Mermaid flowchart: a first line such as `flowchart LR`, then `a --> b`."
_LONGEST_NAME = 120
_MOST_MEMBERS = 8


@dataclass(frozen=True)
class Place:
    """Where somebody is: a course with its groups, and the chosen group."""

    courses: tuple[Course, ...]
    course: Course
    groups: tuple[Group, ...]
    group: Group | None


class AppDesk:
    """Courses and groups of the local mode, and what is computed while a page is open."""

    def __init__(self, service: ReviewService) -> None:
        self._service = service
        self.worker_trouble = ""  # why the worker of this process could not be started
        self._examples: dict[str, Design] = {}
        self._first = threading.Lock()  # two tabs at the very first start make one course

    def arrive(self, course: str, person: str) -> Person:
        """Who works on this machine: one person with every hat, made with a first course."""
        courses = self._service.store.courses
        with self._first:
            known = courses.courses() or (courses.add_course(course),)
            people = courses.people(known[0].id)
            if people:
                return people[0]
            made = courses.add_person(person)
            for hat in Hat:
                courses.enrol(known[0].id, made.id, hat)
            return made

    def place(self, course: str | None, group: str | None) -> Place:
        """The course and group of those ids; the first course where there is no such one."""
        courses = self._service.store.courses
        known = courses.courses()
        here = next((c for c in known if c.id == course), known[0])
        groups = courses.groups(here.id)
        return Place(known, here, groups, next((g for g in groups if g.id == group), None))

    def add_course(self, title: str, person: str) -> Course:
        """A new course in which the person has every hat."""
        courses = self._service.store.courses
        made = courses.add_course(_name(title, "course"))
        for hat in Hat:
            courses.enrol(made.id, person, hat)
        return made

    def add_group(self, course: str, name: str, person: str) -> Group:
        """A new group with the person in it; a group of that name is returned as it is."""
        courses = self._service.store.courses
        name = _name(name, "group")
        for group in courses.groups(course):
            if group.name.casefold() == name.casefold():
                return group
        return courses.add_group(course, name, (person,))

    def person(self, person: str) -> Person:
        """Who has that id. Raises `NotFound`."""
        return self._service.store.courses.person(person)

    def members(self, group: Group) -> tuple[Person, ...]:
        """The members of a group, in the order in which they came."""
        return tuple(self.person(member) for member in group.members)

    def add_member(self, group: str, name: str) -> Person:
        """A new member of a group; who is in it by that name already is returned as they are."""
        courses = self._service.store.courses
        name = _name(name, "person")
        known = courses.group(group)
        for member in self.members(known):
            if member.name.casefold() == name.casefold():
                return member
        made = courses.add_person(name)
        for hat in (Hat.GROUP, Hat.INDIVIDUAL):
            courses.enrol(known.course, made.id, hat)
        courses.join(group, made.id)
        return made

    def where(self, review: str) -> ReviewJob:
        """The job of a review, to find the group that an address belongs to."""
        return self._service.store.reviews.job(review)

    def history(self, group: str) -> tuple[ReviewJob, ...]:
        """The reviews of a group, newest first."""
        return self._service.store.reviews.history(group)

    def open(self, review: str, group: str) -> Review:
        """A finished review of that group; a review of another group does not exist for it."""
        return self._service.store.reviews.open(review, group=group)

    def answers(self, review: str) -> tuple[Response, ...]:
        """What the group answered to the findings."""
        return self._service.store.responses.of(review)

    def responses(self, review: str) -> dict[str, dict[str, str]]:
        """The group's answers by finding: choice and text."""
        return {r.finding: {"choice": r.choice, "text": r.text} for r in self.answers(review)}

    def respond(self, review: str, finding: str, choice: Choice, text: str, by: str) -> None:
        """Keeps the group's answer to a finding."""
        self._service.store.responses.put(review, finding, choice, text, by)

    def draft(self, group: str) -> Draft:
        """What the group is writing."""
        return self._service.store.drafts.get(group)

    def save(
        self, group: str, values: Mapping[str, Any], base: Mapping[str, int], by: str
    ) -> Draft:
        """Saves fields of a draft; `DraftConflict` where somebody else changed them meanwhile."""
        return self._service.store.drafts.put(group, values, base, by)

    def design(self, values: Mapping[str, Any]) -> Design:
        """The design that a draft describes; `InputError` names table, row and field."""
        from reviewer.service.draft_form import design_of

        return design_of(values, self._service.questionnaire.tasks)

    def fields(self, design: Design) -> dict[str, Any]:
        """The fields of a draft that a design fills."""
        from reviewer.service.draft_form import values_of

        return values_of(design)

    def map_of_chart(self, text: str) -> dict[str, list[dict[str, str]]]:
        """The tables of a map from a Mermaid flowchart, with or without its fence."""
        from reviewer.intake import design_from_text
        from reviewer.service.draft_form import map_rows

        fenced = text if "```" in text else f"```mermaid\n{text}\n```"
        found = design_from_text(f"# Diagram\n\nThe map.\n\n{fenced}\n", "diagram").data_flow
        if not found.nodes:
            raise InputError("No flowchart can be read in this text.", hint=_CHART)
        return map_rows(found)

    def read_upload(self, name: str, content: bytes) -> Design:
        """The design in a file that was handed over; of its name only the last part counts."""
        from reviewer.service.uploads import file_name

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / file_name(name)
            path.write_bytes(content)
            return self._service.read(path)

    def examples(self) -> dict[str, str]:
        """Titles of the example designs by file name."""
        return {path.name: self._example(path.name).title for path in sorted(EXAMPLES.iterdir())}

    def example(self, name: str) -> Design:
        """An example design; `InputError` for a name that is none."""
        if name not in {path.name for path in EXAMPLES.iterdir()}:
            raise InputError(f"There is no example {name}.")
        return self._example(name)

    def hand_in(
        self, group: str, design: Design, *, by: str, original: tuple[str, bytes] | None = None
    ) -> Submission:
        """Keeps a design as the group's next version; `original` is the file's name and content."""
        name, content = original or ("form.yaml", None)
        return self._service.store.submissions.add(
            group, design, filename=name, original=content, by=by
        )

    def _example(self, name: str) -> Design:
        if name not in self._examples:
            self._examples[name] = self._service.read(EXAMPLES / name)
        return self._examples[name]

    def reflection(self, review: str, group: Group, person: str) -> Reflection:
        """A person's prompts and reply; prompts are made at the first look and then stay.

        Each member has prompts of their own: the sheet is made for the whole group at once.
        """
        kept = self._service.store.reflections
        known = kept.get(review, person)
        if known is not None and known.prompts:
            return known
        members = list(dict.fromkeys((*group.members, person)))
        sheet = self._service.reflection_desk.prompts(
            self.open(review, group.id), min(len(members), _MOST_MEMBERS)
        )
        place = members.index(person) % len(sheet.members)
        mine = [p.model_dump(mode="json") for p in sheet.members[place].prompts]
        return kept.put(review, person, prompts=mine)

    def reply(self, review: str, person: str, text: str, base: int) -> Reflection:
        """Keeps a reply; `DraftConflict` where it was changed in another window meanwhile."""
        return self._service.store.reflections.put(review, person, reply=text, base=base)

    def thread(self, review: str) -> tuple[tuple[str, str], ...]:
        """The replies to a group's post: who, and what; empty replies are left out."""
        store = self._service.store
        found = store.reflections.of(review)
        return tuple(
            (store.courses.person(r.person).name, r.reply) for r in found if r.reply.strip()
        )

    def numbers(self, design: Design) -> Analysis:
        """What can be computed from a design that is open on a page."""
        from reviewer.analysis import analyse

        return analyse(design)

    def drill(
        self, design: Design, scenario: str, overrides: Mapping[str, str]
    ) -> tuple[DrillResult, dict[str, str]]:
        """A drill of a design that is open on a page, and the settings it was played with."""
        from reviewer.analysis.drill_events import settings_of, with_overrides
        from reviewer.analysis.drills import run_drill

        found = self._service.scenarios.get(scenario)
        if found is None:
            raise InputError(f"There is no drill named {scenario}.")
        return run_drill(design, found, overrides), settings_of(with_overrides(found, overrides))


def _name(text: str, what: str) -> str:
    name = " ".join(text.split())
    if not name:
        raise InputError(f"The {what} needs a name.")
    if len(name) > _LONGEST_NAME:
        raise InputError(f"The name of the {what} is longer than {_LONGEST_NAME} characters.")
    return name
