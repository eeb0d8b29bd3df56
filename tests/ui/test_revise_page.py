"""What a group said it would fix, and the scores of the roles over the versions."""

from __future__ import annotations

from datetime import UTC, datetime

from streamlit.testing.v1 import AppTest

from reviewer.domain.comparison import Change
from reviewer.domain.course import Response
from reviewer.domain.questionnaire import Verdict
from reviewer.domain.review import Review
from ui.components.promises import promised, promises
from ui.components.score_lines import score_lines
from ui.words import Words

VIEW = """
from ui import frame
from ui.views import revise
frame.guarded(revise.show, frame.arrive())
"""
WORDS = Words("en")


def test_an_unchanged_design_keeps_its_promises_open(app) -> None:  # type: ignore[no-untyped-def]
    first, second = app.review.findings[:2]
    answers = [_answer(first.id, "will_fix"), _answer(second.id, "disagree")]
    comparison = app.service.revision_desk.compare(app.review, app.review)
    found = promises(app.review, answers, comparison)
    assert [p.finding.id for p in found] == [first.id]
    assert found[0].points
    assert found[0].done == 0
    assert found[0].change in (Change.STILL_THERE, Change.UNCHANGED)


def test_a_finding_that_is_gone_is_done(app) -> None:  # type: ignore[no-untyped-def]
    desk = app.service.app_desk
    broken = app.service.review_design(desk.example("support-assistant.md"))
    finding = next(f for f in broken.findings if f.check)
    answers = [_answer(finding.id, "will_fix")]
    raised = finding.checks or (finding.check,)
    mended = _met(broken, raised)
    comparison = app.service.revision_desk.compare(broken, mended)
    found = promises(broken, answers, comparison)
    assert found[0].done == len(found[0].points)
    assert found[0].change in (Change.FIXED, Change.NO_LONGER_RAISED)


def test_titles_are_text(app) -> None:  # type: ignore[no-untyped-def]
    finding = app.review.findings[0].model_copy(update={"title": "<b>x</b>"})
    old = app.review.model_copy(update={"findings": (finding,)})
    comparison = app.service.revision_desk.compare(old, app.review)
    drawn = str(promised(promises(old, [_answer(finding.id, "will_fix")], comparison), {}, WORDS))
    assert "<b>x" not in drawn
    assert "&lt;b&gt;x" in drawn


def test_roles_have_a_column_for_each_version_and_tell_their_numbers(app) -> None:  # type: ignore[no-untyped-def]
    drawn = str(score_lines([app.review, app.review], WORDS.under("role"), WORDS))
    scored = [r for r in app.review.roles if r.score is not None]
    assert drawn.count("<i style") == 2 * len(scored)
    assert all(f"{r.score:.1f} → {r.score:.1f}" in drawn for r in scored)


def test_the_page_shows_promises_before_the_points(app) -> None:  # type: ignore[no-untyped-def]
    desk, reviews = app.service.app_desk, app.service.store.reviews
    group = desk.add_group(desk.place(None, app.group).course.id, "Revisers", app.person).id
    jobs = []
    for design in (app.review.design, desk.example("support-assistant.md")):
        handed_in = desk.hand_in(group, design, by=app.person)
        jobs.append(app.service.review_desk.submit(handed_in.id).id)
        reviews.finish(jobs[-1], app.review)
    desk.respond(jobs[0], app.review.findings[0].id, "will_fix", "", app.person)
    test = AppTest.from_string(VIEW, default_timeout=30)
    test.query_params["group"] = group
    test.run()
    assert not test.exception
    heads = [h.value for h in test.header]
    assert heads.index("What you said you would fix") < heads.index("Point by point")


def _answer(finding: str, choice: str) -> Response:
    return Response(review="r", finding=finding, choice=choice, updated=datetime.now(UTC))


def _met(review: Review, checks: tuple[str, ...]) -> Review:
    """The review with these checks met and the findings for them gone."""
    changed = tuple(
        c.model_copy(update={"verdict": Verdict.MET}) if c.id in checks else c
        for c in review.checks
    )
    left = tuple(f for f in review.findings if f.check not in checks)
    return review.model_copy(update={"checks": changed, "findings": left})
