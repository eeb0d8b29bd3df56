"""Every call of a model: what it cost and the hash of what was sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple, TypedDict, Unpack

from sqlalchemy import insert, select

from reviewer.domain.review import Usage
from reviewer.store import tables as t
from reviewer.store.columns import now
from reviewer.store.database import Database
from reviewer.store.rows import usage_of, usage_values


class ModelCall(NamedTuple):
    """One call; the texts are there only where the settings say that they are kept."""

    role: str
    messages_sha256: str
    model: str
    usage: Usage
    seconds: float
    status: str
    at: datetime
    prompt: str | None
    answer: str | None


class Said(TypedDict):
    """What is always kept of a call; `status` is "ok" or what went wrong."""

    messages_sha256: str
    model: str
    seconds: float
    status: str


class Calls:
    """The calls of all reviews; `keep_texts` says whether what was said is kept, too."""

    def __init__(self, database: Database, *, keep_texts: bool) -> None:
        self._database = database
        self._keep_texts = keep_texts

    def add(
        self,
        review: str,
        role: str,
        *,
        usage: Usage,
        prompt_text: str | None = None,
        answer_text: str | None = None,
        **call: Unpack[Said],
    ) -> None:
        """Notes a call."""
        values: dict[str, Any] = {
            "review": review,
            "role": role,
            **call,
            "at": now(),
            "prompt": prompt_text if self._keep_texts else None,
            "answer": answer_text if self._keep_texts else None,
            **usage_values(usage),
        }
        with self._database.write() as connection:
            connection.execute(insert(t.calls).values(values))

    def of(self, review: str) -> tuple[ModelCall, ...]:
        """The calls of a review in the order in which they were noted."""
        query = select(t.calls).filter_by(review=review).order_by(t.calls.c.seq)
        return tuple(
            ModelCall(
                role=row.role,
                messages_sha256=row.messages_sha256,
                model=row.model,
                usage=usage_of(row),
                seconds=row.seconds,
                status=row.status,
                at=row.at,
                prompt=row.prompt,
                answer=row.answer,
            )
            for row in self._database.rows(query)
        )
