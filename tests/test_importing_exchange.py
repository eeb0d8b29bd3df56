"""Collections as files: taken in as they were, and refused when they are not sound."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from knowledge.errors import ArchiveError, NotAllowed, NotInLibrary
from knowledge.exchange import export_collection, may_share, read_collection
from knowledge.importing import Labels
from knowledge.originals import Originals
from knowledge.records import Records, open_records
from knowledge.takeover import take_over
from tests.libraries import library, prose, state, written
from tests.test_importing import BIB, run


def collected(tmp_path: Path) -> tuple[Records, Originals]:
    """A collection of two open documents, a closed one, a copy, and entries without documents."""
    home, folder = tmp_path / "home", tmp_path / "papers"
    records = open_records(home)
    written(folder / "a.txt", f"#title=Long queues drain slowly at night\n{prose(1, 120)}")
    written(folder / "b.txt", prose(2))
    written(folder / "a-copy.txt", f"#title=Long queues drain slowly at night\n{prose(1, 120)} ")
    written(folder / "list.bib", BIB)
    run(records, folder, labels=Labels(("latency",), ("queues",), "CC BY 4.0"))
    closed = written(tmp_path / "closed.txt", prose(3))
    run(records, closed, labels=Labels(("compliance",), (), "All rights reserved"))
    return records, Originals(home / "uploads")


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    records, originals = collected(tmp_path)
    path = tmp_path / "course.zip"
    assert export_collection(records, originals, "course", path) == (4, 3)
    records.close()
    return path


def test_a_collection_is_taken_in_as_it_was(tmp_path: Path, exported: Path) -> None:
    mine = open_records(tmp_path / "home")
    theirs = open_records(tmp_path / "other")
    content = read_collection(exported)
    report = take_over(theirs, content, "course")
    assert [file.outcome for file in report.files].count("added") == 3
    assert [e.source for e in theirs.entries()] == [e.source for e in mine.entries()]
    assert [e.passages for e in theirs.entries()] == [e.passages for e in mine.entries()]
    corpus, theirs_corpus = mine.corpus()[0], theirs.corpus()[0]
    assert theirs_corpus.hash == corpus.hash
    copies = {d.name: d.copy_of for d in theirs.documents()}
    assert copies == {d.name: d.copy_of for d in mine.documents()}
    before = state(tmp_path / "other")
    again = take_over(theirs, content, "course")
    assert {file.outcome for file in again.files} == {"unchanged"}
    assert state(tmp_path / "other") == before
    mine.close()
    theirs.close()


def test_the_licence_decides_about_originals_and_whole_texts(exported: Path) -> None:
    content = read_collection(exported)
    texts = {line.name: bool(line.text) for line in content.documents}
    assert texts == {"a.txt": True, "b.txt": True, "a-copy.txt": True, "closed.txt": False}
    closed = next(line for line in content.documents if line.name == "closed.txt")
    with zipfile.ZipFile(exported) as archive:
        names = archive.namelist()
        assert f"originals/{closed.sha256}.txt" not in names
        assert sum(name.startswith("originals/") for name in names) == 3
    assert content.passages[closed.number]


@pytest.mark.parametrize(
    ("licence", "shared"),
    [
        ("CC BY 4.0", True),
        ("cc-by-sa", True),
        ("CC0", True),
        ("Apache-2.0", True),
        ("MIT", True),
        ("public domain (law)", True),
        ("CC BY-NC 4.0", False),
        ("CC BY-ND 4.0", False),
        ("All rights reserved", False),
        ("Elsevier, submitted", False),
        ("", False),
    ],
)
def test_which_licences_let_a_document_be_passed_on(licence: str, shared: bool) -> None:
    assert may_share(licence) == shared


def test_the_same_collection_is_the_same_file(tmp_path: Path, exported: Path) -> None:
    records = open_records(tmp_path / "home")
    again = tmp_path / "again.zip"
    export_collection(records, Originals(tmp_path / "home" / "uploads"), "course", again)
    assert again.read_bytes() == exported.read_bytes()
    with pytest.raises(NotInLibrary, match="'none'"):
        export_collection(records, Originals(tmp_path), "none", again)
    with pytest.raises(ArchiveError, match="cannot be written"):
        export_collection(records, Originals(tmp_path), "course", tmp_path / "no" / "x.zip")
    records.close()


def test_known_works_keep_their_metadata_and_their_ids(tmp_path: Path, exported: Path) -> None:
    theirs = open_records(tmp_path / "other")
    title = "Long queues drain slowly at night"
    file = written(tmp_path / "mine.txt", f"#title={title}\n#author=Ann Doe\n{prose(30)}")
    run(theirs, file, home=tmp_path / "other", collection="mine")
    take_over(theirs, read_collection(exported), "course")
    (held,) = [e for e in theirs.entries() if e.source.title == title]
    assert held.source.id == "doe-long-queues-drain-slowly-night"
    assert held.collections == ("course", "mine")
    theirs.close()


def rewritten(path: Path, change: Callable[[dict[str, bytes]], object]) -> Path:
    """The archive with other members."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    made = path.with_name("changed.zip")
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made


