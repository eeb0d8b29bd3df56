"""Courses, groups, people, and what they hand in: the records of a class, without any I/O."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from reviewer.domain.design import Design, Frozen
from reviewer.domain.finding import Finding
from reviewer.domain.review import Usage


class Hat(StrEnum):
    """As whom a person acts in a course."""

    GROUP = "group"
    INDIVIDUAL = "individual"
    INSTRUCTOR = "instructor"


class Course(Frozen):
    """A course; `collections` are the collections of the knowledge base that its reviews cite."""

    id: str
    title: str
    collections: tuple[str, ...] = ()
    created: datetime


class Person(Frozen):
    """Somebody who takes part; `name` is as they want to be called."""

    id: str
    name: str
    created: datetime


class Group(Frozen):
    """A group of a course, with the ids of its members."""

    id: str
    course: str
    name: str
    members: tuple[str, ...] = ()
    created: datetime


class Submission(Frozen):
    """A design as it was handed in: never changed, `number` counts from 1 within the group.

    `sha256` is the hash of the design's text and map; equal content of one group is one submission.
    """

    id: str
    group: str
    number: int
    sha256: str
    filename: str
    by: str | None = None
    created: datetime
    design: Design


class Draft(Frozen):
    """What a group is writing: values by field, each with the number of its last change."""

    group: str
    values: dict[str, Any] = Field(default_factory=dict)
    revisions: dict[str, int] = Field(default_factory=dict)
    updated: datetime | None = None


class JobState(StrEnum):
    """Where a durable review stands. `paused` waits for money or a limit and goes on by itself."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETE = "complete"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        """Nothing more will happen unless somebody asks for it."""
        return self not in (JobState.QUEUED, JobState.RUNNING, JobState.PAUSED)


class RoleRun(Frozen):
    """One role of a durable review: its state, and its grounded findings as soon as it is done."""

    role: str
    state: Literal["queued", "running", "done", "failed"] = "queued"
    findings: tuple[Finding, ...] = ()
    reason: str = ""
    usage: Usage = Usage()
    started: datetime | None = None
    finished: datetime | None = None


class ReviewJob(Frozen):
    """A durable review as lists and progress views show it.

    `key` identifies what was asked (submission, model, panel, prompts, corpus): within a group the
    same key is the same review. `batch` names the batch that asked for it, if one did.
    """

    id: str
    course: str
    group: str
    submission: str
    number: int
    title: str
    model: str
    panel: Literal["roles", "single"] = "roles"
    key: str
    state: JobState = JobState.QUEUED
    priority: int = 10
    batch: str | None = None
    reason: str = ""
    total: float | None = None
    levels: dict[str, float | None] = Field(default_factory=dict)
    roles: tuple[RoleRun, ...] = ()
    usage: Usage = Usage()
    created: datetime
    started: datetime | None = None
    finished: datetime | None = None


class Reflection(Frozen):
    """A person's reply to the post of a group, with the prompts that were made for it."""

    id: str
    review: str
    person: str
    prompts: tuple[dict[str, Any], ...] = ()
    reply: str = ""
    revision: int = 0
    updated: datetime


class Response(Frozen):
    """A group's answer to a finding of its review."""

    review: str
    finding: str
    choice: Literal["will_fix", "disagree", "ask"]
    text: str = ""
    by: str | None = None
    updated: datetime


class AuditEntry(Frozen):
    """Who did what, when. `about` names ids, never text of a design or a person's words."""

    id: int
    at: datetime
    by: str | None
    action: str
    about: dict[str, str] = Field(default_factory=dict)
