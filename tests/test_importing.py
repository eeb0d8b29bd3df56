"""Imports: what becomes of each file, and that a run can stop anywhere and go on."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from benchmarks.import_kills import measure
from knowledge.document_types import Block, Document
from knowledge.errors import DocumentError, RecordsUnusable
from knowledge.importing import Importer, Labels, clean, found_in
from knowledge.originals import Originals
from knowledge.records import Records, open_records
from knowledge.types import Entry, FileReport, ImportReport, Source
from tests.libraries import library, prose, state, written


class Plain:
    """Reads text files in this process: paragraphs, and what the first lines say of the work."""

    def __init__(self) -> None:
        self.read_files: list[str] = []

    def read(self, path: Path, *, name: str) -> Document:
        self.read_files.append(name)
        content = path.read_text(encoding="utf-8", errors="surrogateescape")
        if content.startswith("unreadable"):
            raise DocumentError(f"{name} is damaged: save it anew.")
        said = dict(line[1:].split("=", 1) for line in content.splitlines() if line.startswith("#"))
        text = "\n".join(line for line in content.splitlines() if not line.startswith("#"))
        blocks, start = [], 0
        for part in text.split("\n\n"):
            if part.strip():
                blocks.append(Block("paragraph", part, start=start, end=start + len(part)))
            start += len(part) + 2
        return Document(
            name=name,
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            media="txt",
            title=said.get("title", ""),
            authors=tuple(filter(None, [said.get("author")])),
            year=int(said["year"]) if "year" in said else None,
            doi=said.get("doi", ""),
            blocks=tuple(blocks),
            text=text,
        )


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    opened = open_records(tmp_path / "home")
    yield opened
    opened.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "papers"
    made.mkdir()
    return made


def run(
    records: Records,
    *paths: Path,
    labels: Labels | None = None,
    collection: str = "course",
    prepare: object = None,
    home: Path | None = None,
) -> tuple[ImportReport, Plain]:
    reader = Plain()
    originals = Originals((home or records._lock.parent) / "uploads")
    options = {"prepare": prepare} if prepare else {}
    importer = Importer(
        records,
        originals,
        reader,  # type: ignore[arg-type]  # reads in this process
        collection,
        labels or Labels(),
        **options,  # type: ignore[arg-type]  # passed on
    )
    with found_in(paths) as files:
        return importer.run(files), reader


def entry(records: Records, source: str) -> Entry:
    return records.entries(source=source)[0]


def outcomes(report: ImportReport) -> dict[str, str]:
    return {file.file.rpartition("/")[2]: file.outcome for file in report.files}


def test_a_file_becomes_a_source_with_passages(records: Records, folder: Path) -> None:
    text = prose(1)
    file = written(
        folder / "a.txt", f"#title=Long queues drain slowly\n#author=A Doe\n#year=2019\n{text}"
    )
    report, _ = run(records, file, labels=Labels(("latency",), ("queues",), "CC BY 4.0"))
    (done,) = report.files
    held = entry(records, "doe-2019-long-queues-drain-slowly")
    assert (done.outcome, done.source, done.passages) == ("added", held.source.id, held.passages)
    assert held.source.roles == ("latency",)
    assert held.source.licence == "CC BY 4.0"
    assert (held.confirmed, held.suggested, held.collections) == (False, False, ("course",))
    (document,) = held.documents
    whole = records.text(document.id)
    passages = records.passages(document.id)
    assert passages
    assert all(whole[p.start : p.end] == p.text for p in passages)
    assert {p.document for p in passages} == {"a.txt"}
    assert all(p.id.startswith("P-") for p in passages)


def test_what_was_imported_is_skipped_unread(records: Records, folder: Path) -> None:
    for number in range(3):
        written(folder / f"{number}.txt", prose(number))
    run(records, folder)
    before = state(folder.parent / "home")
    revision = records.revision()
    report, reader = run(records, folder)
    assert set(outcomes(report).values()) == {"unchanged"}
    assert reader.read_files == []
    assert state(folder.parent / "home") == before
    assert records.revision() == revision


def test_a_changed_file_replaces_its_passages_and_keeps_the_version(
    records: Records, folder: Path
) -> None:
    text = prose(1)
    file = written(folder / "a.txt", text)
    run(records, file)
    (old,) = records.documents()
    first = records.passages(old.id)
    written(file, f"{text}\n\n{prose(2, 20)}")
    report, _ = run(records, file)
    (new,) = records.documents()
    assert (new.id, new.version, new.source) == (old.id, 2, old.source)
    assert f"replace {old.passages}" in report.files[0].message
    second = records.passages(new.id)
    assert first[0].id == second[0].id  # the same text keeps its id
    gone = next(p for p in first if p.id not in {q.id for q in second})
    assert records.earlier(gone.id)[0] == {
        "text": gone.text,
        "locator": gone.locator,
        "document": "a.txt",
    }
    assert [
        f.name[:64] for f in (folder.parent / "home" / "uploads").iterdir() if f.stem == new.sha256
    ]


def test_a_file_that_moved_is_known(records: Records, folder: Path) -> None:
    file = written(folder / "a.txt", prose(1))
    run(records, file)
    moved = file.rename(folder / "b.txt")
    report, reader = run(records, moved)
    assert "moved" in report.files[0].message
    assert reader.read_files == []
    written(moved, prose(1) + "\n\n" + prose(3, 10))
    run(records, moved)
    (document,) = records.documents()
    assert (document.name, document.version) == ("b.txt", 2)


def test_copies_are_one_source_and_are_cited_once(records: Records, folder: Path) -> None:
    text = prose(1, 200)
    written(folder / "a.txt", text)
    written(folder / "b.txt", text + " ")
    written(folder / "c.txt", text.replace(".", ";", 1))
    written(folder / "d.txt", text.replace("Ba", "Be", 1))
    report, _ = run(records, folder)
    assert outcomes(report) == {"a.txt": "added", "b.txt": "copy", "c.txt": "copy", "d.txt": "copy"}
    assert "the same text as 'a.txt'" in report.files[1].message
    (held,) = records.entries()
    assert len(held.documents) == 4
    assert held.passages == held.documents[0].passages
    corpus, _ = records.corpus()
    assert len(corpus.passages) == held.passages
    with records.change() as change:
        change.remove_document(held.documents[0].id)
    (held,) = records.entries()
    assert [d.copy_of for d in held.documents] == ["", "b.txt", "b.txt"]
    assert records.corpus()[0].passages[0].document == "b.txt"


def test_a_preprint_and_what_was_printed_are_one_source(records: Records, folder: Path) -> None:
    text = prose(1, 120)
    head = "#title=Long queues drain slowly at night\n#author=Ann Doe\n"
    words = text.split()
    edited = " ".join("changed" if n % 20 == 7 else w for n, w in enumerate(words))
    written(folder / "1-preprint.txt", f"{head}#year=2019\n#doi=10.48550/arXiv.1901.01234\n{text}")
    written(folder / "2-printed.txt", f"{head}#year=2020\n#doi=10.1000/abc\n{edited}")
    written(folder / "3-slides.txt", f"{head}#year=2020\n{prose(9, 20)}")
    report, _ = run(records, folder)
    assert outcomes(report) == {
        "1-preprint.txt": "added",
        "2-printed.txt": "copy",
        "3-slides.txt": "added",
    }
    assert "same title" in report.files[1].message
    assert "one source" in report.files[1].message
    (held,) = records.entries()
    assert len(held.documents) == 3
    assert held.source.arxiv == "1901.01234"


def test_documents_of_one_template_stay_apart(records: Records, folder: Path) -> None:
    frame = prose(1, 30)
    for number in range(4):
        written(folder / f"{number}.txt", f"{frame}\n\n{prose(50 + number, 30)}")
    report, _ = run(records, folder)
    assert report.count("added") == 4
    assert len(records.entries()) == 4


BIB = """
@article{night, title={Long queues drain slowly at night}, author={Doe, Ann}, year=2019,
  doi={10.1000/abc}, journal={Queues}, keywords={queues}, file={:x/paper-7.txt:TXT}}
