"""The offline reviewer: answers every check from text, map and facts, with no language model."""

from __future__ import annotations

from collections.abc import Sequence

from reviewer.backends.offline.features import Comparison, Looked
from reviewer.backends.offline.model import OfflineModel
from reviewer.backends.offline.reading import Reading
from reviewer.backends.offline.rules import answer_check
from reviewer.domain.design import Design
from reviewer.domain.questionnaire import Answer, ChairAnswer, Check, RoleAnswer, Verdict
from reviewer.domain.review import Usage
from reviewer.ports import ChairBrief, Embedder, RoleBrief


class OfflineAnswerer:
    """Deterministic: the same design, checks and facts always get the same answers."""

    name = "offline"

    def __init__(self, embedder: Embedder, model: OfflineModel, checks: Sequence[Check]) -> None:
        """`checks` are those with all their examples; others are compared as they are asked."""
        self._embedder = embedder
        self._taught = {check.id: check for check in checks}
        rules = [check.offline for check in checks]
        self._terms = {term for rule in rules for term in (*rule.topic, *rule.decisive)}
        self._model = model
        self._compared: Comparison | None = None
        self._last: tuple[Design, Reading, dict[str, Looked]] | None = None

    async def answer(self, brief: RoleBrief) -> tuple[RoleAnswer, Usage]:
        """Answers to every check of the brief; findings are made from them by grounding."""
        english = brief.design.language == "en"
        reading, looked = self._looked(brief)
        answers = [
            answer_check(check, reading, brief.analysis, looked[check.id], english=english)
            for check in brief.checks
        ]
        return RoleAnswer(answers=tuple(_cited(a, brief) for a in answers)), Usage()

    async def chair(self, brief: ChairBrief) -> tuple[ChairAnswer, Usage]:
        """The chair's own checks; merging is left to the chair's code."""
        answer, usage = await self.answer(brief.brief)
        return ChairAnswer(answer=answer), usage

    async def aclose(self) -> None:
        """Nothing to give back."""

    def _looked(self, brief: RoleBrief) -> tuple[Reading, dict[str, Looked]]:
        """One reading a design, compared with every check once: the roles of a panel share it."""
        unknown = [check for check in brief.checks if check.id not in self._taught]
        if self._compared is None or unknown:
            self._taught.update({check.id: check for check in unknown})
            checks = list(self._taught.values())
            self._compared = Comparison(checks, self._embedder, self._model.space)
            self._last = None
        if self._last is None or self._last[0] is not brief.design:
            reading = Reading(brief.design, self._embedder, self._model, self._terms)
            self._last = (
                brief.design,
                reading,
                self._compared.look(reading.index, reading.vectors),
            )
        return self._last[1], self._last[2]


def _cited(answer: Answer, brief: RoleBrief) -> Answer:
    """Names the passages found for the check where the answer may become a finding."""
    if answer.verdict in (Verdict.NOT_APPLICABLE, Verdict.UNCLEAR):
        return answer
    hits = brief.passages.get(answer.check, ())
    return answer.model_copy(update={"passages": tuple(h.passage.id for h in hits)})