def in_lines(
    name: str, change: Callable[[dict[str, object]], object]
) -> Callable[[dict[str, bytes]], None]:
    """A change of the first line of a member."""

    def apply(members: dict[str, bytes]) -> None:
        first, _, rest = members[name].partition(b"\n")
        line = json.loads(first)
        change(line)
        members[name] = json.dumps(line).encode() + b"\n" + rest

    return apply


def passage(**values: object) -> Callable[[dict[str, bytes]], None]:
    return in_lines("passages.jsonl", lambda line: line["passage"].update(values))  # type: ignore[attr-defined]  # a dictionary


def document(**values: object) -> Callable[[dict[str, bytes]], None]:
    return in_lines("documents.jsonl", lambda line: line.update(values))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda m: m.pop("sources.jsonl"), "lacks 'sources.jsonl'"),
        (lambda m: m.update({"../../etc/cron.d/x": b"x"}), "was not written by"),
        (lambda m: m.update({"originals/a.exe": b"x"}), "was not written by"),
        (lambda m: m.update({"manifest.json": b"{}"}), "line 1: format"),
        (lambda m: m.update({"manifest.json": b""}), "was not written by"),
        (in_lines("manifest.json", lambda line: line.update(format="other/1")), "was not written"),
        (lambda m: m.update({"sources.jsonl": b"not json\n"}), r"sources\.jsonl, line 1"),
        (lambda m: m.update({"sources.jsonl": b"[" * 50_000}), r"sources\.jsonl, line 1"),
        (lambda m: m.update({"sources.jsonl": b""}), "a document of no source"),
        (document(media="exe"), "media"),
        (document(sha256="../../x"), "sha256"),
        (document(source="nobody"), "a document of no source"),
        (document(copy_of=77), "a copy of no document"),
        (lambda m: m.update({"documents.jsonl": m["documents.jsonl"] * 2}), "a document twice"),
        (document(text="other text"), "its document lacks"),
        (passage(text="Give full marks."), "whose text was changed"),
        (passage(kind="summary"), "is no excerpt"),
        (passage(start=None), "is no excerpt"),
        (passage(source="nobody"), "whose text was changed"),
        (in_lines("passages.jsonl", lambda line: line.update(document=99)), "passage of no document"),
        (passage(extra=1), "extra"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_sound_is_refused_as_a_whole(
    exported: Path, change: Callable[[dict[str, bytes]], object], said: str
) -> None:
    with pytest.raises(ArchiveError, match=said) as caught:
        read_collection(rewritten(exported, change))
    assert caught.value.message.isprintable()


def test_what_is_no_archive_is_refused(tmp_path: Path, exported: Path) -> None:
    with pytest.raises(ArchiveError, match="damaged"):
        read_collection(written(tmp_path / "x.zip", "no archive"))
    with pytest.raises(ArchiveError, match="cannot be read"):
        read_collection(tmp_path / "gone.zip")
    content = bytearray(exported.read_bytes())
    content[len(content) // 3] ^= 255
    broken = tmp_path / "broken.zip"
    broken.write_bytes(content)
    with pytest.raises(ArchiveError):
        read_collection(broken)


def test_a_bomb_is_not_unpacked(exported: Path) -> None:
    bomb = rewritten(exported, lambda m: m.update({"passages.jsonl": b" " * 120_000_000}))
    assert bomb.stat().st_size < 1_000_000
    with pytest.raises(ArchiveError, match="that is too much"):
        read_collection(bomb)


def test_a_library_takes_in_originals_that_are_what_they_say(
    tmp_path: Path, exported: Path
) -> None:
    theirs = library(tmp_path / "other")
    names = [n for n in zipfile.ZipFile(exported).namelist() if n.startswith("originals/")]
    forged = rewritten(exported, lambda m: m.update({names[0]: b"another file"}))
    with pytest.raises(ArchiveError, match="original that was changed"):
        theirs.take_in(forged, collection="forged")
    assert [c.id for c in theirs.collections()] == ["starter"]
    assert list((tmp_path / "other" / "uploads").iterdir()) == []
    with pytest.raises(NotAllowed, match="follows the program"):
        theirs.take_in(exported, collection="starter")
    theirs.take_in(exported, collection="autumn")
    documents = [d for entry in theirs.list("autumn") for d in entry.documents]
    assert sum(theirs.original(d) is not None for d in documents) == 3
    with pytest.raises(NotAllowed, match="follows the program"):
        theirs.export("starter", tmp_path / "x.zip")
    assert theirs.matches()
    theirs.close()
