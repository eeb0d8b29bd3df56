"""One durable review from its id: taken up where it stopped, every part kept as it is done."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from knowledge.types import Hit
from reviewer.agents.conclusion import conclude
from reviewer.agents.kept import Offers, kept_outcome
from reviewer.agents.panel import CHAIR, outcomes_of
from reviewer.agents.retrieval import brief_roles, briefs_of
from reviewer.domain.course import JobState
from reviewer.domain.design import Design
from reviewer.domain.facts import Analysis
from reviewer.domain.review import Review, Usage
from reviewer.errors import ReviewerError, SettingsError, StoreError
from reviewer.jobs.accounts import Accounts
from reviewer.jobs.asking import AccountStopped, KeptAsking
from reviewer.jobs.calls import CallLog
from reviewer.jobs.keeping import InThread, Keeping
from reviewer.jobs.parts import Parts
from reviewer.store.work import Begun


@dataclass(frozen=True)
class _Given:
    """What all roles of a review are given, and the review that they remember."""

    analysis: Analysis
    passages: Mapping[str, tuple[Hit, ...]]
    corpus: str
    earlier: str | None


class Reviewing:
    """Runs reviews by their ids. What has been kept of a review is never done a second time."""

    def __init__(self, parts: Parts, accounts: Accounts, in_thread: InThread) -> None:
        self._parts = parts
        self._accounts = accounts
        self._in_thread = in_thread
        self._work = parts.store.work
        self._keeping = Keeping(self._work, in_thread)
        self._offers = Offers()
        every = [role.id for role in parts.questionnaire.roles]
        self._first = {"single": every, "roles": [role for role in every if role != CHAIR]}
        self._kept: set[str] = set()  # passages that are in the database
        self._preparing = threading.Lock()

    async def run(self, review: str) -> JobState | None:
        """Brings a review to an end, or to a pause; None where it was not to be done.

        Raises what stopped it where that was not of the review's own making: the database, or a
        mistake of ours. The review is then still under way and can be run again.
        """
        began = time.perf_counter()
        begun = await self._in_thread(self._work.begin, review, self._first)
        if begun is None:
            return None
        log = CallLog(begun.model, keep_texts=self._work.keep_texts)
        if closed := await self._accounts.closed(begun.model):
            return await self._let_go(review, JobState.PAUSED, closed, log)
        try:
            done = await self._reviewed(begun, log)
        except (AccountStopped, SettingsError) as error:
            self._accounts.stop(begun.model, told(error))
            return await self._let_go(review, JobState.PAUSED, told(error), log)
        except StoreError:
            raise
        except ReviewerError as error:
            return await self._let_go(review, JobState.FAILED, told(error), log)
        seconds = round(time.perf_counter() - began, 3)
        manifest = done.manifest.model_copy(update={"seconds": seconds})
        finished = done.model_copy(update={"manifest": manifest})
        await self._in_thread(self._parts.store.reviews.finish, review, finished)
        await self._accounts.answered(begun.model)
        return JobState(manifest.status)

    async def _reviewed(self, begun: Begun, log: CallLog) -> Review:
        parts = self._parts
        design = parts.adapt(Design.model_validate_json(begun.design), begun.model)
        given = await self._given(begun, design)
        briefs = briefs_of(design, given.analysis, parts.questionnaire, given.passages)
        used = sum((kept.usage for kept in begun.answers.values()), start=Usage())
        answerer = parts.answering(begun.model, used, log.told)
        earlier = None
        if given.earlier is not None:
            earlier = await self._in_thread(parts.store.reviews.open, given.earlier)
        asked = parts.remembering(answerer, earlier, begun.model, given.corpus)
        asking = KeptAsking(begun.id, asked, self._keeping, log)
        for role, kept in begun.answers.items():
            asking.known[role] = kept_outcome(kept.answer, kept.grounded, kept.usage)
        mode = cast(Literal["roles", "single"], begun.panel)
        try:
            outcomes = await outcomes_of(briefs, mode, asking)
        except ReviewerError:
            if asking.stopped is not None:
                raise AccountStopped(told(asking.stopped)) from None
            raise
        finally:
            await answerer.aclose()
        review = conclude(parts.questionnaire, design, given.analysis, outcomes)
        return parts.sign(review, begun.model, begun.panel, given.corpus)

    async def _given(self, begun: Begun, design: Design) -> _Given:
        """What the roles are given: as it was kept, else made now and kept."""
        data = begun.prepared
        if data is None:
            given: _Given = await self._in_thread(
                self.prepare, begun.id, design, self._first[begun.panel]
            )
            return given
        rows = data["passages"]
        if missing := self._offers.missing(rows):
            self._offers.learn(await self._in_thread(self._work.passages, missing))
        return _Given(
            Analysis.model_validate(data["analysis"]),
            self._offers.hits(rows),
            data["corpus"],
            data["earlier"],
        )

    def prepare(self, review: str, design: Design, roles: Sequence[str] = ()) -> _Given:
        """Measures and searches, one review at a time, and keeps what came of it.

        These roles are asked next.
        """
        with self._preparing:
            analysis = self._parts.measure(design)
            retriever = self._parts.retriever()
            briefs = brief_roles(design, analysis, self._parts.questionnaire, retriever, _unseen)
            hits = {check: found for brief in briefs.values()
                    for check, found in brief.passages.items()}  # fmt: skip
            given = _Given(analysis, hits, retriever.corpus, self._work.earlier(review))
            rows = self._offers.rows(hits)
            texts = self._offers.texts(rows, but=self._kept)
        data = {
            "analysis": analysis.model_dump(mode="json"),
            "passages": rows,
            "corpus": given.corpus,
            "earlier": given.earlier,
        }
        self._work.prepare(review, data, texts, roles)
        self._kept.update(texts)
        return given

    async def _let_go(self, review: str, state: JobState, reason: str, log: CallLog) -> JobState:
        await self._in_thread(self._work.let_go, review, state, reason, log.take())
        return state


def told(error: BaseException) -> str:
    """An error and its hint as one line, as the command line says it."""
    return " ".join(f"{error} {getattr(error, 'hint', '')}".split())


def _unseen(stage: str, state: str) -> None:
    """Who watches sees the roles in the database."""
