"""`reviewer reflect`: prompts for each member of a group, and what a draft reply touches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from reviewer.cli.output import as_json_option, check_writable, print_json, service, write_text
from reviewer.errors import InputError
from reviewer.service.reflection_desk import SHEET_FORMATS

_ENDINGS = {".md": "md", ".markdown": "md", ".json": "json", ".html": "html", ".htm": "html"}


@click.command()
@click.argument("review", type=click.Path(path_type=Path))
@click.option("--members", type=int, default=4, show_default=True, help="How many members.")
@click.option("--reply", type=click.Path(path_type=Path), help="Instead: look at this draft reply.")
@click.option("--model", help="A chat model that phrases the prompts (left out: none).")
@click.option(
    "--format", "form", type=click.Choice(SHEET_FORMATS), help="Instead of the terminal view."
)
@click.option("--out", type=click.Path(path_type=Path), help="Write the prompts to this file.")
@as_json_option
def reflect(
    review: Path, members: int, model: str | None, out: Path | None, **options: Any
) -> None:
    """Make reflection prompts for each member from REVIEW (a review.json, or a design file)."""
    reply, form, as_json = (options[name] for name in ("reply", "form", "as_json"))
    if reply is not None:
        _feedback(review, reply, model, as_json=as_json)
        return
    if out is not None:
        form = form or _ENDINGS.get(out.suffix.lower())
        if form is None:
            raise InputError(f"{out} has no ending that names a format.", hint="Give --format.")
        check_writable(out)
    form = "json" if as_json else form
    desk = service.reflection_desk
    sheet = desk.prompts(desk.review(review), members, model=model)
    if form is None:
        service.show(desk.view(sheet))
    elif out is None:
        click.echo(desk.export(sheet, form), nl=False)
    else:
        write_text(out, desk.export(sheet, form))
        click.echo(f"The prompts are in {out}.", err=True)


def _feedback(review: Path, reply: Path, model: str | None, *, as_json: bool) -> None:
    desk = service.reflection_desk
    text = desk.reply(reply)
    told = desk.feedback(text, desk.review(review), model=model)
    if as_json:
        print_json(told.model_dump(mode="json"))
    else:
        service.show(desk.feedback_view(told))
