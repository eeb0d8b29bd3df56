"""The bar of reflection prompts over many reviews, and how well draft replies are read.

python -m benchmarks.reflection [--members 12] [DESIGN …]
"""

from __future__ import annotations

import argparse
import re
import time
from itertools import combinations
from pathlib import Path

import yaml

from reviewer.agents.reflection_reply import ReplyReader, has_example, load_replies
from reviewer.domain.reflection import ReflectionSheet
from reviewer.domain.review import Review
from reviewer.service import ReviewService

ROOT = Path(__file__).parent.parent
LABELLED = ROOT / "tests" / "data" / "reflection_replies.yaml"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("designs", nargs="*", type=Path)
    parser.add_argument("--members", type=int, default=12)
    asked = parser.parse_args()
    cases = sorted((ROOT / "reviewer" / "evaluation" / "cases").glob("*/design.*"))
    designs = [*sorted((ROOT / "examples").iterdir()), *cases, *asked.designs]
    service = ReviewService()
    print("design · prompts · quotes of a point's or a check's evidence · rules broken · CPU s")
    for path in designs:
        review = service.review(path)
        began = time.process_time()
        sheet = service.reflection_desk.prompts(review, asked.members)
        spent = time.process_time() - began
        broken, named = examined(service, review, sheet)
        name = path.parent.name if path.stem == "design" else path.stem
        print(f"{name} · {len(sheet.prompts)} · {named} · {broken} · {spent:.2f}")
    replies(service)


def examined(service: ReviewService, review: Review, sheet: ReflectionSheet) -> tuple[int, int]:
    """How many rules are broken, and how many quotes the review names as evidence."""
    named = {e.span for f in (*review.findings, *review.strengths) for e in f.evidence}
    named |= {span for check in review.checks for span in check.evidence}
    spans = {span.text for span in review.design.spans}
    broken = 0
    for prompt in sheet.prompts:
        said = five_words(prompt.text)
        about = [f for f in (*review.findings, *review.strengths) if f.id in prompt.about]
        answers = [f.recommendation for f in about]
        answers += [service.questionnaire.check(c).remedy for f in about for c in f.checks]
        broken += prompt.quote.text not in spans or prompt.quote.text not in prompt.text
        broken += not prompt.text.endswith("?")
        broken += any(said & five_words(answer) for answer in answers)
    for one, other in combinations(sheet.members, 2):
        broken += len({p.text for p in one.prompts} & {p.text for p in other.prompts}) > 1
    return broken, sum(prompt.quote.span in named for prompt in sheet.prompts)


def five_words(text: str) -> set[tuple[str, ...]]:
    found = re.findall(r"\w+", text.lower())
    return {tuple(found[n : n + 5]) for n in range(len(found) - 4)}


def replies(service: ReviewService) -> None:
    reader, bank = ReplyReader(load_replies(), service.embedder), load_replies()
    rows = yaml.safe_load(LABELLED.read_text(encoding="utf-8"))
    for name, half in (("chosen on", rows[::2]), ("held out", rows[1::2])):
        found = [set(reader.topics(row["text"])) for row in half]
        right = sum(
            (topic in told) == (topic in row["topics"])
            for row, told in zip(half, found, strict=True)
            for topic in bank.topics
        )
        whole = sum(told == set(row["topics"]) for row, told in zip(half, found, strict=True))
        examples = sum(has_example(row["text"]) == row["example"] for row in half)
        print(
            f"{name}: {len(half)} replies · topics right {right / len(half) / len(bank.topics):.3f}"
            f" · all five right {whole / len(half):.3f} · examples right {examples / len(half):.3f}"
        )


if __name__ == "__main__":
    main()
