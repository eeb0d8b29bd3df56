"""Reading lists, and what is the same work."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.bibliography import read_reading_list
from knowledge.document_types import Block, Document
from knowledge.duplicates import NEAR, SAME_WORK, Sketches, likeness, sketch
from knowledge.errors import BibliographyError
from knowledge.types import Source
from knowledge.works import arxiv_id, described, doi_name, find_work, same_work, source_id

BIBTEX = r"""
@string{vldb = {Proceedings of the VLDB Endowment}}
@article{Ames2017,
  title = {Streams and {Tables}: {\"U}ber \emph{Everything} in 50~Pages},
  author = {Ames, Ada and {van der} Berg, Bo and {The Log Foundation}},
  journal = vldb, year = 2017, doi = {https://doi.org/10.1000/ABC.def},
  keywords = {event streams; batch, Logs}, file = {:papers/ames.pdf:PDF}, license = {CC BY 4.0}
}
@misc{preprint, title = "Queues at Night", author = "B. A. Cee and Dee, E", date = {2019-05-03},
  eprint = {1901.01234v2}, archivePrefix = {arXiv}}
"""


def written(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


def test_bibtex(tmp_path: Path) -> None:
    read = read_reading_list(written(tmp_path, "list.bib", BIBTEX))
    first, second = (reference.source for reference in read.references)
    assert first == Source(
        id="ames2017",
        title="Streams and Tables: Über Everything in 50 Pages",
        authors=("Ada Ames", "Bo van der Berg", "The Log Foundation"),
        year=2017,
        venue="Proceedings of the VLDB Endowment",
        kind="article",
        doi="10.1000/abc.def",
        topics=("event-streams", "batch", "logs"),
        licence="CC BY 4.0",
    )
    assert (second.authors, second.year, second.arxiv) == (
        ("B. A. Cee", "E Dee"),
        2019,
        "1901.01234",
    )
    assert read.references[0].files == ("ames.pdf",)
    assert read.problems == ()


def test_a_broken_entry_costs_itself_only(tmp_path: Path) -> None:
    broken = "@book{cut, title = {No end\n" + BIBTEX + "@book{Ames2017, title = {Twice}}\n"
    read = read_reading_list(written(tmp_path, "list.bib", broken))
    assert [reference.source.id for reference in read.references] == ["ames2017", "preprint"]
    assert len(read.problems) == 2
    assert "list.bib, line 1:" in read.problems[0]
    assert "Ames2017" in read.problems[1]


def test_ris(tmp_path: Path) -> None:
    ris = (
        "TY  - JOUR\r\nTI  - Queues at Night\r\nAU  - Doe, Jo\r\nPY  - 2019/05/01\r\n"
        "DO  - 10.1234/X\r\nKW  - queues\r\nL1  - night.pdf\r\nER  - \r\n\r\n"
        "TY  - BOOK\r\nT1  - Another\r\nA1  - Roe, R\r\nY1  - 2001//\r\n"
    )
    first, second = read_reading_list(written(tmp_path, "list.ris", ris)).references
    assert first.source.authors == ("Jo Doe",)
    assert (first.source.year, first.source.doi, first.files) == (2019, "10.1234/x", ("night.pdf",))
    assert (second.source.title, second.source.year) == ("Another", 2001)


def test_csl(tmp_path: Path) -> None:
    item = {
        "id": "doe20",
        "type": "article-journal",
        "title": "Queues at Night",
        "author": [{"family": "Doe", "given": "Jo"}, {"literal": "The Log Foundation"}],
        "issued": {"date-parts": [[2020, 1, 2]]},
        "DOI": "10.48550/arXiv.2001.01234",
    }
    for content in ([item, 5, {"type": "book"}], {"items": [item, 5, {}]}):
        read = read_reading_list(written(tmp_path, "list.json", json.dumps(content)))
        (reference,) = read.references
        assert reference.source.authors == ("Jo Doe", "The Log Foundation")
        assert (reference.source.year, reference.source.arxiv) == (2020, "2001.01234")
        assert len(read.problems) == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.bib", "no entries here"),
        ("a.bib", "@article{x, title={}}"),
        ("a.bib", "@" * 3_000),
        ("a.ris", "nothing"),
        ("a.json", "{not json"),
        ("a.json", "[" * 100_000),
        ("a.json", '"text"'),
        ("a.json", "[[], null, 4]"),
        ("a.json", '[{"title": {"x": 1}, "author": 3, "issued": []}]'),
        ("a.json", ""),
    ],
)
def test_what_is_no_reading_list_is_one_sentence(tmp_path: Path, name: str, content: str) -> None:
    with pytest.raises(BibliographyError) as caught:
        read_reading_list(written(tmp_path, name, content))
    assert name in caught.value.message
    assert "\n" not in caught.value.message
    assert len(caught.value.message) < 400


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([".bib", ".ris", ".json"]), st.text(max_size=400))
def test_any_text_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, ending: str, text: str
) -> None:
    path = tmp_path_factory.getbasetemp() / f"any{ending}"
    path.write_text(
        f"@article{{k, title={{A {text} b}}}}" if ending == ".bib" else text, "utf-8", "replace"
    )
    try:
        titles = [reference.source.title for reference in read_reading_list(path).references]
    except BibliographyError:
        titles = ["refused in one sentence"]
    assert all(titles)


def work(title: str, **values: object) -> Source:
    return Source.model_validate({"id": "x", "title": title, **values})


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        (work("Queues at Night", doi="10.1/x"), work("QUEUES AT NIGHT.", doi="10.1/x"), "same DOI"),
        # The DOI of a reference that was taken for the document's own.
        (work("Queues at Night", doi="10.1/x"), work("Retail by hand", doi="10.1/x"), ""),
        (
            work("Long queues drain slowly at night", authors=("A Doe",), year=2019, arxiv="1901.01234"),
            work("Long queues drain slowly at night", authors=("Ann Doe",), year=2021, doi="10.1/x"),
            "same title",
        ),
        (work("Introduction"), work("Introduction"), ""),
        (
            work("Introduction", authors=("A Doe",), year=2019),
            work("Introduction", authors=("A Doe",), year=2019),
            "same title",
        ),
        (
            work("Price caches in stores", authors=("A Doe",), year=2022),
            work("Price caches in stores", authors=("Doe",)),
            "same title",
        ),
        (
            work("Annual report", authors=("A Doe",), year=2022),
            work("Annual report", authors=("A Doe",)),
            "",
        ),
        (
            work("Long queues drain slowly at night", authors=("A Doe",)),
            work("Long queues drain slowly at night", authors=("B Roe",)),
            "",
        ),
        (
            work("Annual report on retail data", year=2019),
            work("Annual report on retail data", year=2023),
            "",
        ),
        (work("Long queues drain slowly"), work("Long queues drain slowly at last, after all"), ""),
    ],
)  # fmt: skip
def test_the_same_work(one: Source, other: Source, reason: str) -> None:
    assert same_work(one, other) == reason
    assert same_work(other, one) == reason


def test_a_number_counts_for_more_than_a_title() -> None:
    title = "Long queues drain slowly at night"
    by_title, by_doi = work(title), work(title, doi="10.1/x").model_copy(update={"id": "y"})
    found = find_work(work(title, doi="10.1/x"), [by_title, by_doi])
    assert found == (by_doi, "same DOI")
    assert find_work(work("Other"), [by_title]) is None


@pytest.mark.parametrize(
    ("text", "doi", "arxiv"),
    [
        ("https://doi.org/10.1000/ABC.", "10.1000/abc", ""),
        ("doi: 10.48550/arXiv.2001.01234v3", "10.48550/arxiv.2001.01234v3", "2001.01234"),
        ("https://arxiv.org/abs/1901.01234", "", ""),
        ("1901.01234v2", "", "1901.01234"),
        ("arXiv:cs/0112017v1", "", "cs/0112017"),
        ("in 2019 at 10.30", "", ""),
    ],
)
def test_numbers_of_works(text: str, doi: str, arxiv: str) -> None:
    assert doi_name(text) == doi
    if arxiv:
        assert arxiv_id(text) == arxiv


def test_ids_are_readable_and_free() -> None:
    wanted = work("The Log at the Heart of Things", authors=("Ada van Ames",), year=2017)
    assert source_id(wanted, ()) == "ames-2017-log-heart-things"
    assert source_id(wanted, {"ames-2017-log-heart-things"}) == "ames-2017-log-heart-things-2"
    other = source_id(work("今日は晴れ"), ())
    assert other.startswith("source-")
    assert other != source_id(work("明日は雨"), ())


def test_a_document_describes_itself() -> None:
    blocks = (Block("heading", "Queues at Night", level=1, start=0, end=15),)
    text = "Queues at Night\n\narXiv:1901.01234v2 [cs.DB] 3 May 2019"
    plain = {"sha256": "0" * 64, "media": "pdf", "text": text, "blocks": blocks}
    source = described(Document.model_validate({"name": "in/a_b.pdf", **plain}))
    assert (source.title, source.arxiv) == ("Queues at Night", "1901.01234")
    without = Document.model_validate({"name": "in/my_slides.pdf", **plain, "blocks": ()})
    assert described(without).title == "my slides"


def prose(seed: int, words: int = 3_000) -> list[str]:
    chance = random.Random(seed)
    return [f"word{chance.randint(0, 2_000)}" for _ in range(words)]


def test_copies_are_told_from_other_texts() -> None:
    words = prose(1)
    text = " ".join(words)
    made = sketch(text)
    assert likeness(made, sketch(text.upper().replace(" ", "\n"))) == 1.0
    few = [f"x{w}" if n % 200 == 0 else w for n, w in enumerate(words)]
    many = [f"x{w}" if n % 18 == 0 else w for n, w in enumerate(words)]
    assert likeness(made, sketch(" ".join(few))) > NEAR
    assert SAME_WORK < likeness(made, sketch(" ".join(many))) < NEAR
    assert likeness(made, sketch(" ".join(prose(2)))) == 0.0
    assert likeness(made, b"") == likeness(b"", b"") == 0.0
    assert sketch(" \n…") == b""


def test_the_nearest_text_is_found_among_many() -> None:
    known = Sketches({n: sketch(" ".join(prose(n, 400))) for n in range(50)})
    found = known.nearest(sketch(" ".join(prose(7, 400))))
    assert found is not None
    assert (found.key, found.share, found.exact) == (7, 1.0, True)
    assert known.nearest(sketch(" ".join(prose(7, 400))), among={3, 4}) is None
    assert known.nearest(sketch(" ".join(prose(99, 400)))) is None
    known.drop(7)
    assert known.nearest(sketch(" ".join(prose(7, 400)))) is None
    short = Sketches({1: sketch("two words")})
    assert short.nearest(sketch("Two words.")) is not None
    assert short.nearest(sketch("two others")) is None
