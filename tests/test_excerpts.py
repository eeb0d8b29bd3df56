"""What a review quotes of an uploaded document stands at the page or heading that it names."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]  # it ships no types
import pytest
from documents_made import column, pdf, say

from knowledge.types import Passage
from reviewer.domain.finding import Citation
from reviewer.service import ReviewService
from reviewer.settings import Settings

ROOT = Path(__file__).parent.parent
DESIGNS = ("dynamic-pricing.md", "support-assistant.md", "demand-forecast.yaml")
LINES = 44  # of a made page


def plain(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> ReviewService:
    return ReviewService(Settings(home=tmp_path_factory.mktemp("excerpts")))


@pytest.fixture(scope="module")
def manual(service: ReviewService, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PDF that has something to say on every third check, many of them on one page."""
    lines = []
    for check in service.questionnaire.checks[::3]:
        said = f"{check.question} {check.why} {check.remedy}"
        lines += textwrap.wrap(said.encode("ascii", "ignore").decode(), 88, break_on_hyphens=False)
    sheets = [lines[start : start + LINES] for start in range(0, len(lines), LINES)]
    pages = [
        column(sheet, 60, 740, 15) + say(str(number), 300, 40, 8)
        for number, sheet in enumerate(sheets, start=1)
    ]
    path = tmp_path_factory.mktemp("manual") / "manual.pdf"
    path.write_bytes(pdf(pages))
    return path


@pytest.fixture(scope="module")
def notes(service: ReviewService, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Markdown with a heading for each of as many other checks."""
    path = tmp_path_factory.mktemp("notes") / "notes.md"
    parts = [
        f"## Note on {check.id}\n\n{plain(check.question)} {plain(check.why)} {plain(check.remedy)}\n"
        for check in service.questionnaire.checks[1::3]
    ]
    path.write_text("# Notes\n\n" + "\n".join(parts), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def cited(service: ReviewService, manual: Path, notes: Path) -> list[tuple[Citation, Passage]]:
    """Every excerpt that reviews of the examples cite, with its passage in the library."""
    service.knowledge_desk.add([manual, notes], "course", {"roles": ROLES})
    library = service.knowledge_desk.library
    passages = {p.id: p for e in library.list("course") for p in library.passages(e.source.id)}
    reviews = [service.review(ROOT / "examples" / name, model="offline") for name in DESIGNS]
    found = [
        citation
        for review in reviews
        for finding in (*review.findings, *review.strengths)
        for citation in finding.citations
        if citation.kind == "excerpt"
    ]
    return [(citation, passages[citation.passage]) for citation in dict.fromkeys(found)]


ROLES = ("scalability", "latency", "compliance", "legacy_integration", "reliability")


def test_thirty_excerpts_stand_where_they_say(
    cited: list[tuple[Citation, Passage]], manual: Path, notes: Path
) -> None:
    with pypdfium2.PdfDocument(manual) as document:
        sheets = [plain(page.get_textpage().get_text_range()) for page in document]
    pages = [sheet.removesuffix(f" {number}") for number, sheet in enumerate(sheets, start=1)]
    sections = {
        title: plain(body)
        for title, _, body in (
            part.partition("\n") for part in notes.read_text(encoding="utf-8").split("\n## ")
        )
    }
    checked = {"page": 0, "heading": 0}
    for citation, passage in cited:
        assert citation.text == passage.text
        if passage.page is not None:
            here = " ".join(pages[passage.page - 1 : passage.page + 1])
            assert plain(passage.text) in here, citation.locator
            assert plain(passage.text)[:60] in pages[passage.page - 1]
            assert (
                f"p. {passage.page}" in citation.locator
                or f"pp. {passage.page}" in citation.locator
            )
            checked["page"] += 1
        else:
            assert plain(passage.text) in sections[passage.heading[-1]]
            assert passage.heading[-1] in citation.locator
            checked["heading"] += 1
    assert sum(checked.values()) >= 30, checked
    assert min(checked.values()) >= 5, checked
