from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from reviewer.agents.reflection_reply import ReplyReader, has_example, load_replies
from reviewer.cli import commands
from reviewer.domain.review import Review
from reviewer.paths import EXAMPLES
from reviewer.service import ReviewService

LABELLED = Path(__file__).with_name("data") / "reflection_replies.yaml"
DESIGN = EXAMPLES / "dynamic-pricing.md"


@pytest.fixture(scope="module")
def service() -> ReviewService:
    return ReviewService()


@pytest.fixture(scope="module")
def review(service: ReviewService) -> Review:
    return service.review(DESIGN)


@pytest.fixture(scope="module")
def reader(service: ReviewService) -> ReplyReader:
    return ReplyReader(load_replies(), service.embedder)


def labelled(half: int) -> list[dict[str, Any]]:
    """Every second reply: the threshold was chosen on half 0 and not on half 1."""
    rows: list[dict[str, Any]] = yaml.safe_load(LABELLED.read_text(encoding="utf-8"))
    assert len(rows) >= 60
    return rows[half::2]


@pytest.mark.parametrize(("half", "least"), [(0, 0.94), (1, 0.87)])
def test_topics_of_labelled_replies(reader: ReplyReader, half: int, least: float) -> None:
    rows = labelled(half)
    topics = load_replies().topics
    right = sum(
        (topic in found) == (topic in row["topics"])
        for row in rows
        for found in [reader.topics(row["text"])]
        for topic in topics
    )
    assert right / (len(rows) * len(topics)) >= least


@pytest.mark.parametrize("half", [0, 1])
def test_concrete_examples_of_labelled_replies(half: int) -> None:
    rows = labelled(half)
    assert sum(has_example(row["text"]) == row["example"] for row in rows) / len(rows) >= 0.9


@pytest.mark.parametrize(
    ("kind", "reply"),
    [
        ("quote", "You say the price appears on the page within 400 ms, and I doubt it."),
        ("number", "I had not expected 180 requests/s to be enough to stop us."),
        ("number", "That the model gives up at 1.85x was news to me."),
        ("node", "It was the feature store that I had never thought about."),
        ("section", "What I liked most is the section Comparison, since it is honest."),
        (
            "paraphrase",
            "A call to the model that does not succeed is tried again up to three times.",
        ),
    ],
)
def test_links_to_the_design(reader: ReplyReader, review: Review, kind: str, reply: str) -> None:
    told = reader.feedback(reply, review)
    assert told.evidence
    assert kind in {link.kind for link in told.links}


@pytest.mark.parametrize(
    "reply",
    [
        "I enjoyed the lesson and will recommend it to my friends.",
        "Projects often fail because nobody looks after the data.",
        "In 2024 I had 3 meetings and 2 coffees.",
        "Thank you for the feedback, see you next week!",
    ],
)
def test_replies_that_name_nothing_of_the_design(
    reader: ReplyReader, review: Review, reply: str
) -> None:
    assert not reader.feedback(reply, review).evidence


@pytest.mark.parametrize(
    "reply", ["", "  \n", "ok", "?" * 5000, "<b>x</b>", "\x00\ud800", "a " * 9000]
)
def test_odd_replies(reader: ReplyReader, review: Review, reply: str) -> None:
    told = reader.feedback(reply, review)
    assert set(told.topics) | set(told.missing) == set(load_replies().topics)
    assert not told.question


def test_another_language_is_told(reader: ReplyReader, review: Review) -> None:
    told = reader.feedback(
        "Ich habe gelernt, dass die meisten Projekte an den Daten scheitern und nicht am Modell.",
        review,
    )
    assert told.topics == ()
    assert "English" in told.notes[0]


@pytest.mark.parametrize(
    ("question", "kept"),
    [
        ("How did you notice that the stock file was a day old?", True),
        ("Was it the file?", False),
        ("You should cache it. What else?", False),
        ("How did the 987 stores react?", False),
        ("What happened? And who was it?", False),
        ("", False),
    ],
)
def test_at_most_one_clarifying_question(
    service: ReviewService, review: Review, tmp_path: Path, question: str, kept: bool
) -> None:
    script = [{"purpose": "reflection:reply", "answer": {"question": question}}]
    path = tmp_path / "script.json"
    path.write_text(json.dumps(script), encoding="utf-8")
    told = service.reflection_desk.feedback(
        "The stock file was a day old.", review, model=f"scripted:{path}"
    )
    assert told.question == (question if kept else "")


def test_the_command_line(tmp_path: Path) -> None:
    out, reply = tmp_path / "prompts.html", tmp_path / "reply.txt"
    reply.write_text("I would ask a vendor for a test with our own data.", encoding="utf-8")
    runner = CliRunner()
    made = runner.invoke(commands, ["reflect", str(DESIGN), "--members", "2", "--out", str(out)])
    assert made.exit_code == 0, made.output
    assert "Member 2" in out.read_text(encoding="utf-8")
    told = runner.invoke(commands, ["reflect", str(DESIGN), "--reply", str(reply), "--json"])
    assert json.loads(told.stdout)["topics"] == ["vendor_claims"]
