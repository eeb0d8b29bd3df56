"""Exports for paper: PDF and DOCX hold the review, survive hostile text, and repeat exactly."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pypdfium2
import pytest
from click.testing import CliRunner
from docx import Document

from reviewer.cli import commands
from reviewer.domain.course import Response
from reviewer.domain.review import Manifest, Review, Usage
from reviewer.service import ReviewService
from tests.test_export import HOSTILE

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def service() -> ReviewService:
    return ReviewService()


@pytest.fixture(scope="module")
def review(service: ReviewService) -> Review:
    return service.review(ROOT / "examples" / "dynamic-pricing.md")


@pytest.fixture(scope="module")
def hostile(service: ReviewService, tmp_path_factory: pytest.TempPathFactory) -> Review:
    path = tmp_path_factory.mktemp("hostile") / "design.md"
    tricks = (
        HOSTILE + '\n#eval("1") $x^2$ \\ #read("/etc/hostname") @label <tag> \u202e\ufffe end.\n'
    )
    path.write_text(tricks, encoding="utf-8")
    return service.review(path)


def pdf_text(data: bytes) -> str:
    document = pypdfium2.PdfDocument(data)
    try:
        pages = []
        for number in range(len(document)):
            page = document[number]
            text = page.get_textpage()
            pages.append(text.get_text_range())
            text.close()
            page.close()
        return " ".join(" ".join(pages).replace("\ufffe", "").split())
    finally:
        document.close()


def word_text(data: bytes) -> str:
    word = Document(io.BytesIO(data))
    cells = [cell.text for table in word.tables for row in table.rows for cell in row.cells]
    return " ".join([*(p.text for p in word.paragraphs), *cells])


def letters(text: str) -> str:
    return "".join(c for c in text if c.isalnum())


@pytest.mark.parametrize("form", ["pdf", "docx"])
def test_a_paper_names_every_finding_and_repeats(
    service: ReviewService, review: Review, form: str
) -> None:
    data = service.document(review, form)
    text = letters(pdf_text(data) if form == "pdf" else word_text(data))
    for finding in review.findings:
        assert letters(finding.title) in text, finding.title
    for row in review.rubric.criteria:
        assert letters(row.title) in text
    assert "StatementofAIuse" in text
    time.sleep(2.1)  # a zip file dates its parts to two seconds
    assert service.document(review, form) == data


@pytest.mark.parametrize("form", ["pdf", "docx"])
def test_hostile_text_is_set_as_it_is(service: ReviewService, hostile: Review, form: str) -> None:
    data = service.document(hostile, form)
    text = pdf_text(data) if form == "pdf" else word_text(data)
    assert "[link](javascript:alert(2)) [bold red]title[/]" in text


def test_the_command_writes_a_pdf_and_will_not_print_one(tmp_path: Path) -> None:
    design = str(ROOT / "examples" / "dynamic-pricing.md")
    out = tmp_path / "review.pdf"
    done = CliRunner().invoke(commands, ["review", design, "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert out.read_bytes().startswith(b"%PDF")
    refused = CliRunner().invoke(commands, ["review", design, "--format", "docx"])
    assert refused.exit_code != 0
    assert "--out" in getattr(refused.exception, "hint", "")


def test_the_statement_tells_offline_from_a_model(service: ReviewService, review: Review) -> None:
    told = service.statement(review)
    assert "Nothing of the design left the machine" in told
    used = Usage(input=9_000, output=1_000, calls=6)
    manifest = Manifest(**{**review.manifest.model_dump(), "model": "openai:small", "usage": used})
    by_model = review.model_copy(update={"manifest": manifest})
    answers = [
        Response(review="r", finding="f", choice=choice, updated="2026-01-01T00:00:00Z")
        for choice in ("will_fix", "will_fix", "disagree")
    ]
    told = service.statement(by_model, answers)
    assert "openai:small answered in 6 calls (10000 tokens)" in told
    assert "2 to be fixed, 1 disagreed with" in told
