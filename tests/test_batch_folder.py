"""The hand-ins of a class folder, and the table that comes of a batch."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from reviewer.domain.batch import BatchReport, BatchRow
from reviewer.errors import InputError
from reviewer.export.class_table import to_class_html, to_csv
from reviewer.intake.handins import hand_ins
from reviewer.service import ReviewService


def put(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("# A design", encoding="utf-8")


def test_a_file_or_a_folder_is_a_group(tmp_path: Path) -> None:
    put(tmp_path, "beta.md", "Alpha/report.docx", "gamma/notes.md", "gamma/design.pdf")
    put(tmp_path, ".DS_Store", "~$beta.docx", "__MACOSX/x.md", "Thumbs.db", "delta/.hidden.md")
    taken, problems = hand_ins(tmp_path)
    assert [(h.group, h.path.name) for h in taken] == [
        ("Alpha", "report.docx"),
        ("beta", "beta.md"),
        ("gamma", "design.pdf"),
    ]
    assert [(p.group, p.reason) for p in problems] == [("delta", "holds no design")]


def test_what_is_unclear_is_named_and_not_guessed(tmp_path: Path) -> None:
    put(tmp_path, "a.md", "a.pdf", "b/one.md", "b/two.md", "photo.png", "c.md")
    (tmp_path / "loop").symlink_to(tmp_path)
    taken, problems = hand_ins(tmp_path)
    assert [h.group for h in taken] == ["c"]
    reasons = {(p.group, p.name): p.reason for p in problems}
    assert "more than one design is handed in as a" in reasons["a", "a.md"]
    assert "one.md, two.md" in reasons["b", "b"]
    assert reasons["photo", "photo.png"] == "this kind of file is not read"
    assert reasons["loop", "loop"] == "links are not followed"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_manifest_names_files_and_groups(tmp_path: Path, delimiter: str) -> None:
    put(tmp_path, "x1.md", "deep/down/x2.md")
    rows = [("Group", "File"), ("Team Ä", "x1.md"), ("Team B", "deep/down/x2.md"),
            ("Team C", "../secret.md"), ("Team D", "gone.md"), ("", "")]  # fmt: skip
    manifest = tmp_path / "names.csv"
    manifest.write_text("\n".join(delimiter.join(r) for r in rows), encoding="utf-8-sig")
    taken, problems = hand_ins(tmp_path, manifest)
    assert [(h.group, h.path.name) for h in taken] == [("Team B", "x2.md"), ("Team Ä", "x1.md")]
    assert {p.group: p.reason for p in problems} == {
        "Team C": "lies outside the folder",
        "Team D": "is named in the manifest and not there",
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "no columns named file and group"),
        ("file,group\nx.md,\n", "row 2"),
        ("", "no columns"),
    ],
)
def test_a_bad_manifest_is_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    manifest = tmp_path / "m.csv"
    manifest.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        hand_ins(tmp_path, manifest)


def test_an_empty_folder_and_no_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no design"):
        hand_ins(tmp_path)
    with pytest.raises(InputError, match="not a folder"):
        hand_ins(tmp_path / "nowhere")


def test_the_table_quotes_formulas_and_escapes_markup() -> None:
    questionnaire = ReviewService().questionnaire
    first, second = questionnaire.criteria[:2]
    rows = (
        BatchRow(group="=HYPERLINK(1)", file="a.md", state="complete", total=61.0, findings=3,
                 levels={first.id: 4.0, second.id: None}, folder="a b"),
        BatchRow(group="<b>B</b>", file="b.md", state="failed", reason="It is empty.",
                 levels={first.id: 2.0}),
    )  # fmt: skip
    report = BatchReport(course="<i>c</i>", model="offline", rows=rows)
    table = list(csv.DictReader(io.StringIO(to_csv(report, questionnaire))))
    assert table[0]["group"] == "'=HYPERLINK(1)"
    assert table[0][first.id] == "4.0"
    assert table[0][second.id] == ""
    assert table[1]["reason"] == "It is empty."
    page = to_class_html(report, questionnaire)
    assert "<b>B</b>" not in page
    assert "&lt;i&gt;c&lt;/i&gt;" in page
    assert 'href="a%20b/review.html"' in page
    assert "<strong>3.0</strong>" in page  # the mean of 4.0 and 2.0
