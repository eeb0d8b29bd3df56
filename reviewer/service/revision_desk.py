"""The revision desk: reviews that remember the one before, and comparisons of two."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from reviewer.errors import InputError
from reviewer.service.models import OFFLINE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from reviewer.domain.comparison import Comparison
    from reviewer.domain.design import Span
    from reviewer.domain.questionnaire import Check
    from reviewer.domain.review import Review
    from reviewer.ports import Answerer
    from reviewer.service import ReviewService

COMPARISON_FORMATS = ("md", "json", "html")

_CLOSE = 0.42  # cosine of a new statement and a check's question or example: it may bear on it


class RevisionDesk:
    """What a group, or whoever stores its reviews, does with an earlier review."""

    def __init__(self, service: ReviewService) -> None:
        self._service = service

    def read_review(self, path: Path) -> Review:
        """A review from its JSON file; `InputError` says why a file is none."""
        from reviewer.export.json import read_review

        return read_review(path)

    def review_or_design(
        self, path: Path, *, model: str | None, panel: str | None, earlier: Review | None = None
    ) -> Review:
        """The review in a .json file, or a new one of the design in any other file."""
        if path.suffix.lower() == ".json":
            return self.read_review(path)
        design = self._service.read(path)
        return self._service.review_design(design, model=model, panel=panel, earlier=earlier)

    def estimates(
        self, paths: Sequence[Path], *, model: str | None, panel: str | None
    ) -> list[str]:
        """What reviewing those of the files that are designs may take and cost; none offline."""
        designs = [p for p in paths if p.suffix.lower() != ".json"]
        read = (self._service.read(path) for path in designs)
        told = (self._service.estimate(d, model=model, panel=panel) for d in read)
        return [line for line in told if line]

    def compare(self, old: Review, new: Review) -> Comparison:
        """What changed from one review to the next."""
        from reviewer.revisions import compare

        return compare(old, new, known=lambda w: w in self.known)

    def compare_files(
        self, old: Path, new: Path, *, model: str | None, panel: str | None
    ) -> Comparison:
        """Two files, each a review or a design; designs are reviewed, the second with memory."""
        before = self.review_or_design(old, model=model, panel=panel)
        after = self.review_or_design(new, model=model, panel=panel, earlier=before)
        return self.compare(before, after)

    def remembering(
        self, answerer: Answerer, earlier: Review | None, model: str, corpus: str
    ) -> Answerer:
        """The answerer with the memory of an earlier review, where that can be used at all.

        Another model, other questions or other prompts are another reviewer: nothing is kept.
        """
        from reviewer.agents.memory import Remembering, comparable

        asked = self._service.prompt_hashes(model)
        if earlier is None or not comparable(earlier.manifest, model, asked):
            return answerer
        bearing = _all_of if model == OFFLINE else self.bearing
        return Remembering(
            answerer, earlier, known=lambda w: w in self.known, bearing=bearing, corpus=corpus
        )

    def not_remembered(self, earlier: Review, model: str | None) -> str | None:
        """Why an earlier review cannot be used, in a sentence; None where it can."""
        name, made = model or self._service.settings.model, earlier.manifest
        if made.model != name:
            return (
                f"Everything is asked anew: the earlier review is by {made.model}, not by {name}."
            )
        if made.prompts != self._service.prompt_hashes(name):
            return (
                "Everything is asked anew: questions or prompts changed since the earlier review."
            )
        return None

    @cached_property
    def known(self) -> frozenset[str]:
        """English words, and the words of the questions: another word among them is no slip."""
        from knowledge.vocabulary import vocabulary
        from reviewer.domain.wording import words

        asked = (
            text
            for check in self._service.questionnaire.checks
            for text in (check.question, check.why, check.remedy, *check.offline.met)
        )
        ours = {word for text in asked for word in words(text)}
        return vocabulary() | ours

    def bearing(self, checks: Sequence[Check], spans: Sequence[Span]) -> frozenset[str]:
        """The checks that new statements are close to, by meaning or by their terms."""
        from reviewer.agents.recall import speaks_of

        texts = [s.text for s in spans if s.text.strip()]
        if not texts:
            return frozenset()
        embed = self._service.embedder.embed
        questions = [(c.id, text) for c in checks for text in _questions(c)]
        closeness = embed([text for _, text in questions]) @ embed(texts).T
        near = {
            check
            for (check, _), row in zip(questions, closeness, strict=True)
            if float(row.max()) >= _CLOSE
        }
        return frozenset(near | {c.id for c in checks if speaks_of(c, texts)})

    def export(self, comparison: Comparison, form: str) -> str:
        """The comparison as `md`, `json` or `html` text."""
        from reviewer.export import compare

        if form not in COMPARISON_FORMATS:
            known = ", ".join(COMPARISON_FORMATS)
            raise InputError(f"There is no format {form}; there are: {known}.")
        if form == "json":
            told = {"schema": compare.SCHEMA, **comparison.model_dump(mode="json")}
            return json.dumps(told, ensure_ascii=False, indent=2) + "\n"
        questionnaire = self._service.questionnaire
        write = compare.to_html if form == "html" else compare.to_markdown
        return write(comparison, questionnaire)

    def terminal(self, comparison: Comparison) -> RenderableType:
        """The comparison as a terminal view."""
        from reviewer.export.compare import to_terminal

        return to_terminal(comparison, self._service.questionnaire)


def _all_of(checks: Sequence[Check], spans: Sequence[Span]) -> frozenset[str]:
    """Offline answers cost nothing: everything is asked again when anything changed."""
    return frozenset(check.id for check in checks)


def _questions(check: Check) -> tuple[str, ...]:
    """What a statement is compared with."""
    return (check.question, check.weakness, *check.offline.met, *check.offline.unmet)
