"""Revisions over whole designs: looks change nothing, mended weaknesses are marked fixed.

    python -m benchmarks.revisions [--designs FOLDER] [--few N]

`--designs` adds a folder of designs to the examples and the evaluation cases; `--few` takes the
first N of each. Only plants of the tuning part are used.
"""

from __future__ import annotations

import argparse
import random
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from reviewer.domain.comparison import Change, Comparison
from reviewer.domain.review import Review
from reviewer.service import ReviewService

ROOT = Path(__file__).parent.parent
CASES = ROOT / "reviewer" / "evaluation" / "cases"
_FENCE = re.compile(r"^(?:```|~~~).*?^(?:```|~~~)\s*$|^---\n.*?^---\n", re.MULTILINE | re.DOTALL)
_RAISED = ("unmet", "partly")

Edit = Callable[[str, random.Random], str]


def shuffled(text: str, rng: random.Random) -> str:
    """The sections of the second level in another order."""
    head, *parts = re.split(r"(?m)^(?=## )", text)
    rng.shuffle(parts)
    return head + "".join(part.rstrip() + "\n\n" for part in parts)


def reformatted(text: str, rng: random.Random) -> str:
    """Other bullets, words in bold, headings numbered anew, double spaces."""

    def dressed(line: str) -> str:
        if not line or line[0] in "#|`-*~ :" or rng.random() < 0.5:
            return re.sub(r"^- ", "* ", line)
        plain = line.split(" ")
        at = rng.randrange(len(plain))
        if plain[at].isalpha():
            plain[at] = f"**{plain[at]}**"
        return "  ".join(plain)

    prose = _outside_code(text, lambda part: "\n".join(map(dressed, part.split("\n"))))
    numbers = iter(range(1, 1000))
    return re.sub(r"(?m)^## (?:\d+\. )?", lambda _: f"## {next(numbers)}. ", prose)


def misspelt(text: str, rng: random.Random) -> str:
    """Slips in five long words of the prose."""
    code = [(m.start(), m.end()) for m in _FENCE.finditer(text)]
    found = [
        m
        for m in re.finditer(r"\b[a-z]{6,}\b", text)
        if not any(a <= m.start() < b for a, b in code)
    ]
    for m in sorted(rng.sample(found, min(5, len(found))), key=lambda m: -m.start()):
        word = m.group()
        at = rng.randrange(1, len(word) - 2)
        slips = word[:at] + word[at + 1] + word[at] + word[at + 2 :], word[:at] + word[at + 1 :]
        text = text[: m.start()] + rng.choice(slips) + text[m.end() :]
    return text


def renamed(text: str, rng: random.Random) -> str:
    """The capitalised word inside sentences that the first paragraph uses most: another name."""
    prose = _FENCE.sub("", text)
    opening = " ".join(prose.split("\n\n")[:4])
    names = Counter(re.findall(r"(?<=[a-z,] )[A-Z][a-z]{3,}\b", opening))
    for name, _ in names.most_common():
        if len(re.findall(rf"\b{name}\b", prose)) > 1 and name.lower() not in prose:
            return re.sub(rf"\b{name}\b", "Quellmarsh", text)
    return text


EDITS: dict[str, Edit] = {
    "order of sections": shuffled,
    "formatting": reformatted,
    "spelling": misspelt,
    "name of the company": renamed,
}


def _outside_code(text: str, change: Callable[[str], str]) -> str:
    out, last = [], 0
    for m in _FENCE.finditer(text):
        out += [change(text[last : m.start()]), m.group()]
        last = m.end()
    return "".join([*out, change(text[last:])])


