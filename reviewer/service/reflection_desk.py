"""The reflection desk: prompts for each member of a group, and what a draft reply touches."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from reviewer.errors import InputError
from reviewer.service.models import OFFLINE, make_chat_answerer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from reviewer.agents.reflection_bank import ReflectionBank
    from reviewer.agents.reflection_reply import ReplyReader
    from reviewer.domain.reflection import ReflectionPrompt, ReflectionSheet, ReplyFeedback
    from reviewer.domain.review import Review
    from reviewer.service import ReviewService

SHEET_FORMATS = ("md", "json", "html")

_MOST_BYTES = 200_000  # of a reply; the longest ones of a class have a tenth of that


class ReflectionDesk:
    """What the members of a group do after the review of their design."""

    def __init__(self, service: ReviewService) -> None:
        self._service = service

    def review(self, path: Path) -> Review:
        """The review in a .json file, or an offline one of the design in any other file."""
        desk = self._service.revision_desk
        return desk.review_or_design(path, model=OFFLINE, panel=None)

    def prompts(self, review: Review, members: int, *, model: str | None = None) -> ReflectionSheet:
        """Prompts for members 1 … `members`; a chat model phrases them where it keeps the rules.

        Raises `InputError` for a number that is no group's, `BackendError` where the model cannot
        be asked.
        """
        from reviewer.agents.reflection import compose
        from reviewer.analysis.drills import run_drill

        scenarios = self._service.scenarios.values()
        drills = [run_drill(review.design, scenario) for scenario in scenarios]
        sheet = compose(review, self._service.questionnaire, self._bank, members, drills)
        return sheet if model in (None, OFFLINE) else self._phrased(sheet, review, str(model))

    def reply(self, path: Path) -> str:
        """The text of a draft reply; `InputError` says why a file cannot be read."""
        try:
            if path.stat().st_size > _MOST_BYTES:
                raise InputError(f"{path} is larger than any reply.", hint="Give a text file.")
            return path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            raise InputError(f"{path} is not UTF-8 text.", hint="Save it as plain text.") from None
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror}.") from None

    def feedback(
        self,
        reply: str,
        review: Review,
        prompts: Sequence[ReflectionPrompt] = (),
        *,
        model: str | None = None,
    ) -> ReplyFeedback:
        """What a draft reply touches; with a chat model at most one clarifying question."""
        told = self._reader.feedback(reply, review, prompts)
        if model in (None, OFFLINE) or not reply.strip():
            return told
        return self._clarified(told, reply, review, str(model))

    def export(self, sheet: ReflectionSheet, form: str) -> str:
        """The sheet as `md`, `json` or `html` text."""
        from reviewer.export import reflection

        writers = {
            "md": reflection.to_markdown,
            "json": reflection.to_json,
            "html": reflection.to_html,
        }
        if form not in writers:
            known = ", ".join(SHEET_FORMATS)
            raise InputError(f"There is no format {form} for prompts; there are: {known}.")
        return writers[form](sheet)

    def view(self, sheet: ReflectionSheet) -> RenderableType:
        """The sheet in a terminal."""
        from reviewer.export.reflection import sheet_view

        return sheet_view(sheet)

    def feedback_view(self, feedback: ReplyFeedback) -> RenderableType:
        """The feedback in a terminal."""
        from reviewer.export.reflection import feedback_view

        return feedback_view(feedback, self._service.questionnaire)

    @cached_property
    def _bank(self) -> ReflectionBank:
        from reviewer.agents.reflection_bank import load_bank

        return load_bank()

    @cached_property
    def _reader(self) -> ReplyReader:
        from reviewer.agents.reflection_reply import ReplyReader, load_replies

        return ReplyReader(load_replies(), self._service.embedder)

    def _phrased(self, sheet: ReflectionSheet, review: Review, model: str) -> ReflectionSheet:
        from reviewer.agents.prompting import load_template
        from reviewer.agents.reflection_phrasing import phrased
        from reviewer.backends.loops import run
        from reviewer.paths import PROMPTS

        template = load_template(PROMPTS / "instructions" / "reflection.md")

        async def work() -> ReflectionSheet:
            answerer = make_chat_answerer(model, self._service.settings)
            questions = self._service.questionnaire
            try:
                done, _ = await phrased(sheet, review, questions, answerer.backend, template)
            finally:
                await answerer.aclose()
            return done

        return run(work())

    def _clarified(
        self, told: ReplyFeedback, reply: str, review: Review, model: str
    ) -> ReplyFeedback:
        from reviewer.agents.prompting import load_template
        from reviewer.agents.reflection_reply import clarified
        from reviewer.backends.loops import run
        from reviewer.paths import PROMPTS

        template = load_template(PROMPTS / "instructions" / "reflection_reply.md")

        async def work() -> ReplyFeedback:
            answerer = make_chat_answerer(model, self._service.settings)
            questions = self._service.questionnaire
            try:
                done, _ = await clarified(
                    told, reply, review, questions, answerer.backend, template
                )
            finally:
                await answerer.aclose()
            return done

        return run(work())
