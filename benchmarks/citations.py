"""Whether citations bear on the point of their finding: a sample of reviews, against labels.

`python -m benchmarks.citations [--designs FOLDER]` reviews the examples, the designs of the evaluation and
those of a folder offline, samples distinct pairs of check and passage by a hash, so that the sample
stays where the retrieval does, and looks up in `citations.yaml` whether a person found that the
passage bears. Pairs without a label are counted and printed with `--show`.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from reviewer.domain.finding import Finding
from reviewer.service import ReviewService
from reviewer.settings import Settings

LABELS = Path(__file__).with_suffix(".yaml")
ROOT = LABELS.parent.parent
_FORMS = (".md", ".yaml")


@dataclass(frozen=True)
class Cited:
    """A citation of a finding; `key` names check and passage."""

    design: str
    title: str
    explanation: str
    key: str
    text: str


def labels() -> dict[str, bool]:
    """Whether a passage bears on the findings of a check, by `CHECK PASSAGE`."""
    rows = yaml.safe_load(LABELS.read_text(encoding="utf-8"))["labels"]
    return {f"{row['check']} {row['passage']}": bool(row["bears"]) for row in rows}


def designs(folder: Path | None) -> list[Path]:
    """The designs that are reviewed."""
    own = [*ROOT.glob("examples/*"), *ROOT.glob("reviewer/evaluation/cases/*/design.*")]
    own = [path for path in sorted(own) if path.suffix in _FORMS]
    return [*own, *(sorted(folder.glob("*.md")) if folder else [])]


def citations(service: ReviewService, paths: list[Path]) -> Iterator[Cited]:
    """Every citation of the offline reviews of these designs."""
    for path in paths:
        review = service.review(path, model="offline")
        for finding in (*review.findings, *review.strengths):
            name = path.parent.name if path.stem == "design" else path.stem
            yield from _of(finding, name)


def _of(finding: Finding, design: str) -> Iterator[Cited]:
    for citation in finding.citations:
        key = f"{finding.check} {citation.passage}"
        yield Cited(design, finding.title, finding.explanation, key, citation.text)


def sample(found: Iterator[Cited], size: int) -> list[Cited]:
    """Distinct pairs of check and passage, those with the lowest hashes."""
    once: dict[str, Cited] = {}
    for cited in found:
        once.setdefault(cited.key, cited)
    return sorted(once.values(), key=lambda c: hashlib.sha256(c.key.encode()).digest())[:size]


def main() -> None:
    """Prints the share of the sample that bears, and how many are without a label."""
    parser = argparse.ArgumentParser(description=__doc__)
    testdata = os.environ.get("REVIEWER_TESTDATA")
    parser.add_argument("--designs", type=Path, default=testdata and Path(testdata) / "designs")
    parser.add_argument("--size", type=int, default=60)
    parser.add_argument("--show", action="store_true", help="print what has no label")
    options = parser.parse_args()
    known = labels()
    with tempfile.TemporaryDirectory() as home:
        service = ReviewService(Settings(home=Path(home)))
        chosen = sample(citations(service, designs(options.designs)), options.size)
    judged = [known[c.key] for c in chosen if c.key in known]
    for cited in chosen:
        if options.show and cited.key not in known:
            print(f"{cited.key} ({cited.design})\n  {cited.title}: {cited.explanation}")
            print(f"  > {cited.text}")
    share = f"{sum(judged) / len(judged):.0%}" if judged else "none"
    print(
        f"{len(chosen)} citations sampled, {len(judged)} labelled, "
        f"{len(chosen) - len(judged)} unlabelled; bearing on their finding: {share}"
    )


if __name__ == "__main__":
    main()
