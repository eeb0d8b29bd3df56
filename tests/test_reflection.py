from __future__ import annotations

import json
import re
from itertools import combinations
from pathlib import Path

import pytest

from reviewer.agents.reflection import MOST_MEMBERS, PROMPTS_EACH
from reviewer.agents.reflection_bank import load_bank
from reviewer.agents.reflection_rules import asks, shares, word_sequences
from reviewer.domain.design import Span
from reviewer.domain.finding import Evidence
from reviewer.domain.reflection import Matter, ReflectionPrompt, ReflectionSheet
from reviewer.domain.review import Review, RoleFailure
from reviewer.errors import CatalogueError, InputError
from reviewer.paths import EXAMPLES, PROMPTS
from reviewer.service import ReviewService

CASES = Path(__file__).parent.parent / "reviewer" / "evaluation" / "cases"
DESIGNS = {
    "pricing": EXAMPLES / "dynamic-pricing.md",
    "assistant": EXAMPLES / "support-assistant.md",
    "bakery": CASES / "markdowns-bakery" / "design.md",
    "telecom": CASES / "checkout-help-telecom-shop" / "design.md",
}
GERMAN = """# Rabattvorschläge für Frischware

## Szenario

Eine Supermarktkette mit 200 Filialen möchte am Nachmittag Rabatte für Frischware vorschlagen.
Die Marktleitung sieht alle 15 Minuten eine Liste mit kurzen Begründungen und entscheidet selbst.

## Datenfluss

Die Kassen senden Bons an einen zentralen Dienst, der sie je Filiale und Artikel zusammenfasst.
Das Sprachmodell erhält den Bestand, das Wetter und die Verkäufe der letzten Stunde.

| Quelle | Takt |
|---|---|
| Kasse | 15 Minuten |
"""


@pytest.fixture(scope="module")
def service() -> ReviewService:
    return ReviewService()


@pytest.fixture(scope="module")
def reviews(service: ReviewService) -> dict[str, Review]:
    return {name: service.review(path) for name, path in DESIGNS.items()}


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def five_words(text: str) -> set[tuple[str, ...]]:
    found = words(text)
    return {tuple(found[n : n + 5]) for n in range(len(found) - 4)}


def answers(service: ReviewService, review: Review, prompt: ReflectionPrompt) -> list[str]:
    """What the prompt must not give away: written anew here, not taken from the product."""
    told = []
    for finding in (*review.findings, *review.strengths):
        if finding.id in prompt.about:
            told.append(finding.recommendation)
            told += [service.questionnaire.check(check).remedy for check in finding.checks]
    return told


def check_sheet(service: ReviewService, review: Review, sheet: ReflectionSheet) -> None:
    evidence = {span.text for span in review.design.spans}
    for prompt in sheet.prompts:
        quote = prompt.quote
        assert review.design.text[quote.start : quote.end] == quote.text
        assert quote.text in evidence
        assert quote.text in prompt.text
        assert prompt.text.endswith("?")
        assert asks(prompt.ask), prompt.ask
        assert 40 <= len(f"{prompt.lead} {prompt.ask}".split()) <= 90
        for answer in answers(service, review, prompt):
            assert not five_words(prompt.text) & five_words(answer), prompt.text
    for one, other in combinations(sheet.members, 2):
        assert len({p.text for p in one.prompts} & {p.text for p in other.prompts}) == 0


@pytest.mark.parametrize("name", DESIGNS)
def test_twelve_members_get_prompts_of_their_own(
    service: ReviewService, reviews: dict[str, Review], name: str
) -> None:
    review = reviews[name]
    sheet = service.reflection_desk.prompts(review, 12)
    check_sheet(service, review, sheet)
    assert all(len(member.prompts) == PROMPTS_EACH for member in sheet.members)
    assert {prompt.topic for prompt in sheet.prompts} == {t.id for t in sheet.topics}
    for member in sheet.members:
        assert len({p.topic for p in member.prompts}) == PROMPTS_EACH
        assert len({p.lead.split()[0:3].__str__() for p in member.prompts}) == PROMPTS_EACH
    quoted = {e.span for f in (*review.findings, *review.strengths) for e in f.evidence}
    quoted |= {span for check in review.checks for span in check.evidence}
    assert all(prompt.quote.span in quoted for prompt in sheet.prompts)


