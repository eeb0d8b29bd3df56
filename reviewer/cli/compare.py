"""`reviewer compare`: what changed from one version of a design to the next."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from reviewer.cli.output import as_json_option, check_writable, service, write_text
from reviewer.errors import InputError
from reviewer.service.revision_desk import COMPARISON_FORMATS

_FILE = click.Path(path_type=Path)
_ENDINGS = {"markdown": "md", "htm": "html"}


@click.command()
@click.argument("old", type=_FILE)
@click.argument("new", type=_FILE)
@click.option("--model", help="Who reviews designs, as in `reviewer review`.")
@click.option("--panel", type=click.Choice(["roles", "single"]), help="One call a role, or one.")
@click.option("--format", "form", type=click.Choice(COMPARISON_FORMATS),
              help="Instead of the terminal view.")  # fmt: skip
@click.option("--out", type=_FILE, help="Write the comparison to this file.")
@as_json_option
def compare(
    old: Path, new: Path, form: str | None, out: Path | None, as_json: bool, **asked: Any
) -> None:
    """Compare OLD with NEW, by check: fixed, still there, new, worse.

    Each is a review (.json) or a design, which is reviewed first; the second of two designs with
    the memory of the first.
    """
    form = "json" if as_json else form or _format_of(out)
    if out is not None:
        check_writable(out)
    desk = service.revision_desk
    for told in desk.estimates((old, new), **asked):
        click.echo(told, err=True)
    comparison = desk.compare_files(old, new, **asked)
    if form is None:
        service.show(desk.terminal(comparison))
    elif out is None:
        click.echo(desk.export(comparison, form), nl=False)
    else:
        write_text(out, desk.export(comparison, form))
        click.echo(f"The comparison is in {out}.", err=True)
    if "partial" in (comparison.old.status, comparison.new.status):
        sys.exit(3)


def _format_of(out: Path | None) -> str | None:
    if out is None:
        return None
    ending = out.suffix.lstrip(".").lower()
    form = _ENDINGS.get(ending, ending)
    if form not in COMPARISON_FORMATS:
        raise InputError(
            f"{out} has no ending that names a format ({', '.join(COMPARISON_FORMATS)}).",
            hint="Give --format.",
        )
    return form
