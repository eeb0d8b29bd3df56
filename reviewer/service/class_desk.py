"""The class as its instructor sees it, and the store that all desks share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reviewer.domain.course import AuditEntry, Course, Group, Hat, Person, ReviewJob
    from reviewer.service import ReviewService
    from reviewer.store import Frequent, GroupSummary, Store


class ClassDesk:
    """Courses, who is in them, how far each group is, and what many groups get wrong."""

    def __init__(self, service: ReviewService) -> None:
        self._service = service

    def courses(self) -> tuple[Course, ...]:
        """All courses, in the order in which they were made."""
        return self._service.store.courses.courses()

    def groups(self, course: str) -> tuple[Group, ...]:
        """The groups of a course."""
        return self._service.store.courses.groups(course)

    def people(self, course: str) -> tuple[Person, ...]:
        """Who is in a course."""
        return self._service.store.courses.people(course)

    def enrol(self, course: str, person: str, hat: Hat, *, by: str | None = None) -> None:
        """Lets a person act in a course as `hat`."""
        store = self._service.store
        store.courses.enrol(course, person, hat)
        store.audit.add("person enrolled", by, course=course, person=person, hat=hat.value)

    def move(self, person: str, group: str, *, by: str | None = None) -> None:
        """Puts a person into a group, and out of the others of its course."""
        store = self._service.store
        course = store.courses.group(group).course
        store.courses.join(group, person)
        for other in store.courses.groups_of(person):
            if other.course == course and other.id != group:
                store.courses.leave(other.id, person)
        store.audit.add("person moved", by, person=person, group=group)

    def summary(self, course: str) -> tuple[GroupSummary, ...]:
        """For each group what it handed in last, its newest review and that one's levels."""
        return self._service.store.reviews.class_summary(course)

    def frequent(self, course: str, limit: int = 20) -> tuple[Frequent, ...]:
        """The checks that the newest reviews of most groups have findings for."""
        return self._service.store.reviews.frequent(course, limit)

    def reviews(self, course: str, *, limit: int = 50, offset: int = 0) -> tuple[ReviewJob, ...]:
        """The reviews of a course, the newest first."""
        return self._service.store.reviews.jobs(course=course, limit=limit, offset=offset)

    def removed_sources(self, review: str) -> tuple[str, ...]:
        """Sources that a review cites and that the knowledge base no longer has."""
        return self._service.store.reviews.removed_sources(review)

    def log(self, limit: int = 100, offset: int = 0) -> tuple[AuditEntry, ...]:
        """Who did what, the newest first."""
        return self._service.store.audit.entries(limit, offset)


def open_class(service: ReviewService) -> Store:
    """The store that the settings name, without what they say is too old."""
    from reviewer.store import open_store

    url = service.settings.database_url
    opened = open_store(
        service.home(),
        database_url=url.get_secret_value() if url else None,
        keep_prompts=service.settings.keep_prompts,
    )
    try:
        service.upkeep.retention_on(opened)
    except BaseException:
        opened.close()
        raise
    return opened


def let_go(service: ReviewService) -> None:
    """Closes the databases that a service has opened; the next use opens them anew."""
    opened = vars(service)
    desk = opened.get("knowledge_desk")
    if desk is not None and "library" in vars(desk):
        desk.library.close()
        del desk.library
    if "store" in opened:
        service.store.close()
        del service.store
