"""`reviewer knowledge`: documents in and out, and what the reviewers can cite."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from reviewer.cli.output import as_json_option, check_writable, pairs, print_json, service

_COLLECTION = click.option("--collection", default="course", show_default=True, help="Which one.")
_ROLES = click.option("--role", "roles", multiple=True, help="A role it is for (repeat for more).")


@click.group()
def knowledge() -> None:
    """The knowledge base: what reviews cite, and where it comes from."""


@knowledge.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@_COLLECTION
@_ROLES
@click.option("--topic", "topics", multiple=True, help="A topic (repeat for more).")
@click.option("--licence", default="", help="Its licence; decides whether originals are exported.")
@as_json_option
def add(
    paths: tuple[Path, ...], collection: str, roles: tuple[str, ...], topics: tuple[str, ...],
    licence: str, as_json: bool,
) -> None:  # fmt: skip
    """Add documents, folders, zip files or reading lists (BibTeX, RIS, CSL-JSON)."""
    labels = {"roles": roles, "topics": topics, "licence": licence}
    report = service.knowledge_desk.add(paths, collection, labels)
    if as_json:
        print_json(report.model_dump(mode="json"))
    else:
        service.show(service.knowledge_desk.report_view(report))
    if report.files and report.count("refused") == len(report.files):
        sys.exit(2)
    if report.count("refused"):
        sys.exit(3)


@knowledge.command(name="list")
@click.option("--collection", help="Only this collection.")
@as_json_option
def list_(collection: str | None, as_json: bool) -> None:
    """List collections and sources."""
    desk = service.knowledge_desk
    entries = desk.entries(collection)
    if as_json:
        print_json(
            {
                "collections": [c.model_dump(mode="json") for c in desk.collections()],
                "sources": [e.model_dump(mode="json") for e in entries],
            }
        )
    else:
        service.show(desk.list_view(entries))


@knowledge.command()
@click.argument("source")
@as_json_option
def show(source: str, as_json: bool) -> None:
    """Show a source with its documents and passages."""
    desk = service.knowledge_desk
    entry, passages = desk.entry(source)
    if as_json:
        told = entry.model_dump(mode="json")
        print_json({**told, "texts": [p.model_dump(mode="json") for p in passages]})
    else:
        service.show(desk.entry_view(entry, passages))


@knowledge.command()
@click.argument("source")
@click.option("--set", "settings", multiple=True, metavar="FIELD=VALUE", help="Change a field.")
def edit(source: str, settings: tuple[str, ...]) -> None:
    """Change title, authors, year, doi, roles, topics … of a source, and confirm it."""
    entry = service.knowledge_desk.edit(source, pairs(settings))
    click.echo(f"{entry.source.id}: {entry.source.title} (confirmed).")


@knowledge.command()
@click.argument("query")
@click.option("--role", help="Only passages for this role.")
@click.option("--collection", help="Only this collection.")
@click.option("--limit", type=click.IntRange(1, 50), default=5, show_default=True, help="How many.")
@click.option("--explain", "explained", is_flag=True, help="Why each stands where it does.")
@as_json_option
def search(
    query: str, role: str | None, collection: str | None, limit: int, explained: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Print the passages closest to QUERY."""
    desk = service.knowledge_desk
    found = desk.explain(query, role=role, collection=collection, limit=limit)
    if as_json:
        keep = found if explained else [e.hit for e in found]
        print_json([item.model_dump(mode="json") for item in keep])
    else:
        service.show(desk.search_view(found, explained=explained))


@knowledge.command()
@click.argument("design", type=click.Path(path_type=Path))
@click.option("--role", required=True, help="Whose passages.")
@as_json_option
def seen(design: Path, role: str, as_json: bool) -> None:
    """List for each check of a role the passages that it is shown with DESIGN."""
    rows = service.knowledge_desk.seen(role, service.read(design))
    if as_json:
        print_json(rows)
    else:
        service.show(service.knowledge_desk.coverage_view(rows, gaps=False))


@knowledge.command()
@click.argument("source")
@click.option("--collection", help="Only from this collection.")
def remove(source: str, collection: str | None) -> None:
    """Take a source out; it is found no more from now on."""
    service.knowledge_desk.remove(source, collection)
    click.echo(f"{source} is taken out. Old reviews keep what they quoted of it.")


@knowledge.command()
@click.argument("name")
@click.option("--on/--off", "enabled", default=None, help="Search it, or leave it out.")
@click.option("--title", help="Its title.")
def collection(name: str, enabled: bool | None, title: str | None) -> None:
    """Make a collection, name it, or switch it on or off (the starter corpus is `starter`)."""
    made = service.knowledge_desk.collection(name, title=title, enabled=enabled)
    state = "searched" if made.enabled else "switched off"
    click.echo(f"{made.id}: {made.title}, {made.sources} sources, {state}.")


@knowledge.command()
def reindex() -> None:
    """Build the index anew from the records."""
    click.echo(f"The index holds {service.knowledge_desk.reindex():,} passages.")


@knowledge.command()
@as_json_option
def gaps(as_json: bool) -> None:
    """List the checks for which no passage is close: what to add."""
    rows = [row for row in service.knowledge_desk.coverage() if not row["passages"]]
    if as_json:
        print_json(rows)
    else:
        service.show(service.knowledge_desk.coverage_view(rows, gaps=True))


@knowledge.command()
@click.option("--role", help="Only the checks of this role.")
@as_json_option
def coverage(role: str | None, as_json: bool) -> None:
    """List for each check the passages that a reviewer can cite."""
    rows = [r for r in service.knowledge_desk.coverage() if role in (None, r["role"])]
    if as_json:
        print_json(rows)
    else:
        service.show(service.knowledge_desk.coverage_view(rows, gaps=False))


@knowledge.command()
@click.argument("file", type=click.Path(path_type=Path))
@_COLLECTION
def export(file: Path, collection: str) -> None:
    """Write a collection to one FILE."""
    check_writable(file)
    documents, originals = service.knowledge_desk.export(collection, file)
    click.echo(f"{file}: {documents} documents, {originals} of them with the original.")


@knowledge.command(name="import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--collection", help="Into this collection instead of its own.")
@as_json_option
def import_(file: Path, collection: str | None, as_json: bool) -> None:
    """Put a collection FILE back in."""
    report = service.knowledge_desk.take_in(file, collection)
    if as_json:
        print_json(report.model_dump(mode="json"))
    else:
        service.show(service.knowledge_desk.report_view(report))
