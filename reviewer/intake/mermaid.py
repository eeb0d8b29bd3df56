"""Reads the Mermaid flowcharts that people draw data flows with.

No maintained Python library does. What is not part of a flowchart's structure (styles, clicks,
directions) is passed over; a line that cannot be read is passed over and counted.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

_MOST_NODES = 2000
_LONGEST_LINE = 2000
_HEADER = re.compile(r"(?:flowchart(?:-elk)?|graph)\b[ \t]*(?:TB|TD|BT|RL|LR)?\b", re.IGNORECASE)
_PASSED_OVER = re.compile(
    r"(?:click|style|classDef|class|linkStyle|direction|accTitle|accDescr|%%)(?![\w-]*\s*[-=\[(])"
)
_SUBGRAPH = re.compile(
    r"subgraph\b\s*(?:(?P<id>[\w.-]+)\s*\[\s*\"?(?P<title>[^\]\"]*)\"?\s*\]|\"(?P<quoted>[^\"]*)\""
    r"|(?P<plain>.*))"
)
_ID = re.compile(r"\w+(?:[-./](?=\w)\w+)*")
_NEW_SHAPE = re.compile(r"@\{([^}]*)\}")
_ATTRIBUTE = re.compile(r"(shape|label)\s*:\s*(?:\"([^\"]*)\"|([^,\s}]+))")
_CLASS = re.compile(r":::\s*[\w-]+")
_SHAPES = (
    ("(((", (")))",), "circle"),
    ("((", ("))",), "circle"),
    ("([", ("])",), "stadium"),
    ("[(", (")]",), "store"),
    ("[[", ("]]",), "box"),
    ("[/", ("/]", "\\]"), "box"),
    ("[\\", ("\\]", "/]"), "box"),
    ("{{", ("}}",), "box"),
    ("{", ("}",), "decision"),
    ("[", ("]",), "box"),
    ("(", (")",), "box"),
    (">", ("]",), "box"),
)
_LINK = re.compile(
    r"(?P<left><|[xo](?=-|=))?(?P<line>-{2,}(?=[>xo])[>xo]|-{3,}|={2,}(?=[>xo])[>xo]|={3,}"
    r"|-\.+-(?:[>xo])?|(?P<invisible>~{3,}))(?:\s*\|\s*(?:\"(?P<quoted>[^\"]*)\"\s*|(?P<label>[^|]*))\|)?"
)
_TEXT_LINK = re.compile(
    r"(?P<left><)?(?:--\s*(?P<a>[^\s>\-](?:[^\n]*?[^\s\-])?)\s*(?:-{2,}[>xo]|-{3,})"
    r"|==\s*(?P<b>[^\s>=](?:[^\n]*?[^\s=])?)\s*(?:={2,}[>xo]|={3,})"
    r"|-\.\s*(?P<c>[^\s.](?:[^\n]*?[^\s.])?)\s*\.+-[>xo]?)"
)
_TAGS = re.compile(r"<[^<>]{1,80}>|\bfa[a-z]?:fa-[\w-]+|[*`]+|\\n")


@dataclass
class ChartNode:
    """A box of the chart; `lines` are the lines (from 0) that name it with a label, or first."""

    id: str
    label: str
    shape: str = ""
    group: str = ""
    lines: list[int] = field(default_factory=list)
    labelled: bool = False


@dataclass(frozen=True)
class ChartEdge:
    """An arrow of the chart."""

    source: str
    target: str
    label: str
    line: int


@dataclass
class Chart:
    """A flowchart."""

    nodes: dict[str, ChartNode] = field(default_factory=dict)
    edges: list[ChartEdge] = field(default_factory=list)
    unread: int = 0


def read_chart(text: str) -> Chart | None:
    """The flowchart in the text of a Mermaid block; `None` for any other kind of diagram."""
    reader = _ChartReader()
    started = False
    front_matter = False
    for number, line in enumerate(text.split("\n")):
        line = line.strip()
        if not started:
            front_matter ^= line == "---"
            if front_matter or not line or line == "---" or line.startswith("%%"):
                continue
            header = _HEADER.match(line)
            if header is None:
                return None
            started = True
            line = line[header.end() :].lstrip(" ;")
        for statement in _statements(line[:_LONGEST_LINE]):
            reader.statement(statement, number)
    return reader.finish() if started else None


def _statements(line: str) -> list[str]:
    """The line's statements, parted by `;` outside quotes and brackets."""
    if ";" not in line:
        return [line] if line else []
    parts, start, depth, quoted = [], 0, 0, False
    for index, character in enumerate(line):
        if character == '"':
            quoted = not quoted
        elif not quoted and character in "[({|":
            depth += 1 if character != "|" else 0
        elif not quoted and character in "])}":
            depth = max(0, depth - 1)
        elif character == ";" and not quoted and depth == 0:
            parts.append(line[start:index].strip())
            start = index + 1
    return [p for p in [*parts, line[start:].strip()] if p]


