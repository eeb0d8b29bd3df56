"""Reflection prompts and feedback on a reply: terminal, Markdown, JSON, HTML; pure functions."""

from __future__ import annotations

import json
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from reviewer.domain.questionnaire import Questionnaire
from reviewer.domain.reflection import ReflectionPrompt, ReflectionSheet, ReplyFeedback
from reviewer.export.markdown import escape

SCHEMA = "reflection/1"

_TEMPLATES = Path(__file__).with_name("assets")


def to_json(sheet: ReflectionSheet) -> str:
    """The document as text; `text` of a prompt is the whole of it, the quote verbatim."""
    members = [
        {
            "member": member.member,
            "prompts": [{**p.model_dump(mode="json"), "text": p.text} for p in member.prompts],
        }
        for member in sheet.members
    ]
    document = {
        "schema": SCHEMA,
        "title": sheet.title,
        "topics": [topic.model_dump(mode="json") for topic in sheet.topics],
        "members": members,
        "notes": list(sheet.notes),
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def to_markdown(sheet: ReflectionSheet) -> str:
    """One section a member. Text of the design and of models is escaped."""
    titles = {topic.id: topic.title for topic in sheet.topics}
    parts = [f"# Reflection on {escape(sheet.title)}"]
    for member in sheet.members:
        parts.append(f"## Member {member.member}")
        for prompt in member.prompts:
            parts += [
                f"### {escape(titles.get(prompt.topic, prompt.topic))}",
                escape(prompt.lead),
                f"> {escape(prompt.quote.text)}",
                escape(prompt.ask),
            ]
    if sheet.notes:
        parts += ["---", *(escape(note) for note in sheet.notes)]
    return "\n\n".join(parts) + "\n"


def to_html(sheet: ReflectionSheet) -> str:
    """One self-contained page; everything that is not ours is escaped by the template."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    titles = {topic.id: topic.title for topic in sheet.topics}
    return environment.get_template("reflection.html.j2").render(sheet=sheet, titles=titles)


def sheet_view(sheet: ReflectionSheet) -> RenderableType:
    """The sheet in a terminal; text of the design is never read as markup."""
    titles = {topic.id: topic.title for topic in sheet.topics}
    parts: list[RenderableType] = [Text(f"Reflection on {sheet.title}", style="bold")]
    for member in sheet.members:
        parts += [Text(), Text(f"Member {member.member}", style="bold underline")]
        parts += [_prompt_view(prompt, titles) for prompt in member.prompts]
    parts += [Text(f"Note: {note}", style="dim") for note in sheet.notes]
    return Group(*parts)


def _prompt_view(prompt: ReflectionPrompt, titles: dict[str, str]) -> RenderableType:
    quote = Text(" ".join(prompt.quote.text.split()), style="italic")
    return Group(
        Text(),
        Text(f"{prompt.id}  {titles.get(prompt.topic, prompt.topic)}", style="dim"),
        Text(prompt.lead),
        Padding(quote, (0, 0, 0, 4)),
        Text(prompt.ask),
    )


def feedback_view(feedback: ReplyFeedback, questionnaire: Questionnaire) -> RenderableType:
    """What a reply touches, in a terminal: no grade."""
    rows: list[RenderableType] = [Text("Topics of the reflection", style="bold")]
    for topic in questionnaire.topics:
        touched = topic.id in feedback.topics
        mark, style = ("✓", "green") if touched else ("·", "dim")
        rows.append(Text(f"  {mark} {topic.title}", style=style))
    rows.append(Text(f"A concrete example: {'yes' if feedback.example else 'not seen'}"))
    rows.append(Text(f"Refers to the group's design: {'yes' if feedback.evidence else 'not seen'}"))
    for link in feedback.links:
        where = f" ({link.span})" if link.span else ""
        rows.append(Text(f"  {link.kind}: {link.found}{where}", style="dim"))
    if feedback.question:
        rows.append(Text(feedback.question, style="italic"))
    rows += [Text(f"Note: {note}", style="dim") for note in feedback.notes]
    return Group(*rows)
