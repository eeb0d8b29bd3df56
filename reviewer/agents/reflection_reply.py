"""What a draft reply touches: topics, a concrete example, links to the group's design; no grade."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from pydantic import Field, ValidationError

from reviewer.agents.material import mark
from reviewer.agents.prompting import Template
from reviewer.agents.reflection_links import links
from reviewer.agents.reflection_phrasing import read_json
from reviewer.agents.reflection_rules import asks, length, looseness, sequences_of, shares
from reviewer.domain.design import Frozen
from reviewer.domain.questionnaire import Questionnaire
from reviewer.domain.reflection import ReflectionPrompt, ReplyFeedback
from reviewer.domain.review import Review, Usage
from reviewer.errors import CatalogueError, InputError
from reviewer.paths import PROMPTS
from reviewer.ports import ChatBackend, Embedder, Message, Prompt
from reviewer.yamlfile import read_yaml

_NEAREST = 2  # examples of a topic that a sentence has to be close to
_MOST_SENTENCES = 120
_MOST_QUESTION, _MOST_SHOWN = 35, 6000
_ENOUGH = 2  # signs of a concrete case
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n{2,}|\n(?=\s*[-*•])")
_ENGLISH = frozenset(
    [
        "the",
        "a",
        "an",
        "of",
        "to",
        "and",
        "in",
        "is",
        "are",
        "was",
        "were",
        "for",
        "we",
        "i",
        "with",
        "on",
        "by",
        "that",
        "it",
        "be",
        "as",
        "at",
        "or",
        "my",
        "our",
        "not",
    ]
)
_SIGNS = (
    (2, re.compile(r"\b(?:for example|for instance|e\.g\.|to give an example|one example)", re.I)),
    (
        1,
        re.compile(
            r"\b(?:yesterday|last (?:year|week|month|winter|summer|spring|autumn|term|night)|"
            r"next (?:week|month)|years? ago|in (?:january|february|march|april|may|june|july|august|"
            r"september|october|november|december|19\d\d|20\d\d)|black friday|christmas|"
            r"until (?:june|may|march)|during (?:the|our|my)|in the drill|one (?:day|night|morning))\b",
            re.I,
        ),
    ),
    (
        1,
        re.compile(
            r"\b(?:at|in) (?:my|our) (?:old |former |last |current )?"
            r"(?:job|company|bank|shop|store|internship|team|office|university|firm|department|bakery)"
            r"|\b(?:my|our) (?:manager|boss|mother|friend|colleague|company|prototype|marketing|"
            r"warehouse|internship|bakery|demo)\b",
            re.I,
        ),
    ),
    (
        1,
        re.compile(
            r"\b(?:when|once|then|after) (?:we|i|our|my|the)\b[^.]{0,60}\b(?:saw|told|played|had|was|"
            r"were|stopped|broke|came|found|tried|asked|launched|launch)\b"
            r"|\b(?:we|i|they|she|he) (?:had |were |was )?(?:guessed|bought|told|heard|retrained|"
            r"ran|invited|approved|saw|looked|noticed|lost|showed|shipped)\b"
            r"|\b(?:told|showed|promised|stopped|turned out|ordered|was put|were lost)\b",
            re.I,
        ),
    ),
    (1, re.compile(r"\d")),
    (1, re.compile(r"(?<![.!?:] )(?<!^)(?<!\n)\b[A-Z][a-z]{2,}\b")),
)


class ReplyBank(Frozen):
    """Example sentences of replies by topic, and of none; how close is close enough."""

    version: int
    threshold: float = Field(gt=0, lt=1)
    margin: float = Field(ge=0, lt=1)
    none: tuple[str, ...] = Field(min_length=_NEAREST)
    topics: dict[str, tuple[str, ...]]


def load_replies(directory: Path = PROMPTS) -> ReplyBank:
    """The example sentences; `CatalogueError` names file and line of a mistake."""
    path = directory / "reflection_replies.yaml"
    try:
        document = read_yaml(path, path.name)
        return ReplyBank.model_validate(document.data)
    except InputError as error:
        raise CatalogueError(str(error)) from None
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        line = document.line(first["loc"])
        raise CatalogueError(f"{path.name}, line {line}: {field}: {first['msg']}.") from None


class ReplyReader:
    """Reads draft replies; the same reply and review give the same feedback."""

    def __init__(self, bank: ReplyBank, embedder: Embedder) -> None:
        self._bank = bank
        self._embedder = embedder
        self._examples = [embedder.embed(texts) for texts in (bank.none, *bank.topics.values())]

    def feedback(
        self, reply: str, review: Review, prompts: Sequence[ReflectionPrompt] = ()
    ) -> ReplyFeedback:
        """What a draft reply touches; `prompts` are those that the person was given."""
        text = reply.strip()
        if not text:
            missing = tuple(self._bank.topics)
            return ReplyFeedback(missing=missing, notes=("The reply is empty.",))
        notes = []
        touched = self.topics(text) if reads_english(text) else ()
        if not reads_english(text):
            notes.append("Topics and examples are recognised in English only.")
        found = tuple(links(text, review, prompts, self._embedder))
        return ReplyFeedback(
            topics=touched,
            missing=tuple(topic for topic in self._bank.topics if topic not in touched),
            example=has_example(text),
            evidence=bool(found),
            links=found,
            notes=tuple(notes),
        )

    def topics(self, reply: str) -> tuple[str, ...]:
        """Ids of the topics that a reply touches, in the lesson's order."""
        parts = sentences(reply)
        if not parts:
            return ()
        whole = [reply] if len(parts) > 1 else []
        vectors = self._embedder.embed([*parts, *whole])
        closeness = np.stack(
            [np.sort(vectors @ e.T, axis=1)[:, -_NEAREST:].mean(axis=1) for e in self._examples], 1
        )
        names = tuple(self._bank.topics)
        touched: set[str] = set()
        for none, *values in closeness.tolist():
            best = max(values)
            if best < max(self._bank.threshold, none):
                continue
            least = max(self._bank.threshold, best - self._bank.margin)
            touched |= {n for n, value in zip(names, values, strict=True) if value >= least}
        return tuple(name for name in names if name in touched)


