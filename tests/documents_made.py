"""Makes documents for tests: PDF page by page from drawing operators, DOCX and PPTX from XML."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping, Sequence

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
MORE = (
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
)
_TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def say(text: str, x: float, y: float, size: float = 10, font: str = "F1", before: str = "") -> str:
    """One line of text at a place; `before` sets colour or mode."""
    text = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return f"q BT {before} /{font} {size} Tf 1 0 0 1 {x} {y} Tm ({text}) Tj ET Q\n"


def column(lines: Sequence[str], x: float, y: float, leading: float = 12, size: float = 10) -> str:
    """Lines one below the other."""
    return "".join(say(line, x, y - i * leading, size) for i, line in enumerate(lines))


def pdf(
    pages: Sequence[str],
    *,
    extra: str = "",
    info: str = "",
    objects: Sequence[str] = (),
    catalog: str = "",
) -> bytes:
    """A PDF whose pages draw the given operators; F1 is Helvetica, F2 Helvetica-Bold.

    `extra` goes into every page, `objects` are numbered from 6 on and named by `extra`.
    """
    made = [
        f"<< /Type /Catalog /Pages 2 0 R {catalog} >>",
        "",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
        f"<< {info} >>",
        *objects,
    ]
    kids = []
    for content in pages:
        made.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
        made.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Resources << /Font << /F1 3 0 R "
            f"/F2 4 0 R >> {extra} >> /Contents {len(made)} 0 R >>"
        )
        kids.append(f"{len(made)} 0 R")
    made[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    out, places = bytearray(b"%PDF-1.5\n"), []
    for number, body in enumerate(made, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    end = (
        f"xref\n0 {len(made) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Root 1 0 R /Info 5 0 R "
        f"/Size {len(made) + 1} >>\nstartxref\n{len(out)}\n%%EOF\n"
    )
    return bytes(out + end.encode("latin-1"))


def picture(name_of_object: int, width: int = 100, height: int = 140, grey: int = 255) -> str:
    """An image object of one grey."""
    data = zlib.compress(bytes([grey]) * (width * height)).hex() + ">"
    return (
        f"<< /Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceGray "
        f"/BitsPerComponent 8 /Filter [/ASCIIHexDecode /FlateDecode] /Length {len(data)} >>\n"
        f"stream\n{data}\nendstream"
    )


def package(parts: Mapping[str, str | bytes], packed: bool = True) -> bytes:
    """A ZIP archive of the given parts."""
    buffer = io.BytesIO()
    kind = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(buffer, "w", kind) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def relations(entries: Mapping[str, tuple[str, str]]) -> str:
    """A relations part: id to kind and target."""
    lines = "".join(
        f'<Relationship Id="{i}" Type="{_TYPES}/{kind}" Target="{target}"/>'
        for i, (kind, target) in entries.items()
    )
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'<Relationships xmlns="{space}">{lines}</Relationships>'


def docx(
    body: str,
    *,
    styles: str = "",
    parts: Mapping[str, str | bytes] | None = None,
    related: Mapping[str, tuple[str, str]] | None = None,
) -> bytes:
    """A DOCX with this body; heading styles are named Heading1 and Heading2."""
    named = "".join(
        f'<w:style w:type="paragraph" w:styleId="Heading{n}"><w:name w:val="heading {n}"/></w:style>'
        for n in (1, 2)
    )
    return package(
        {
            "_rels/.rels": relations({"m": ("officeDocument", "word/document.xml")}),
            "word/document.xml": f"<w:document {W} {R} {MORE}><w:body>{body}</w:body></w:document>",
            "word/styles.xml": f"<w:styles {W}>{named}{styles}</w:styles>",
            "word/_rels/document.xml.rels": relations(
                {"s": ("styles", "styles.xml"), **(related or {})}
            ),
            **(parts or {}),
        }
    )


def p(text: str, style: str = "", run: str = "") -> str:
    """A paragraph of one run with these properties."""
    named = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return (
        f"<w:p>{named}<w:r><w:rPr>{run}</w:rPr><w:t xml:space='preserve'>{text}</w:t></w:r></w:p>"
    )


def table(rows: Sequence[Sequence[str]]) -> str:
    """A table of plain cells."""
    lines = "".join(
        "<w:tr>" + "".join(f"<w:tc>{p(cell)}</w:tc>" for cell in row) + "</w:tr>" for row in rows
    )
    return f"<w:tbl>{lines}</w:tbl>"
