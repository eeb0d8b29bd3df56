"""Revisions: what is kept, what is asked again, and what counts as fixed."""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from collections.abc import Sequence
from typing import Any

import pytest

from reviewer.agents.chat import ChatAnswerer
from reviewer.agents.memory import Remembering, comparable
from reviewer.agents.panel import run_panel
from reviewer.agents.prompting import load_prompts
from reviewer.backends.scripted import ScriptedBackend
from reviewer.domain.alignment import align
from reviewer.domain.comparison import Change, Comparison
from reviewer.domain.design import Design, Span
from reviewer.domain.facts import Analysis
from reviewer.domain.finding import Severity
from reviewer.domain.questionnaire import Answer, Check, Point, RoleAnswer, Verdict
from reviewer.domain.review import Manifest, Review
from reviewer.domain.wording import same_wording, words
from reviewer.ports import Prompt, RoleBrief
from reviewer.revisions import compare
from tests.panels import Scripted, make_design, make_panel, silent

EMPTY = Analysis()
SECTIONS = (
    ("Scenario", ("A grocer named Fennimore drafts offers.", "Answers come within two seconds.")),
    ("Architecture", ("A nightly job loads Fennimore sales.", "Customer names are in the prompt.")),
    ("Privacy", ("Staff may read every prompt for a year.",)),
)
OLD = make_design(SECTIONS)
WORDS = (
    "a drafts offers answers come within two seconds nightly job loads sales customer names are in "
    "the prompt staff may read every for year marked masked hourly data"
)
ENGLISH = frozenset(WORDS.split())


def known(word: str) -> bool:
    return word in ENGLISH


def mentions_names(checks: Sequence[Check], spans: Sequence[Span]) -> frozenset[str]:
    """In these tests new text bears on COM-01 where it speaks of names."""
    about = any("names" in s.text for s in spans)
    return frozenset(c.id for c in checks if about and c.id == "COM-01")


def steady(verdicts: dict[str, Verdict] | None = None) -> Scripted:
    """Everything met by S2, except what is given: those rest on S4."""

    async def reply(brief: RoleBrief) -> RoleAnswer:
        given = verdicts or {}
        return RoleAnswer(
            answers=tuple(
                Answer(
                    check=c.id,
                    verdict=given.get(c.id, Verdict.MET),
                    evidence=("S4",) if c.id in given else ("S2",),
                )
                for c in brief.checks
            )
        )

    return Scripted(reply)


def fickle() -> Scripted:
    """Another verdict with every answer, always with evidence of the text that is there."""
    turn = itertools.cycle((Verdict.UNMET, Verdict.PARTLY, Verdict.MET))

    async def reply(brief: RoleBrief) -> RoleAnswer:
        last = brief.design.spans[0].id
        return RoleAnswer(
            answers=tuple(
                Answer(check=c.id, verdict=next(turn), evidence=(last,)) for c in brief.checks
            )
        )

    return Scripted(reply)


def review(answerer: object, design: Design = OLD, analysis: Analysis = EMPTY) -> Review:
    panel = make_panel(answerer, measure=lambda d: analysis)  # type: ignore[arg-type]  # answerers
    return asyncio.run(run_panel(design, panel, silent))


def again(inner: Scripted, earlier: Review, design: Design) -> Review:
    return review(Remembering(inner, earlier, known=known, bearing=mentions_names), design)


def verdicts(done: Review) -> dict[str, Verdict]:
    return {c.id: c.verdict for c in done.checks}


def changes(comparison: Comparison) -> dict[str | None, Change]:
    return {p.check: p.change for p in comparison.points}


FIRST = review(steady({"COM-01": Verdict.UNMET}))
FIXED = make_design(
    (
        SECTIONS[0],
        ("Architecture", (SECTIONS[1][1][0], "Customer names are masked at the door.")),
        SECTIONS[2],
    )
)


def test_the_same_again_asks_nobody_and_changes_nothing() -> None:
    inner = fickle()
    second = again(inner, FIRST, OLD)
    assert inner.briefs == []
    assert inner.chair_briefs == []
    assert second.model_dump(exclude={"manifest"}) == FIRST.model_dump(exclude={"manifest"})
    found = compare(FIRST, second)
    assert found.change == 0
    assert found.text_unchanged
    assert not found.of(Change.FIXED)
    assert changes(found)["COM-01"] is Change.STILL_THERE


def test_looks_are_no_content() -> None:
    moved = make_design(
        (
            ("1. Privacy", ("- Staff may read every prompt for a year",)),
            ("2. Scenario", ("A **grocer** named Osterley drafts offers;",
                             "Answres come within two secnods.")),
            ("3. Architecture", ("A nightly job loads Osterley sales. Customer names are in the prompt.",)),
        )
    )  # fmt: skip
    inner = fickle()
    second = again(inner, FIRST, moved)
    assert inner.briefs == []
    assert verdicts(second) == verdicts(FIRST)
    quote = second.findings[0].evidence[0]
    assert moved.text[quote.start : quote.end] == quote.quote == moved.spans[-1].text


