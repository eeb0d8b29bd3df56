"""The knowledge base in a terminal: imports, sources, passages, coverage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from knowledge.types import Collection, Entry, Explanation, ImportReport, Passage
from reviewer.export.tables import table

_STYLE = {"refused": "bold red", "unchanged": "dim", "copy": "yellow"}


def report_view(report: ImportReport) -> RenderableType:
    """A line a file, and the sum."""
    parts: list[RenderableType] = []
    for file in report.files:
        line = Text.assemble(
            (f"{file.outcome:<10}", _STYLE.get(file.outcome, "green")), f"{file.file}  ",
            (file.message, "dim"),
        )  # fmt: skip
        parts.append(line)
        told = (*file.warnings, *file.hidden)
        parts += [Padding(Text(line, style="yellow"), (0, 0, 0, 12)) for line in told]
    numbers = Counter(file.outcome for file in report.files)
    counts = [f"{number} {outcome}" for outcome, number in numbers.items()]
    parts.append(
        Text(f"{report.collection}: {', '.join(counts) or 'nothing found'}.", style="bold")
    )
    return Group(*parts)


def list_view(collections: Sequence[Collection], entries: Sequence[Entry]) -> RenderableType:
    """Collections, then sources."""
    shelves = table("collection", "title", "sources", "passages", "")
    for c in collections:
        state = "" if c.enabled else "switched off"
        shelves.add_row(c.id, Text(c.title), str(c.sources), str(c.passages), state)
    sources = table("source", "title", "year", "roles", "passages", "")
    for e in entries:
        state = "confirmed" if e.confirmed else "to confirm"
        sources.add_row(
            e.source.id, Text(e.source.title), str(e.source.year or ""),
            ", ".join(e.source.roles), str(e.passages), state,
        )  # fmt: skip
    return Group(shelves, sources)


def entry_view(entry: Entry, passages: Sequence[Passage]) -> RenderableType:
    """Metadata, documents and passages of one source."""
    s = entry.source
    about = ", ".join(part for part in ("; ".join(s.authors), str(s.year or ""), s.venue) if part)
    parts: list[RenderableType] = [Text(s.title, style="bold"), Text(about)]
    parts.append(Text(f"{s.id} · {', '.join(entry.collections)} · {s.doi or s.url}", style="dim"))
    parts += [
        Text(f"{d.name}, version {d.version}, {d.pages} pages, {d.passages} passages")
        for d in entry.documents
    ]
    for p in passages:
        parts += [Text(), Text(f"{p.id}  {p.locator}", style="dim"), Text(p.text)]
    return Group(*parts)


def search_view(found: Sequence[Explanation], *, explained: bool) -> RenderableType:
    """Passages with source and locator, and on request the reason of their place."""
    if not found:
        return Text("No passage is close to that.")
    parts: list[RenderableType] = []
    for e in found:
        p, s = e.hit.passage, e.hit.source
        where = f", {p.locator}" if p.locator else ""
        parts.append(Text.assemble((s.title + where, "bold"), f"  {e.hit.score:.2f}"))
        parts.append(Padding(Text(p.text), (0, 0, 0, 2)))
        kind = f"{p.kind} · {p.evidence}" if p.evidence else p.kind
        parts.append(Text(f"  {kind} · {p.id}", style="dim"))
        if explained:
            by_words = f"{e.lexical_rank}. by words" if e.lexical_rank else "no shared word"
            words = f" ({', '.join(e.words)})" if e.words else ""
            parts.append(Text(f"  {e.dense_rank}. by meaning, {by_words}{words}", style="dim"))
    return Group(*parts)


def coverage_view(rows: Sequence[Mapping[str, Any]], *, gaps: bool) -> RenderableType:
    """Checks with what can be cited for them, or the checks without anything."""
    if gaps and not rows:
        return Text("Every check has a passage that is close enough to cite.")
    listed = table("check", "question", *(() if gaps else ("closest passages",)))
    for row in rows:
        cited = "\n".join(f"{p['score']:.2f} {p['source']} {p['locator']}" for p in row["passages"])
        listed.add_row(row["check"], Text(row["question"]), *(() if gaps else (Text(cited),)))
    return listed
