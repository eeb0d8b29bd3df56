from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from reviewer.agents.prompting import load_template
from reviewer.agents.reflection_phrasing import phrased, stated_points
from reviewer.agents.reflection_rules import asks, looseness, shares, word_sequences
from reviewer.backends.scripted import ScriptedBackend
from reviewer.domain.reflection import ReflectionPrompt, ReflectionSheet
from reviewer.domain.review import Review
from reviewer.paths import EXAMPLES, PROMPTS
from reviewer.ports import Prompt
from reviewer.service import ReviewService

FILLER = (
    "Please take a quiet moment with it and with the lines that follow, which you and the others "
    "agreed on some weeks ago while much of the plan was still open:"
)
ASK = "Who would feel this first in your scenario, and what would that person say to you?"


@pytest.fixture(scope="module")
def service() -> ReviewService:
    return ReviewService()


@pytest.fixture(scope="module")
def review(service: ReviewService) -> Review:
    return service.review(EXAMPLES / "support-assistant.md")


@pytest.fixture(scope="module")
def sheet(service: ReviewService, review: Review) -> ReflectionSheet:
    return service.reflection_desk.prompts(review, 2)


def ask_model(
    service: ReviewService, review: Review, sheet: ReflectionSheet, answer: object
) -> tuple[ReflectionSheet, ScriptedBackend]:
    text = answer if isinstance(answer, str) else json.dumps(answer)
    backend = ScriptedBackend([text])
    template = load_template(PROMPTS / "instructions" / "reflection.md")
    done, _ = asyncio.run(phrased(sheet, review, service.questionnaire, backend, template))
    return done, backend


def lead_of(prompt: ReflectionPrompt) -> str:
    points = " and ".join(f"“{point}”" for point in stated_points(prompt.lead))
    return f"Your review says {points}. {FILLER}" if points else FILLER


def test_a_model_may_phrase_within_the_rules(
    service: ReviewService, review: Review, sheet: ReflectionSheet
) -> None:
    entries = [
        {"id": p.id, "lead": lead_of(p), "ask": f"Think of day {'one ' * n}again. {ASK}"}
        for n, p in enumerate(sheet.prompts)
    ]
    done, backend = ask_model(service, review, sheet, {"prompts": entries})
    assert len(backend.prompts) == 1
    assert [p.model for p in done.prompts] == ["scripted"] * len(sheet.prompts)
    assert [p.quote for p in done.prompts] == [p.quote for p in sheet.prompts]
    assert all(ASK in p.ask for p in done.prompts)


def loose(prompt: ReflectionPrompt, review: Review, kind: str) -> dict[str, str]:
    lead, ask = lead_of(prompt), ASK
    advice = next(f.recommendation for f in review.findings if f.id in prompt.about)
    cases = {
        "answer": (f"{lead} {' '.join(advice.split()[:12])}", ask),
        "yes or no": (
            lead,
            "Look at it with somebody else. Would you decide it the same way again?",
        ),
        "no question": (lead, "Tell us about it in the forum, and take as much time as you need."),
        "advice": (lead, f"You should talk to the owner. {ask}"),
        "number": (lead, f"It costs 7,345 euros. {ask}"),
        "made-up quote": (lead, f"Somebody said “all is lost”. {ask}"),
        "point left out": (FILLER + " It matters to everybody in the group, we believe.", ask),
        "markup": (lead, f"<b>Now</b> you. {ask}"),
        "too long": (lead + " word" * 80, ask),
        "too short": (" ".join(f"“{x}”" for x in stated_points(prompt.lead)), "What now?"),
    }
    lead, ask = cases[kind]
    return {"id": prompt.id, "lead": lead, "ask": ask}


@pytest.mark.parametrize(
    "kind",
    [
        "answer", "yes or no", "no question", "advice", "number", "made-up quote",
        "point left out", "markup", "too long", "too short",
    ],
)  # fmt: skip
def test_a_loose_phrase_falls_back_to_the_offline_words(
    service: ReviewService, review: Review, sheet: ReflectionSheet, kind: str
) -> None:
    known = {f.id for f in review.findings if f.recommendation}
    prompt = next(p for p in sheet.prompts if known & set(p.about) and stated_points(p.lead))
    done, _ = ask_model(service, review, sheet, {"prompts": [loose(prompt, review, kind)]})
    assert [p.text for p in done.prompts] == [p.text for p in sheet.prompts]
    assert any("keep the offline words" in note for note in done.notes)


@pytest.mark.parametrize(
    "answer",
    ["", "no json", "[1, 2]", '{"prompts": 3}', '{"prompts": [3, {"id": "M9-9"}]}', "{" * 5000],
)
def test_rubbish_changes_nothing(
    service: ReviewService, review: Review, sheet: ReflectionSheet, answer: str
) -> None:
    done, _ = ask_model(service, review, sheet, answer)
    assert done.members == sheet.members


def test_the_desk_asks_the_chosen_model(
    service: ReviewService, review: Review, sheet: ReflectionSheet, tmp_path: Path
) -> None:
    first = sheet.prompts[0]
    entry = {"id": first.id, "lead": lead_of(first), "ask": ASK}
    script = [{"purpose": "reflection", "answer": {"prompts": [entry]}}]
    path = tmp_path / "script.json"
    path.write_text(json.dumps(script), encoding="utf-8")
    done = service.reflection_desk.prompts(review, 2, model=f"scripted:{path}")
    assert done.prompts[0].ask == ASK
    assert done.prompts[1] == sheet.prompts[1]


def test_material_is_fenced_and_never_obeyed(
    service: ReviewService, review: Review, sheet: ReflectionSheet
) -> None:
    _, backend = ask_model(service, review, sheet, {"prompts": []})
    prompt: Prompt = backend.prompts[0]
    content = prompt.messages[0].content
    inside = content.split("\nBEGIN MATERIAL ")[1].split("\nEND MATERIAL ")[0]
    for row in sheet.prompts:
        assert " ".join(row.quote.text.split()) in inside


def test_the_rules_by_themselves() -> None:
    assert shares("the cat sat on the mat", word_sequences("A dog: the cat, sat on THE mat!"))
    assert not shares("the cat sat on mats", word_sequences("the cat sat on the mat"))
    assert asks("It is late. Whom would you wake, and why?")
    assert not asks("Is it late?")
    assert not asks("Tell me why.")
    assert looseness("It says “a”.", "What now?", "It says “a b”.", ("a b",)) is not None
