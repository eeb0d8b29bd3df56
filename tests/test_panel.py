"""The panel: roles at the same time and blind to each other; one failure never costs the others."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from reviewer.agents.panel import run_panel
from reviewer.domain.questionnaire import Answer, ChairAnswer, Merge, Point, RoleAnswer, Verdict
from reviewer.domain.review import Review, RoleFailure, RoleReport
from reviewer.errors import BackendRefusedKey, BackendUnreachable
from reviewer.ports import ChairBrief, RoleBrief
from tests.panels import (
    DESIGN,
    FACTS,
    PREFIX,
    ROLES,
    Library,
    Scripted,
    all_answers,
    make_panel,
    questionnaire,
    silent,
)

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(asyncio.wait_for(work, 10))


async def met(brief: RoleBrief) -> RoleAnswer:
    return all_answers(brief, Verdict.MET)


async def unmet(brief: RoleBrief) -> RoleAnswer:
    return all_answers(brief, Verdict.UNMET)


def failing(role: str, error: BaseException) -> Scripted:
    async def reply(brief: RoleBrief) -> RoleAnswer:
        if brief.roles[0].id == role:
            raise error
        return all_answers(brief, Verdict.MET)

    return Scripted(reply)


def review(answerer: Scripted, **given: object) -> Review:
    return run(run_panel(DESIGN, make_panel(answerer, **given), silent))


def test_five_roles_are_asked_at_the_same_time_and_the_chair_after_them() -> None:
    async def work() -> Scripted:
        barrier = asyncio.Barrier(5)

        async def reply(brief: RoleBrief) -> RoleAnswer:
            await barrier.wait()  # passes only when all five are here
            return all_answers(brief, Verdict.UNMET)

        async def chair(brief: ChairBrief) -> ChairAnswer:
            return ChairAnswer(answer=all_answers(brief.brief, Verdict.MET))

        answerer = Scripted(reply, chair)
        await run_panel(DESIGN, make_panel(answerer), silent)
        return answerer

    answerer = run(work())
    assert [b.roles[0].id for b in answerer.briefs] == list(ROLES[:-1])
    (chair,) = answerer.chair_briefs
    assert {f.role for f in chair.findings} == set(ROLES[:-1])


def test_roles_are_blind_to_each_other() -> None:
    answerer = Scripted(met)
    review(answerer)
    for brief in (*answerer.briefs, answerer.chair_briefs[0].brief):
        role = brief.roles[0].id
        assert len(brief.roles) == 1
        assert brief.checks == questionnaire().checks_of(role)
        assert set(brief.passages) == {c.id for c in brief.checks}
        wanted = "None" if role == "chair" else role
        for hits in brief.passages.values():
            assert all(h.passage.id.startswith(f"P-{wanted}-") for h in hits)


def test_a_whole_review_by_hand() -> None:
    made = review(Scripted(met))
    assert made.manifest.status == "complete"
    assert made.rubric.total == 100.0
    assert [r.role for r in made.roles] == list(ROLES)
    assert all(isinstance(r, RoleReport) and r.score == 5.0 for r in made.roles)
    assert made.findings == ()
    assert made.manifest.usage.calls == 6
    worst = review(Scripted(unmet))
    assert worst.rubric.total == 0.0
    assert len(worst.findings) == 12  # one for each criterion
    assert len(worst.priorities) == 5
    assert {c for f in worst.findings for c in f.checks} == {c.id for c in questionnaire().checks}


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (BackendUnreachable("The model's server timed out after 60 s."), "timed out after 60 s"),
        (TimeoutError(), "unexpected error"),
        (ZeroDivisionError("secret detail"), "ZeroDivisionError"),
    ],
)
def test_a_failed_role_is_a_failure_with_its_reason(error: Exception, words: str) -> None:
    made = review(failing("compliance", error))
    (failure,) = [r for r in made.roles if isinstance(r, RoleFailure)]
    assert failure.role == "compliance"
    assert words in failure.reason
    assert "secret detail" not in failure.reason
    assert made.manifest.status == "partial"
    assert made.rubric.total is None
    assert {c.role for c in made.checks} == set(ROLES) - {"compliance"}
    assert len(made.strengths) == 5 * 3


def test_a_role_that_never_answers_is_cut_off_by_its_backend_alone() -> None:
    async def reply(brief: RoleBrief) -> RoleAnswer:
        if brief.roles[0].id == "latency":
            await asyncio.wait_for(asyncio.Event().wait(), 0.05)
        return all_answers(brief, Verdict.MET)

    made = review(Scripted(reply))
    assert [r.role for r in made.roles if r.status == "failed"] == ["latency"]


def test_cancelling_is_not_a_failed_role() -> None:
    with pytest.raises(asyncio.CancelledError):
        review(failing("latency", asyncio.CancelledError()))


def test_where_all_roles_fail_the_error_is_raised_and_the_chair_is_not_asked() -> None:
    async def reply(brief: RoleBrief) -> RoleAnswer:
        if brief.roles[0].id == "scalability":
            raise RuntimeError("a bug")
        raise BackendRefusedKey("The key was refused.")

    answerer = Scripted(reply)
    with pytest.raises(BackendRefusedKey, match="The key was refused"):
        review(answerer)
    assert not answerer.chair_briefs


def test_a_failed_chair_keeps_the_roles() -> None:
    async def chair(brief: ChairBrief) -> ChairAnswer:
        raise BackendUnreachable("No answer.")

    made = review(Scripted(unmet, chair))
    assert [r.role for r in made.roles if r.status == "failed"] == ["chair"]
    assert made.manifest.status == "partial"
    assert {f.role for f in made.findings} == set(ROLES[:-1])
    assert made.priorities


def test_an_abstaining_role_is_reported_and_not_scored() -> None:
    async def reply(brief: RoleBrief) -> RoleAnswer:
        if brief.roles[0].id == "latency":
            return RoleAnswer(abstained="Nothing to judge.")
        return all_answers(brief, Verdict.MET)

    made = review(Scripted(reply))
    latency = next(r for r in made.roles if r.role == "latency")
    assert (latency.status, latency.reason) == ("abstained", "Nothing to judge.")
    assert latency.score is None
    assert made.manifest.status == "complete"
    assert made.rubric.total is None


def test_what_the_chair_says_is_used() -> None:
    async def reply(brief: RoleBrief) -> RoleAnswer:
        if brief.roles[0].id not in ("latency", "compliance"):
            return all_answers(brief, Verdict.MET)
        check = brief.checks[0].id
        return RoleAnswer(answers=(Answer(check=check, verdict=Verdict.UNMET, evidence=("S3",)),))

    async def chair(brief: ChairBrief) -> ChairAnswer:
        ids = tuple(f.id for f in brief.findings)
        return ChairAnswer(answer=await met(brief.brief), merges=(Merge(findings=ids),))

    (found,) = review(Scripted(reply, chair)).findings
    assert {found.role, *found.also_raised_by} == {"latency", "compliance"}


@pytest.mark.parametrize("mode", ["roles", "single"])
def test_two_runs_are_identical(mode: str) -> None:
    first, second = (review(Scripted(unmet), mode=mode) for _ in range(2))
    assert first == second


def test_the_single_call_asks_everything_and_makes_the_same_review() -> None:
    answerer = Scripted(unmet)
    single = review(answerer, mode="single")
    (brief,) = answerer.briefs
    assert not answerer.chair_briefs
    assert brief.checks == questionnaire().checks
    assert single.manifest.usage.calls == 1
    panel = review(Scripted(unmet))
    assert single.model_copy(update={"manifest": panel.manifest}) == panel


def test_a_single_answer_is_divided_by_who_owns_what() -> None:
    async def reply(brief: RoleBrief) -> RoleAnswer:
        return RoleAnswer(
            answers=all_answers(brief, Verdict.MET).answers,
            points=(
                Point(check="COM-01", title="Owned", evidence=("S1",)),
                Point(title="Nobody's", evidence=("S1",)),
                Point(check="ZZZ-99", title="Unknown check", evidence=("S1",)),
                Point(check="LAT-01", title="Wrong passage", evidence=("S1",), passages=("P-x",)),
            ),
            questions=("One?",),
        )

    made = review(Scripted(reply), mode="single")
    assert {f.title: f.role for f in made.findings} == {
        "Owned": "compliance",
        "Nobody's": "scalability",
        "Unknown check": "scalability",
        "Wrong passage": "latency",
    }
    assert made.questions == ("One?",)


def test_a_failed_single_call_is_raised() -> None:
    async def reply(brief: RoleBrief) -> RoleAnswer:
        raise BackendUnreachable("No answer.")

    with pytest.raises(BackendUnreachable, match="No answer"):
        review(Scripted(reply), mode="single")


@pytest.mark.parametrize(("mode", "calls"), [("roles", 6), ("single", 1)])
def test_an_answer_that_cannot_be_grounded_costs_one_role_and_is_counted(
    mode: str, calls: int
) -> None:
    async def reply(brief: RoleBrief) -> RoleAnswer:
        answers = all_answers(brief, Verdict.MET).answers
        broken = (a.model_copy(update={"evidence": 7}) for a in answers)  # cannot be read
        mixed = (b if a.check == "LAT-01" else a for a, b in zip(answers, broken, strict=True))
        return RoleAnswer.model_construct(
            answers=tuple(mixed), points=(), questions=(), abstained=None
        )

    made = review(Scripted(reply), mode=mode)
    assert [r.role for r in made.roles if r.status == "failed"] == ["latency"]
    assert made.manifest.usage.calls == calls
    assert {c.role for c in made.checks} == set(ROLES) - {"latency"}


def test_without_a_library_nothing_is_cited() -> None:
    answerer = Scripted(unmet)
    made = review(answerer, retriever=None)
    assert not any(b.passages for b in answerer.briefs)
    assert not any(f.citations for f in made.findings)


def test_progress_tells_of_every_role() -> None:
    told: list[tuple[str, str]] = []
    answerer = failing("latency", BackendUnreachable("x"))
    run(run_panel(DESIGN, make_panel(answerer), lambda stage, state: told.append((stage, state))))
    for role in ROLES:
        assert (role, "running") in told
        assert (role, "failed" if role == "latency" else "done") in told


def test_ids_are_unique_in_a_review() -> None:
    async def reply(brief: RoleBrief) -> RoleAnswer:
        return RoleAnswer(
            answers=all_answers(brief, Verdict.UNMET).answers,
            points=tuple(
                Point(check=check, title="T", evidence=evidence)
                for check in (None, brief.checks[0].id, f"{PREFIX['latency']}-01")
                for evidence in (("S1",), ("F-privacy.reach",), ())
            ),
        )

    made = review(Scripted(reply), measure=lambda design: FACTS)
    found = (*made.findings, *made.strengths, *made.unsupported)
    assert len({f.id for f in found}) == len(found)


def test_a_named_source_comes_first_if_it_is_close() -> None:
    asked = questionnaire()
    checks = tuple(c.model_copy(update={"sources": ("s2",)}) for c in asked.checks)

    class TwoShelves(Library):
        def search(self, query: str, *, role: str | None = None, limit: int = 5) -> list[Any]:
            hits = super().search(query, role=role, limit=limit)
            passage, source = hits[0].passage, hits[0].source
            update = {
                "passage": passage.model_copy(update={"id": f"{passage.id}2", "source": "s2"}),
                "source": source.model_copy(update={"id": "s2"}),
            }
            return [*hits, hits[0].model_copy(update=update)]

    answerer = Scripted(met)
    review(
        answerer,
        questionnaire=asked.model_copy(update={"checks": checks}),
        retriever=TwoShelves(),
    )
    for brief in answerer.briefs:
        assert all(hits[0].source.id == "s2" for hits in brief.passages.values())
