"""The library: what is found follows the records, in every process and at once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from knowledge.corpus import PACKAGED, load_corpus
from knowledge.errors import NotAllowed, NotInLibrary
from knowledge.importing import Labels
from knowledge.library import Library
from knowledge.records import open_records
from knowledge.starter import sync_starter
from knowledge.types import Filter, Source
from tests.libraries import Hashed, library, prepare, prose, state, written

ROLE = Labels(roles=("latency",))


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the starter corpus and its index."""
    return prepare(tmp_path_factory.mktemp("prepared") / "home")


@pytest.fixture
def home(tmp_path: Path, prepared: Path) -> Path:
    return Path(shutil.copytree(prepared, tmp_path / "home"))


@pytest.fixture
def opened(home: Path) -> Iterator[Library]:
    made = library(home)
    yield made
    made.close()


def exact(lib: Library, text: str, **options: object) -> list[str]:
    """Sources of the hits for a text that stands so in a document."""
    hits = lib.search(text, limit=5, **options)  # type: ignore[arg-type]  # passed on
    return [hit.source.id for hit in hits]


def first_words(text: str) -> str:
    return text.split(".")[3]


def test_the_starter_corpus_is_in_the_records_as_it_is_in_its_files(opened: Library) -> None:
    corpus, _ = opened._records.corpus()
    packaged = load_corpus()
    assert corpus.passages == packaged.passages
    assert corpus.sources == packaged.sources
    assert corpus.facts == packaged.facts
    assert corpus.hash == packaged.hash
    assert set(corpus.collections.values()) == {("starter",)}
    (starter,) = opened.collections()
    assert (starter.id, starter.starter, starter.passages) == (
        "starter",
        True,
        len(corpus.passages),
    )


def test_the_starter_corpus_follows_its_files(tmp_path: Path) -> None:
    small = tmp_path / "corpus"
    source = "- {id: one, title: Paper one}\n"
    fact = "- {id: 'one#1', text: A fact, evidence: original}\n"
    passage = "- {source: one, facts: [1], text: Words of one, roles: [latency]}\n"
    written(small / "sources.yaml", source)
    written(small / "facts.yaml", fact)
    written(small / "passages" / "a.yaml", passage)
    records = open_records(tmp_path / "home")
    assert sync_starter(records, small)
    assert not sync_starter(records, small)
    revision = records.revision()
    written(small / "sources.yaml", source + "- {id: two, title: Paper two}\n")
    written(small / "passages" / "a.yaml", passage.replace("Words", "Other words"))
    assert sync_starter(records, small)
    assert records.revision() > revision
    assert [e.source.id for e in records.entries()] == ["one", "two"]
    corpus, _ = records.corpus()
    assert [p.text for p in corpus.passages] == ["Other words of one"]
    (document,) = records.documents()
    assert document.version == 2
    old = load_corpus(PACKAGED).passages[0].id
    assert records.earlier(old) == ()
    written(small / "sources.yaml", "- {id: two, title: Paper two}\n")
    written(small / "facts.yaml", "[]\n")
    written(small / "passages" / "a.yaml", "[]\n")
    sync_starter(records, small)
    assert [e.source.id for e in records.entries()] == ["two"]
    assert records.documents() == ()
    records.close()


def test_an_own_source_with_the_id_of_a_new_starter_source_is_kept(tmp_path: Path) -> None:
    small = tmp_path / "corpus"
    written(small / "sources.yaml", "- {id: gdpr, title: Regulation on the protection of data}\n")
    written(small / "facts.yaml", "[]\n")
    records = open_records(tmp_path / "home")
    with records.change() as change:
        change.collection("course")
        change.source(Source(id="gdpr", title="My notes"), "course", confirmed=True)
    sync_starter(records, small)
    held = {e.source.id: (e.source.title, e.collections) for e in records.entries()}
    assert held == {
        "gdpr": ("Regulation on the protection of data", ("starter",)),
        "gdpr-2": ("My notes", ("course",)),
    }
    records.close()


def test_a_removed_source_is_found_no_more_here_and_elsewhere(
    tmp_path: Path, home: Path, opened: Library
) -> None:
    text = prose(1)
    opened.add([written(tmp_path / "queues.md", text)], labels=ROLE)
    other = library(home, mend=False)
    query = first_words(text)
    assert exact(opened, query)[0] == exact(other, query)[0] == "queues"
    before = opened.corpus
    opened.remove("queues")
    assert "queues" not in exact(opened, query) + exact(other, query)
    assert opened.corpus != before
    assert list((home / "uploads").iterdir()) == []
    assert opened.matches()
    with pytest.raises(NotInLibrary, match="'queues'"):
        opened.remove("queues")
    other.close()


def test_a_starter_source_that_was_taken_out_stays_out(home: Path, opened: Library) -> None:
    source = opened.list("starter")[0].source.id
    opened.remove(source)
    opened._records.close()
    records = open_records(home)
    with records.change() as change:
        change.note("starter", "another state of the files")
    records.close()
    again = library(home)
    assert source not in [entry.source.id for entry in again.list()]
    again.restore_starter()
    assert source in [entry.source.id for entry in again.list()]
    assert again.corpus == load_corpus().hash
    again.close()