def test_prompts_come_from_all_that_the_review_offers(
    service: ReviewService, reviews: dict[str, Review]
) -> None:
    sheet = service.reflection_desk.prompts(reviews["pricing"], 6)
    matters = {prompt.matter for prompt in sheet.prompts}
    assert {Matter.WEAKNESS, Matter.STRENGTH, Matter.CONFLICT, Matter.NUMBER} <= matters
    assert Matter.DRILL in matters


def test_the_same_review_gives_the_same_prompts_whoever_joins(
    service: ReviewService, reviews: dict[str, Review]
) -> None:
    desk = service.reflection_desk
    whole = desk.prompts(reviews["bakery"], 12)
    slower = reviews["bakery"].manifest.model_copy(update={"seconds": 99.0})
    later = reviews["bakery"].model_copy(update={"manifest": slower})
    for members in (1, 2, 5, 11):
        assert desk.prompts(later, members).members == whole.members[:members]


def test_a_stored_review_gives_the_same_prompts(
    service: ReviewService, reviews: dict[str, Review], tmp_path: Path
) -> None:
    desk, path = service.reflection_desk, tmp_path / "review.json"
    path.write_text(service.export(reviews["pricing"], "json"), encoding="utf-8")
    assert desk.prompts(desk.review(path), 5) == desk.prompts(reviews["pricing"], 5)


@pytest.mark.parametrize("members", [0, -3, MOST_MEMBERS + 1])
def test_a_number_of_members_that_is_no_group(
    service: ReviewService, reviews: dict[str, Review], members: int
) -> None:
    with pytest.raises(InputError, match="from 1 to"):
        service.reflection_desk.prompts(reviews["bakery"], members)


def test_a_review_without_findings_still_asks(
    service: ReviewService, reviews: dict[str, Review]
) -> None:
    bare = reviews["telecom"].model_copy(
        update={"findings": (), "strengths": (), "conflicts": (), "priorities": ()}
    )
    sheet = service.reflection_desk.prompts(bare, 4)
    check_sheet(service, bare, sheet)
    assert len(sheet.prompts) == 12
    assert any("point of its own" in note for note in sheet.notes)


def test_a_failed_role_is_told(service: ReviewService, reviews: dict[str, Review]) -> None:
    review = reviews["telecom"]
    failed = tuple(RoleFailure(role=r.role, reason="no answer") for r in review.roles)
    sheet = service.reflection_desk.prompts(review.model_copy(update={"roles": failed}), 2)
    assert len(sheet.prompts) == 6
    assert any("not complete" in note for note in sheet.notes)


def test_a_german_design(service: ReviewService, tmp_path: Path) -> None:
    path = tmp_path / "entwurf.md"
    path.write_text(GERMAN, encoding="utf-8")
    review = service.review(path)
    sheet = service.reflection_desk.prompts(review, 12)
    check_sheet(service, review, sheet)
    assert sheet.prompts
    assert not any(re.fullmatch(r"[|\s-]+", prompt.quote.text) for prompt in sheet.prompts)


def test_a_design_without_text_has_no_prompts(
    service: ReviewService, reviews: dict[str, Review]
) -> None:
    review = reviews["telecom"]
    empty = review.design.model_copy(update={"text": "", "spans": (), "sections": ()})
    bare = {"design": empty, "findings": (), "strengths": (), "checks": (), "conflicts": ()}
    sheet = service.reflection_desk.prompts(review.model_copy(update=bare), 3)
    assert sheet.prompts == ()
    assert "no text to quote" in sheet.notes[0]


