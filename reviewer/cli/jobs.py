"""`reviewer jobs` and `reviewer worker`: durable reviews seen, called off, asked again, and done."""

from __future__ import annotations

import click

from reviewer.cli.output import as_json_option, print_json, service

_REVIEW = click.argument("review")


@click.group()
def jobs() -> None:
    """Durable reviews: what is queued, under way and done."""


@jobs.command(name="list")
@click.option("--state", help="Only in this state (queued, running, paused, complete, …).")
@click.option("--course", help="Only of this course (its id).")
@click.option("--group", help="Only of this group (its id).")
@click.option("--batch", help="Only of this batch.")
@click.option("--limit", default=50, show_default=True, help="At most so many.")
@as_json_option
def list_(
    state: str | None, course: str | None, group: str | None, batch: str | None, limit: int,
    as_json: bool,
) -> None:  # fmt: skip
    """List reviews, the newest first."""
    desk = service.review_desk
    found = desk.jobs(state=state, limit=limit, course=course, group=group, batch=batch)
    if as_json:
        print_json([job.model_dump(mode="json") for job in found])
    else:
        service.show(desk.jobs_view(found))


@jobs.command()
@_REVIEW
@as_json_option
def show(review: str, as_json: bool) -> None:
    """Show how far REVIEW is: each role, what it found, what it cost."""
    desk = service.review_desk
    job = desk.job(review)
    if as_json:
        print_json(job.model_dump(mode="json"))
    else:
        service.show(desk.job_view(job))


@jobs.command()
@_REVIEW
def cancel(review: str) -> None:
    """Call REVIEW off; what its roles have answered is kept."""
    service.review_desk.cancel(review)
    click.echo(f"{review} is cancelled. To go on: reviewer jobs retry {review}", err=True)


@jobs.command()
@_REVIEW
@click.option("--role", help="Only this role (left out: all that failed).")
def retry(review: str, role: str | None) -> None:
    """Ask again for what failed in REVIEW, or let it go on after a pause."""
    job = service.review_desk.retry(review, role)
    click.echo(f"{review} is {job.state.value}; a worker takes it up.", err=True)


@click.command()
def worker() -> None:
    """Review what is queued, until stopped (Ctrl-C or SIGTERM); what is under way is not lost."""
    service.review_desk.serve(lambda told: click.echo(told, err=True))
