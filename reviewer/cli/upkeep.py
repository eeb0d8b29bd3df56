"""`reviewer backup`, `restore` and `erase`: the data as a whole."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from reviewer.cli.output import as_json_option, print_json, service
from reviewer.errors import InputError

_FILE = click.argument("file", type=click.Path(path_type=Path))


@click.command()
@_FILE
@as_json_option
def backup(file: Path, as_json: bool) -> None:
    """Write everything (courses, designs, reviews, knowledge base) to FILE, also while in use."""
    made = service.upkeep.backup(file)
    if as_json:
        print_json({"file": str(file), **made._asdict()})
    else:
        click.echo(f"{_told(made.rows)} and {made.originals} originals are in {file}.")


@click.command()
@_FILE
@click.option("--over", is_flag=True, help="Replace what is there.")
@as_json_option
def restore(file: Path, over: bool, as_json: bool) -> None:
    """Put back what `reviewer backup` wrote to FILE: all of it, or nothing."""
    done = service.upkeep.restore(file, over=over)
    if as_json:
        print_json(done._asdict())
        return
    click.echo(f"{_told(done.rows)} and {done.originals} originals were restored from {file}.")
    if done.queued:
        click.echo(f"{len(done.queued)} reviews that were under way are queued again.")


@click.command()
@click.option("--person", help="The id of a person.")
@click.option("--group", help="The id of a group.")
@click.option("--course", help="The id of a course.")
@click.option("--older-than", "days", type=click.IntRange(min=1), help="What is older, in days.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json_option
def erase(days: int | None, yes: bool, as_json: bool, **of: str | None) -> None:
    """Delete for good what a person, a group or a course left, or what is old."""
    chosen = [(noun, key) for noun, key in of.items() if key]
    if len(chosen) + (days is not None) != 1:
        raise InputError("Say what to erase: one of --person, --group, --course, --older-than.")
    what = f"the {chosen[0][0]} {chosen[0][1]}" if chosen else f"all that is older than {days} days"
    if not yes:
        click.confirm(f"Delete {what} for good?", abort=True, err=True)
    if chosen:
        noun: Any = chosen[0][0]
        erased = service.upkeep.erase(noun, chosen[0][1])
    else:
        erased = service.upkeep.erase_old(days)
    if as_json:
        print_json(asdict(erased))
        return
    click.echo(f"Deleted: {_told(erased.rows)}.")
    if erased.named_in:
        named = ", ".join(erased.named_in)
        click.echo(f"The name still stands in texts of their groups: {named}.")
    if not erased.overwritten:
        click.echo(
            "Other processes have the file open, so unused parts of it may still hold deleted "
            "text. Stop them and run `reviewer erase --older-than` once more.",
            err=True,
        )


def _told(rows: dict[str, int]) -> str:
    words = {"courses": "courses", "groups": "groups", "people": "people"}
    words |= {"submissions": "designs", "reviews": "reviews", "documents": "documents"}
    counted = [f"{rows[name]} {noun}" for name, noun in words.items() if rows.get(name)]
    return ", ".join(counted) or "No courses, designs or reviews"
