"""A group's post and its replies as text for a discussion forum."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from reviewer.domain.review import Review
from ui.markup import joined, piece
from ui.words import Words

_STYLE: Final = (
    "body{font:16px/1.55 sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;"
    "color:#1b2330;background:#fff}pre,p.reply{white-space:pre-wrap;overflow-wrap:anywhere;"
    "font:inherit}pre{border-left:3px solid #d5dae2;padding-left:1rem}"
)
_MARKS: Final = re.compile(r"([\\`*_{}\[\]()#+\-.!|~<>$&:])")


def post_of(review: Review) -> str:
    """The post: the design as it was handed in."""
    return review.design.text


def review_told(review: Review, words: Words) -> list[str]:
    """What the review says of it, in a few lines: the score, and the most pressing points."""
    findings = {finding.id: finding for finding in review.findings}
    first = [findings[i].title for i in review.priorities if i in findings]
    total = review.rubric.total
    score = words("board.not_scored") if total is None else f"{total:.0f} / 100"
    return [f"{words('board.score')}: {score}", *first]


def thread_text(review: Review, replies: Sequence[tuple[str, str]], words: Words) -> str:
    """Post and replies as Markdown, to be pasted into a forum; every text is shown as text."""
    text = post_of(review).strip()
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    score, *first = review_told(review, words)
    parts = [
        f"# {words('reflect.thread')}: {_shown(review.design.title)}",
        f"{fence}text\n{text}\n{fence}",
        f"## {words('page.review')}",
        "\n".join([_shown(score), "", *(f"- {_shown(title)}" for title in first)]).strip(),
    ]
    parts += [
        f"## {words('reflect.reply_of', name=_shown(name))}\n\n{_lines(reply)}"
        for name, reply in replies
    ]
    return "\n\n".join(parts) + "\n"


def thread_html(review: Review, replies: Sequence[tuple[str, str]], words: Words) -> str:
    """The same as a page of its own."""
    score, *first = review_told(review, words)
    page = piece(
        '<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<title>{title}</title><style>{style}</style></head><body>\n<h1>{title}</h1>\n"
        "<pre>{text}</pre>\n<h2>{review}</h2>\n<p>{score}</p>\n<ul>{first}</ul>\n{replies}"
        "</body></html>\n",
        language=words.language,
        title=" ".join(review.design.title.split()),
        style=_STYLE,
        text=post_of(review).strip(),
        review=words("page.review"),
        score=score,
        first=joined(piece("<li>{title}</li>", title=title) for title in first),
        replies=joined(
            piece(
                '<h2>{name}</h2>\n<p class="reply">{reply}</p>\n',
                name=words("reflect.reply_of", name=name),
                reply=reply.strip(),
            )
            for name, reply in replies
        ),
    )
    return str(page)


def _shown(text: str) -> str:
    """One line in which nothing means anything to Markdown."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def _lines(text: str) -> str:
    """Paragraphs and lines as they were written."""
    paragraphs = re.split(r"\n\s*\n", text.strip())
    return "\n\n".join(
        "  \n".join(_shown(line) for line in paragraph.splitlines()) for paragraph in paragraphs
    )
