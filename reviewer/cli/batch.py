"""`reviewer batch`: the designs of a whole class, durable and resumable."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from reviewer.cli.output import as_json_option, print_json, service

_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("folder", type=_PATH)
@click.option("--out", required=True, type=_PATH, help="Folder for reviews and summary.")
@click.option("--model", help="offline (default), openai:NAME, or PROVIDER:NAME.")
@click.option("--panel", type=click.Choice(["roles", "single"]), help="One call a role, or one.")
@click.option("--manifest", type=_PATH, help="CSV with the columns file and group.")
@click.option("--course", help="Course by id or title (left out: named after the folder).")
@click.option("--max-cost", type=click.FloatRange(min=0), help="Start nothing beyond this sum.")
@click.option(
    "--patience",
    default=600.0,
    show_default=True,
    type=click.FloatRange(min=0),
    help="Seconds to wait for a model account that takes no calls.",
)
@as_json_option
def batch(
    folder: Path, out: Path, max_cost: float | None, patience: float, as_json: bool, **given: Any
) -> None:
    """Review every design in FOLDER; run the same command again to go on after a stop.

    FOLDER holds one file or one folder for each group.
    """
    desk = service.batch_desk
    opened = desk.open(folder, out, **given)
    with desk.watch_files() as told:
        opened.read(told)
    if line := opened.estimate():
        click.echo(line, err=True)
    with desk.watch() as seen:
        report = opened.run(seen, max_cost=max_cost, patience=patience)
    if as_json:
        print_json(report.model_dump(mode="json"))
    else:
        service.show(desk.view(report))
        click.echo(f"The summary is in {out / 'summary.html'} and summary.csv.", err=True)
    if not report.complete:
        if report.stopped:
            click.echo("To go on, run the same command again.", err=True)
        sys.exit(3 if report.count("complete", "partial") or report.stopped else 2)
