"""HTML to blocks: what a person sees of the page's own content, in its order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import lxml.html  # type: ignore[import-untyped]  # it ships no types
from lxml import etree

from knowledge.first_bytes import decoded
from knowledge.readers.metadata import authors_from, doi_in, title_from, year_in
from knowledge.readers.source import Facts, Refusal, Source
from knowledge.readers.styles import Look, Sheet, look_of
from knowledge.readers.tables import write_rows
from knowledge.readers.writing import Writer, one_line

if TYPE_CHECKING:
    from knowledge.document_types import BlockKind

_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]{1,40})", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"<\?xml[^>]{0,100}encoding=[\"']([\w-]{1,40})")
_INLINE = frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "b",
        "bdi",
        "bdo",
        "big",
        "cite",
        "code",
        "data",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "ins",
        "kbd",
        "label",
        "mark",
        "math",
        "mrow",
        "mi",
        "mn",
        "mo",
        "msup",
        "msub",
        "mfrac",
        "q",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
        "var",
        "wbr",
        "ruby",
        "rb",
        "rt",
        "rp",
        "img",
        "picture",
        "source",
        "nobr",
        "a11y",
        "svg",
        "text",
        "tspan",
        "semantics",
        "annotation",
        "button",
        "input",
    ]
)
_NEVER = frozenset(
    [
        "script",
        "style",
        "template",
        "head",
        "noscript",
        "iframe",
        "object",
        "embed",
        "canvas",
        "audio",
        "video",
        "map",
        "select",
        "option",
        "datalist",
        "textarea",
        "noframes",
        "applet",
        "meta",
        "link",
        "title",
        "base",
        "svg",
        "button",
    ]
)
_FRAME = frozenset(("nav", "footer", "aside"))
_FRAME_ROLES = frozenset(("navigation", "banner", "contentinfo", "search", "complementary", "menu"))
_FEWEST = 200
_MOST_DEPTH = 200


def read(source: Source, writer: Writer) -> Facts:
    """Read an HTML file."""
    declared = _CHARSET.search(source.data[:4000]) or _XML_ENCODING.search(source.data[:200])
    text, warning = decoded(source.data, declared[1].decode() if declared else "")
    source.announce(1 + len(text) // 10_000)
    root = parsed(text)
    facts = _facts(root)
    if warning:
        facts.warnings.append(warning)
    write_page(root, writer)
    return facts


def parsed(text: str) -> Any:
    """The tree of a page. Raises `Refusal` where there is none."""
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text.replace("\x00", ""))
    parser = lxml.html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False)
    if "</" not in text:  # nothing but a comment, perhaps: give it a page to stand on
        text += "<p></p>"
    try:
        root = lxml.html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise Refusal("has no text.") from error
    return root


def write_page(root: Any, writer: Writer, page: int | None = None, *, whole: bool = False) -> None:
    """Write the blocks of a page; `whole` keeps what looks like navigation."""
    walk = _Walk(writer, Sheet([s.text or "" for s in root.iter("style")]), page)
    body = root.find("body")
    body = body if body is not None else root
    main = body if whole else _main(body)
    walk.whole = whole
    walk.look = _look_down_to(main, walk.sheet)
    walk.comments_outside(main)
    walk.children(main, "paragraph")
    walk.flush()


def _main(body: Any) -> Any:
    """The element with the page's own content."""
    length = len(one_line(body.text_content()))
    for path in (".//main", ".//*[@role='main']", ".//article"):
        found = body.xpath(path)
        if len(found) == 1:
            own = len(one_line(found[0].text_content()))
            if own >= _FEWEST and own * 4 >= length:
                return found[0]
    return body


def _look_down_to(element: Any, sheet: Sheet) -> Look:
    look = Look()
    for above in [*reversed(list(element.iterancestors())), element]:
        look = look_of(above, look, sheet)
    return look


