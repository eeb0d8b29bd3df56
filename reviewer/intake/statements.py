"""Quantities that a design's text states of the chosen design, as targets or as what is built."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reviewer.domain.assertion import is_aside, is_asserted, is_negated
from reviewer.domain.design import DataFlow, Node, Quantity, Requirement, Section, Span
from reviewer.domain.topics import node_words, words
from reviewer.intake.clauses import Clause, Table, clause_at, row_clause, table_of
from reviewer.intake.places import Meaning, Place
from reviewer.intake.statement_rules import meaning
from reviewer.intake.word_statements import from_words
from reviewer.quantities import Found, find

_FILLS = re.compile(
    r"\b(?:of|from|fills?|loads?|refresh\w*|rebuilds?|updates?|feeds?|exports?|writes? (?:to|into)|"
    r"copies|into|reads?|runs?|triggers?|starts?|in|by)\b"
)


_COMMON_WORDS = """features data events orders users customers shop sales clicks prices products stores
    reviews articles pages messages questions documents docs items stock staff store model prompt"""
_COMMON = frozenset(_COMMON_WORDS.split())

_COUNTS = {"rate", "capacity"}


@dataclass(frozen=True)
class _Said:
    """A statement before it has a number."""

    meaning: Meaning
    clause: Clause
    quantity: Quantity | None
    node: str | None
    span: str
    region: str | None = None


def extract(
    spans: Sequence[Span], sections: Sequence[Section], data_flow: DataFlow
) -> tuple[Requirement, ...]:
    """Every statement of the text that the analysis can hold against the map or another statement.

    Only what is asserted of the chosen design counts: sections and clauses on history, options,
    plans and other people's systems are passed over, and so is the map's own source text.
    `Requirement.text` is the clause that the quantity stands in; ids are `R1`, `R2` … in order.
    """
    titles = {section.id: (*section.path, section.title) for section in sections}
    in_map = _spans_of_map(spans, data_flow)
    names = _Names(data_flow)
    said: list[_Said] = []
    for index, span in enumerate(spans):
        aside = span.section in titles and is_aside(*titles[span.section])
        if span.kind == "heading" or span.id in in_map or aside:
            continue
        said.extend(_of_span(spans, index, names))
    return tuple(_requirement(f"R{n}", item) for n, item in enumerate(said, 1))


def _requirement(name: str, item: _Said) -> Requirement:
    found = item.meaning
    return Requirement(
        id=name,
        subject=found.subject,
        comparison=found.comparison,
        value=item.quantity,
        percentile=found.percentile,
        region=item.region,
        target=found.target,
        node=item.node,
        span=item.span,
        text=" ".join(item.clause.topic.split()),
        label=found.label,
    )


def _spans_of_map(spans: Sequence[Span], data_flow: DataFlow) -> set[str]:
    """Spans of the map's own source: code lines between the first and the last that it names."""
    named = {s for node in data_flow.nodes for s in node.spans}
    named |= {s for flow in data_flow.flows for s in flow.spans}
    inside = set(named)
    for index, span in enumerate(spans):
        if span.id not in named or span.kind != "code":
            continue
        for step in (-1, 1):
            at = index + step
            while 0 <= at < len(spans) and spans[at].kind == "code" and spans[at].id not in inside:
                inside.add(spans[at].id)
                at += step
    return inside


def _of_span(spans: Sequence[Span], index: int, names: _Names) -> Iterator[_Said]:
    span = spans[index]
    table = table_of(spans, index) if span.kind == "row" else None
    if table is not None and table.compares:
        return
    found = find(span.text)
    starts = [f.start for f in found]
    item: Meaning | None = None
    for quantity in found:
        clause = _clause(span, quantity, starts, table)
        item = _read(span, clause, quantity, table) or _again(item, clause, quantity)
        if item is not None:
            node = names.of(clause.topic) or names.only(_without_others(span, quantity, found))
            if item.subject in _COUNTS:
                node = names.counted(quantity.quantity.text, node)
            if item.subject == "interval" and node and span.kind == "sentence":
                node = node if names.runs(node, span.text, quantity) else None
            yield _Said(item, clause, quantity.quantity, node, span.id)
    for word in from_words(span.text):
        clause = clause_at(span.text, word.start, word.end, [word.start])
        negated = is_negated(span.text[clause.start : word.start])
        if negated or not is_asserted(clause.text, span.text):
            continue
        found_meaning = Meaning(word.subject, word.target, "equal", word.label)
        # A promise on where data stays is about the data, not about the node that it came from.
        of_data = word.subject == "residency" and word.target
        node = None if of_data else names.of(clause.text) or names.only(span.text)
        yield _Said(found_meaning, clause, word.quantity, node, span.id, word.region)


def _without_others(span: Span, mine: Found, found: Sequence[Found]) -> str:
    """The sentence without the clauses of its other quantities: what they name is theirs."""
    if span.kind == "row":
        return span.text
    starts = [f.start for f in found]
    text = span.text
    own = clause_at(text, mine.start, mine.end, starts)
    for other in found:
        clause = clause_at(span.text, other.start, other.end, starts)
        if clause.start != own.start:
            text = text.replace(clause.text, " ", 1)
    return text


