"""Reviews the variants of cases, each at most once: what is done is kept and never done again."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from reviewer.domain.design import Design, Frozen
from reviewer.domain.evaluation import Failure, Identity
from reviewer.domain.review import Review
from reviewer.errors import InputError, ReviewerError
from reviewer.evaluation.dataset import Case
from reviewer.evaluation.observation import Observation, observe
from reviewer.evaluation.variants import Variant

Read = Callable[[bytes, str], Design]
"""Reads the content of a file of that name."""
ReviewOf = Callable[[Design], Review]
Told = Callable[[int, int, str], None]
"""Called with how many reviews are done, of how many, and the name of the current one."""


class Kept(Frozen):
    """One line of the file of finished reviews."""

    key: str
    observation: Observation


class Reviews:
    """The finished reviews of a file (or of this run alone), by content."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._known = dict(_lines(path)) if path is not None and path.exists() else {}

    def get(self, key: str) -> Observation | None:
        """The finished review of that key."""
        return self._known.get(key)

    def keep(self, key: str, observation: Observation) -> None:
        """Keeps it at once, so that a run that is stopped loses one review at most."""
        self._known[key] = observation
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(Kept(key=key, observation=observation).model_dump_json() + "\n")


@dataclass
class Runner:
    """Reviews variants with one reviewer. `failures` are those that could not be reviewed."""

    reviewer: Identity
    review: ReviewOf
    read: Read
    reviews: Reviews
    made: int = 0
    reused: int = 0
    failures: dict[str, str] = field(default_factory=dict)

    def observe(self, variant: Variant, *, repeat: int = 0) -> Observation | None:
        """The review of a variant; None where it failed (the reason is kept, the run goes on)."""
        try:
            design = self.read(variant.content, variant.file)
            return self.observe_design(design, repeat=repeat)
        except ReviewerError as error:
            self.failures[variant.name] = str(error)
            return None

    def observe_design(self, design: Design, *, repeat: int = 0) -> Observation:
        """The review of a design that is read; the same content is reviewed once a repeat."""
        key = key_of(self.reviewer, design, repeat)
        found = self.reviews.get(key)
        if found is not None:
            self.reused += 1
            return found
        began = time.process_time()
        observation = observe(self.review(design), time.process_time() - began)
        self.made += 1
        if observation.complete:  # a role that failed may answer next time
            self.reviews.keep(key, observation)
        return observation


def failed_reviews(case: Case, runner: Runner) -> list[Failure]:
    """The reviews that failed since the last call, as values of the report."""
    failed = [
        Failure(evaluator=f"review of {variant}", case=case.name, reason=reason)
        for variant, reason in runner.failures.items()
    ]
    runner.failures.clear()
    return failed


def key_of(reviewer: Identity, design: Design, repeat: int) -> str:
    """Content hash of who reviews and what is read.

    Hidden text is in `text` and in a warning only: nobody who answers reads either.
    """
    who = json.dumps(reviewer.model_dump(exclude={"name"}), sort_keys=True)
    what = design.model_dump_json(exclude={"warnings", "text"})
    return "sha256:" + hashlib.sha256(f"{who}\n{what}\n{repeat}".encode()).hexdigest()


def _lines(path: Path) -> Iterator[tuple[str, Observation]]:
    """The file's lines; the last one may be half written by a run that was killed."""
    lines = path.read_text(encoding="utf-8").split("\n")
    for number, line in enumerate(lines, 1):
        if not line:
            continue
        try:
            kept = Kept.model_validate_json(line)
        except ValidationError:
            if number == len(lines):
                _repair(path, lines[:-1])
                return
            raise InputError(
                f"{path.name}, line {number}: this is not a finished review.",
                hint="Delete that line; its review is then made again.",
            ) from None
        yield kept.key, kept.observation


def _repair(path: Path, lines: list[str]) -> None:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