def looks(service: ReviewService, designs: Sequence[Path], folder: Path) -> dict[str, Counter[str]]:
    """For each edit of looks: designs, those whose score moved, with memory and without."""
    told: dict[str, Counter[str]] = {name: Counter() for name in ("nothing", *EDITS)}
    for path in designs:
        text = path.read_text(encoding="utf-8")
        old = service.review(_written(folder, "old.md", text))
        edited = {
            "nothing": text,
            **{n: e(text, random.Random(path.stem)) for n, e in EDITS.items()},
        }
        for name, changed in edited.items():
            if changed == text and name != "nothing":
                continue
            design = service.read(_written(folder, "new.md", changed))
            began = time.process_time()
            new = service.review_design(design, earlier=old)
            comparison = service.revision_desk.compare(old, new)
            row = told[name]
            row["cpu_ms"] += round(1000 * (time.process_time() - began))
            row["designs"] += 1
            row["moved"] += moved(comparison)
            row["fixed"] += len(comparison.of(Change.FIXED))
            row["text"] += not comparison.text_unchanged
            row["moved without memory"] += (
                service.review_design(design).rubric.total != old.rubric.total
            )
            if moved(comparison):
                print(f"{name}: {path.parent.name}/{path.name} {comparison.change}", flush=True)
    return told


def moved(comparison: Comparison) -> bool:
    """Whether any score changed."""
    rows = comparison.criteria
    return bool(comparison.change) or any(c.change or c.low_change for c in rows)


def plants(few: int | None) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Design, its text, the text with a weakness, and the plant; of the tuning part only."""
    for file in sorted(CASES.glob("*/cases.yaml"))[:few]:
        case = yaml.safe_load(file.read_text(encoding="utf-8"))
        base = file.with_name("design.md").read_text(encoding="utf-8")
        for plant in case["plants"]:
            if plant["split"] != "tune":
                continue
            text = base
            for edit in plant["edits"]:
                text = text.replace(edit["find"], edit["replace"], 1)
            yield case["design"], base, text, plant


def mended(service: ReviewService, few: int | None, folder: Path) -> Counter[str]:
    """Weaknesses that were planted and are mended: what the comparison says."""
    told: Counter[str] = Counter()
    bases: dict[str, Review] = {}
    for name, base, text, plant in plants(few):
        design = service.read(_written(folder, "base.md", base))
        if name not in bases:
            bases[name] = service.review_design(design)
        old = service.review(_written(folder, "planted.md", text))
        new = service.review_design(design, earlier=old)
        comparison = service.revision_desk.compare(old, new)
        points = {p.check: p for p in comparison.points}
        alone = {r.id: r.verdict.value for r in bases[name].checks}
        before = {r.id: r.verdict.value for r in old.checks}
        asked = [c for c in (*plant["checks"], *plant["also"]) if before[c] in _RAISED]
        told["plants"] += 1
        told["raised"] += bool(asked)
        met = [c for c in asked if alone[c] == "met"]
        told["met once mended, without memory"] += bool(met)
        told["marked fixed with a quote"] += any(
            points[c].change is Change.FIXED and points[c].quotes for c in asked
        )
        told["all of them marked"] += bool(met) and all(
            points[c].change is Change.FIXED for c in met
        )
        better = [c for c in asked if alone[c] != before[c] and alone[c] != "met"]
        told["changed otherwise"] += bool(better) and not met
        told["changed otherwise, told with a quote"] += (
            bool(better) and not met and any(points[c].quotes for c in better)
        )
        told["verdicts that memory held back"] += sum(
            r.verdict.value != alone[r.id] for r in new.checks
        )
        told["fixed, other checks"] += sum(
            p.check not in (*plant["checks"], *plant["also"]) for p in comparison.of(Change.FIXED)
        )
    return told


def _written(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--designs", type=Path, help="a folder of further designs (.md)")
    parser.add_argument("--few", type=int, help="only the first few of each")
    given = parser.parse_args()
    service = ReviewService()
    designs = [*sorted((ROOT / "examples").glob("*.md"))[: given.few]]
    designs += sorted(CASES.glob("*/design.md"))[: given.few]
    if given.designs:
        designs += sorted(given.designs.glob("*.md"))[: given.few]
    with tempfile.TemporaryDirectory() as folder:
        for name, row in looks(service, designs, Path(folder)).items():
            print(name, dict(row), flush=True)
        for name, count in mended(service, given.few, Path(folder)).items():
            print(f"{name}: {count}")


if __name__ == "__main__":
    main()
