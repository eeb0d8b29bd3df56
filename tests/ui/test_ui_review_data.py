"""What the board is given of a review, and that nothing of a design can become markup."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reviewer.domain.review import Review, RoleFailure
from ui import components
from ui.components.page_data import review_page
from ui.components.passages import plain
from ui.words import Words

BOARD = Path(components.__file__).parent / "board"
EVIL = "<img src=x onerror=alert(1)> [a](javascript:alert(1)) **b** $x$ :red[c]"


@pytest.fixture(scope="module")
def page(reviewed) -> dict:  # type: ignore[no-untyped-def, type-arg]  # a fixture of conftest
    return review_page(reviewed.review, reviewed.service.questionnaire, Words("en"))


def test_findings_are_numbered_as_in_the_exports(reviewed, page) -> None:  # type: ignore[no-untyped-def]
    numbers = {f["id"]: f["n"] for f in page["findings"]}
    assert numbers == {f.id: n for n, f in enumerate(reviewed.review.findings, start=1)}
    assert page["priorities"] == list(reviewed.review.priorities)


def test_every_quote_is_marked_in_the_text(reviewed, page) -> None:  # type: ignore[no-untyped-def]
    marks = {
        part["id"]: part["marks"]
        for block in page["blocks"]
        for piece in block["pieces"]
        for part in piece["spans"]
    }
    for finding in page["findings"]:
        for quote in finding["quotes"]:
            assert finding["n"] in marks[quote["span"]]


def test_the_text_beside_the_findings_is_the_whole_design(reviewed, page) -> None:  # type: ignore[no-untyped-def]
    shown = [p["id"] for b in page["blocks"] for piece in b["pieces"] for p in piece["spans"]]
    assert shown == [s.id for s in reviewed.review.design.spans if s.kind != "heading"]


def test_numbers_have_formulas_and_named_inputs(page) -> None:  # type: ignore[no-untyped-def]
    numbers = page["numbers"]
    assert numbers["first"]["factor"] == pytest.approx(1.85, abs=0.01)
    row = numbers["load"][0]
    assert row["grown"] == pytest.approx(10 * row["now"])
    facts = {fact["id"]: fact for fact in numbers["facts"]}
    assert facts[row["fact"]]["formula"]
    inputs = facts[row["fact"]]["inputs"]
    assert inputs
    assert all(i["text"] for i in inputs)


def test_waterfalls_add_up(page) -> None:  # type: ignore[no-untyped-def]
    for family in ("latency", "freshness"):
        told = page["numbers"][family]
        assert sum(row["share"] for row in told["rows"]) == pytest.approx(1, abs=0.01)
        assert told["holds"] is False


def test_badges_are_on_the_nodes_that_findings_name(reviewed, page) -> None:  # type: ignore[no-untyped-def]
    on_map = {n for node in page["diagram"]["wide"]["nodes"] for n in node["badges"]}
    nodes = {node.id for node in reviewed.review.design.data_flow.nodes}
    named = {n for n, f in enumerate(reviewed.review.findings, start=1) if f.node in nodes}
    assert named <= on_map
    assert on_map


def test_conflicts_have_two_sides_and_the_rubric_its_next_level(page) -> None:  # type: ignore[no-untyped-def]
    assert page["conflicts"]
    assert all(len(c["sides"]) >= 2 for c in page["conflicts"])
    rows = [row for row in page["rubric"] if row["level"] is not None and row["level"] < 5]
    assert rows
    assert all(row["next"] and row["stands"] and row["next"] != row["stands"] for row in rows)


def test_a_failed_role_is_no_clean_bill(reviewed) -> None:  # type: ignore[no-untyped-def]
    broken = reviewed.review.model_copy(
        update={
            "roles": (RoleFailure(role="latency", reason="no answer"), *reviewed.review.roles[2:])
        }
    )
    page = review_page(broken, reviewed.service.questionnaire, Words("en"))
    failed = [r for r in page["head"]["roles"] if r["status"] == "failed"]
    assert [r["reason"] for r in failed] == ["no answer"]


def test_hostile_text_stays_text(reviewed) -> None:  # type: ignore[no-untyped-def]
    review: Review = reviewed.review
    first = review.findings[0].model_copy(update={"title": EVIL, "explanation": EVIL})
    evil = review.model_copy(update={"findings": (first, *review.findings[1:])})
    page = json.loads(json.dumps(review_page(evil, reviewed.service.questionnaire, Words("en"))))
    assert page["findings"][0]["title"] == EVIL


def test_scripts_never_parse_markup() -> None:
    for path in BOARD.glob("*.js"):
        script = path.read_text(encoding="utf-8")
        for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
            assert way not in script, (path.name, way)


def test_plain_text_means_nothing_in_markdown() -> None:
    told = plain(EVIL)
    for mark in ("[", "]", "<", ">", "*", "$", ":"):
        assert all(told[i - 1] == "\\" for i, c in enumerate(told) if c == mark)
