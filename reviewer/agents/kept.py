"""What a review keeps on its way, as plain data: what the roles are given, and what they say."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from typing import Any

from knowledge.types import Hit, Passage, Source
from reviewer.agents.grounding import Grounded
from reviewer.agents.role import Outcome
from reviewer.domain.questionnaire import ChairAnswer
from reviewer.domain.review import Usage

_NOTHING_TOLD = ChairAnswer()


def answer_data(outcome: Outcome) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the chair told (empty for a role), and what is left of the answer once grounded.

    The outcome must be an answer, not a failure.
    """
    if not isinstance(outcome.result, Grounded):
        raise TypeError("a failure is not an answer")
    told = {} if outcome.told == _NOTHING_TOLD else outcome.told.model_dump(mode="json")
    return told, outcome.result.model_dump(mode="json")


def kept_outcome(answer: dict[str, Any], grounded: dict[str, Any], usage: Usage) -> Outcome:
    """The outcome again."""
    told = ChairAnswer.model_validate(answer) if answer else _NOTHING_TOLD
    return Outcome(Grounded.model_validate(grounded), usage=usage, told=told)


_HITS = 10_000  # that are remembered

Rows = dict[str, list[list[Any]]]
"""By check, for each hit: the key of its passage, and the scores that put it where it is."""


class Offers:
    """Passages as they were offered, each kept once under the hash of its content.

    The same passages are offered for most designs, so those seen before are remembered.
    """

    def __init__(self) -> None:
        self._keys: dict[tuple[str, str], tuple[Passage, Source, str]] = {}
        self._known: dict[str, tuple[Passage, Source]] = {}
        self._hits: dict[tuple[str, float, float, float], Hit] = {}

    def rows(self, hits: Mapping[str, tuple[Hit, ...]]) -> Rows:
        """The hits as plain data."""
        return {
            check: [
                [self._key(hit.passage, hit.source), hit.score, hit.dense, hit.lexical]
                for hit in some
            ]
            for check, some in hits.items()
        }

    def texts(self, rows: Rows, but: Collection[str] = ()) -> dict[str, str]:
        """The text of each passage by its key, but for those that are kept already."""
        keys = {key for some in rows.values() for key, *_ in some}.difference(but)
        return {key: _text(*self._known[key]) for key in sorted(keys)}

    def missing(self, rows: Rows) -> list[str]:
        """The keys of passages that have to be read before `hits` can be told."""
        return sorted({key for some in rows.values() for key, *_ in some} - set(self._known))

    def learn(self, texts: Mapping[str, str]) -> None:
        """Passages that were read, by key."""
        for key, text in texts.items():
            data = json.loads(text)
            found = (
                Passage.model_validate(data["passage"]),
                Source.model_validate(data["source"]),
            )
            self._known[key] = found
            self._keys[found[0].id, found[1].id] = (*found, key)

    def hits(self, rows: Rows) -> dict[str, tuple[Hit, ...]]:
        """The hits again, from passages that are known."""
        return {check: tuple([self._hit(*row) for row in some]) for check, some in rows.items()}

    def _hit(self, key: str, score: float, dense: float, lexical: float) -> Hit:
        """A hit of a passage that is known; most designs get the same ones."""
        told = (key, score, dense, lexical)
        found = self._hits.get(told)
        if found is None:
            passage, source = self._known[key]
            found = Hit(passage=passage, source=source, score=score, dense=dense, lexical=lexical)
            if len(self._hits) >= _HITS:
                self._hits.clear()
            self._hits[told] = found
        return found

    def _key(self, passage: Passage, source: Source) -> str:
        found = self._keys.get((passage.id, source.id))
        if found is not None and found[0] is passage and found[1] is source:
            return found[2]
        key = content_hash(_text(passage, source))
        if key not in self._known:
            self._known[key] = (passage, source)
        self._keys[passage.id, source.id] = (passage, source, key)
        return key


def _text(passage: Passage, source: Source) -> str:
    return f'{{"passage":{passage.model_dump_json()},"source":{source.model_dump_json()}}}'


def content_hash(text: str) -> str:
    """By which a text is known."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
