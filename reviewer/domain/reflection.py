"""Prompts for each person's reflection, and what a draft reply touches."""

from __future__ import annotations

from enum import StrEnum

from reviewer.domain.design import Frozen


class Matter(StrEnum):
    """What of a review a prompt is made from; `passage` is a quote on which nothing was raised."""

    WEAKNESS = "weakness"
    ABSENCE = "absence"
    STRENGTH = "strength"
    CONFLICT = "conflict"
    NUMBER = "number"
    DRILL = "drill"
    PASSAGE = "passage"


class Quote(Frozen):
    """A whole span of the design: `design.text[start:end] == text`."""

    span: str
    section: str
    text: str
    start: int
    end: int


class ReflectionPrompt(Frozen):
    """One prompt: what the review says (`lead`), the group's own words, and a question (`ask`).

    `about` names what it was made from (finding, conflict, fact or drill ids). `model` is empty
    where the words are the offline ones.
    """

    id: str
    member: int
    topic: str
    matter: Matter
    stance: str
    about: tuple[str, ...]
    lead: str
    quote: Quote
    ask: str
    model: str = ""

    @property
    def text(self) -> str:
        """The whole prompt as plain text, the quote verbatim."""
        return f"{self.lead}\n\n“{self.quote.text}”\n\n{self.ask}"


class MemberPrompts(Frozen):
    """The prompts of one member; members count from 1."""

    member: int
    prompts: tuple[ReflectionPrompt, ...]


class Topic(Frozen):
    """A topic of the lesson's individual reflection."""

    id: str
    title: str
    ask: str


class ReflectionSheet(Frozen):
    """What every member of a group is asked. `notes` say where the review gave too little."""

    title: str
    topics: tuple[Topic, ...]
    members: tuple[MemberPrompts, ...]
    notes: tuple[str, ...] = ()

    @property
    def prompts(self) -> tuple[ReflectionPrompt, ...]:
        """All prompts, by member."""
        return tuple(prompt for member in self.members for prompt in member.prompts)


class EvidenceLink(Frozen):
    """How a reply refers to the design: `kind` is quote, number, node, section or paraphrase."""

    kind: str
    found: str
    span: str | None = None


class ReplyFeedback(Frozen):
    """What a draft reply touches; no grade, no words for the person.

    `topics` are ids of the topics that are touched, `missing` the others. `example` tells whether
    a concrete case is told, `links` how the reply refers to the group's design. `question` is at
    most one clarifying question of a model. `notes` say what could not be told.
    """

    topics: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    example: bool = False
    evidence: bool = False
    links: tuple[EvidenceLink, ...] = ()
    question: str = ""
    notes: tuple[str, ...] = ()
