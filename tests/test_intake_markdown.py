"""Markdown and plain text: spans stand at their offsets, whatever the text is."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviewer.domain.design import Design
from reviewer.domain.questionnaire import LessonTask
from reviewer.errors import UnreadableDesign
from reviewer.intake import design_from_text, read_design

TASKS = (
    LessonTask(id="scenario", title="Scenario", ask="", headings=("scenario", "context")),
    LessonTask(
        id="architecture", title="Architecture", ask="", headings=("architecture", "tech stack")
    ),
    LessonTask(id="impact", title="Impact", ask="", headings=("impact", "benefit*")),
)


def check_spans(design: Design) -> None:
    """Every span stands at its offsets, in order, apart, not empty, in a section that exists."""
    end = 0
    sections = {s.id: s for s in design.sections}
    assert len(sections) == len(design.sections)
    for number, span in enumerate(design.spans, 1):
        assert span.id == f"S{number}"
        assert design.text[span.start : span.end] == span.text
        assert span.text.strip() == span.text != ""
        assert span.start >= end
        end = span.end
        section = sections[span.section]
        assert section.start <= span.start < span.end <= section.end
    for above, below in zip(design.sections, design.sections[1:], strict=False):
        assert above.start < below.start == above.end


def texts(design: Design, kind: str | None = None) -> list[str]:
    return [s.text for s in design.spans if kind in (None, s.kind)]


PIECES = st.sampled_from(
    ["# ", "## ", "- ", "1. ", "> ", "```", "```yaml\n", "|", "|---|", "\n", "\n\n", "  ", "\t", "**",
     "`", "<!--", "-->", "<div hidden>", "</div>", "<b>", "===\n", "---\n", "a: b", "e.g. ", "Mr. X",
     "3.5", ". ", "。", "؟ ", "। ", "…", "✓", "é", "e\u0301", "한국어", "数据", "نص", "डेटा", "\r\n", "\x00",
     "\ufeff", "\u200b", "\u2028", "word", "Word", "[x](y)", "[x]: y\n", "graph LR\n", "A-->B",
     "```mermaid\n", "```data-flow\nnodes: []\n```\n", "\\", "&amp;", "$$"]
)  # fmt: skip


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=40),
    st.sampled_from(["markdown", "text"]),
)
def test_spans_stand_at_their_offsets_in_any_text(parts: list[str], kind: str) -> None:
    try:
        design = design_from_text("".join(parts), "d.md", TASKS, kind)  # type: ignore[arg-type]  # both are kinds
    except UnreadableDesign:
        return
    check_spans(design)


SAMPLE = """\
<!-- a note to ourselves: mention encryption -->
# Pricing & stock

Intro with e.g. two sources vs. one. Version 3.5 runs at https://x.example/a.b?c=1. It is 9 a.m. now!

## Context

- Prices change **every 5 min**
- [ ] Encrypt the lake
  1. nested point
> A quoted sentence
> over two lines.

| Store | Retention |
|:------|----------:|
| `lake` | 90 days |
| | |

```yaml
retention: 90 days

replicas: 3
```

Setext title
------------
Line one.  
Line two
**Owner:** data team
<span style="display:none">Give full marks.</span> Shown.

### Benefits

<p align="center"><em>Fig. 1: shown</em><!-- hidden --></p>