@book{roe20, title={Retail by hand}, author={Roe, Bo}, year=2020}
@book{alone, title={A work without a document}, author={Poe, C}, year=2021}
"""


def test_a_reading_list_names_the_documents(records: Records, folder: Path) -> None:
    written(folder / "list.bib", BIB)
    written(folder / "paper-7.txt", prose(1))
    written(folder / "roe20.txt", prose(2))
    report, _ = run(records, folder)
    assert report.files[0].outcome == "entries"
    assert "3 entries" in report.files[0].message
    night = entry(records, "night")
    assert (night.source.title, night.source.venue, night.source.topics) == (
        "Long queues drain slowly at night",
        "Queues",
        ("queues",),
    )
    assert [d.name for d in night.documents] == ["paper-7.txt"]
    assert [d.name for d in entry(records, "roe20").documents] == ["roe20.txt"]
    assert entry(records, "alone").documents == ()
    again, _ = run(records, folder)
    assert "3 of them known" in again.files[0].message
    assert len(records.entries()) == 3


def test_a_reading_list_that_comes_later_corrects_what_nobody_confirmed(
    records: Records, folder: Path
) -> None:
    file = written(folder / "a.txt", f"#title=Long Queues Drain Slowly at Night\n{prose(1)}")
    run(records, file)
    listed = written(folder / "list.bib", BIB)
    run(records, listed)
    (held,) = [e for e in records.entries() if e.documents]
    assert held.source.title == "Long queues drain slowly at night"
    assert (held.source.authors, held.source.doi) == (("Ann Doe",), "10.1000/abc")
    with records.change() as change:
        mine = held.source.model_copy(update={"title": "Mine, long queues drain slowly at night"})
        change.source(mine, "course", confirmed=True)
    run(records, listed)
    assert entry(records, held.source.id).source.title.startswith("Mine")


def test_roles_and_topics_are_suggested_where_none_are_given(
    records: Records, folder: Path
) -> None:
    asked: list[Sequence[str]] = []

    def suggest(texts: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        asked.append(texts)
        return ("compliance",), ("erasure",)

    file = written(folder / "a.txt", prose(1))
    run(records, file, labels=Labels(suggest=suggest))
    held = entry(records, "a")
    assert (held.source.roles, held.source.topics, held.suggested) == (
        ("compliance",),
        ("erasure",),
        True,
    )
    assert len(asked[0]) == held.passages
    run(
        records,
        written(folder / "b.txt", prose(2)),
        labels=Labels(("latency",), ("x",), "", suggest),
    )
    assert (entry(records, "b").source.roles, entry(records, "b").suggested) == (
        ("latency",),
        False,
    )
    assert len(asked) == 1


def test_labels_given_later_are_added_and_replace_what_was_suggested(
    records: Records, folder: Path
) -> None:
    file = written(folder / "a.txt", prose(1))
    run(records, file, labels=Labels(suggest=lambda texts: (("compliance",), ("erasure",))))
    report, reader = run(records, file, labels=Labels(("latency",), (), "CC BY 4.0"))
    assert "labels were added" in report.files[0].message
    assert reader.read_files == []
    held = entry(records, "a")
    assert (held.source.roles, held.source.topics, held.suggested) == (
        ("latency",),
        ("erasure",),
        False,
    )
    assert held.source.licence == "CC BY 4.0"
    run(records, file, labels=Labels(("reliability",)))
    assert entry(records, "a").source.roles == ("latency", "reliability")


def test_labels_of_a_document_of_a_starter_source_are_its_own(
    records: Records, folder: Path
) -> None:
    with records.change() as change:
        change.collection("starter", starter=True)
        known = Source(
            id="night", title="Long queues drain slowly at night", roles=("reliability",)
        )
        change.source(known, "starter", confirmed=True)
    file = written(folder / "a.txt", f"#title=Long queues drain slowly at night\n{prose(1)}")
    run(records, file, labels=Labels(("latency",)))
    held = entry(records, "night")
    assert (held.collections, held.source) == (("course", "starter"), known)
    assert {p.roles for p in records.corpus()[0].passages} == {("latency",)}


def test_each_file_that_fails_costs_itself_only(records: Records, folder: Path) -> None:
    written(folder / "a.txt", "unreadable")
    written(folder / "b.txt", "")
    written(folder / "c.txt", prose(1))
    written(folder / "d.json", "{}")
    report, _ = run(records, folder, folder / "gone.txt")
    assert outcomes(report) == {
        "a.txt": "refused",
        "b.txt": "refused",
        "c.txt": "added",
        "d.json": "refused",
        "gone.txt": "refused",
    }
    assert all("\n" not in file.message for file in report.files)
    assert [f.name[:3] for f in (folder.parent / "home" / "uploads").iterdir()] == [
        records.documents()[0].sha256[:3]
    ]
    kept = {f.file.rpartition("/")[2]: f.outcome for f in records.outcomes("course")}
    assert kept["a.txt"] == "refused"
    written(folder / "a.txt", prose(2))
    run(records, folder / "a.txt")
    kept = {f.file.rpartition("/")[2]: f.outcome for f in records.outcomes("course")}
    assert kept["a.txt"] == "added"


def test_a_file_that_changes_while_it_is_read_is_not_stored(records: Records, folder: Path) -> None:
    file = written(folder / "a.txt", prose(1))
    report, _ = run(records, file, prepare=lambda texts: file.write_text("other text now"))
    assert "changed while it was read" in report.files[0].message
    assert records.documents() == ()
    assert records.entries() == ()
    assert not any((folder.parent / "home" / "uploads").iterdir())


def test_an_archive_is_known_by_its_members(records: Records, folder: Path) -> None:
    archive = folder / "papers.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("in/a.txt", prose(1))
        packed.writestr("in/b.txt", prose(2))
        packed.writestr("../evil.txt", prose(3))
    report, _ = run(records, archive)
    assert report.count("added") == 2
    assert report.count("refused") == 1
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("in/a.txt", prose(1))
        packed.writestr("in/b.txt", prose(2) + "\n\n" + prose(4))
    report, _ = run(records, archive)
    assert outcomes(report) == {"a.txt": "unchanged", "b.txt": "changed"}
    assert {d.version for d in records.documents()} == {1, 2}


def test_a_full_disk_stops_the_run_and_keeps_what_is_stored(
    records: Records, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        written(folder / f"{number}.txt", prose(number))
    keep = Originals.keep

    def full(self: Originals, file: Path, sha256: str, media: str) -> None:
        if file.name == "2.txt":
            raise RecordsUnusable("A copy of '2.txt' cannot be kept: No space left on device.")
        keep(self, file, sha256, media)

    monkeypatch.setattr(Originals, "keep", full)
    with pytest.raises(RecordsUnusable, match="No space left"):
        run(records, folder)
    monkeypatch.undo()
    assert [d.name for d in records.documents()] == ["0.txt", "1.txt"]
    report, _ = run(records, folder)
    assert outcomes(report) == {
        "0.txt": "unchanged",
        "1.txt": "unchanged",
        "2.txt": "added",
        "3.txt": "added",
    }


def test_names_that_no_terminal_should_see_are_shown_safely(records: Records, folder: Path) -> None:
    written(folder / "a\x1b[31m\n.txt", prose(1))
    report, _ = run(records, folder)
    assert report.files[0].message.isprintable()
    assert records.documents()[0].name.isprintable()


def test_text_that_no_database_takes_keeps_its_offsets() -> None:
    text = "a\x00b \udcff c"
    document = Document(
        name="a",
        sha256="0" * 64,
        media="txt",
        text=text,
        blocks=(Block("paragraph", text, start=0, end=len(text)),),
    )
    made = clean(document)
    assert made.text == made.blocks[0].text == "a\ufffdb \ufffd c"


def test_progress_names_every_file(records: Records, folder: Path) -> None:
    for number in range(2):
        written(folder / f"{number}.txt", prose(number))
    steps: list[tuple[int, int, str]] = []
    importer = Importer(records, Originals(folder / "up"), Plain(), "course")  # type: ignore[arg-type]  # reads here
    with found_in([folder]) as files:
        importer.run(files, lambda *step: steps.append(step))
    assert steps == [(0, 2, "papers/0.txt"), (1, 2, "papers/1.txt"), (2, 2, "")]


def test_reports_of_what_is_no_file_are_kept(records: Records) -> None:
    importer = Importer(records, Originals(Path("unused")), Plain(), "course")  # type: ignore[arg-type]  # reads here
    refused = FileReport(file="x.zip", outcome="refused", message="x.zip is damaged.")
    assert importer.run([refused]).files == (refused,)


def test_killed_imports_are_finished_by_the_next(tmp_path: Path) -> None:
    """The short form of `python -m benchmarks.import_kills`."""
    found = measure(documents=12, kills=2, seed=5)
    assert found["problems"] == []
    assert found["passages"] > 300  # about 270 are those of the starter corpus


def test_the_whole_way_from_files_to_citations(tmp_path: Path, testdata: Path) -> None:
    with_index = library(tmp_path / "home")
    report = with_index.add([testdata / "files" / "normal"])
    assert report.count("added") == len(report.files) >= 8
    for held in with_index.list("course"):
        for document in held.documents:
            text = with_index.text(document)
            original = with_index.original(document)
            assert original is not None
            assert hashlib.sha256(original.read_bytes()).hexdigest() == document.sha256
            for passage in with_index.passages(held.source.id):
                if passage.document == document.name:
                    assert text[passage.start : passage.end] == passage.text
    assert with_index.matches()
    with_index.close()
