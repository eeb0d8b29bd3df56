"""Errors of the knowledge base in the reviewer's words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from knowledge.errors import KnowledgeError
from reviewer.errors import KnowledgeUnusable


@contextmanager
def knowledge_errors() -> Iterator[None]:
    """The knowledge base knows nothing of the reviewer's errors: told here as one of them."""
    try:
        yield
    except KnowledgeError as error:
        raise KnowledgeUnusable(str(error), hint=error.hint) from error
