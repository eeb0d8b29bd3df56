"""The exports: complete, self-contained, and safe with hostile text."""

from __future__ import annotations

import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rich.console import Console

from reviewer.domain.review import Review
from reviewer.service import ReviewService

ROOT = Path(__file__).parent.parent
HOSTILE = """# <script>alert(1)</script> & [link](javascript:alert(2)) [bold red]title[/]

We send customer names to a model <img src=x onerror=alert(3)> and keep them for ever.

| [bold red]stage[/] | "quoted" & 'single' |
|---|---|
| `{{ 7 * 7 }}` | {% raw %} |

<style>body{display:none}</style> The nightly job feeds a price that is at most 5 minutes old.
"""


@pytest.fixture(scope="module")
def service() -> ReviewService:
    return ReviewService()


@pytest.fixture(scope="module")
def review(service: ReviewService) -> Review:
    return service.review(ROOT / "examples" / "dynamic-pricing.md")


@pytest.fixture(scope="module")
def hostile(service: ReviewService, tmp_path_factory: pytest.TempPathFactory) -> Review:
    path = tmp_path_factory.mktemp("hostile") / "design.md"
    path.write_text(HOSTILE, encoding="utf-8")
    return service.review(path)


class Tags(HTMLParser):
    """Collects tags, ids, links and whatever would be fetched."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in ("href", "src"):
                self.links.append(value or "")
            if name.startswith("on"):
                self.handlers.append(name)


def parsed(html: str) -> Tags:
    tags = Tags()
    tags.feed(html)
    return tags


def test_json_keeps_the_contract(service: ReviewService, review: Review) -> None:
    told = json.loads(service.export(review, "json"))
    assert set(told) >= {
        "schema", "design", "roles", "checks", "findings", "unsupported", "strengths", "questions",
        "conflicts", "priorities", "rubric", "manifest",
    }  # fmt: skip
    assert set(told["design"]) >= {"title", "source", "language", "spans", "data_flow", "facts"}
    assert set(told["roles"]["latency"]) == {"status", "score", "reason"}
    assert set(told["manifest"]) >= {
        "version", "model", "panel", "prompts", "corpus", "tokens", "cost", "seconds", "status",
    }  # fmt: skip
    for finding in told["findings"]:
        assert set(finding) >= {
            "id", "role", "also_raised_by", "check", "kind", "severity", "title", "explanation",
            "recommendation", "folded", "evidence", "searched", "facts", "citations",
        }  # fmt: skip
    for fact in told["design"]["facts"]:
        assert set(fact) >= {"id", "name", "value", "unit", "text", "formula", "from"}
    assert set(told["priorities"]) <= {f["id"] for f in told["findings"] if not f["folded"]}
    assert str(ROOT) not in json.dumps(told)


def test_html_is_whole_and_self_contained(service: ReviewService, review: Review) -> None:
    html = service.export(review, "html")
    page = parsed(html)
    assert "script" not in page.tags
    assert not page.handlers
    assert all(link.startswith("#") for link in page.links), page.links
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.links} <= set(page.ids)
    assert "url(" not in html
    for finding in review.findings:
        assert f"finding-{review.findings.index(finding) + 1}" in page.ids
    assert html.count("<mark>") > 3


@pytest.mark.parametrize("form", ["html", "md"])
def test_hostile_text_is_shown_as_text(service: ReviewService, hostile: Review, form: str) -> None:
    told = service.export(hostile, form)
    assert "<script>" not in told
    assert "<img" not in told
    if form == "html":
        page = parsed(told)
        assert "script" not in page.tags
        assert "img" not in page.tags
        assert not page.handlers
        assert "49" not in re.sub(r"S\d+|\d+\.\d|#[0-9a-f]{6}", "", told.split("</style>")[1][:400])
    else:
        assert not re.search(r"(?<!\\)\]\(javascript", told)


def test_the_terminal_reads_no_markup_of_the_design(
    service: ReviewService, hostile: Review
) -> None:
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(service.terminal(hostile))
    assert "[bold red]title[/]" in console.export_text()


def test_markdown_names_every_shown_finding(service: ReviewService, review: Review) -> None:
    told = service.export(review, "md")
    for finding in review.shown:
        assert finding.id in told
    assert told.startswith("# Review of ")
