"""The chat answerer: reading answers, the repair turn, warm caches, and whole reviews."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import pytest
from briefs import ROLES, brief, chair_brief, design
from pydantic import SecretStr
from servers import Behaviour, ScriptedServer

from reviewer.agents.answer_reading import AnswerBroken, read_chair, read_role
from reviewer.agents.answer_schema import Labels
from reviewer.agents.chat import ChatAnswerer
from reviewer.agents.prompting import load_prompts
from reviewer.backends.budget import Budget
from reviewer.backends.guard import guarded
from reviewer.backends.loops import run
from reviewer.backends.openai import connect
from reviewer.backends.options import ModelOptions
from reviewer.backends.retry import ConcurrencyLimit, RetryPolicy
from reviewer.backends.scripted import ScriptedBackend
from reviewer.domain.finding import FindingKind, Severity
from reviewer.domain.questionnaire import RoleAnswer, Verdict
from reviewer.domain.review import Usage
from reviewer.errors import BackendBusy, BackendRubbish
from reviewer.ports import ChatBackend, Completion, Prompt

PROMPTS = load_prompts()
LABELS = Labels(
    checks=("LAT-01",),
    evidence={"S1": "S1", "F1": "F-freshness-Ladengeschäft"},
    sections={"H1": "Scenario"},
    passages={"P1": "P-1"},
    findings={"R1": "LAT-01:x", "R2": "COM-01:y"},
)
ANSWER = {
    "check": "LAT-01",
    "evidence": ["S1", "F1"],
    "searched": ["H1"],
    "note": "n",
    "verdict": "partly",
    "passages": ["P1"],
}
POINT = {
    "check": "",
    "kind": "trade_off",
    "severity": "high",
    "title": "t",
    "explanation": "e",
    "recommendation": "r",
    "evidence": ["F1"],
    "searched": ["H1"],
    "passages": [],
}
WHOLE = {"answers": [ANSWER], "points": [POINT], "questions": ["q"], "abstained": ""}


def read(**changes: Any) -> RoleAnswer:
    return read_role(json.dumps({**WHOLE, **changes}), LABELS)


def test_labels_become_ids() -> None:
    answer = read()
    assert answer.answers[0].evidence == ("S1", "F-freshness-Ladengeschäft")
    assert answer.answers[0].searched == ("Scenario",)
    assert answer.answers[0].passages == ("P-1",)
    assert answer.answers[0].verdict is Verdict.PARTLY
    point = answer.points[0]
    assert (point.check, point.kind, point.severity) == (
        None,
        FindingKind.TRADE_OFF,
        Severity.HIGH,
    )
    assert point.evidence == ("F-freshness-Ladengeschäft",)
    assert answer.abstained is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"check": "[LAT-01]"}, {"check": "LAT-01"}),
        ({"verdict": "Not applicable"}, {"verdict": Verdict.NOT_APPLICABLE}),
        ({"evidence": "S1, [F1]"}, {"evidence": ("S1", "F-freshness-Ladengeschäft")}),
        ({"evidence": ["(S1)", "S1", "", "none"]}, {"evidence": ("S1",)}),
        ({"evidence": None}, {"evidence": ()}),
        ({"searched": ["Scenario", "H1"]}, {"searched": ("Scenario",)}),
        ({"evidence": ["S99"]}, {"evidence": ("S99",)}),  # grounding's to judge
        ({"note": " x" * 5000}, {"note": " x".strip() + " x" * 299 + " "}),
    ],
)
def test_answers_are_tidied(changes: dict[str, Any], expected: dict[str, Any]) -> None:
    answer = read(answers=[{**ANSWER, **changes}]).answers[0]
    for field, value in expected.items():
        assert getattr(answer, field) == value


def test_what_is_added_or_left_empty_is_no_fault() -> None:
    slim = {"answers": [{"check": "LAT-01", "verdict": "met", "why": "extra"}], "score": 5}
    answer = read_role(json.dumps(slim), LABELS)
    assert answer.answers[0].evidence == ()
    assert read(points=None, questions=None, abstained=None).points == ()


def test_who_answers_does_not_abstain() -> None:
    assert read(abstained="I would rather not.").abstained is None
    assert read(answers=[], abstained="Nothing to judge.").abstained == "Nothing to judge."


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("not json", "Invalid JSON"),
        ("[]", "the whole"),
        ("{}", "answers: Field required"),
        (json.dumps({**WHOLE, "answers": []}), "answers: the list is empty"),
        (json.dumps({**WHOLE, "answers": [], "abstained": "None."}), "the list is empty"),
        (json.dumps({**WHOLE, "answers": [{**ANSWER, "verdict": "good"}]}), "answers.0.verdict"),
        (json.dumps({**WHOLE, "answers": [{**ANSWER, "evidence": [1]}]}), "answers.0.evidence"),
        (json.dumps({**WHOLE, "points": [{"kind": "risk"}]}), "points.0.title"),
    ],
)
def test_a_broken_form_says_where(text: str, words: str) -> None:
    with pytest.raises(AnswerBroken, match=words):
        read_role(text, LABELS)


def test_the_chairs_answer() -> None:
    text = json.dumps(
        {
            **WHOLE,
            "merges": [{"findings": ["R1", "R2"]}, {"findings": ["R1"]}, {"findings": []}],
            "tradeoffs": [
                {"findings": ["R2", "R1"], "tension": "t", "question": "q"},
                {"findings": ["R1", "R1"], "tension": "t", "question": "q"},
            ],
        }
    )
    answer = read_chair(text, LABELS)
    assert [m.findings for m in answer.merges] == [("LAT-01:x", "COM-01:y")]
    assert [t.findings for t in answer.tradeoffs] == [("COM-01:y", "LAT-01:x")]
    assert answer.answer.answers[0].check == "LAT-01"


# The answerer


def answerer(script: Any, **options: Any) -> tuple[ChatAnswerer, ScriptedBackend]:
    backend = ScriptedBackend(script)
    return ChatAnswerer(backend, PROMPTS, **options), backend


def said(answer: dict[str, Any]) -> Completion:
    return Completion(text=json.dumps(answer), usage=Usage(input=10, output=2, calls=1))


def test_one_call_for_one_role() -> None:
    chat, backend = answerer([said(WHOLE)])
    answer, usage = run(chat.answer(brief("latency")))
    assert answer.answers[0].check == "LAT-01"
    assert usage.calls == len(backend.prompts) == 1
    assert backend.prompts[0].purpose == "role:latency"


def test_one_repair_turn_shows_what_was_wrong() -> None:
    broken = {**WHOLE, "answers": [{**ANSWER, "verdict": "good"}]}
    chat, backend = answerer([said(broken), said(WHOLE)])
    answer, usage = run(chat.answer(brief("latency")))
    assert answer.answers[0].verdict is Verdict.PARTLY
    assert usage == Usage(input=20, output=4, calls=2)
    assert backend.prompts[1].purpose == "repair:latency"
    assert "answers.0.verdict" in backend.prompts[1].messages[-1].content


def test_there_is_no_second_repair_turn() -> None:
    chat, backend = answerer([said({}), said({}), said(WHOLE)])
    with pytest.raises(BackendRubbish, match="role:latency has the wrong form"):
        run(chat.answer(brief("latency")))
    assert len(backend.prompts) == 2


def test_the_chair_answers_and_merges() -> None:
    chat, backend = answerer(
        [said({**WHOLE, "merges": [{"findings": ["R1", "R2"]}], "tradeoffs": []})]
    )
    answer, _ = run(chat.chair(chair_brief()))
    assert len(answer.merges[0].findings) == 2
    assert backend.prompts[0].purpose == "chair"


class Timeline:
    """A model that notes when calls begin and end; the first call may fail."""

    def __init__(self, fail_first: bool = False) -> None:
        self.events: list[str] = []
        self.fail_first = fail_first

    async def __call__(self, prompt: Prompt) -> dict[str, Any]:
        first = not self.events
        self.events.append("begin")
        await asyncio.sleep(0.01)
        self.events.append("end")
        if first and self.fail_first:
            raise BackendBusy("busy")
        return WHOLE


def _five(chat: ChatAnswerer, of: Any = None) -> list[Any]:
    given = {} if of is None else {"of": of}

    async def ask() -> list[Any]:
        calls = (chat.answer(brief(role, **given)) for role in ROLES)
        return await asyncio.gather(*calls, return_exceptions=True)

    return run(ask())


@pytest.mark.parametrize("fail_first", [False, True])
def test_a_warm_cache_lets_one_role_start_first(fail_first: bool) -> None:
    timeline = Timeline(fail_first)
    chat, _ = answerer(timeline, warm_cache=True)
    results = _five(chat)
    assert timeline.events[:3] == ["begin", "end", "begin"]
    assert timeline.events[2:7] == ["begin"] * 4 + ["end"]
    assert sum(isinstance(r, BackendBusy) for r in results) == fail_first

    timeline.events.clear()
    timeline.fail_first = False
    _five(chat)
    assert timeline.events[:5] == ["begin"] * 5  # the prefix is warm by now
    timeline.events.clear()
    _five(chat, design((("A", "Another design."),)))
    assert timeline.events[:2] == ["begin", "end"]


def test_roles_start_together_unless_asked() -> None:
    timeline = Timeline()
    _five(answerer(timeline)[0])
    assert timeline.events[:5] == ["begin"] * 5


async def in_parts(prompt: Prompt) -> Completion:
    checks = re.findall(r"- \[([\w-]+)\]", prompt.messages[2].content)
    answers = [{**ANSWER, "check": check} for check in checks]
    return said({**WHOLE, "answers": answers, "merges": [{"findings": ["R1", "R2"]}]})


def test_checks_of_a_role_over_several_calls() -> None:
    chat, backend = answerer(in_parts, checks_per_call=2)
    answer, usage = run(chat.answer(brief("latency", count=5)))
    assert [a.check for a in answer.answers] == [f"LAT-0{n}" for n in range(1, 6)]
    assert usage.calls == len(backend.prompts) == 3
    assert len(answer.points) == 3
    assert "Summary 1." not in backend.prompts[1].messages[2].content
    assert chat.estimate(brief("latency", count=5)).calls == 3


def test_the_chair_over_several_calls_merges_once() -> None:
    chat, backend = answerer(in_parts, checks_per_call=2)
    answer, usage = run(chat.chair(chair_brief()))
    assert [a.check for a in answer.answer.answers] == ["CHA-01", "CHA-02", "CHA-03"]
    assert len(answer.merges) == 1
    assert [p.purpose for p in backend.prompts] == ["role:chair", "chair"]
    assert usage.calls == 2


def test_parts_abstain_together_or_not_at_all() -> None:
    nothing = {**WHOLE, "answers": [], "points": [], "abstained": "Nothing to judge."}
    chat, _ = answerer([said(nothing), said(nothing)], checks_per_call=2)
    assert run(chat.answer(brief("latency")))[0].abstained == "Nothing to judge."
    chat, _ = answerer([said(nothing), said(WHOLE)], checks_per_call=2)
    assert run(chat.answer(brief("latency")))[0].abstained is None


# Against the scripted server


async def review(backend: ChatBackend, **options: Any) -> Usage:
    """Five roles at once, then the chair."""
    chat = ChatAnswerer(backend, PROMPTS, **options)
    answers = await asyncio.gather(*(chat.answer(brief(role)) for role in ROLES))
    for (answer, _), role in zip(answers, ROLES, strict=True):
        assert [a.check for a in answer.answers] == [c.id for c in brief(role).checks]
    _, usage = await chat.chair(chair_brief())
    return sum((used for _, used in answers), usage)


def local(server: ScriptedServer) -> ModelOptions:
    return ModelOptions(base_url=server.url, api_key=SecretStr("k"), timeout=10)


@pytest.mark.parametrize("refuse", [(), ("json_schema",), ("json_schema", "tools", "json_object")])
@pytest.mark.parametrize("id_enums", [False, True])
def test_a_review_through_the_openai_protocol(refuse: tuple[str, ...], id_enums: bool) -> None:
    with ScriptedServer(Behaviour(latency=0.05, refuse=refuse)) as server:

        async def once() -> Usage:
            raw = connect("small", local(server))
            backend = guarded(raw, budget=Budget(), limit=ConcurrencyLimit(8))
            try:
                return await review(backend, id_enums=id_enums)
            finally:
                await raw.aclose()

        usage = run(once())
        assert usage.calls == server.counts.answered == 6
        assert server.counts.most_in_flight == 5


def test_a_warm_cache_is_hit_by_every_later_call() -> None:
    with ScriptedServer(Behaviour(latency=0.02)) as server:

        async def once() -> Usage:
            raw = connect("small", local(server))
            try:
                return await review(raw, warm_cache=True)
            finally:
                await raw.aclose()

        usage = run(once())
        shared = sum(len(m["content"]) for m in server.bodies[0]["messages"][:2])
        assert usage.cached >= 5 * (shared // 4)


FAULTS = ("429", "429", "500", "broken")


def test_faults_cost_one_request_each_and_no_review() -> None:
    plan = {n: FAULTS[(n // 6) % 4] for n in range(0, 400, 6)}  # every sixth request fails
    with ScriptedServer(Behaviour(fault=plan.get, retry_after="0.01")) as server:

        async def many() -> list[Usage]:
            raw = connect("small", local(server))
            limit, policy = ConcurrencyLimit(16), RetryPolicy(first_wait=0.01, longest_wait=0.05)
            reviews = (
                review(guarded(raw, budget=Budget(), limit=limit, policy=policy)) for _ in range(20)
            )
            try:
                return await asyncio.gather(*reviews)
            finally:
                await raw.aclose()

        assert len(run(many())) == 20
        injected = sum(server.counts.faults.values())
        assert injected > 20
        assert server.counts.requests == 20 * 6 + injected
