"""Answers checks with a chat model: one call, one repair turn where the form is broken."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TypeVar

from reviewer.agents.answer_reading import AnswerBroken, read_chair, read_role
from reviewer.agents.chat_prompts import Asked, ChatPrompts
from reviewer.agents.prompting import PromptSet
from reviewer.domain.questionnaire import ChairAnswer, Check, RoleAnswer
from reviewer.domain.review import Usage
from reviewer.errors import BackendRubbish
from reviewer.ports import ChairBrief, ChatBackend, Completion, Prompt, RoleBrief

T = TypeVar("T")

_KEPT = 64  # designs whose prefix is known to be warm


class ChatAnswerer:
    """Answers checks, and chairs, by asking a chat model.

    With `warm_cache` the first call of a design completes before its others start, so that they
    find its prefix in the provider's cache: cheaper, and slower by one call. For small local models
    `id_enums` puts the ids that exist into the schema, and `checks_per_call` divides a role's
    checks over several calls, so that each fits a small context.
    """

    def __init__(
        self,
        backend: ChatBackend,
        prompts: PromptSet | ChatPrompts,
        *,
        id_enums: bool = False,
        warm_cache: bool = False,
        checks_per_call: int | None = None,
    ) -> None:
        self.name = backend.name
        if not isinstance(prompts, ChatPrompts):  # many answerers may share what was rendered
            prompts = ChatPrompts(prompts, id_enums=id_enums)
        self.prompts = prompts
        self.backend = backend
        self._warm_cache = warm_cache
        self._checks_per_call = checks_per_call
        self._warm: OrderedDict[str, asyncio.Event] = OrderedDict()

    async def answer(self, brief: RoleBrief) -> tuple[RoleAnswer, Usage]:
        """Answers to every check of the brief; BackendRubbish if the form stays broken."""
        return joined(await asyncio.gather(*(self._role(part) for part in self._parts(brief))))

    async def chair(self, brief: ChairBrief) -> tuple[ChairAnswer, Usage]:
        """The chair's own checks, merges and trade-offs; BackendRubbish as for `answer`."""
        *before, last = self._parts(brief.brief)
        asked = self.prompts.chair(brief.model_copy(update={"brief": last}))
        answers, (told, usage) = await asyncio.gather(
            asyncio.gather(*(self._role(part) for part in before)),
            self._ask(asked, lambda text: read_chair(text, asked.labels)),
        )
        answer, total = joined([*answers, (told.answer, usage)])
        return told.model_copy(update={"answer": answer}), total

    def estimate(self, brief: RoleBrief) -> Usage:
        """Roughly what the calls of one brief will use; `cached` is what all roles share."""
        return sum((self.prompts.estimate(part) for part in self._parts(brief)), Usage())

    async def aclose(self) -> None:
        """Give back the backend's connections."""
        await self.backend.aclose()

    async def _role(self, brief: RoleBrief) -> tuple[RoleAnswer, Usage]:
        asked = self.prompts.role(brief)
        return await self._ask(asked, lambda text: read_role(text, asked.labels))

    def _parts(self, brief: RoleBrief) -> list[RoleBrief]:
        size = self._checks_per_call or max(1, len(brief.checks))
        parts = [brief.checks[n : n + size] for n in range(0, len(brief.checks), size)]
        return [_part(brief, checks) for checks in parts] or [brief]

    async def _ask(self, asked: Asked, read: Callable[[str], T]) -> tuple[T, Usage]:
        completion = await self._complete(asked.prompt)
        try:
            return read(completion.text), completion.usage
        except AnswerBroken as broken:
            repair = self.prompts.repair(asked.prompt, completion.text, str(broken))
        second = await self._complete(repair)
        try:
            return read(second.text), completion.usage + second.usage
        except AnswerBroken as broken:
            problem = str(broken).splitlines()[0].removeprefix("- ")
            raise BackendRubbish(
                f"{self.name}: the answer to {asked.prompt.purpose} has the wrong form, "
                f"also after it was asked again ({problem})."
            ) from None

    async def _complete(self, prompt: Prompt) -> Completion:
        if not self._warm_cache:
            return await self.backend.complete(prompt)
        prefix = prompt.messages[1].content
        if prefix in self._warm:
            await self._warm[prefix].wait()
            return await self.backend.complete(prompt)
        warm = self._warm[prefix] = asyncio.Event()
        if len(self._warm) > _KEPT:
            self._warm.popitem(last=False)
        try:
            return await self.backend.complete(prompt)
        finally:  # also where it failed: the others then try for themselves
            warm.set()


def _part(brief: RoleBrief, checks: tuple[Check, ...]) -> RoleBrief:
    passages = {c.id: brief.passages[c.id] for c in checks if c.id in brief.passages}
    return brief.model_copy(update={"checks": checks, "passages": passages})


def joined(parts: Sequence[tuple[RoleAnswer, Usage]]) -> tuple[RoleAnswer, Usage]:
    """Several answers of one role as one; it abstains only where every part does."""
    if len(parts) == 1:
        return parts[0]
    answers = [answer for answer, _ in parts]
    reasons = [a.abstained for a in answers]
    whole = RoleAnswer(
        answers=tuple(x for a in answers for x in a.answers),
        points=tuple(x for a in answers for x in a.points),
        questions=tuple(x for a in answers for x in a.questions),
        abstained=reasons[0] if all(reasons) else None,
    )
    return whole, sum((used for _, used in parts), Usage())
