"""A home of its own for the app, with one course, one group and its reviewed design."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from reviewer.domain.review import Review
from reviewer.service import ReviewService
from reviewer.settings import Settings
from ui import door

EXAMPLE = "dynamic-pricing.md"


@dataclass(frozen=True)
class Reviewed:
    """A group with a finished review."""

    service: ReviewService
    person: str
    group: str
    job: str
    review: Review


@pytest.fixture(scope="session")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> Reviewed:
    service = ReviewService(Settings(home=tmp_path_factory.mktemp("home")))
    desk = service.app_desk
    person = desk.arrive("A course", "A person").id
    group = desk.add_group(desk.place(None, None).course.id, "Group 7", person).id
    design = desk.example(EXAMPLE)
    handed_in = desk.hand_in(group, design, by=person)
    job = service.review_desk.submit(handed_in.id).id
    review = service.review_design(design)
    service.store.reviews.finish(job, review)
    return Reviewed(service, person, group, job, service.app_desk.open(job, group))


@pytest.fixture
def app(reviewed: Reviewed) -> Iterator[Reviewed]:
    """The app's pages see this service."""
    door.use(reviewed.service)
    yield reviewed
    door.use(None)


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[ReviewService]:
    """The app's pages see a service with nothing in it."""
    service = ReviewService(Settings(home=tmp_path))
    door.use(service)
    yield service
    door.use(None)
    service.store.close()
