"""What a worker is given to review with; the service picks it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from reviewer.domain.design import Design
from reviewer.domain.facts import Analysis
from reviewer.domain.questionnaire import Questionnaire
from reviewer.domain.review import Review, Usage
from reviewer.ports import Answerer, Completion, Prompt, Retriever
from reviewer.store import Store

CallTold = Callable[[Prompt, Completion | None, float, str], None]
"""Told of each request: what was sent, the answer if any, its seconds, and "ok" or the error."""

Answering = Callable[[str, Usage, CallTold], Answerer]
"""Whoever answers under a model's name, for one review that has used so much already."""


@dataclass(frozen=True)
class Parts:
    """The collaborators of a worker.

    `adapt` gives the design as a model is to see it; `sign` adds the manifest of model, panel and
    corpus. `remembering` gives an answerer the memory of the group's earlier review, for a model
    and a corpus. `retriever` may open or build the knowledge base, and take its time. `aclose` gives
    back what the running loop holds.
    """

    store: Store
    questionnaire: Questionnaire
    retriever: Callable[[], Retriever]
    measure: Callable[[Design], Analysis]
    answering: Answering
    adapt: Callable[[Design, str], Design]
    remembering: Callable[[Answerer, Review | None, str, str], Answerer]
    sign: Callable[[Review, str, str, str], Review]
    aclose: Callable[[], Awaitable[None]]
