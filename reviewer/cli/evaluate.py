"""`reviewer evaluate`: how good the reviewer is, on cases where the weaknesses are known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from reviewer.cli.output import as_json_option, print_json, service
from reviewer.errors import InputError
from reviewer.service.evaluation_desk import BASELINES, Order

_PATH = click.Path(path_type=Path)


@click.command()
@click.option("--cases", type=_PATH, help="A folder of cases (left out: those that ship).")
@click.option("--only", multiple=True, metavar="CASE", help="Only this case (repeat for more).")
@click.option("--model", help="As in `reviewer review`.")
@click.option("--panel", type=click.Choice(["roles", "single"]), help="One call a role, or one.")
@click.option("--baseline", "baselines", type=click.Choice(BASELINES), multiple=True,
              help="Also evaluate this one, for comparison (repeat for more).")  # fmt: skip
@click.option("--attacks", type=_PATH, help="Attack texts (left out: those that ship).")
@click.option("--labels", type=_PATH, help="A person's labels of citations (YAML).")
@click.option("--part", type=click.Choice(["quick", "full"]), default="full", show_default=True,
              help="quick: planted weaknesses only; full: also how still the scores hold.")  # fmt: skip
@click.option("--repeats", type=click.IntRange(1, 20), default=2, show_default=True,
              help="Reviews of each unchanged design.")  # fmt: skip
@click.option("--out", type=_PATH, help="Folder for the report and the finished reviews.")
@click.option("--compare", type=_PATH, multiple=True,
              help="An earlier report to set this one against (repeat for more).")  # fmt: skip
@as_json_option
def evaluate(
    out: Path | None, compare: tuple[Path, ...], baselines: tuple[str, ...], as_json: bool,
    **asked: Any,
) -> None:  # fmt: skip
    """Measure the reviewer on designs whose weaknesses are known.

    A run that was stopped goes on where it stood if it is given the same --out.
    """
    desk = service.evaluation_desk
    earlier = [desk.load(path) for path in compare]
    if out is not None and out.exists() and not out.is_dir():
        raise InputError(f"{out} is not a folder.", hint="Give --out the name of a folder.")
    order = Order(**asked, out=out)
    if told := desk.announcement(order):
        click.echo(told, err=True)
    orders = [desk.settled(replace(order, baseline=name)) for name in ("", *baselines)]
    reports = [desk.evaluate(one) for one in orders]
    if out is not None:
        desk.write(reports, out, earlier)
        click.echo(f"The report is in {out}.", err=True)
    if as_json:
        print_json(reports[0].model_dump(mode="json"))
    else:
        service.show(desk.terminal(reports, earlier))