class _Walk:
    """One pass over the tree."""

    def __init__(self, writer: Writer, sheet: Sheet, page: int | None) -> None:
        self.writer = writer
        self.sheet = sheet
        self.page = page
        self.whole = False
        self.look = Look()
        self.parts: list[str] = []
        self.kind: BlockKind = "paragraph"
        self.level = 0
        self.depth = 0
        self.in_article = 0

    def children(self, element: Any, kind: BlockKind) -> None:
        self.text(element.text)
        for child in element:
            self.child(child, kind)
            self.text(child.tail)

    def child(self, child: Any, kind: BlockKind) -> None:
        if not isinstance(child.tag, str):
            if child.tag is etree.Comment:
                self.comment(child.text or "")
            return
        if child.tag in _NEVER:
            return
        above, look = self.look, look_of(child, self.look, self.sheet)
        if look.hidden:
            self.writer.hide(_visible_text(child), look.hidden, self.page)
            return
        if self.frame(child) or self.depth > _MOST_DEPTH:
            return
        self.look = look
        self.depth += 1
        self.element(child, kind)
        self.depth -= 1
        self.look = above

    def comment(self, text: str) -> None:
        if not text.startswith("["):  # [if IE]: for a browser, not for a person
            self.writer.hide(text, "in HTML comments", self.page)

    def frame(self, element: Any) -> bool:
        """Whether the element is the frame round the content: menus, footers, side bars."""
        if self.whole:
            return False
        if (element.get("role") or "").lower() in _FRAME_ROLES:
            return True
        if element.tag in _FRAME and not self.in_article:
            return True
        return element.tag in ("ul", "ol", "div", "table") and _is_menu(element)

    def element(self, element: Any, kind: BlockKind) -> None:
        tag = element.tag
        if tag == "br":
            self.parts.append("\n")
        elif tag == "img":
            return
        elif tag == "hr":
            self.flush()
        elif tag == "table":
            self.flush()
            self.table(element)
        elif tag in ("pre", "listing", "xmp"):
            self.block(element, "code")
        elif re.fullmatch("h[1-6]", tag):
            self.block(element, "heading", int(tag[1]))
        elif tag in ("li", "dd"):
            self.block(element, "list_item")
        elif tag in ("figcaption", "caption"):
            self.block(element, "caption")
        elif tag in _INLINE:
            self.children(element, kind)
        else:
            self.in_article += tag == "article"
            self.block(element, kind if kind in ("list_item", "caption") else "paragraph")
            self.in_article -= tag == "article"

    def block(self, element: Any, kind: BlockKind, level: int = 0) -> None:
        self.flush()
        before = self.kind, self.level
        self.kind, self.level = kind, level
        self.children(element, kind)
        self.flush()
        self.kind, self.level = before

    def text(self, text: str | None) -> None:
        if not text:
            return
        reason = self.look.reason()
        if reason:
            self.writer.hide(text, reason, self.page)
        else:
            self.parts.append(text if self.kind == "code" else re.sub(r"\s+", " ", text))

    def flush(self) -> None:
        text = "".join(self.parts)
        self.parts = []
        if not text.strip():
            return
        if self.kind == "heading":
            self.writer.heading(text, self.level, self.page)
        else:
            self.writer.add(self.kind, text, self.page)

    def table(self, table: Any) -> None:
        """Data row by row; a table that only lays out the page is read as blocks."""
        rows = [r for r in table.iter("tr") if next(r.iterancestors("table"), None) is table]
        layout = any(next(r.iter("table"), None) is not None for r in rows)
        if (
            layout
            or (table.get("role") or "") == "presentation"
            or max(map(len, rows), default=0) < 2
        ):
            self.children(table, "paragraph")
            self.flush()
            return
        if (caption := table.find("caption")) is not None:
            self.block(caption, "caption")
        lines = [self.cells(row) for row in rows]
        heads = next((i for i, row in enumerate(rows) if not _is_head(row)), len(rows))
        write_rows(self.writer, [line for line in lines if line], heads, self.page)

    def cells(self, row: Any) -> list[str]:
        above = self.look
        self.look = look_of(row, above, self.sheet)
        cells: list[str] = []
        if self.look.hidden:
            self.writer.hide(_visible_text(row), self.look.hidden, self.page)
        else:
            for cell in row:
                if cell.tag in ("td", "th"):
                    cells += self.cell(cell)
        self.look = above
        return cells

    def cell(self, cell: Any) -> list[str]:
        """The text of a cell, once for each column that it spans."""
        above, self.look = self.look, look_of(cell, self.look, self.sheet)
        kept = self.parts, self.writer
        inline = Inline(self.writer)
        self.parts, self.writer = [], inline
        if self.look.hidden:
            inline.hide(_visible_text(cell), self.look.hidden, self.page)
        else:
            self.children(cell, "paragraph")
            self.flush()
        text = " ".join(inline.texts)
        self.parts, self.writer = kept
        self.look = above
        span = cell.get("colspan") or "1"
        return [text] + [""] * (min(int(span), 50) - 1 if span.isdigit() else 0)

    def comments_outside(self, main: Any) -> None:
        """Reports the comments on the rest of the page too."""
        for comment in main.getroottree().xpath("//comment()"):
            if not any(above is main for above in comment.iterancestors()):
                self.comment(comment.text or "")