def test_a_quote_that_gives_the_answer_away_is_not_used(
    service: ReviewService, reviews: dict[str, Review]
) -> None:
    review = reviews["telecom"]
    finding = next(f for f in review.findings if f.evidence)
    leak = review.design.span(finding.evidence[0].span).text
    told = finding.model_copy(update={"recommendation": leak})
    findings = tuple(told if f.id == finding.id else f for f in review.findings)
    changed = review.model_copy(update={"findings": findings})
    sheet = service.reflection_desk.prompts(changed, 12)
    check_sheet(service, changed, sheet)


def test_readable_evidence_comes_first(service: ReviewService, reviews: dict[str, Review]) -> None:
    review = reviews["telecom"]
    finding = next(f for f in review.findings if f.id == review.priorities[0])
    text = review.design.text
    line = "|---|:---:|---|"
    monster = "word " * 170
    tricks = "<img src=x onerror=alert(1)> [click](https://example.org) `x`"
    added = []
    for n, piece in enumerate((line, monster, tricks), 9001):
        start = len(text) + 1
        text = f"{text}\n{piece}"
        added.append(
            Span(
                id=f"S{n}", section="", kind="row", text=piece, start=start, end=start + len(piece)
            )
        )
    proof = [Evidence(span=s.id, quote=s.text, start=s.start, end=s.end) for s in added]
    told = finding.model_copy(update={"evidence": (*proof, *finding.evidence)})
    design = review.design.model_copy(
        update={"text": text, "spans": (*review.design.spans, *added)}
    )
    findings = tuple(told if f.id == finding.id else f for f in review.findings)
    changed = review.model_copy(update={"design": design, "findings": findings})
    sheet = service.reflection_desk.prompts(changed, 12)
    check_sheet(service, changed, sheet)
    assert not {p.quote.span for p in sheet.prompts} & {s.id for s in added}


def test_exports_keep_text_as_text(service: ReviewService, reviews: dict[str, Review]) -> None:
    desk = service.reflection_desk
    sheet = desk.prompts(reviews["telecom"], 1)
    member = sheet.members[0]
    evil = "<script>alert(1)</script> **bold** ends in a question?"
    prompt = member.prompts[0].model_copy(update={"lead": evil})
    hostile = sheet.model_copy(
        update={"members": (member.model_copy(update={"prompts": (prompt,)}),)}
    )
    assert "<script>" not in desk.export(hostile, "html")
    assert "<script>" not in desk.export(hostile, "md").replace("\\<script\\>", "")
    read = json.loads(desk.export(sheet, "json"))
    assert read["schema"] == "reflection/1"
    assert read["members"][0]["prompts"][0]["text"] == member.prompts[0].text
    with pytest.raises(InputError, match="no format docx"):
        desk.export(sheet, "docx")


def test_the_bank_has_eight_asks_a_topic_and_open_questions_only() -> None:
    bank = load_bank()
    remedies = [c.remedy for c in ReviewService().questionnaire.checks]
    forbidden = frozenset().union(*(word_sequences(text) for text in remedies))
    for topic, rows in bank.asks.items():
        assert len(rows) >= 8, topic
        for row in rows:
            assert asks(row.ask), row.ask
            assert not shares(row.ask, forbidden), row.ask
        for matter in Matter:
            assert sum(row.fits(matter) for row in rows) >= 3, (topic, matter)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("(point)", "{ponit}", "names in braces"),
        ("  weakness:", "  weaknes:", "name of no matter"),
    ],
)
def test_a_broken_bank_names_its_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    text = (PROMPTS / "reflection.yaml").read_text(encoding="utf-8")
    old = "{point}" if old == "(point)" else old
    (tmp_path / "reflection.yaml").write_text(text.replace(old, new, 1 if old[0] == " " else -1))
    with pytest.raises(CatalogueError, match=rf"reflection.yaml, line \d+: .*{told}"):
        load_bank(tmp_path)
