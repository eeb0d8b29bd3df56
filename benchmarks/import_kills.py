"""Imports of many documents, killed at random moments: what a second run makes of the rest.

    python -m benchmarks.import_kills [--documents 200] [--kills 20] [--seed 1] [--model]

For every kill a fresh home is filled by a process that is killed with SIGKILL at a random moment
of the import. After each the records must be consistent as they are; then the import is run again,
and the records must equal those of an undisturbed import, passage for passage, and the index must
hold exactly these passages.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.embedding import LocalEmbedder, Vectors
from knowledge.library import Library, open_library
from knowledge.vector_cache import CachedEmbedder

_LIST = """queue window replica schema prompt token price stock order store shelf supplier basket
stream batch ledger lineage consent region outage backlog retry circuit tariff margin forecast
return parcel label invoice courier warehouse checkout loyalty coupon season demand"""
_WORDS = _LIST.split()
_LEFT_OUT = ("imported", "created", "at", "message")  # times, and "known already"
_TABLES = (
    "collections", "sources", "collection_sources", "documents", "passages",
    "document_versions", "imports",
)  # fmt: skip


class Hashed:
    """Vectors from the hashes of words: as good as any to see whether an index is right."""

    model = "hashed-words/1"
    dimensions = 64

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Array of shape (len(texts), 64), one unit vector a text."""
        rows = np.full((len(texts), self.dimensions), 0.01, dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.split():
                digest = hashlib.blake2b(word.encode(), digest_size=2).digest()
                rows[row, digest[0] % self.dimensions] += 1.0
        unit: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit


def write_documents(folder: Path, count: int, seed: int) -> None:
    """Documents of several kinds, some of them copies, some nearly so, and a reading list."""
    chance = random.Random(seed)
    folder.mkdir(parents=True)
    texts: list[str] = []
    for number in range(count):
        text = _text(chance)
        if number % 23 == 22:
            text = chance.choice(texts)
        elif number % 29 == 28:
            text = chance.choice(texts).replace("queue", "line", 1)
        texts.append(text)
        ending = ("md", "txt", "html")[number % 3]
        title = f"Report {number} on {' '.join(chance.sample(_WORDS, 4))}"
        (folder / f"report-{number:03d}.{ending}").write_text(
            _written(title, text, ending), encoding="utf-8"
        )
    entry = "@article{%s, title={%s}, author={Doe, J.}, year={2020}}\n"
    lines = [
        entry % (f"work{n}", f"Work {n} on {' '.join(chance.sample(_WORDS, 4))}") for n in range(5)
    ]
    (folder / "list.bib").write_text("".join(lines), encoding="utf-8")


def _text(chance: random.Random) -> str:
    def sentence() -> str:
        words = [chance.choice(_WORDS) for _ in range(chance.randint(6, 24))]
        return " ".join(words).capitalize() + "."

    def paragraph() -> str:
        return " ".join(sentence() for _ in range(chance.randint(2, 9)))

    parts = []
    for number in range(chance.randint(2, 6)):
        parts.append(f"## Part {number} of the {chance.choice(_WORDS)}")
        parts += [paragraph() for _ in range(chance.randint(1, 5))]
    return "\n\n".join(parts)


def _written(title: str, text: str, ending: str) -> str:
    if ending != "html":
        return f"# {title}\n\n{text}\n" if ending == "md" else f"{text}\n"
    blocks = [
        f"<h2>{part[3:]}</h2>" if part.startswith("## ") else f"<p>{part}</p>"
        for part in text.split("\n\n")
    ]
    return f"<html><head><title>{title}</title></head><body>{''.join(blocks)}</body></html>"


def opened(home: Path, *, model: bool) -> Library:
    """The library in a home, with the packaged model or a stand-in for it."""
    embedder: Vectors = LocalEmbedder() if model else Hashed()
    return open_library(home, embedder=CachedEmbedder(embedder, home / "vectors.sqlite3"))


def run_import(folder: Path, home: Path, *, model: bool) -> None:
    """One import of the folder."""
    library = opened(home, model=model)
    library.add([folder])
    library.close()


def state(home: Path) -> dict[str, Any]:
    """Everything in the records but times; originals by name."""
    found: dict[str, Any] = {}
    database = sqlite3.connect(home / "reviewer.db")
    try:
        for table in _TABLES:
            cursor = database.execute(f"SELECT * FROM {table}")
            names = [column[0] for column in cursor.description]
            rows = [
                {key: value for key, value in zip(names, row, strict=True) if key not in _LEFT_OUT}
                for row in cursor
            ]
            found[table] = sorted(map(str, rows))
    finally:
        database.close()
    found["originals"] = sorted(file.name for file in (home / "uploads").glob("*"))
    return found


def wrongs(home: Path) -> list[str]:
    """What is inconsistent in records that an import has left behind."""
    if not (home / "reviewer.db").exists():
        return []
    database = sqlite3.connect(home / "reviewer.db")
    try:
        found = [str(row) for row in database.execute("PRAGMA foreign_key_check")]
        found += [row[0] for row in database.execute("PRAGMA integrity_check") if row[0] != "ok"]
        tables = {row[0] for row in database.execute("SELECT name FROM sqlite_master")}
        if "passages" not in tables:
            return found
        bare = (
            "SELECT name FROM documents WHERE id NOT IN (SELECT document FROM passages)"
            " UNION SELECT documents.name FROM passages JOIN documents ON documents.id = document"
            " WHERE kind = 'excerpt' AND"
            ' substr(documents.text, start + 1, "end" - start) != passages.text'
        )
        found += [f"half a document: {row[0]}" for row in database.execute(bare)]
        for sha256, media in database.execute(
            "SELECT sha256, media FROM documents WHERE media != 'summary'"
        ):
            if not (home / "uploads" / f"{sha256}.{media}").exists():
                found.append(f"no original of {sha256}")
    finally:
        database.close()
    return found


def started(folder: Path, home: Path, *, model: bool) -> subprocess.Popen[bytes]:
    """An import in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.import_kills", "--import", str(folder), str(home)]
    root = Path(__file__).resolve().parent.parent
    return subprocess.Popen([*command, *(["--model"] if model else [])], cwd=root)


def killed_after(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Kill the process after so many seconds; whether it was still at work."""
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True
    return False


def killed_at_work(
    folder: Path, home: Path, seconds: float, chance: random.Random, *, model: bool
) -> float:
    """Start an import and kill it before it is done; returns how long one takes at most.

    One that was done sooner than expected is no kill: it is tried again, in less time.
    """
    while True:
        begun = time.monotonic()
        if killed_after(started(folder, home, model=model), chance.uniform(0.3, seconds)):
            return seconds
        seconds = time.monotonic() - begun
        shutil.rmtree(home)


def measure(documents: int, kills: int, seed: int, *, model: bool = False) -> dict[str, Any]:
    """The figures of all kills; `problems` is empty where the bar holds."""
    chance = random.Random(seed)
    problems: list[str] = []
    with tempfile.TemporaryDirectory(prefix="kills-") as scratch:
        folder, whole = Path(scratch) / "documents", Path(scratch) / "whole"
        write_documents(folder, documents, seed)
        begun = time.monotonic()
        if started(folder, whole, model=model).wait() != 0:
            return {"problems": ["the undisturbed import failed"]}
        seconds = time.monotonic() - begun
        wanted = state(whole)
        for number in range(kills):
            home = Path(scratch) / f"home-{number}"
            seconds = killed_at_work(folder, home, seconds, chance, model=model)
            problems += [f"kill {number}: {wrong}" for wrong in wrongs(home)]
            run_import(folder, home, model=model)
            got = state(home)
            problems += [
                f"kill {number}: {key} differ" for key in wanted if got[key] != wanted[key]
            ]
            library = opened(home, model=model)
            if not library.matches():
                problems.append(f"kill {number}: the index does not match")
            library.close()
    return {
        "documents": documents,
        "passages": len(wanted["passages"]),
        "kills": kills,
        "problems": problems,
    }


def main() -> None:
    """Run all kills, or (for ourselves) one import."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--documents", type=int, default=200)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--model", action="store_true", help="embed with the packaged model")
    parser.add_argument("--import", dest="one", nargs=2, type=Path, metavar=("FOLDER", "HOME"))
    given = parser.parse_args()
    if given.one:
        run_import(*given.one, model=given.model)
        return
    found = measure(given.documents, given.kills, given.seed, model=given.model)
    print(json.dumps(found, indent=2))
    sys.exit(1 if found["problems"] else 0)


if __name__ == "__main__":
    main()