def test_only_what_was_changed_is_asked_again() -> None:
    inner = steady({"COM-01": Verdict.MET})
    second = again(inner, FIRST, FIXED)
    assert [[c.id for c in b.checks] for b in inner.briefs] == [["COM-01"]]
    assert inner.chair_briefs == []
    assert verdicts(second)["COM-01"] is Verdict.MET
    found = compare(FIRST, second, known=known)
    (fixed,) = found.of(Change.FIXED)
    assert (fixed.check, fixed.quotes[0].text) == ("COM-01", FIXED.spans[3].text)
    assert fixed.was[0].text == OLD.spans[3].text
    assert (found.change or 0) > 0
    assert all(p.change is Change.UNCHANGED for p in found.points if p is not fixed)


def test_unchanged_checks_keep_their_verdicts_whatever_the_model_says() -> None:
    first = review(fickle())
    second = again(fickle(), first, FIXED)
    changed = {c for c, v in verdicts(second).items() if v is not verdicts(first)[c]}
    assert changed <= {"COM-01"}


def test_a_new_answer_has_to_name_changed_text() -> None:
    first = review(steady())
    more = make_design((*SECTIONS, ("Training", ("Customer names leave for a trial.",))))

    async def overlooked(brief: RoleBrief) -> RoleAnswer:
        return RoleAnswer(
            answers=tuple(
                Answer(check=c.id, verdict=Verdict.UNMET, evidence=("S1",)) for c in brief.checks
            )
        )

    stands = again(Scripted(overlooked), first, more)
    assert verdicts(stands) == verdicts(first)
    assert "earlier version stands" in next(c.note for c in stands.checks if c.id == "COM-01")

    async def names_it(brief: RoleBrief) -> RoleAnswer:
        return RoleAnswer(
            answers=(Answer(check="COM-01", verdict=Verdict.UNMET, evidence=("S6",)),)
        )

    worse = again(Scripted(names_it), first, more)
    assert verdicts(worse)["COM-01"] is Verdict.UNMET
    assert changes(compare(first, worse))["COM-01"] is Change.NEW


def test_absence_stays_absent_until_new_text_bears_on_it() -> None:
    async def absent(brief: RoleBrief) -> RoleAnswer:
        searched = tuple(s.id for s in brief.design.sections)
        return RoleAnswer(
            answers=tuple(
                Answer(check=c.id, verdict=Verdict.UNMET, searched=searched, note="Silent.")
                for c in brief.checks
            )
        )

    first = review(Scripted(absent))
    unrelated = make_design((*SECTIONS, ("Team", ("Two people look after the shop.",))))
    inner = fickle()
    kept = again(inner, first, unrelated)
    assert inner.briefs == []
    assert "Team" in kept.findings[0].searched
    related = make_design((*SECTIONS, ("Team", ("Customer names are masked.",))))
    inner = fickle()
    again(inner, first, related)
    assert [c.id for b in inner.briefs for c in b.checks] == ["COM-01"]


def test_what_a_check_rested_on_may_go() -> None:
    gone = make_design((SECTIONS[0], ("Architecture", SECTIONS[1][1][:1]), SECTIONS[2]))

    async def no_more(brief: RoleBrief) -> RoleAnswer:
        return RoleAnswer(
            answers=tuple(
                Answer(check=c.id, verdict=Verdict.MET, evidence=("S2",)) for c in brief.checks
            )
        )

    inner = Scripted(no_more)
    second = again(inner, FIRST, gone)
    assert [c.id for b in inner.briefs for c in b.checks] == ["COM-01"]
    found = compare(FIRST, second)
    assert changes(found)["COM-01"] is Change.NO_LONGER_RAISED
    assert not found.of(Change.FIXED)
    assert [t.kind for t in found.text] == ["removed"]


def test_a_models_own_words_are_carried() -> None:
    async def speaks(brief: RoleBrief) -> RoleAnswer:
        plain = await steady({"COM-01": Verdict.UNMET, "LAT-01": Verdict.UNMET}).answer(brief)
        point = Point(
            check="COM-01",
            severity=Severity.CRITICAL,
            title="Names travel",
            explanation="They go along.",
            recommendation="Mask them.",
            evidence=("S4",),
        )
        own = Point(title="A year is long", explanation="It is.", evidence=("S5",))
        points = (point, own) if brief.roles[0].id == "compliance" else ()
        return plain[0].model_copy(update={"points": points})

    first = review(Scripted(speaks))
    assert {"Names travel", "A year is long"} <= {f.title for f in first.findings}
    assert first.findings[0].also_raised_by == ()
    more = make_design((("Team", ("Two people look after the shop.",)), *SECTIONS))
    inner = fickle()
    second = again(inner, first, more)
    assert inner.briefs == []
    told = {"id", "title", "explanation", "severity", "checks", "recommendation"}
    assert [f.model_dump(include=told) for f in second.findings] == [
        f.model_dump(include=told) for f in first.findings
    ]
    for finding in second.findings:
        for e in finding.evidence:
            assert more.text[e.start : e.end] == e.quote
    found = compare(first, second)
    assert {p.change for p in found.points} == {Change.STILL_THERE, Change.UNCHANGED}


