"""Channels: the ways in which a text gets into a design, seen and unseen."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator

import docx
import typst
from docx.document import Document

from reviewer.domain.design import Frozen
from reviewer.evaluation.variants import split_sections

_BLOCK = re.compile(r"^([A-Za-z_]+): \|.*\n((?:[ \t]+.*\n|\s*\n)+)", re.MULTILINE)
_CODE = re.compile(r"^(```|~~~).*?^\1[^\n]*$", re.MULTILINE | re.DOTALL)
_TYPST = """
#set page(margin: 2cm)
#set text(size: 9pt)
#for part in json(bytes(sys.inputs.parts)) {
  if part.kind == "heading" { heading(level: 1, part.text) }
  else if part.kind == "hidden" { text(fill: white, size: 6pt, part.text) + parbreak() }
  else { text(part.text) + parbreak() }
}
"""


class Channel(Frozen):
    """A way in. `form` is the format of the file; the same format without the text is its base."""

    name: str
    form: str
    hidden: bool


CHANNELS = (
    Channel(name="visible", form="text", hidden=False),
    Channel(name="in the middle", form="text", hidden=False),
    Channel(name="comment", form="text", hidden=True),
    Channel(name="hidden HTML", form="text", hidden=True),
    Channel(name="hidden run of a DOCX", form="docx", hidden=True),
    Channel(name="white text of a PDF", form="pdf", hidden=True),
)


def carried(text: str, file: str, channel: Channel, attack: str | None) -> tuple[bytes, str]:
    """Content and file name of the design with the attack in that channel (None: without)."""
    if channel.form == "docx":
        return _docx(text, file, attack), "design.docx"
    if channel.form == "pdf":
        return _pdf(text, file, attack), "design.pdf"
    return _text(text, file, channel.name, attack).encode(), file


def _text(text: str, file: str, channel: str, attack: str | None) -> str:
    if attack is None:
        return text
    form = file.lower().endswith((".yaml", ".yml"))
    put: Callable[[str, str], str] = _into_form if form else _at_end
    if channel == "visible":
        return put(text, attack)
    if channel == "in the middle":
        return _first_block(text, attack) if form else _in_the_middle(text, attack)
    if channel == "comment":
        if form:
            return text + "".join(f"# {line}\n" for line in attack.splitlines())
        return put(text, f"<!-- {attack} -->")
    return put(text, f'<div style="display:none">{attack}</div>')


def _at_end(text: str, attack: str) -> str:
    return f"{text.rstrip()}\n\n{attack}\n"


def _in_the_middle(text: str, attack: str) -> str:
    head, sections = split_sections(text)
    half = len(sections) // 2
    if not sections:
        return _at_end(text, attack)
    return (
        "".join([head, *sections[:half]]).rstrip() + f"\n\n{attack}\n\n" + "".join(sections[half:])
    )


def _into_form(text: str, attack: str) -> str:
    """At the end of the form's last text field."""
    return _into_block(text, attack, -1)


def _first_block(text: str, attack: str) -> str:
    return _into_block(text, attack, 0)


def _into_block(text: str, attack: str, number: int) -> str:
    blocks = list(_BLOCK.finditer(text))
    if not blocks:
        return _at_end(text, attack)
    end = blocks[number].start(2) + len(blocks[number][2].rstrip())
    lines = "".join(f"  {line}\n" if line.strip() else "\n" for line in attack.splitlines())
    return f"{text[:end]}\n\n{lines}{text[end:]}"


def _parts(text: str, file: str) -> Iterator[tuple[str, str]]:
    """The text as headings and paragraphs, as a document has them."""
    if file.lower().endswith((".yaml", ".yml")):
        for block in _BLOCK.finditer(text):
            yield "heading", block[1].replace("_", " ").capitalize()
            for paragraph in re.split(r"\n\s*\n", block[2]):
                yield "text", " ".join(paragraph.split())
        return
    prose = _CODE.sub("", text)  # a map in a block has a meaning in Markdown only
    for paragraph in re.split(r"\n\s*\n|\n(?=[-*|#])", prose):
        heading = re.match(r"#{1,6}\s+(.*)", paragraph)
        if heading:
            yield "heading", heading[1]
        elif plain := " ".join(paragraph.lstrip("-* ").split()):
            yield "text", plain


def _docx(text: str, file: str, attack: str | None) -> bytes:
    document: Document = docx.Document()
    for kind, part in _parts(text, file):
        if kind == "heading":
            document.add_heading(_printable(part), level=1)
        else:
            document.add_paragraph(_printable(part))
    if attack is not None:
        document.add_paragraph().add_run(_printable(attack)).font.hidden = True
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _pdf(text: str, file: str, attack: str | None) -> bytes:
    parts = [{"kind": kind, "text": _printable(part)} for kind, part in _parts(text, file)]
    if attack is not None:
        parts.append({"kind": "hidden", "text": _printable(attack)})
    return typst.compile(_TYPST.encode(), sys_inputs={"parts": json.dumps(parts)})


def _printable(text: str) -> str:
    """Without the control characters that documents cannot hold."""
    return "".join(c for c in text if c >= " " or c in "\n\t")
