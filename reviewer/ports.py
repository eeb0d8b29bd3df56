"""The protocols: what the panel needs of a backend, a retriever and an embedder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge.types import Hit
from reviewer.domain.design import Design, Frozen
from reviewer.domain.facts import Analysis
from reviewer.domain.finding import Finding
from reviewer.domain.questionnaire import ChairAnswer, Check, Role, RoleAnswer
from reviewer.domain.review import Usage


class Message(Frozen):
    """One chat message."""

    role: Literal["system", "user", "assistant"]
    content: str


class Prompt(Frozen):
    """A request to a chat model: messages, and the JSON schema its answer must fit."""

    purpose: str  # "role:latency", "chair", "repair:latency", "single"
    messages: tuple[Message, ...]
    schema_name: str
    answer_schema: dict[str, Any]
    max_output_tokens: int = 6000


class Completion(Frozen):
    """A chat model's answer: the JSON text as it came, and what it used.

    `finish` is `length` where the provider cut the answer off, `unknown` where it did not say.
    """

    text: str
    usage: Usage = Usage()
    finish: Literal["stop", "length", "unknown"] = "stop"


class ChatBackend(Protocol):
    """A chat model. Raises the `BackendError` family only; retries what is worth retrying."""

    name: str

    async def complete(self, prompt: Prompt) -> Completion:
        """The model's answer to one prompt."""
        ...

    async def aclose(self) -> None:
        """Give back connections."""
        ...


class RoleBrief(Frozen):
    """Everything a role is shown: it may name these ids and no others.

    `roles` holds one role, or all of them for the single-call panel. `passages` maps a check to
    the passages found for it.
    """

    design: Design
    analysis: Analysis
    roles: tuple[Role, ...]
    checks: tuple[Check, ...]
    passages: dict[str, tuple[Hit, ...]]


class ChairBrief(Frozen):
    """What the chair is shown: its own checks (`brief`), and the grounded findings of all roles.

    One call answers both: the chair's checks, and which findings are one or pull apart.
    """

    brief: RoleBrief
    findings: tuple[Finding, ...]


class Answerer(Protocol):
    """Whoever answers checks: the offline rules, or a chat model that reads."""

    name: str

    async def answer(self, brief: RoleBrief) -> tuple[RoleAnswer, Usage]:
        """Answers to every check of the brief."""
        ...

    async def chair(self, brief: ChairBrief) -> tuple[ChairAnswer, Usage]:
        """Answers to the chair's own checks, which findings are one, which pull apart."""
        ...

    async def aclose(self) -> None:
        """Give back connections."""
        ...


class Retriever(Protocol):
    """The knowledge base, as the panel sees it."""

    @property
    def corpus(self) -> str:
        """Content hash of everything that can be found."""
        ...

    def search(self, query: str, *, role: str | None = None, limit: int = 5) -> list[Hit]:
        """Closest passages first; empty where nothing is close."""
        ...

    def search_many(
        self, queries: Sequence[tuple[str, str | None]], *, limit: int = 5
    ) -> Sequence[list[Hit]]:
        """The hits of many (query, role) pairs, in their order."""
        ...


class Embedder(Protocol):
    """Sentence embeddings: unit vectors, one row a text; the same text always gives the same row."""

    model: str
    dimensions: int

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Array of shape (len(texts), dimensions)."""
        ...


Progress = Callable[[str, str], None]
"""Called with a role (or a stage) and a state: queued, running, done, failed."""
