"""The statement of AI use that a group hands in with its design: what the tool did and did not do."""

from __future__ import annotations

from collections.abc import Sequence

from reviewer.domain.course import Response
from reviewer.domain.review import Review
from reviewer.export.markdown import escape

_CHOICES = {"will_fix": "to be fixed", "disagree": "disagreed with", "ask": "put to the instructor"}


def statement_lines(review: Review, responses: Sequence[Response] = ()) -> tuple[str, ...]:
    """The statement as sentences, from the manifest of the review alone."""
    made = review.manifest
    lines = [
        f"The design “{review.design.title}” was reviewed with the Design Reviewer, "
        f"version {made.version or 'unknown'}.",
        _who(review),
        "The tool asked the same questions of the design as of every other one. It wrote no part "
        "of the design and proposed no wording for it.",
        "Quotes were copied from the design by code, and scores were computed by code from the "
        "answers to the questions; no model wrote a number that became a grade.",
    ]
    written = sum(f.author == "model" for f in (*review.findings, *review.unsupported))
    if written:
        lines.append(
            f"{written} findings were worded by the model; each is marked as such in the review."
        )
    if responses:
        lines.append(f"The group answered {len(responses)} findings: {_counted(responses)}.")
    return tuple(lines)


def to_statement(review: Review, responses: Sequence[Response] = ()) -> str:
    """The statement as Markdown, with room for the group's own words."""
    told = "\n".join(f"- {escape(line)}" for line in statement_lines(review, responses))
    made = review.manifest
    return (
        f"# Statement of AI use\n\n{told}\n\n"
        "## In our own words\n\nWhat we changed because of the review, and what we decided "
        "against:\n\n…\n\n"
        f"Hash of the reviewed design: `{made.design or 'unknown'}`\n"
    )


def _who(review: Review) -> str:
    made = review.manifest
    if made.model == "offline":
        return (
            "The offline reviewer answered: rules and a small local embedding model, no language "
            "model. Nothing of the design left the machine that it ran on."
        )
    used = made.usage
    return (
        f"The language model {made.model} answered in {used.calls} calls "
        f"({used.input + used.output} tokens). It was sent the text of the design, its data-flow "
        "map, computed numbers and passages of the course's reading list."
    )


def _counted(responses: Sequence[Response]) -> str:
    counts = {
        words: sum(r.choice == choice for r in responses) for choice, words in _CHOICES.items()
    }
    return ", ".join(f"{number} {words}" for words, number in counts.items() if number)
