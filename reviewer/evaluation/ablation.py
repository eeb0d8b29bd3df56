"""Parts taken away, to see what each is worth."""

from __future__ import annotations

from reviewer.domain.questionnaire import Answer, ChairAnswer, Point, RoleAnswer, Verdict
from reviewer.domain.review import Usage
from reviewer.ports import Answerer, ChairBrief, RoleBrief

_CLAIMS = (Verdict.MET, Verdict.PARTLY)


class Ungrounded:
    """An answerer whose claims are believed: what points at nothing real is given a place.

    Grounding would make such a verdict `unclear` and set such a point apart.
    """

    def __init__(self, inner: Answerer) -> None:
        self.name = inner.name
        self._inner = inner

    async def answer(self, brief: RoleBrief) -> tuple[RoleAnswer, Usage]:
        """The inner answer, with a place for every claim."""
        answer, usage = await self._inner.answer(brief)
        return _placed(answer, brief), usage

    async def chair(self, brief: ChairBrief) -> tuple[ChairAnswer, Usage]:
        """The inner chair's answer, with a place for every claim."""
        told, usage = await self._inner.chair(brief)
        answer = _placed(told.answer, brief.brief)
        return told.model_copy(update={"answer": answer}), usage

    async def aclose(self) -> None:
        """Give back connections."""
        await self._inner.aclose()


def _placed(answer: RoleAnswer, brief: RoleBrief) -> RoleAnswer:
    real = {span.id for span in brief.design.spans} | {fact.id for fact in brief.analysis.facts}
    sections = tuple(section.id for section in brief.design.sections)
    anywhere = tuple(span.id for span in brief.design.spans[:1])

    def answered(given: Answer) -> Answer:
        named = real & set(given.evidence)
        if given.verdict in _CLAIMS and not named:
            return given.model_copy(update={"evidence": anywhere})
        if given.verdict is Verdict.UNMET and not named and not set(given.searched) & set(sections):
            return given.model_copy(update={"searched": sections})
        if given.verdict is Verdict.NOT_APPLICABLE and not given.note:
            return given.model_copy(update={"note": "As answered."})
        return given

    def pointed(given: Point) -> Point:
        if real & set(given.evidence) or set(given.searched) & set(sections):
            return given
        return given.model_copy(update={"evidence": anywhere})

    return answer.model_copy(
        update={
            "answers": tuple(answered(a) for a in answer.answers),
            "points": tuple(pointed(p) for p in answer.points),
        }
    )
