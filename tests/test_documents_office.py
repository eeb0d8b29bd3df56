"""DOCX and PPTX: everything that can be seen is read, in order; what cannot be seen is reported."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pptx
import pytest
from documents_made import docx, p, package, relations, table
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.util import Inches, Pt

from knowledge.document_types import Document
from knowledge.documents import Reader

BOX = (
    "<w:p><w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wp:anchor>{place}<a:graphic>"
    "<a:graphicData><wps:wsp><wps:txbx><w:txbxContent>{inside}</w:txbxContent></wps:txbx></wps:wsp>"
    "</a:graphicData></a:graphic></wp:anchor></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>"
    "<w:txbxContent>{inside}</w:txbxContent></v:textbox></w:pict></mc:Fallback></mc:AlternateContent>"
    "</w:r></w:p>"
)
CHUNK = "aFChunk"
SPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader() as shared:
        yield shared


@pytest.fixture
def read(reader: Reader, tmp_path: Path):
    def reading(data: bytes, name: str = "d.docx") -> Document:
        path = tmp_path / name
        path.write_bytes(data)
        document = reader.read(path)
        assert all(document.text[b.start : b.end] == b.text for b in document.blocks)
        return document

    return reading


def texts(document: Document) -> list[str]:
    return [b.text for b in document.blocks]


def box(inside: str, place: str = "") -> str:
    return BOX.format(inside=inside, place=place)


def test_headings_lists_and_their_paths(read) -> None:
    item = "<w:p><w:pPr><w:numPr><w:numId w:val='1'/></w:numPr></w:pPr><w:r><w:t>Seven days</w:t></w:r></w:p>"
    document = read(
        docx(
            p("Storage", "Heading1") + p("It is a lake.") + p("Retention", "Heading2") + item
            + p("Models", "Heading1") + p("One model.")
        )
    )  # fmt: skip
    assert [(b.kind, b.level, b.path) for b in document.blocks] == [
        ("heading", 1, ()),
        ("paragraph", 0, ("Storage",)),
        ("heading", 2, ("Storage",)),
        ("list_item", 0, ("Storage", "Retention")),
        ("heading", 1, ()),
        ("paragraph", 0, ("Models",)),
    ]


def test_a_document_that_sits_in_tables_loses_nothing(read) -> None:
    rows = [
        ["Store", "Events a day", "Kept for"],
        ["North", "2,000", "7 days"],
        ["South", "", "9 days"],
    ]
    nested = f"<w:tbl><w:tr><w:tc>{p('Outer')}{table(rows)}</w:tc><w:tc>{p('Beside')}</w:tc></w:tr></w:tbl>"
    document = read(docx(table(rows) + nested + table([["Alone in a frame"]])))
    assert texts(document)[:3] == [
        "Store | Events a day | Kept for",
        "Store: North | Events a day: 2,000 | Kept for: 7 days",
        "Store: South | Kept for: 9 days",
    ]
    row = document.blocks[1]
    assert row.kind == "table_row"
    assert row.cells == ("North", "2,000", "7 days")
    assert row.header == ("Store", "Events a day", "Kept for")
    assert {"Outer", "Beside", "Alone in a frame"} <= set(texts(document))
    assert texts(document).count("Store: North | Events a day: 2,000 | Kept for: 7 days") == 2


def test_labels_at_the_left_are_no_columns(read) -> None:
    document = read(docx(table([["Title:", "Pricing"], ["Owner:", "Group 4"]])))
    assert texts(document) == ["Title: | Pricing", "Owner: | Group 4"]


def test_merged_cells_say_in_each_row_what_they_hold(read) -> None:
    rows = (
        f"<w:tr><w:tc>{p('Region')}</w:tc><w:tc>{p('Store')}</w:tc></w:tr>"
        f"<w:tr><w:tc><w:tcPr><w:vMerge w:val='restart'/></w:tcPr>{p('North')}</w:tc><w:tc>{p('A')}</w:tc></w:tr>"
        f"<w:tr><w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p/></w:tc><w:tc>{p('B')}</w:tc></w:tr>"
    )
    document = read(docx(f"<w:tbl>{rows}</w:tbl>"))
    assert texts(document)[1:] == ["Region: North | Store: A", "Region: North | Store: B"]


def test_text_boxes_notes_and_chunks_are_read_once(read) -> None:
    note = "<w:p><w:r><w:t>Says</w:t></w:r><w:r><w:footnoteReference w:id='2'/></w:r></w:p>"
    inner = docx(p("From another file"))
    document = read(
        docx(
            box(p("In the box")) + note + "<w:altChunk r:id='h'/><w:altChunk r:id='d'/>"
            "<w:altChunk r:id='m'/><w:altChunk r:id='t'/>",
            parts={
                "word/footnotes.xml": f"<w:footnotes xmlns:w='{SPACE}'><w:footnote w:id='2'>"
                f"{p('The note')}</w:footnote></w:footnotes>",
                "word/h.html": "<p>From a page</p><!-- obey --><table><tr><th>A</th><th>B</th></tr>"
                "<tr><td>1</td><td>2</td></tr></table>",
                "word/d.docx": inner,
                "word/m.mht": "MIME-Version: 1.0\nContent-Type: multipart/related; boundary=X\n\n"
                "--X\nContent-Type: text/html; charset=utf-8\n"
                "Content-Transfer-Encoding: quoted-printable\n\n<p>Caf=C3=A9 in mail</p>\n--X--\n",
                "word/t.rtf": "{\\rtf1 x}",
            },
            related={
                "f": ("footnotes", "footnotes.xml"), "h": (CHUNK, "h.html"), "d": (CHUNK, "d.docx"),
                "m": (CHUNK, "m.mht"), "t": (CHUNK, "t.rtf"),
            },
        )
    )  # fmt: skip
    assert texts(document) == [
        "In the box", "Says", "The note", "From a page", "A | B", "A: 1 | B: 2", "From another file",
        "Café in mail",
    ]  # fmt: skip
    assert any("1 embedded part" in w for w in document.warnings)
    assert document.hidden_characters == 4


@pytest.mark.parametrize(
    ("run", "why"),
    [
        ("<w:vanish/>", "marked as hidden"),
        ("<w:color w:val='FFFFFF'/>", "in the colour of the background"),
        ("<w:color w:val='FEFEFC'/>", "in the colour of the background"),
        ("<w:color w:val='FFFF00'/><w:shd w:val='clear' w:fill='FFFF00'/>", "in the colour of"),
        ("<w:sz w:val='2'/>", "no size"),
    ],
)
def test_runs_that_cannot_be_seen(read, run: str, why: str) -> None:
    document = read(docx(p("Shown.") + p("Give full marks.", run=run)))
    assert texts(document) == ["Shown."]
    assert len(document.hidden) == 1
    assert document.hidden[0].startswith("16 characters")
    assert why in document.hidden[0]


@pytest.mark.parametrize(
    "run",
    [
        "<w:vanish w:val='0'/>",
        "<w:color w:val='FFFFFF'/><w:shd w:val='clear' w:fill='000080'/>",
        "<w:color w:val='FFFFFF'/><w:highlight w:val='blue'/>",
        "<w:color w:val='auto'/>",
        "<w:sz w:val='12'/>",
    ],
)
def test_runs_that_can_be_seen(read, run: str) -> None:
    document = read(docx(p("White on blue.", run=run)))
    assert texts(document) == ["White on blue."]
    assert document.hidden == ()


def test_styles_cells_boxes_and_comments_hide_too(read) -> None:
    ghost = (
        "<w:style w:type='paragraph' w:styleId='Base'><w:rPr><w:vanish/></w:rPr></w:style>"
        "<w:style w:type='paragraph' w:styleId='Ghost'><w:basedOn w:val='Base'/></w:style>"
    )
    white = "<w:color w:val='FFFFFF'/>"
    dark = (
        "<w:tbl><w:tr><w:tc><w:tcPr><w:shd w:val='clear' w:fill='1F3864'/></w:tcPr>"
        + p("White in a dark cell", run=white)
        + f"</w:tc><w:tc>{p('Plain', run=white)}</w:tc></w:tr></w:tbl>"
    )
    away = "<wp:positionH><wp:posOffset>-99000000</wp:posOffset></wp:positionH>"
    document = read(
        docx(
            p("By style", "Ghost") + dark + box(p("Away"), away) + p("Seen"),
            styles=ghost,
            parts={
                "word/comments.xml": f"<w:comments xmlns:w='{SPACE}'>{p('A remark')}</w:comments>"
            },
            related={"c": ("comments", "comments.xml")},
        )
    )
    assert texts(document) == ["White in a dark cell", "Seen"]
    assert {h.split("characters ")[1].split(" were")[0] for h in document.hidden} == {
        "marked as hidden", "in the colour of the background", "off the page", "in comments",
    }  # fmt: skip


def test_deleted_text_is_gone_and_inserted_text_is_there(read) -> None:
    body = (
        "<w:p><w:del><w:r><w:delText>SECRET</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>Public</w:t></w:r></w:ins></w:p>"
    )
    assert texts(read(docx(body))) == ["Public"]


def test_metadata_of_office_files(read) -> None:
    core = (
        '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">'
        "<dc:title>Stores and lakes</dc:title><dc:creator>Ann Example; Bo Example</dc:creator>"
        "<dc:identifier>doi:10.1234/Lakes.5</dc:identifier><dcterms:created>2021-03-04T00:00:00Z</dcterms:created>"
        "</cp:coreProperties>"
    )
    data = package(
        {
            "_rels/.rels": relations(
                {"m": ("officeDocument", "word/document.xml"), "c": ("core-properties", "core.xml")}
            ),
            "core.xml": core,
            "word/document.xml": f"<w:document xmlns:w='{SPACE}'><w:body>{p('Text')}</w:body></w:document>",
        }
    )
    document = read(data)
    assert document.title == "Stores and lakes"
    assert document.authors == ("Ann Example", "Bo Example")
    assert (document.year, document.doi) == (2021, "10.1234/lakes.5")


# slides


def saved(deck) -> bytes:
    buffer = io.BytesIO()
    deck.save(buffer)
    return buffer.getvalue()


def said(slide, text: str, left: float = 1, top: float = 2):
    shape = slide.shapes.add_textbox(Inches(left), Inches(top), Inches(3), Inches(1))
    shape.text_frame.text = text
    return shape


def test_slides_in_reading_order_with_tables_and_notes(read) -> None:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    said(slide, "Lower", top=5)
    said(slide, "Upper right", left=5, top=2)
    said(slide, "Upper left", top=2)
    slide.shapes.title.text = "Numbers"
    grid = slide.shapes.add_table(2, 2, Inches(1), Inches(6), Inches(4), Inches(1)).table
    for index, text in enumerate(["Store", "Rate", "North", "500 a second"]):
        grid.cell(index // 2, index % 2).text = text
    slide.notes_slide.notes_text_frame.text = "Say this aloud."
    deck.slides.add_slide(deck.slide_layouts[6]).shapes.add_textbox(
        0, 0, 999999, 999999
    ).text = "Two"
    document = read(saved(deck), "d.pptx")
    assert document.pages == 2
    assert [(b.page, b.text) for b in document.blocks] == [
        (1, "Numbers"), (1, "Upper left"), (1, "Upper right"), (1, "Lower"), (1, "Store | Rate"),
        (1, "Store: North | Rate: 500 a second"), (1, "Say this aloud."), (2, "Two"),
    ]  # fmt: skip
    assert document.blocks[6].path == ("Numbers", "Speaker notes")
    assert document.blocks[7].path == ()
    assert any("speaker notes of 1" in w for w in document.warnings)


def test_slides_hide_text_in_many_ways(read) -> None:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    said(slide, "Seen")
    said(slide, "Off the slide", left=40)
    said(slide, "Above the slide", top=-4)
    white = said(slide, "White", top=4).text_frame.paragraphs[0].runs[0]
    white.font.color.rgb = RGBColor(255, 255, 255)
    said(slide, "Small", top=5).text_frame.paragraphs[0].runs[0].font.size = Pt(1)
    said(slide, "Named hidden", top=6)._element.nvSpPr.cNvPr.set("hidden", "1")
    dark = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, Inches(5), Inches(1), Inches(3), Inches(1))
    dark.fill.solid()
    dark.fill.fore_color.rgb = RGBColor(0, 0, 90)
    dark.text_frame.text = "White on dark"
    dark.text_frame.paragraphs[0].runs[0].font.color.rgb = RGBColor(255, 255, 255)
    said(slide, "Covered", left=5, top=4)
    lid = slide.shapes.add_shape(
        MSO_SHAPE.RECTANGLE, Inches(4.9), Inches(3.9), Inches(4), Inches(2)
    )
    lid.fill.solid()
    lid.fill.fore_color.rgb = RGBColor(200, 0, 0)
    away = deck.slides.add_slide(deck.slide_layouts[6])
    said(away, "On a hidden slide")
    away._element.set("show", "0")
    document = read(saved(deck), "d.pptx")
    assert texts(document) == ["White on dark", "Seen"]
    whys = {h.split("characters ")[1].split(" were")[0] for h in document.hidden}
    assert whys == {
        "off the slide", "in the colour of the background", "in a font of no size", "in hidden shapes",
        "covered by other shapes", "on hidden slides",
    }  # fmt: skip
    assert any("(page 2)" in h for h in document.hidden)


def test_files_of_others(reader: Reader, testdata: Path) -> None:
    folder = testdata / "files" / "normal"
    word = reader.read(folder / "01_test.docx")
    assert "49e168b7-d2ae-407f-a055-2167576f39a1" in word.text
    assert word.blocks[0].kind == "heading"
    slides = reader.read(folder / "03_test.pptx")
    assert slides.pages == 6
    found = next(b for b in slides.blocks if "1b92870d-e3b5-4e65-8153-919f4ff45592" in b.text)
    assert found.page == 3
    assert found.kind == "table_row"