class Inline(Writer):
    """Takes the blocks of a table cell as plain texts."""

    def __init__(self, outer: Writer) -> None:
        super().__init__(outer.limits)
        self.hidden = outer.hidden
        self.texts: list[str] = []

    def heading(self, text: str, level: int, page: int | None = None) -> None:
        """A heading in a cell is text."""
        self.texts.append(one_line(text))

    def row(
        self, cells: Sequence[str], header: Sequence[str] = (), page: int | None = None
    ) -> None:
        """A row of a table in a cell is text."""
        self.texts.append(" ".join(one_line(c) for c in cells if c))

    def add(
        self, kind: BlockKind, text: str, page: int | None = None, *, continued: bool = False
    ) -> None:
        """A block in a cell is text."""
        self.texts.append(one_line(text))


def _visible_text(element: Any) -> str:
    for child in element.iter("script", "style", "template"):
        child.text = ""
    return str(element.text_content())


def _is_head(row: Any) -> bool:
    if row.getparent() is not None and row.getparent().tag == "thead":
        return True
    cells = [c.tag for c in row if c.tag in ("td", "th")]
    return len(cells) > 1 and all(c == "th" for c in cells)


def _is_menu(element: Any) -> bool:
    """Whether nearly all of a longer list is links of few words: a menu."""
    links = list(element.iter("a"))
    if len(links) < 4:
        return False
    words = one_line(element.text_content())
    linked = sum(len(one_line(a.text_content())) for a in links)
    outside = len(words) - linked - len(links)
    return outside * 10 < linked and linked < 30 * len(links)


def _facts(root: Any) -> Facts:
    metas: dict[str, list[str]] = {}
    for meta in root.iter("meta"):
        name = (meta.get("name") or meta.get("property") or "").lower()
        if name and (content := (meta.get("content") or "").strip()):
            metas.setdefault(name, []).append(content)

    def first(*names: str) -> str:
        return next((metas[n][0] for n in names if n in metas), "")

    title = first("citation_title", "dc.title", "dcterms.title", "og:title")
    if not title:
        found = root.find(".//title")
        title = found.text_content() if found is not None else ""
    authors = metas.get("citation_author") or metas.get("dc.creator") or metas.get("author") or []
    names = [n for a in authors for n in authors_from(_turned(a))]
    date = first(
        "citation_publication_date", "citation_date", "citation_year", "dc.date", "dcterms.issued",
        "article:published_time", "date",
    )  # fmt: skip
    return Facts(
        title=title_from(title),
        authors=tuple(dict.fromkeys(names)),
        year=year_in(date),
        doi=doi_in(first("citation_doi", "dc.identifier", "prism.doi", "doi")),
        language=root.get("lang") or "",
    )


def _turned(name: str) -> str:
    """The name "Family, Given" as "Given Family"."""
    family, comma, given = name.partition(",")
    return f"{given.strip()} {family.strip()}" if comma and "," not in given else name
