"""A group's post and its replies as text for a discussion forum."""

from __future__ import annotations

from collections.abc import Sequence

from reviewer.domain.review import Review
from ui.words import Words


def post_of(review: Review) -> str:
    """The post: the design as it was handed in."""
    return review.design.text


def thread_text(review: Review, replies: Sequence[tuple[str, str]], words: Words) -> str:
    """Post and replies as Markdown, to be pasted into a forum."""
    title = " ".join(review.design.title.split())
    parts = [f"# {words('reflect.thread')}: {title}", post_of(review).strip()]
    parts += [
        f"## {words('reflect.reply_of', name=name)}\n\n{text.strip()}" for name, text in replies
    ]
    return "\n\n".join(parts) + "\n"