def _again(before: Meaning | None, clause: Clause, found: Found) -> Meaning | None:
    """A target without its verb, which the clause before has: `…, a price change within 5 min`."""
    said = clause.text[: max(0, found.start - clause.start)].lower()
    elided = re.search(r"\b(?:within|under|below|in|at most|inside)\s*$", said)
    if before is None or not before.target or not elided or found.dimension != "time":
        return None
    return before if before.subject in {"freshness", "latency"} else None


def _clause(span: Span, found: Found, starts: list[int], table: Table | None) -> Clause:
    if span.kind == "row":
        return row_clause(span.text, found.start, found.end, table, starts)
    return clause_at(span.text, found.start, found.end, starts)


def _place(clause: Clause, found: Found, text: str) -> Place:
    start, end = found.start - clause.start, found.end - clause.start
    low = text.lower()
    shift = 0 if text is clause.text else clause.start
    return Place(
        low,
        low[: start + shift],
        low[end + shift :],
        found.quantity.value,
        found.quantity.unit,
        found.dimension,
        clause.sentence.lower(),
    )


def _read(span: Span, clause: Clause, found: Found, table: Table | None) -> Meaning | None:
    """The meaning of a quantity in its clause, or where that is too short, in its sentence."""
    if not is_asserted(clause.text, span.text):
        return None
    place = _place(clause, found, clause.text)
    if is_negated(place.before) and found.dimension == "interval":
        return None
    result = meaning(place)
    if result is None and span.kind != "row" and found.dimension in {"time", "share"}:
        quantities = [f for f in find(span.text) if f.dimension == found.dimension]
        if len(quantities) == 1 and len(span.text) < 240:
            result = meaning(_place(clause, found, span.text))
    if result is not None and table is not None and _total(clause):
        return Meaning(result.subject, result.target, result.comparison, "total", result.percentile)
    return result


def _total(clause: Clause) -> bool:
    return bool(re.match(r"\W*(?:total|sum|overall|end[- ]to[- ]end)\b", clause.topic.lower()))


class _Names:
    """Finds the one node of the map that a text names."""

    def __init__(self, data_flow: DataFlow) -> None:
        self.nodes = data_flow.nodes
        counts: dict[str, int] = {}
        self.words = {node.id: node_words(node) for node in self.nodes}
        for found in self.words.values():
            for word in found:
                counts[word] = counts.get(word, 0) + 1
        self.alone = {word for word, count in counts.items() if count == 1}

    def of(self, text: str) -> str | None:
        """The node that the text names in full; else the one whose words it has most of.

        Of several only the one that the text begins with, which is what it speaks of.
        """
        low = f" {_plain(text)} "
        exact = {name: n.id for n in self.nodes for name in _spellings(n) if f" {name} " in low}
        # "Kafka" inside "Kafka Connect" is not a second node.
        whole = {
            node
            for name, node in exact.items()
            if not any(name in other and node != exact[other] for other in exact if other != name)
        }
        if len(whole) > 1:
            begins = re.sub(r"^ (?:the |a |an |each |every )?", "", low)
            return next((exact[name] for name in exact if begins.startswith(f"{name} ")), None)
        if whole:
            return whole.pop()
        spoken = words(text)
        strong = [n.id for n in self.nodes if self._overlap(n, spoken)]
        return strong[0] if len(strong) == 1 else None

    def counted(self, quantity: str, node_id: str | None) -> str | None:
        """The node whose things are counted: `180 sales a second` is not the rate of the offers."""
        noun = words(quantity)
        if node_id is None or noun & self.words[node_id]:
            return node_id
        others = [n.id for n in self.nodes if noun & self.words[n.id] & self.alone]
        return others[0] if len(others) == 1 else None if others else node_id

    def runs(self, node_id: str, sentence: str, found: Found) -> bool:
        """Whether the schedule is that of the node, and not of a job that only touches it."""
        node = next(n for n in self.nodes if n.id == node_id)
        after = f" {_plain(sentence[found.end :])} "
        if any(f" {name} " in f" {_plain(sentence[: found.start])} " for name in _spellings(node)):
            return True
        places = [after.index(f" {n} ") for n in _spellings(node) if f" {n} " in after]
        if not places:
            return True
        between = after[: min(places)].split()
        return len(between) <= 2 or bool(_FILLS.search(" ".join(between)))

    def _overlap(self, node: Node, spoken: frozenset[str]) -> bool:
        mine = self.words[node.id]
        shared = mine & spoken
        return len(shared) >= 2 and len(shared) >= len(mine) / 2 and bool(shared & self.alone)

    def only(self, sentence: str) -> str | None:
        """The node of a sentence that names exactly one node, in full."""
        low = f" {_plain(sentence)} "
        exact = [n.id for n in self.nodes if any(f" {name} " in low for name in _spellings(n))]
        return exact[0] if len(exact) == 1 else None


def _spellings(node: Node) -> set[str]:
    """The node's id and name; short ones only where they are capitals, as in LLM."""
    found = {_plain(text) for text in (node.id, node.name) if len(text) > 3}
    if _plain(node.id) in _COMMON and _plain(node.id) != _plain(node.name):
        found.discard(_plain(node.id))  # the word may mean the things themselves
    if node.name.isupper() and len(node.name) in {2, 3}:
        found.add(_plain(node.name))
    return found - {""}


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()