def sentences(text: str) -> list[str]:
    """The sentences of a reply that say something."""
    parts = (" ".join(part.split()) for part in _SENTENCE.split(text))
    return [part for part in parts if len(part.split()) > 2][:_MOST_SENTENCES]


def reads_english(text: str) -> bool:
    """Whether a text is long enough to tell and has English function words, or is short."""
    found = re.findall(r"[^\W\d_]+", text.lower())
    return len(found) < 8 or sum(word in _ENGLISH for word in found) >= 0.12 * len(found)


def has_example(text: str) -> bool:
    """Whether a concrete case is told: a time, a place, a number, somebody who did something."""
    return any(_signs(part) >= _ENOUGH for part in _neighbours(sentences(text)))


def _neighbours(parts: list[str]) -> Iterator[str]:
    """Each sentence with the one after it: a case is rarely told in one."""
    for place, part in enumerate(parts):
        yield " ".join([part, *parts[place + 1 : place + 2]])


def _signs(text: str) -> int:
    return sum(weight for weight, sign in _SIGNS if sign.search(text))


async def clarified(
    told: ReplyFeedback,
    reply: str,
    review: Review,
    questionnaire: Questionnaire,
    backend: ChatBackend,
    template: Template,
) -> tuple[ReplyFeedback, Usage]:
    """The feedback with at most one clarifying question of a model, if it keeps the rules."""
    material = f"Design: {' '.join(review.design.title.split())}\n\nReply:\n{reply[:_MOST_SHOWN]}"
    content = template.render(
        language=review.design.language, mark=mark(material), material=material
    )
    completion = await backend.complete(
        Prompt(
            purpose="reflection:reply",
            messages=(Message(role="user", content=content),),
            schema_name="reflection_question",
            answer_schema={
                "type": "object",
                "properties": {"question": {"type": "string"}},
                "required": ["question"],
                "additionalProperties": False,
            },
            max_output_tokens=300,
        )
    )
    written = read_json(completion.text).get("question")
    question = " ".join(written.split()) if isinstance(written, str) else ""
    remedies = [f.recommendation for f in review.findings if f.recommendation]
    remedies += [check.remedy for check in questionnaire.checks]
    sound = (
        asks(question)
        and question.count("?") == 1
        and length(question) <= _MOST_QUESTION
        and looseness("", question, f"{reply} {review.design.text}", ()) is None
        and not shares(question, sequences_of(remedies))
    )
    return told.model_copy(update={"question": question if sound else ""}), completion.usage
