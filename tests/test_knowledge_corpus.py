"""Loading a corpus: what it yields, and errors that name file and line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from knowledge.corpus import load_corpus, passage_id
from knowledge.errors import CorpusError
from knowledge.text import folded

SOURCES = """\
# two sources
- id: paper-2020
  title: A paper
  authors: [Somebody]
  year: 2020
  applies_when: always
- id: law
  title: A law
"""
FACTS = """\
- id: paper-2020#0
  text: Queues grow.
  evidence: original
  locator: sec. 1
- id: paper-2020#1
  text: Queues shrink.
  evidence: secondary
- id: law#0
  text: Data is deleted.
  evidence: quotation
"""
PASSAGES = """\
- source: paper-2020
  facts: [0, 1]
  text: >-
    Queues grow
    and shrink.
  locator: sec. 1-2
  roles: [latency, scalability]
  topics: [queues]
  note: Ask which.
- source: law
  facts: [0]
  text: Data is deleted on request.
  roles: [compliance]
"""


def write(directory: Path, **changed: str) -> Path:
    files = {"sources": SOURCES, "facts": FACTS, "passages": PASSAGES} | changed
    (directory / "passages").mkdir()
    (directory / "sources.yaml").write_text(files["sources"], encoding="utf-8")
    (directory / "facts.yaml").write_text(files["facts"], encoding="utf-8")
    (directory / "passages" / "all.yaml").write_text(files["passages"], encoding="utf-8")
    return directory


def test_passages_are_as_strong_as_their_weakest_fact(tmp_path: Path) -> None:
    corpus = load_corpus(write(tmp_path))
    passages = {passage.source: passage for passage in corpus.passages}
    paper = passages["paper-2020"]
    assert paper.text == "Queues grow and shrink."
    assert paper.id == passage_id("Queues  grow\nand shrink.")
    assert re.fullmatch(r"P-[0-9a-f]{10}", paper.id)
    assert (paper.kind, paper.evidence, paper.locator) == ("summary", "secondary", "sec. 1-2")
    assert (paper.roles, paper.note) == (("latency", "scalability"), "Ask which.")
    assert passages["law"].evidence == "quotation"
    assert corpus.sources["paper-2020"].year == 2020
    assert corpus.facts[paper.id] == ("paper-2020#0", "paper-2020#1")
    assert corpus.uncited == ()


def test_the_id_is_of_the_composed_text() -> None:
    assert folded("e\u0301te\u0301 \n 2026") == "\u00e9t\u00e9 2026"
    assert passage_id("e\u0301t\u00e9") == passage_id(" \u00e9te\u0301 ")


def test_the_hash_follows_content_and_not_order(tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        (tmp_path / name).mkdir()
    first = load_corpus(write(tmp_path / "one"))
    blocks = PASSAGES.split("- source: law")
    turned = "- source: law" + blocks[1] + blocks[0]
    again = load_corpus(write(tmp_path / "two", passages=turned))
    noted = load_corpus(write(tmp_path / "three", passages=PASSAGES.replace("which", "why")))
    assert first.hash.startswith("sha256:")
    assert first.hash == again.hash
    assert first.passages == again.passages
    assert first.hash != noted.hash


def test_a_fact_of_no_passage_is_told(tmp_path: Path) -> None:
    corpus = load_corpus(write(tmp_path, passages=PASSAGES.replace("[0, 1]", "[0]")))
    assert corpus.uncited == ("paper-2020#1",)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"passages": PASSAGES.replace("source: law", "source: lawx")},
         r"all\.yaml, line 10: source 'lawx' is not in sources\.yaml"),
        ({"passages": PASSAGES.replace("[0, 1]", "[0, 7]")},
         r"all\.yaml, line 2: fact 'paper-2020#7' is not in facts\.yaml"),
        ({"passages": PASSAGES.replace("[0, 1]", "[0, 1, 1]")},
         r"all\.yaml, line 2: fact 'paper-2020#1' is cited already in all\.yaml, line 1"),
        ({"passages": PASSAGES.replace("[0, 1]", "[]")}, r"all\.yaml, line 2: field 'facts'"),
        ({"passages": PASSAGES.replace("[0, 1]", "[a]")}, r"all\.yaml, line 2: field 'facts\.0'"),
        ({"passages": PASSAGES.replace("  roles: [compliance]\n", "")},
         r"all\.yaml, line 10: field 'roles' is missing"),
        ({"passages": PASSAGES.replace("note:", "notes:")},
         r"all\.yaml, line 9: field 'notes' is unknown"),
        ({"passages": PASSAGES.replace("  note: Ask which.", "  facts: [1]")},
         r"all\.yaml, line 9: field 'facts' stands already in line 2"),
        ({"passages": PASSAGES.replace("[0, 1]", "[0]") + PASSAGES.split("- source: law")[0]
          .replace("[0, 1]", "[1]")},
         r"all\.yaml, line 16: passage P-[0-9a-f]{10} occurs twice"),
        ({"passages": PASSAGES + "- source: [law\n"}, r"all\.yaml, line 15: not valid YAML"),
        ({"passages": "source: law\n"}, r"all\.yaml, line 1: a list of entries is expected"),
        ({"passages": "- just text\n"}, r"all\.yaml, line 1: an entry of fields and values"),
        ({"passages": "- source: !!python/object:os.system x\n"}, r"line 1: not valid YAML"),
        ({"facts": FACTS.replace("law#0", "paper-2020#0")},
         r"facts\.yaml, line 8: id 'paper-2020#0' occurs already in line 1"),
        ({"facts": FACTS.replace("law#0", "law-0")}, r"facts\.yaml, line 8: fact id 'law-0'"),
        ({"facts": FACTS.replace("law#0", "other#0")},
         r"facts\.yaml, line 8: fact 'other#0' is of a source that sources\.yaml lacks"),
        ({"facts": FACTS.replace("quotation", "unverified")},
         r"facts\.yaml, line 10: field 'evidence'"),
        ({"sources": SOURCES.replace("id: law", "id: paper-2020")},
         r"sources\.yaml, line 7: id 'paper-2020' occurs already in line 2"),
        ({"sources": SOURCES.replace("year: 2020", "year: soon")},
         r"sources\.yaml, line 5: field 'year'"),
        ({"sources": SOURCES.replace("  title: A law\n", "")},
         r"sources\.yaml, line 7: field 'title' is missing"),
        ({"sources": SOURCES + "--- \n- id: x\n"}, r"sources\.yaml, line 9: not valid YAML"),
        ({"sources": SOURCES + "\x00"}, r"sources\.yaml.*not valid YAML"),
    ],
)  # fmt: skip
def test_errors_name_file_and_line(tmp_path: Path, changed: dict[str, str], message: str) -> None:
    with pytest.raises(CorpusError, match=message) as caught:
        load_corpus(write(tmp_path, **changed))
    assert caught.value.hint
    assert caught.value.message.count("\n") == 0


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"sources\.yaml: cannot be read: No such file"):
        load_corpus(tmp_path)


def test_text_in_another_encoding_is_named(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "facts.yaml").write_bytes("- id: café".encode("latin-1"))
    with pytest.raises(CorpusError, match=r"facts\.yaml: byte 9 is not UTF-8"):
        load_corpus(tmp_path)


def test_empty_files_are_an_empty_corpus(tmp_path: Path) -> None:
    corpus = load_corpus(write(tmp_path, sources="", facts="# none\n", passages=""))
    assert (corpus.sources, corpus.passages) == ({}, ())


def test_the_packaged_corpus_loads() -> None:
    corpus = load_corpus()
    assert len(corpus.passages) > 100
    assert all(passage.evidence and passage.roles for passage in corpus.passages)
    assert {passage.source for passage in corpus.passages} <= set(corpus.sources)
