"""Answers checks with a chat model: one call, one repair turn where the form is broken."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

from reviewer.agents.answer_reading import AnswerBroken, read_chair, read_role
from reviewer.agents.chat_prompts import Asked, ChatPrompts
from reviewer.agents.prompting import PromptSet
from reviewer.domain.questionnaire import ChairAnswer, RoleAnswer
from reviewer.domain.review import Usage
from reviewer.errors import BackendRubbish
from reviewer.ports import ChairBrief, ChatBackend, Completion, Prompt, RoleBrief

T = TypeVar("T")

_KEPT = 64  # designs whose prefix is known to be warm


class ChatAnswerer:
    """Answers checks, and chairs, by asking a chat model.

    With `warm_cache` the first call of a design completes before its others start, so that they
    find its prefix in the provider's cache: cheaper, and slower by one call. `id_enums` puts the
    ids that exist into the schema.
    """

    def __init__(
        self,
        backend: ChatBackend,
        prompts: PromptSet,
        *,
        id_enums: bool = False,
        warm_cache: bool = False,
    ) -> None:
        self.name = backend.name
        self.prompts = ChatPrompts(prompts, id_enums=id_enums)
        self.backend = backend
        self._warm_cache = warm_cache
        self._warm: OrderedDict[str, asyncio.Event] = OrderedDict()

    async def answer(self, brief: RoleBrief) -> tuple[RoleAnswer, Usage]:
        """Answers to every check of the brief; BackendRubbish if the form stays broken."""
        asked = self.prompts.role(brief)
        return await self._ask(asked, lambda text: read_role(text, asked.labels))

    async def chair(self, brief: ChairBrief) -> tuple[ChairAnswer, Usage]:
        """The chair's own checks, merges and trade-offs; BackendRubbish as for `answer`."""
        asked = self.prompts.chair(brief)
        return await self._ask(asked, lambda text: read_chair(text, asked.labels))

    def estimate(self, brief: RoleBrief) -> Usage:
        """Roughly what one call will use; `cached` is the part that all roles share."""
        return self.prompts.estimate(brief)

    async def aclose(self) -> None:
        """Give back the backend's connections."""
        await self.backend.aclose()

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
