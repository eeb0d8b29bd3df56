"""PPTX to blocks, slide by slide: title, text and tables in reading order, then the notes."""

from __future__ import annotations

import re
from typing import Any

from knowledge.readers.drawing import MC, UNKNOWN, A, Box, P, Palette, Shape, shapes_of
from knowledge.readers.opc import Package, R
from knowledge.readers.source import Facts, Refusal, Source
from knowledge.readers.tables import write_rows
from knowledge.readers.word_styles import is_near
from knowledge.readers.writing import Writer, one_line, says_something

_FURNITURE = ("sldNum", "dt", "ftr", "hdr")
_TITLES = ("title", "ctrTitle")
_SMALLEST = 200  # hundredths of a point
_BULLETS = tuple(f"{A}{n}" for n in ("buChar", "buAutoNum", "buBlip"))
_NOTES = "Speaker notes"
_BAND = 0.03  # of the slide's height: boxes that begin so close stand side by side


def read(source: Source, writer: Writer) -> Facts:
    """Read a PPTX file; the notes of a slide stand under "Speaker notes"."""
    package = Package(source, "PPTX")
    root = package.xml(package.main)
    if root is None or root.tag != f"{P}presentation":
        raise package.damaged()
    deck = _Deck(package, writer, root)
    slides = deck.slides()
    if len(slides) > source.limits.pages:
        raise Refusal(
            f"has {len(slides):,} slides; at most {source.limits.pages:,} are read: split it."
        )
    for number, name in enumerate(slides, 1):
        deck.slide(name, number)
    facts = package.facts()
    facts.pages = len(slides)
    if deck.noted:
        facts.warnings.append(f"The speaker notes of {deck.noted} slides were read, as notes.")
    return facts