def test_a_role_that_failed_is_asked_and_the_others_are_not() -> None:
    async def breaks(brief: RoleBrief) -> RoleAnswer:
        if brief.roles[0].id == "latency":
            raise RuntimeError("gone")
        return (await steady().answer(brief))[0]

    partial = review(Scripted(breaks))
    inner = steady()
    whole = again(inner, partial, OLD)
    assert [b.roles[0].id for b in inner.briefs] == ["latency"]
    assert whole.manifest.status == "complete"


def test_a_heading_can_change_what_stands_under_it() -> None:
    later = make_design((*SECTIONS[:2], ("Future work", SECTIONS[2][1])))
    found = align((OLD, EMPTY), (later, EMPTY), known)
    assert found.gone == ("S5",)
    assert found.new == ("S5",)


def test_another_reviewer_is_not_remembered() -> None:
    made = Manifest(model="offline", prompts={"questionnaire": "sha256:1"})
    assert comparable(made, "offline", {"questionnaire": "sha256:1"})
    assert not comparable(made, "openai:x", {"questionnaire": "sha256:1"})
    assert not comparable(made, "offline", {"questionnaire": "sha256:2"})


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("- **Data** is masked.", "Data is masked", True),
        ("2) The data, in real-time", "The data in realtime", True),
        ("data comes within 1,000 ms", "Data comes within 1000ms", True),
        ("the nightly job", "the nihgtly job", True),
        ("we pseudonymise names", "we pseudonymize names", True),
        ("data is masked", "data is marked", False),
        ("the data is not read", "the data is now read", False),
        ("at most < 5 s", "at most > 5 s", False),
        ("within 15 seconds", "within 1.5 seconds", False),
        ("names are read", "names are read?", False),
        ("a nightly job", "a hourly job", False),
        ("20 % more", "-20 % more", False),
    ],
)
def test_wording(one: str, other: str, same: bool) -> None:
    assert same_wording(words(one), words(other), known) is same
    assert same_wording(words(other), words(one), known) is same


def test_a_technology_is_not_renamed_by_name() -> None:
    """A company's name may change; what is built may not."""
    old = make_design((("Scenario", ("Grocers sell.",)),
                       ("Architecture", ("Events go through Kafka.", "Kafka keeps a week."))))  # fmt: skip
    new = make_design((("Scenario", ("Grocers sell.",)),
                       ("Architecture", ("Events go through Redis.", "Redis keeps a week."))))  # fmt: skip
    assert len(align((old, EMPTY), (new, EMPTY), known).new) == 2


def test_what_was_never_answered_is_asked_when_anything_changes() -> None:
    async def forgets(brief: RoleBrief) -> RoleAnswer:
        answers = (await steady().answer(brief))[0].answers
        return RoleAnswer(answers=tuple(a for a in answers if a.check != "LAT-01"))

    first = review(Scripted(forgets))
    assert verdicts(first)["LAT-01"] is Verdict.UNCLEAR
    inner = steady()
    assert verdicts(again(inner, first, FIXED))["LAT-01"] is Verdict.MET
    assert [c.id for b in inner.briefs for c in b.checks] == ["LAT-01", "COM-01"]


def test_a_huge_design_is_aligned_in_reasonable_time() -> None:
    lines = [
        f"Statement {n} says that part {n % 97} loads {n * 7} rows a day." for n in range(1000)
    ]
    old = make_design((("Scenario", lines),))
    new = make_design((("Scenario", [line.replace("loads", "reads") for line in lines]),))
    began = time.process_time()
    found = align((old, EMPTY), (new, EMPTY), known)
    assert time.process_time() - began < 5
    assert len(found.new) == 1000


def test_a_chat_model_that_varies_is_asked_once_and_blind() -> None:
    turn = itertools.cycle(("unmet", "partly", "met"))

    def script(prompt: Prompt) -> dict[str, Any]:
        shown = prompt.messages[-1].content + prompt.messages[1].content
        asked = dict.fromkeys(re.findall(r"\[([A-Z]{3}-\d\d)\]", shown))
        answer = {"evidence": ["S1"], "searched": [], "note": "n", "passages": []}
        told: dict[str, Any] = {"answers": [{"check": c, **answer, "verdict": next(turn)} for c in asked],
                "points": [], "questions": [], "abstained": ""}  # fmt: skip
        return {**told, "merges": [], "tradeoffs": []} if prompt.purpose == "chair" else told

    backend = ScriptedBackend(script)
    chat = ChatAnswerer(backend, load_prompts())
    first = review(chat)
    calls = len(backend.prompts)
    assert calls == 6
    memory = Remembering(chat, first, known=known, bearing=mentions_names)
    assert review(memory).checks == first.checks
    assert len(backend.prompts) == calls
    second = review(memory, FIXED)
    assert len(backend.prompts) == calls + 1
    asked = " ".join(m.content for m in backend.prompts[-1].messages)
    assert not re.search(r"earlier (?:review|version)|previous review|revision", asked, re.I)
    old = verdicts(first)
    assert {c for c, v in verdicts(second).items() if v is not old[c]} <= {"COM-01"}
