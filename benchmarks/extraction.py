"""How fast documents are read, and what hostile ones cost the process that asks.

    python -m benchmarks.extraction [PDF ...] [--hostile FOLDER] [--json]

Without files it makes ordinary PDFs itself: a report in one column, a paper in two, a page of tables.
`reader` is the reader alone in this process (computing time, the fastest of five runs), `process` the
whole way through the reading process and back (time on the clock, the process already started).
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from knowledge.archives import Problem, expand
from knowledge.document_types import Limits
from knowledge.documents import Reader
from knowledge.errors import DocumentError
from knowledge.readers import pdf
from knowledge.readers.source import Source
from knowledge.readers.writing import Writer

PAGES = 200
RUNS = 5
WORDS = [
    "the",
    "store",
    "lake",
    "of",
    "events",
    "a",
    "queue",
    "model",
    "that",
    "reads",
    "prices",
    "and",
    "stock",
    "is",
    "late",
    "when",
    "each",
    "region",
    "sends",
    "its",
    "receipts",
    "to",
    "be",
    "counted",
    "by",
    "night",
    "with",
    "a",
    "schedule",
    "for",
    "every",
    "team",
    "in",
    "the",
    "company",
]


def line(width: int, chance: random.Random) -> str:
    """Words up to a width in characters."""
    words: list[str] = []
    while sum(map(len, words)) + len(words) < width - 6:
        words.append(chance.choice(WORDS))
    return " ".join(words)


def shown(text: str, x: float, y: float, size: float = 10) -> str:
    return f"BT /F1 {size} Tf {x} {y} Td ({text}) Tj ET\n"


def report(number: int, chance: random.Random) -> str:
    """About 2,900 characters in one column, with a head and a page number."""
    body = "".join(shown(line(92, chance), 60, 720 - 13 * i) for i in range(38))
    return shown("A report on lakes", 60, 760, 8) + body + shown(str(number), 300, 40, 8)


def paper(number: int, chance: random.Random) -> str:
    """About 4,200 characters in two columns."""
    columns = "".join(
        shown(line(46, chance), x, 720 - 11.5 * i, 9) for x in (50, 310) for i in range(54)
    )
    return columns + shown(str(number), 300, 40, 8)


def tables(number: int, chance: random.Random) -> str:
    """Thirty rows of five cells on shaded rows, under a dark head with white letters."""
    out = "0.1 0.1 0.4 rg 50 700 500 16 re f 1 g\n"
    out += "".join(shown(f"Column {j}", 55 + 100 * j, 704) for j in range(5))
    for i in range(30):
        grey = 0.95 if i % 2 else 1
        out += f"{grey} g 50 {680 - 18 * i} 500 18 re f 0 g\n"
        out += "".join(shown(line(16, chance), 55 + 100 * j, 685 - 18 * i, 9) for j in range(5))
    return out + shown(str(number), 300, 40, 8)


def made(page: Callable[[int, random.Random], str]) -> bytes:
    """A PDF of many such pages."""
    chance = random.Random(7)
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    kids = []
    for number in range(1, PAGES + 1):
        content = page(number, chance)
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Resources << /Font << /F1 3 0 R >> "
            f">> /Contents {len(objects)} 0 R >>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    body = "".join(f"{i} 0 obj\n{o}\nendobj\n" for i, o in enumerate(objects, 1))
    return f"%PDF-1.4\n{body}trailer << /Root 1 0 R >>\n".encode("latin-1")


def alone(data: bytes, name: str) -> float:
    """Pages a second of computing time, as the reading process works: no collection in between."""
    best, pages = float("inf"), 0
    for _ in range(RUNS):
        gc.collect()
        gc.disable()
        started = time.process_time()
        facts = pdf.read(Source(name, data, Limits()), Writer(Limits()))
        best = min(best, time.process_time() - started)
        gc.enable()
        pages = facts.pages
    return pages / best


def through(path: Path, reader: Reader) -> float:
    """Pages a second on the clock, through the process."""
    best, pages = float("inf"), 0
    for _ in range(RUNS):
        started = time.perf_counter()
        pages = reader.read(path).pages
        best = min(best, time.perf_counter() - started)
    return pages / best


def speeds(paths: Iterable[Path]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    with Reader() as reader:
        for path in paths:
            found[path.name] = {
                "reader": round(alone(path.read_bytes(), path.name)),
                "process": round(through(path, reader)),
            }
    return found


def hostile(folder: Path) -> dict[str, object]:
    """What the files of a folder cost: seconds of the slowest, growth of this process in MB."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    slowest, name, read, refused = 0.0, "", 0, 0
    with Reader() as reader, expand([folder]) as items:
        for item in items:
            started = time.perf_counter()
            try:
                if isinstance(item, Problem):
                    refused += 1
                    continue
                reader.read(item.path, name=item.name)
                read += 1
            except DocumentError:
                refused += 1
            taken = time.perf_counter() - started
            if taken > slowest:
                slowest, name = taken, item.name
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1000
    return {
        "read": read, "refused": refused, "slowest": name, "seconds": round(slowest, 2),
        "parent_grew_mb": round(grown, 1),
    }  # fmt: skip


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("files", nargs="*", type=Path)
    options.add_argument("--hostile", type=Path)
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    result: dict[str, object] = {}
    if chosen.hostile:
        result["hostile"] = hostile(chosen.hostile)
    with tempfile.TemporaryDirectory() as folder:
        paths = chosen.files
        if not paths:
            for page in (report, paper, tables):
                paths.append(Path(folder) / f"{page.__name__}.pdf")
                paths[-1].write_bytes(made(page))
        result["pages_a_second"] = speeds(paths)
    json.dump(result, sys.stdout, indent=None if chosen.json else 2)
    print()


if __name__ == "__main__":
    main()