class _ChartReader:
    def __init__(self) -> None:
        self.chart = Chart()
        self.groups: list[str] = []  # ids of the subgraphs that are open
        self.titles: dict[str, str] = {}
        self.members: dict[str, list[str]] = {}

    def statement(self, text: str, line: int) -> None:
        if text == "end":
            if self.groups:
                self.groups.pop()
            return
        if text.startswith("subgraph") and (match := _SUBGRAPH.match(text)):
            title = match["title"] or match["quoted"] or match["plain"] or match["id"] or ""
            group = (match["id"] or match["plain"] or match["quoted"] or "").strip()
            self.groups.append(group)
            self.titles[group] = _clean(title)
            self.members.setdefault(group, [])
            return
        if _PASSED_OVER.match(text):
            return
        if not self._chain(text, line):
            self.chart.unread += 1

    def _chain(self, text: str, line: int) -> bool:
        sources, position = self._group_of_nodes(text, 0, line)
        while sources:
            position = _skip(text, position)
            if position >= len(text):
                return True
            link = _LINK.match(text, position) or _TEXT_LINK.match(text, position)
            if link is None:
                return False
            found = link.groupdict()
            texts = [found.get(name) for name in ("quoted", "label", "a", "b", "c")]
            label = next((t for t in texts if t), "")
            targets, position = self._group_of_nodes(text, _skip(text, link.end()), line)
            if not targets:
                return False
            if not found.get("invisible"):
                self._link(sources, targets, _clean(label), line)
                if found.get("left") == "<":
                    self._link(targets, sources, _clean(label), line)
            sources = targets
        return False

    def _link(self, sources: list[str], targets: list[str], label: str, line: int) -> None:
        self.chart.edges += [ChartEdge(s, t, label, line) for s in sources for t in targets]

    def _group_of_nodes(self, text: str, position: int, line: int) -> tuple[list[str], int]:
        """`A & B[label]`: ids, and where they end."""
        names = []
        while True:
            name, position = self._node(text, _skip(text, position), line)
            if name is None:
                return [], position
            names.append(name)
            after = _skip(text, position)
            if after >= len(text) or text[after] != "&":
                return names, position
            position = after + 1

    def _node(self, text: str, position: int, line: int) -> tuple[str | None, int]:
        match = _ID.match(text, position)
        if match is None:
            return None, position
        name, position = match[0], match.end()
        label, shape, position = _shape(text, position)
        css = _CLASS.match(text, position)
        position = css.end() if css else position
        self._add(name, label, shape, line)
        return name, position

    def _add(self, name: str, label: str | None, shape: str, line: int) -> None:
        if name in self.titles and label is None:
            return  # an arrow to or from a subgraph
        node = self.chart.nodes.get(name)
        if node is None:
            if len(self.chart.nodes) >= _MOST_NODES:
                return
            node = self.chart.nodes[name] = ChartNode(name, name, lines=[line])
        if label is not None:
            if not node.labelled:
                node.lines = []
            node.label, node.shape, node.labelled = _clean(label) or name, shape, True
            node.lines.append(line)
        if self.groups and not node.group:
            node.group = self.titles[self.groups[-1]]
            for group in self.groups:
                self.members[group].append(name)

    def finish(self) -> Chart:
        """Arrows at subgraphs become arrows at the first or last boxes inside."""
        edges: list[ChartEdge] = []
        for edge in self.chart.edges:
            sources = self._ends(edge.source, leaving=True)
            targets = self._ends(edge.target, leaving=False)
            edges += [ChartEdge(s, t, edge.label, edge.line) for s in sources for t in targets]
        self.chart.edges = [
            e for e in edges if e.source in self.chart.nodes and e.target in self.chart.nodes
        ]
        return self.chart

    def _ends(self, name: str, *, leaving: bool) -> list[str]:
        """The box itself; of a subgraph the boxes that no arrow inside it leaves (or reaches)."""
        if name in self.chart.nodes or name not in self.members:
            return [name]
        members = dict.fromkeys(self.members[name])
        inner = [e for e in self.chart.edges if e.source in members and e.target in members]
        taken = {e.source if leaving else e.target for e in inner}
        return [m for m in members if m not in taken] or list(members)[:1]


def _skip(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t":
        position += 1
    return position


def _shape(text: str, position: int) -> tuple[str | None, str, int]:
    """Label, shape and end of the brackets after a node's id."""
    new = _NEW_SHAPE.match(text, position)
    if new:
        given = {m[1]: m[2] or m[3] for m in _ATTRIBUTE.finditer(new[1])}
        shape = "store" if re.match(r"cyl|db|das|disk|lin-cyl", given.get("shape", "")) else "box"
        return given.get("label"), shape, new.end()
    for opening, closings, shape in _SHAPES:
        if not text.startswith(opening, position):
            continue
        start = _skip(text, position + len(opening))
        if text.startswith('"', start):
            quote = text.find('"', start + 1)
            if quote > 0:
                after = _skip(text, quote + 1)
                for closing in closings:
                    if text.startswith(closing, after):
                        return text[start + 1 : quote], shape, after + len(closing)
        ends = [(text.find(c, start), c) for c in closings]
        ends = [e for e in ends if e[0] >= 0]
        if ends:
            end, closing = min(ends)
            return text[start:end].strip('" '), shape, end + len(closing)
    return None, "", position


def _clean(label: str) -> str:
    label = re.sub(r"#(\w+);", r"&\1;", label).replace("&quot;", '"')
    return " ".join(_TAGS.sub(" ", html.unescape(label)).split())
