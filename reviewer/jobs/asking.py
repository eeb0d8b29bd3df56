"""Asking where every answer is kept at once, and none is asked for that is there already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reviewer.agents.grounding import Grounded
from reviewer.agents.kept import answer_data, kept_outcome
from reviewer.agents.panel import CHAIR, Asking
from reviewer.agents.role import Outcome
from reviewer.domain.finding import Finding
from reviewer.domain.review import RoleFailure
from reviewer.errors import BackendOutOfCredit, BackendRefusedKey
from reviewer.jobs.calls import CallLog
from reviewer.jobs.keeping import Keeping
from reviewer.ports import Answerer, RoleBrief
from reviewer.store.work import Answered, Saving

ACCOUNT_ERRORS = (BackendOutOfCredit, BackendRefusedKey)


class AccountStopped(Exception):
    """The model's account takes no calls for now; the text says why."""


class KeptAsking(Asking):
    """A panel's questions for one review, with the answers that are known from before."""

    def __init__(self, review: str, answerer: Answerer, keeping: Keeping, log: CallLog) -> None:
        super().__init__(answerer, lambda stage, state: None)
        self.known: dict[str, Outcome] = {}
        self.stopped: Exception | None = None
        self._review = review
        self._keeping = keeping
        self._log = log
        self._asked: set[str] = set()

    async def role(self, brief: RoleBrief) -> Outcome:
        """As the plain panel's, once."""
        role = brief.roles[0].id
        if role in self.known:
            return self.known[role]
        self._asked.add(role)
        outcome = await super().role(brief)
        self._asked.remove(role)
        return (await self._keep({role: outcome}))[role]

    async def at_once(self, briefs: Mapping[str, RoleBrief]) -> list[Outcome]:
        """As the plain panel's; the answers of a call are kept together or not at all."""
        if all(role in self.known for role in briefs):
            return [self.known[role] for role in briefs]
        outcomes = dict(zip(briefs, await super().at_once(briefs), strict=True))
        kept = await self._keep(outcomes)
        self._go_on()
        return [kept[role] for role in briefs]

    async def chair(self, brief: RoleBrief, findings: Sequence[Finding]) -> Outcome:
        """As the plain panel's, once, and only if every role could be asked."""
        self._go_on()
        if CHAIR in self.known:
            return self.known[CHAIR]
        outcome = await super().chair(brief, findings)
        kept = await self._keep({CHAIR: outcome})
        self._go_on()
        return kept[CHAIR]

    def _go_on(self) -> None:
        if self.stopped is not None:
            hint = getattr(self.stopped, "hint", "")
            raise AccountStopped(f"{self.stopped} {hint}".strip()) from self.stopped

    async def _keep(self, outcomes: dict[str, Outcome]) -> dict[str, Outcome]:
        """Keeps outcomes; where another worker was first, its answer counts."""
        rows: dict[str, Answered | str] = {}
        for role, outcome in outcomes.items():
            if isinstance(outcome.error, ACCOUNT_ERRORS):
                self.stopped = outcome.error
            elif isinstance(outcome.result, RoleFailure):
                rows[role] = outcome.result.reason
            elif isinstance(outcome.result, Grounded):
                rows[role] = Answered(*answer_data(outcome), outcome.usage)
        if self.stopped is not None and not rows:
            return outcomes  # to be asked again once the account takes calls
        alone = next(iter(outcomes)) if len(outcomes) == 1 else None
        waits = alone == CHAIR or alone is None or self._asked or self.stopped
        saving = Saving(self._review, rows, self._log.take(alone), () if waits else (CHAIR,))
        for role, answered in (await self._keeping.keep(saving)).items():
            outcomes[role] = kept_outcome(answered.answer, answered.grounded, answered.usage)
        return outcomes