def test_collections_are_switched_off_and_on(tmp_path: Path, opened: Library) -> None:
    text = prose(2)
    opened.add([written(tmp_path / "queues.md", text)], collection="spring", labels=ROLE)
    query = first_words(text)
    opened.set_collection("starter", enabled=False)
    assert {p.source for p in opened.current().passages} == {"queues"}
    opened.set_collection("starter", enabled=True)
    opened.set_collection("spring", enabled=False, title="Spring term")
    assert "queues" not in exact(opened, query)
    assert opened.corpus == load_corpus().hash
    opened.set_collection("spring", enabled=True)
    assert exact(opened, query, within=Filter(collections=("spring",))) == ["queues"]
    assert exact(opened, query, within=Filter(collections=("autumn",))) == []
    opened.remove_collection("spring")
    assert [c.id for c in opened.collections()] == ["starter"]
    assert opened.outcomes("spring") == ()


def test_a_file_in_two_collections_is_one_source(tmp_path: Path, opened: Library) -> None:
    text = prose(3)
    file = written(tmp_path / "queues.md", text)
    opened.add([file], collection="spring", labels=ROLE)
    opened.add([file], collection="autumn", labels=ROLE)
    entry = opened.show("queues")
    assert entry.collections == ("autumn", "spring")
    assert len(entry.documents) == 2
    assert not any(document.copy_of for document in entry.documents)
    corpus, _ = opened._records.corpus()
    places = {corpus.collections[p.id] for p in corpus.passages if p.source == "queues"}
    assert places == {("spring", "autumn")}
    opened.remove("queues", collection="spring")
    assert opened.show("queues").collections == ("autumn",)
    assert "queues" in exact(opened, first_words(text))
    with pytest.raises(NotInLibrary, match="'spring'"):
        opened.remove("queues", collection="spring")


def test_metadata_is_edited_and_confirmed(tmp_path: Path, opened: Library) -> None:
    text = prose(4)
    opened.add(
        [written(tmp_path / "queues.md", text)],
        labels=Labels(suggest=lambda texts: (("latency",), ("queues",))),
    )
    before = opened.show("queues")
    assert (before.confirmed, before.suggested, before.source.roles) == (False, True, ("latency",))
    after = opened.edit("queues", title="Queues", year=2020, roles=["compliance"], doi="10.1/x")
    assert (after.confirmed, after.suggested) == (True, False)
    assert (after.source.title, after.source.year) == ("Queues", 2020)
    query = first_words(text)
    assert exact(opened, query, role="latency")[:1] != ["queues"]
    hit = opened.search(query, role="compliance")[0]
    assert (hit.source.title, hit.passage.roles) == ("Queues", ("compliance",))
    assert opened.matches()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"colour": "red"}, "no field 'colour'"),
        ({"id": "other"}, "no field 'id'"),
        ({"year": "soon"}, "year does not fit"),
        ({"title": " "}, "needs a title"),
    ],
)
def test_metadata_that_cannot_be_is_refused(
    tmp_path: Path, opened: Library, values: dict[str, object], said: str
) -> None:
    opened.add([written(tmp_path / "queues.md", prose(5))])
    with pytest.raises(NotAllowed, match=said):
        opened.edit("queues", **values)
    assert not opened.show("queues").confirmed


def test_the_starter_corpus_is_not_edited_or_imported_into(tmp_path: Path, opened: Library) -> None:
    with pytest.raises(NotAllowed, match="follows the program"):
        opened.edit(opened.list()[0].source.id, title="Mine")
    with pytest.raises(NotAllowed, match="follows the program"):
        opened.add([tmp_path], collection="starter")
    with pytest.raises(NotAllowed, match="cannot name a collection"):
        opened.add([tmp_path], collection="../course")
    with pytest.raises(NotInLibrary, match="no collection 'none'"):
        opened.list("none")


def test_an_index_that_does_not_match_is_noticed_and_mended(
    tmp_path: Path, home: Path, opened: Library
) -> None:
    opened.add([written(tmp_path / "queues.md", prose(6))])
    with opened._records.change() as change:
        change.remove_source("queues")
    assert not opened.matches()
    reader = library(home, mend=False)
    assert "queues" not in {p.source for p in reader.current().passages}
    assert not reader.matches()
    again = library(home)
    assert again.current().corpus == load_corpus().hash
    assert again.matches()
    assert again.reindex() == len(load_corpus().passages)
    assert again.matches()
    reader.close()
    again.close()


def test_opening_again_changes_nothing(tmp_path: Path, home: Path, opened: Library) -> None:
    opened.add([written(tmp_path / "queues.md", prose(7))])
    before, revision = state(home), opened._records.revision()
    for _ in range(2):
        library(home).close()
    assert state(home) == before
    assert opened._records.revision() == revision


def test_another_embedding_model_has_another_index_beside_the_first(
    home: Path, opened: Library
) -> None:
    class Other(Hashed):
        model = "hashed-words/2"

    assert opened.search("retries with backoff")
    other = library(home, embedder=Other())
    assert other.search("retries with backoff")
    assert len(list((home / "index").iterdir())) == 2
    assert opened.matches()
    assert other.matches()
    other.close()
