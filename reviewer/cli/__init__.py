"""The command line: thin commands over `ReviewService`."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reviewer.cli.app import app
from reviewer.cli.batch import batch
from reviewer.cli.compare import compare
from reviewer.cli.evaluate import evaluate
from reviewer.cli.jobs import jobs, worker
from reviewer.cli.knowledge import knowledge
from reviewer.cli.output import (
    as_json_option,
    check_writable,
    format_of,
    pairs,
    print_json,
    service,
    write_bytes,
    write_text,
)
from reviewer.cli.reflect import reflect
from reviewer.cli.upkeep import backup, erase, restore
from reviewer.errors import InputError, ReviewerError
from reviewer.service import BINARY, FORMATS
from reviewer.version import __version__

if TYPE_CHECKING:
    from reviewer.domain.review import Review

_DESIGN = click.argument("design", type=click.Path(path_type=Path))


@click.group(name="reviewer", context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="reviewer")
def commands() -> None:
    """Review the design of a data pipeline that feeds generative AI.

    Start with: reviewer new my-design.yaml, then: reviewer review my-design.yaml
    """


@commands.command()
@_DESIGN
@click.option("--model", help="offline (default), openai:NAME, or PROVIDER:NAME through LangChain.")
@click.option("--panel", type=click.Choice(["roles", "single"]), help="One call a role, or one.")
@click.option("--format", "form", type=click.Choice(FORMATS), help="Instead of the terminal view.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the review to this file.")
@click.option("--earlier", type=click.Path(path_type=Path),
              help="Its last review (.json): only what changed since is asked again.")  # fmt: skip
@as_json_option
def review(
    design: Path, model: str | None, panel: str | None, form: str | None, out: Path | None,
    **options: Any,
) -> None:  # fmt: skip
    """Review one DESIGN (Markdown, text, DOCX, PDF or YAML)."""
    as_json, earlier = options["as_json"], options["earlier"]
    form = "json" if as_json else form or format_of(out)
    if out is not None:
        check_writable(out)
    elif form in BINARY:
        raise InputError(f"A {form} file is not printed.", hint="Give --out FILE.")
    before = service.revision_desk.read_review(earlier) if earlier else None
    if before and (why := service.revision_desk.not_remembered(before, model)):
        click.echo(why, err=True)
    read = service.read(design)
    _announce(read, model, panel)
    with service.watch() as progress:
        done = service.review_design(
            read, model=model, panel=panel, progress=progress, earlier=before
        )
    if form is None:
        service.show(service.terminal(done))
    elif out is None:
        click.echo(service.export(done, form), nl=False)
    else:
        _write(out, done, form)
        click.echo(f"The review is in {out}.", err=True)
    if done.manifest.status == "partial":
        sys.exit(3)


def _write(out: Path, done: Review, form: str) -> None:
    """The review in its file; where that cannot be written, its text on the screen."""
    if form not in BINARY:
        write_text(out, service.export(done, form))
        return
    try:
        write_bytes(out, service.document(done, form))
    except InputError:
        click.echo(service.export(done, "md"), nl=False)
        raise


@commands.command()
@click.argument("file", type=click.Path(path_type=Path))
def new(file: Path) -> None:
    """Write a commented design template that follows the lesson to FILE (.yaml or .md)."""
    service.new(file)
    click.echo(f"Wrote {file}. Fill it in, then run: reviewer review {file}")


@commands.command()
@_DESIGN
@as_json_option
def numbers(design: Path, as_json: bool) -> None:
    """Print what can be computed from the data-flow map of DESIGN."""
    found = service.numbers(design)
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        service.show(service.numbers_view(found))


@commands.command()
@_DESIGN
@click.option("--scenario", help="Which failure to play (left out: list them).")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Change the drill.")
@click.option("--plot", type=click.Path(path_type=Path), help="Draw the backlog (.svg or .png).")
@as_json_option
def drill(
    design: Path, scenario: str | None, settings: tuple[str, ...], plot: Path | None, as_json: bool
) -> None:
    """Play a failure through the data-flow map of DESIGN."""
    if scenario is None:
        service.show(service.drills_view())
        return
    result = service.drill(design, scenario, pairs(settings))
    if plot is not None:
        service.plot(result, plot)
    if as_json:
        print_json(result.model_dump(mode="json"))
    else:
        service.show(service.drill_view(result))


@commands.command()
@click.argument("check")
@as_json_option
def explain(check: str, as_json: bool) -> None:
    """Print what CHECK (for example COM-03) asks, why, and what to do about it."""
    found = service.check(check)
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        service.show(service.check_view(found))


@commands.command()
@as_json_option
def roles(as_json: bool) -> None:
    """Print the reviewing roles and the checks of each."""
    if as_json:
        print_json([role.model_dump(mode="json") for role in service.questionnaire.roles])
    else:
        service.show(service.roles_view())


@commands.command()
@as_json_option
def rubric(as_json: bool) -> None:
    """Print the criteria, their weights and what each level looks like."""
    if as_json:
        print_json([row.model_dump(mode="json") for row in service.questionnaire.criteria])
    else:
        service.show(service.rubric_view())


@commands.command()
@click.option("--model", help="Also ask this model one question.")
@as_json_option
def doctor(model: str | None, as_json: bool) -> None:
    """Try the settings, the knowledge base and the model, and say what to do."""
    report = service.doctor(model)
    if as_json:
        print_json(report)
    else:
        service.show(service.doctor_view(report))
    if any(row["state"] == "broken" for row in report):
        sys.exit(2)


def main() -> None:
    """Run the command line: errors become one sentence on stderr and an exit code."""
    # A start is mostly imports, whose objects all stay: to look for garbage among them every 700
    # objects takes a tenth of the time to the first request.
    gc.set_threshold(50_000, 20, 20)
    try:
        commands.main(standalone_mode=False)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as error:
        _complain(error.format_message(), "")
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        _complain("Stopped. Nothing was changed.", "")
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except ReviewerError as error:
        _complain(str(error), error.hint)
        sys.exit(error.exit_code)
    except Exception as error:
        if os.environ.get("REVIEWER_DEBUG"):
            raise
        _complain(
            f"Something unexpected went wrong ({type(error).__name__}).",
            "Nothing you handed in is lost. Set REVIEWER_DEBUG=1 to see the details.",
        )
        sys.exit(4)


def _complain(message: str, hint: str) -> None:
    click.echo(" ".join(f"Error: {message} {hint}".split()), err=True)


def _announce(design: Any, model: str | None, panel: str | None) -> None:
    """Before a run that costs money: about how much."""
    if told := service.estimate(design, model=model, panel=panel):
        click.echo(told, err=True)


commands.add_command(app)
commands.add_command(knowledge)
commands.add_command(backup)
commands.add_command(restore)
commands.add_command(erase)
commands.add_command(jobs)
commands.add_command(worker)
commands.add_command(evaluate)
commands.add_command(compare)
commands.add_command(reflect)
commands.add_command(batch)