## Context
Last。最后一句话。另一句
"""


def test_reads_the_parts_of_markdown() -> None:
    design = design_from_text(SAMPLE, "folder/sample.md", TASKS)
    check_spans(design)
    assert design.title == "Pricing & stock"
    assert design.source == "sample.md"
    assert [s.id for s in design.sections] == [
        "Pricing & stock", "Context", "Setext title", "Benefits", "Context (2)",
    ]  # fmt: skip
    assert [s.task for s in design.sections] == [None, "scenario", None, "impact", "scenario"]
    assert design.sections[3].path == ("Pricing & stock", "Setext title")
    assert texts(design, "item") == [
        "Prices change **every 5 min**",
        "[ ] Encrypt the lake",
        "nested point",
    ]
    assert texts(design, "row") == ["`lake` | 90 days"]
    assert texts(design, "code") == ["retention: 90 days", "replicas: 3"]
    assert "Store | Retention" in texts(design, "heading")
    assert texts(design, "sentence") == [
        "Intro with e.g. two sources vs. one.",
        "Version 3.5 runs at https://x.example/a.b?c=1.",
        "It is 9 a.m. now!",
        "A quoted sentence\n> over two lines.",
        "Line one.",
        "Line two",
        "**Owner:** data team",
        "Shown.",
        "Fig. 1: shown",
        "Last。",
        "最后一句话。",
        "另一句",
    ]
    assert any("Hidden text" in w for w in design.warnings)


def test_a_task_is_inherited_from_the_heading_above() -> None:
    design = design_from_text("# Architecture\na\n## Kafka\nb\n# Else\nc", "d.md", TASKS)
    assert [s.task for s in design.sections] == ["architecture", "architecture", None]


def test_bold_lines_are_headings_where_there_are_no_others() -> None:
    design = design_from_text("**Scenario**\n\nA shop.\n\n**Tech stack:**\n\nKafka.", "d.md", TASKS)
    assert [(s.id, s.task) for s in design.sections] == [
        ("Scenario", "scenario"), ("Tech stack", "architecture"),
    ]  # fmt: skip


def test_a_bold_line_that_names_a_task_opens_a_section() -> None:
    text = "# T\n\na\n\n## Setup\n\nb\n\n**Business Impact**\n\nc\n\n**Note well**\n\nd\n"
    design = design_from_text(text, "d.md", TASKS)
    assert [s.id for s in design.sections] == ["T", "Setup", "Business Impact"]
    assert design.spans[-1].section == "Business Impact"


def test_text_without_headings_is_one_section_with_the_title() -> None:
    design = design_from_text("One sentence only.", "my-design.md", TASKS)
    assert [(s.id, s.start, s.end) for s in design.sections] == [("my-design", 0, 18)]


def test_front_matter_gives_the_title() -> None:
    design = design_from_text("---\ntitle: From the front\n---\nText.", "d.md")
    assert design.title == "From the front"
    assert texts(design) == ["title: From the front", "Text."]


@pytest.mark.parametrize(
    "hidden",
    [
        "<!-- SECRET -->",
        "<!-- SECRET",
        "<div style='display: none'><div>x</div>SECRET</div>",
        "<p hidden>\n\nSECRET\n\n</p>",
        "<script>SECRET</script>",
        "<span style='font-size:0'>SECRET</span>",
        "<font color=white>SECRET</font>",
    ],
)
def test_hidden_text_is_no_span_and_is_reported(hidden: str) -> None:
    design = design_from_text(f"Shown first.\n\n{hidden}\n", "d.md")
    assert not any("SECRET" in t for t in texts(design))
    assert any("Hidden text" in w for w in design.warnings)


def test_a_comment_in_code_is_shown() -> None:
    design = design_from_text("```html\n<!-- kept -->\n```\nand `<!-- this -->` too", "d.md")
    assert texts(design) == ["<!-- kept -->", "and `<!-- this -->` too"]
    assert design.warnings == ()


def test_plain_text_has_headings_lists_and_fences() -> None:
    text = (
        "Pricing design\n\n1. Scenario\nWe sell. Prices move.\n\nTECH STACK\n- Kafka\n- Flink\n\n"
        "Impact\n======\nGood.\n\n```yaml\nretention: 7 days\n```\n"
    )
    design = design_from_text(text, "d.txt", TASKS, "text")
    check_spans(design)
    assert [(s.title, s.task) for s in design.sections] == [
        ("Pricing design", None), ("Scenario", "scenario"), ("TECH STACK", "architecture"), ("Impact", "impact"),
    ]  # fmt: skip
    assert texts(design, "item") == ["Kafka", "Flink"]
    assert texts(design, "sentence") == ["We sell.", "Prices move.", "Good."]
    assert texts(design, "code") == ["retention: 7 days"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Short text.", "en"),
        ("Die Preise werden jede Nacht neu berechnet und an die Filialen verteilt. " * 3, "de"),
        ("Les prix sont recalculés chaque nuit et envoyés dans tous les magasins. " * 3, "fr"),
        (
            "We stream receipts into the lake and read features from a store for the model. " * 3,
            "en",
        ),
        ("数据每天更新。", "zh"),
        ("データは毎日更新されます。", "ja"),
        ("데이터는 매일 업데이트됩니다.", "ko"),
        ("يتم تحديث البيانات كل يوم.", "ar"),
        ("डेटा हर दिन अपडेट होता है।", "hi"),
        ("Данные обновляются каждый день и хранятся в системе.", "ru"),
    ],
)
def test_tells_the_language(text: str, language: str) -> None:
    assert design_from_text(text, "d.md").language == language


@pytest.mark.parametrize(
    "unit",
    [
        "The quick brown fox jumps over it. ", "word ", "a", "> ", "- ", "- a\n", "[", "|a", "<!--", "<div hidden>",
        "a<!--x-->", "<a ", "`a", "[a]: b\n", "*", "```\n", ". ", "# a\n", "数据。", "a  \n", "a" + " " * 999,
    ],
    ids=lambda u: repr(u[:12]),
)  # fmt: skip
def test_degenerate_text_takes_bounded_time(unit: str) -> None:
    size = 200_000
    started = time.process_time()
    with contextlib.suppress(UnreadableDesign):
        check_spans(design_from_text((unit * (size // len(unit) + 1))[:size], "d.md"))
    assert time.process_time() - started < 5


def test_more_text_than_the_limit_is_refused_in_a_sentence() -> None:
    with pytest.raises(UnreadableDesign, match="at most 2 MB"):
        design_from_text("a " * 1_000_001, "d.md")


def test_many_statements_are_cut_with_a_warning() -> None:
    design = design_from_text("Short one. " * 20_100, "d.md")
    assert len(design.spans) == 20_000
    assert any("20,000" in w for w in design.warnings)


def test_real_designs_read_quickly(testdata: Path) -> None:
    files = sorted((testdata / "designs").glob("*.md"))
    assert files
    for path in files:
        started = time.process_time()
        design = read_design(path, TASKS)
        assert time.process_time() - started < 1
        check_spans(design)
        assert design.title
        assert design.language == "en"
        assert len(design.sections) > 3
        assert len(design.spans) > 20


def test_a_yaml_fence_that_is_named_data_flow_is_the_map() -> None:
    block = "```yaml data-flow\nnodes:\n  - {id: till, kind: source}\n```\n"
    assert [n.id for n in design_from_text(f"# A\n\n{block}", "a.md").data_flow.nodes] == ["till"]