class _Deck:
    def __init__(self, package: Package, writer: Writer, root: Any) -> None:
        self.package = package
        self.writer = writer
        self.root = root
        self.noted = 0
        self.number = 0
        size = root.find(f"{P}sldSz")
        width = int(size.get("cx") or 0) if size is not None else 0
        height = int(size.get("cy") or 0) if size is not None else 0
        self.area = Box(0, 0, width or 9_144_000, height or 6_858_000)
        self.palettes: dict[str, Palette] = {}
        self.palette = Palette(None)
        self.ground = "FFFFFF"

    def slides(self) -> list[str]:
        relations = self.package.relations(self.package.main)
        names = []
        for entry in self.root.iter(f"{P}sldId"):
            kind, target = relations.get(entry.get(f"{R}id") or "", ("", ""))
            if kind == "slide" and target not in names:
                names.append(target)
        return names

    def slide(self, name: str, number: int) -> None:
        root = self.package.xml(name)
        tree = root.find(f"{P}cSld/{P}spTree") if root is not None else None
        if tree is None:
            return
        self.number = number
        relations = self.package.relations(name)
        if root.get("show") in ("0", "false"):
            text = " ".join(t.text or "" for t in root.iter(f"{A}t"))
            self.writer.hide(text, "on hidden slides", number)
            return
        layouts = self._above(name)
        self._colours(root, layouts)
        shapes = [self._placed(s, layouts) for s in shapes_of(tree)]
        still = root.find(f"{P}timing") is None
        title = next((s for s in shapes if s.placeholder in _TITLES and self._says(s)), None)
        self.writer.section("", 1)
        if title is not None and self._reason(title, shapes, still) == "":
            text = one_line(" ".join(self._paragraphs(title, self._behind(title, shapes))))
            self.writer.heading(text, 1, number)
        for shape in self._in_order([s for s in shapes if s is not title]):
            self._shape(shape, shapes, still, relations)
        self._notes(relations)
        self._comments(relations)

    # what stands behind a slide

    def _above(self, name: str) -> list[Any]:
        """The slide's layout and master, where they are there, and their palette."""
        found = []
        for kind in ("slideLayout", "slideMaster"):
            name = next((t for k, t in self.package.relations(name).values() if k == kind), "")
            root = self.package.xml(name) if name else None
            if root is None:
                break
            found.append(root)
        if len(found) == 2 and name not in self.palettes:
            theme = next((t for k, t in self.package.relations(name).values() if k == "theme"), "")
            mapping = found[1].find(f"{P}clrMap")
            self.palettes[name] = Palette(
                self.package.xml(theme) if theme else None,
                dict(mapping.attrib) if mapping is not None else {},
            )
        self.palette = self.palettes.get(name) or Palette(None)
        return found

    def _colours(self, root: Any, layouts: list[Any]) -> None:
        self.ground = "FFFFFF"
        for page in (root, *layouts):
            back = page.find(f"{P}cSld/{P}bg")
            if back is None:
                continue
            fill = back.find(f"{P}bgPr/{A}solidFill")
            reference = back.find(f"{P}bgRef")
            if fill is not None:
                self.ground = self.palette.colour(fill)
            elif reference is not None:
                self.ground = self.palette.colour(reference)
            else:
                self.ground = UNKNOWN
            return

    def _placed(self, shape: Shape, layouts: list[Any]) -> Shape:
        """A placeholder without a place of its own has that of its layout."""
        if shape.box is not None or not shape.placeholder:
            return shape
        for layout in layouts:
            tree = layout.find(f"{P}cSld/{P}spTree")
            for other in shapes_of(tree) if tree is not None else ():
                same = other.index == shape.index != "0" or other.placeholder == shape.placeholder
                if other.box is not None and other.placeholder and same:
                    return Shape(
                        shape.element, other.box, shape.hidden, shape.placeholder, shape.index
                    )
        return shape

    def _in_order(self, shapes: list[Shape]) -> list[Shape]:
        """From top to bottom, side by side from left to right; as they come where places lack."""
        if any(s.box is None for s in shapes):
            return shapes
        band = _BAND * (self.area.bottom - self.area.top)
        return sorted(
            shapes, key=lambda s: (round(s.box.top / band), s.box.left) if s.box else (0, 0)
        )

    # what can be seen

    def _says(self, shape: Shape) -> bool:
        return any(says_something(t.text or "") for t in shape.element.iter(f"{A}t"))

    def _reason(self, shape: Shape, shapes: list[Shape], still: bool) -> str:
        """Why nothing of a shape can be seen, or ""."""
        if shape.hidden:
            return "in hidden shapes"
        if shape.box is None:
            return ""
        if not self.area.meets(shape.box) and (
            shape.box.right > shape.box.left or shape.box.left > 0
        ):
            return "off the slide"
        later = shapes[shapes.index(shape) + 1 :]
        if still and any(o.box and o.box.holds(shape.box) and self._is_opaque(o) for o in later):
            return "covered by other shapes"
        return ""

    def _is_opaque(self, shape: Shape) -> bool:
        if shape.hidden:
            return False
        if shape.element.tag == f"{P}pic":
            return True
        fill = shape.fill
        if fill is None or fill.tag != f"{A}solidFill":
            return False
        return next(fill.iter(f"{A}alpha"), None) is None

    def _behind(self, shape: Shape, shapes: list[Shape]) -> str:
        """The colour behind the text of a shape, `UNKNOWN` for pictures and theme styles."""
        fill = shape.fill
        if fill is not None and fill.tag == f"{A}solidFill":
            colour = self.palette.colour(fill)
            return self.ground if colour == "CLEAR" else colour
        if fill is not None and fill.tag != f"{A}noFill":
            return UNKNOWN
        if fill is None and shape.element.find(f"{P}style/{A}fillRef") is not None:
            return UNKNOWN
        before = shapes[: shapes.index(shape)]
        if shape.box and any(o.box and o.box.meets(shape.box) and self._fills(o) for o in before):
            return UNKNOWN
        return self.ground

    def _fills(self, shape: Shape) -> bool:
        if shape.element.tag != f"{P}sp":
            return True
        styled = shape.element.find(f"{P}style") is not None
        return (shape.fill is not None and shape.fill.tag != f"{A}noFill") or (
            shape.fill is None and styled
        )

    # what is written

    def _shape(
        self, shape: Shape, shapes: list[Shape], still: bool, relations: dict[str, tuple[str, str]]
    ) -> None:
        if shape.placeholder in _FURNITURE:
            return
        reason = self._reason(shape, shapes, still)
        if reason:
            text = " ".join(t.text or "" for t in shape.element.iter(f"{A}t"))
            self.writer.hide(text, reason, self.number)
            return
        table = next(shape.element.iter(f"{A}tbl"), None)
        if table is not None:
            self._table(table)
            return
        if shape.element.tag == f"{P}graphicFrame":
            self._graphic(shape.element, relations)
            return
        behind = self._behind(shape, shapes)
        listed = shape.placeholder in ("body", "obj", "half") or shape.index not in ("", "0")
        for paragraph in shape.element.findall(f"{P}txBody/{A}p"):
            text = self._text(paragraph, behind)
            bulleted = any(next(paragraph.iter(b), None) is not None for b in _BULLETS)
            short = len(shape.element.findall(f"{P}txBody/{A}p")) > 1 and listed
            self.writer.add("list_item" if bulleted or short else "paragraph", text, self.number)

    def _paragraphs(self, shape: Shape, behind: str) -> list[str]:
        return [self._text(p, behind) for p in shape.element.findall(f"{P}txBody/{A}p")]

    def _text(self, paragraph: Any, behind: str) -> str:
        parts: list[str] = []
        for run in paragraph:
            if run.tag == f"{A}br":
                parts.append("\n")
            elif run.tag in (f"{A}r", f"{A}fld"):
                text = run.findtext(f"{A}t") or ""
                if reason := self._run_reason(run.find(f"{A}rPr"), behind):
                    self.writer.hide(text, reason, self.number)
                else:
                    parts.append(text)
            elif run.tag not in (f"{A}pPr", f"{A}endParaRPr"):
                parts += [
                    t.text or "" for t in run.iter() if isinstance(t.tag, str) and _is_text(t.tag)
                ]
        return "".join(parts)

    def _run_reason(self, properties: Any, behind: str) -> str:
        if properties is None:
            return ""
        size = properties.get("sz") or ""
        if size.isdigit() and int(size) <= _SMALLEST:
            return "in a font of no size"
        if properties.find(f"{A}noFill") is not None:
            return "in a transparent colour"
        fill = properties.find(f"{A}solidFill")
        if fill is None or properties.find(f"{A}highlight") is not None:
            return ""
        colour = self.palette.colour(fill)
        if colour == "CLEAR":
            return "in a transparent colour"
        return "in the colour of the background" if is_near(colour, behind) else ""

    def _table(self, table: Any) -> None:
        rows: list[list[str]] = []
        for row in table.iter(f"{A}tr"):
            cells: list[str] = []
            for cell in row.iter(f"{A}tc"):
                fill = cell.find(f"{A}tcPr/{A}solidFill")
                behind = UNKNOWN if fill is None else self.palette.colour(fill)
                text = " ".join(self._text(p, behind) for p in cell.iter(f"{A}p"))
                if cell.get("vMerge") in ("1", "true") and rows and len(cells) < len(rows[-1]):
                    text = text or rows[-1][len(cells)]
                cells.append(text)
            rows.append(cells)
        properties = table.find(f"{A}tblPr")
        first = properties is not None and properties.get("firstRow") in ("1", "true")
        write_rows(self.writer, rows, int(first and len(rows) > 1), self.number)

    def _graphic(self, frame: Any, relations: dict[str, tuple[str, str]]) -> None:
        """The words of charts and diagrams, which are parts of their own."""
        for element in frame.iter():
            for name in ("dm", "id"):
                kind, target = relations.get(element.get(f"{R}{name}") or "", ("", ""))
                if kind not in ("diagramData", "chart"):
                    continue
                root = self.package.xml(target)
                for paragraph in root.iter(f"{A}p") if root is not None else ():
                    text = "".join(t.text or "" for t in paragraph.iter(f"{A}t"))
                    self.writer.add("caption", text, self.number)

    def _notes(self, relations: dict[str, tuple[str, str]]) -> None:
        name = next((t for k, t in relations.values() if k == "notesSlide"), "")
        root = self.package.xml(name) if name else None
        tree = root.find(f"{P}cSld/{P}spTree") if root is not None else None
        if tree is None:
            return
        texts = []
        for shape in shapes_of(tree):
            if shape.placeholder == "body" and not shape.hidden:
                texts += self._paragraphs(shape, "FFFFFF")
        texts = [t for t in texts if says_something(t)]
        if texts:
            self.noted += 1
            self.writer.section(_NOTES, 6)
        for text in texts:
            self.writer.add("paragraph", text, self.number)

    def _comments(self, relations: dict[str, tuple[str, str]]) -> None:
        for kind, target in relations.values():
            if "comment" in kind and (root := self.package.xml(target)) is not None:
                said = [
                    t.text or "" for t in root.iter() if isinstance(t.tag, str) and _is_text(t.tag)
                ]
                self.writer.hide(" ".join(said), "in comments", self.number)


def _is_text(tag: str) -> bool:
    return re.fullmatch(r"\{[^}]*\}(?:t|text)", tag) is not None and not tag.startswith(MC)
