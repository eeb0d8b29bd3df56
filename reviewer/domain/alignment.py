"""Alignment: which spans, sections, map nodes and facts of two designs are the same.

Spans are the same where they have the same wording in a section of the same standing, wherever it
stands and whatever it is called; ids, order, formatting and slips of spelling do not count. A name
that is replaced by another one everywhere (of a company, say) is a new name, not new content.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cached_property
from typing import Any

from pydantic import BaseModel

from reviewer.domain.design import DataFlow, Design, Quantity, Section, Span
from reviewer.domain.facts import Analysis, Fact
from reviewer.domain.wording import Known, Words, same_wording, words

_ALIKE = 0.5  # share of words from which a new statement is an edit of an old one
_RUN = 8  # statements that may have become one, or the other way round
_COMMON = 25  # statements with a word from which it tells nothing of which they are
_NAME = 3  # words of a name
_LONGEST = 300  # words of a statement that are compared
# Capitalised like a company, and content all the same: to replace one by another is a decision.
_PRODUCTS = (
    "airflow anthropic aws azure bedrock bigquery cassandra chroma claude clickhouse cohere "
    "cosmos databricks debezium dbt dynamo dynamodb elastic elasticsearch fivetran flink gcp gemini "
    "google gpt hadoop iceberg informatica kafka kinesis kubernetes lambda llama looker microsoft "
    "milvus mistral mongo mongodb mulesoft mysql neo openai opensearch oracle pinecone postgres "
    "postgresql presto pubsub pulsar qdrant rabbitmq redis redshift sagemaker salesforce sap snowflake "
    "spark splunk sql synapse talend teradata trino vertex weaviate"
)
_OPENING = re.compile(
    r"scenario|introduction|overview|abstract|summary|context|company|business|about", re.IGNORECASE
)
_TECHNOLOGY = frozenset(_PRODUCTS.split())
_STANDINGS = (
    ("aside", r"alternativ|compar|reject|considered|discarded|options?\b"),
    ("later", r"future|roadmap|next steps|phase (?:2|two|ii)|out of scope|later|backlog|outlook"),
    ("before", r"background|history|today|current|as-is|status quo|motivation|legacy situation"),
    ("others", r"related work|literature|references|bibliography|glossary"),
)


@dataclass(frozen=True)
class Alignment:
    """What two designs have in common. `kept`, `edits`, `sections`, `facts` lead from old to new ids.

    `kept` spans say the same; `edits` are pairs of statements of which the second replaced the
    first. `gone` and `new` are ids of statements that stand in one design only. `nodes` are the
    ids of new map nodes that are not as they were, `map_changed` is true where any part of the map
    is not. `facts` are those that say the same; `new_facts` those that do not, or are new.
    """

    kept: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    edits: Mapping[str, str] = field(default_factory=dict)
    gone: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    sections: Mapping[str, str] = field(default_factory=dict)
    nodes: frozenset[str] = frozenset()
    map_changed: bool = False
    facts: Mapping[str, str] = field(default_factory=dict)
    new_facts: frozenset[str] = frozenset()

    @property
    def same(self) -> bool:
        """Whether nothing was changed but looks."""
        return not (self.gone or self.new or self.map_changed or self.new_facts)


def align(old: tuple[Design, Analysis], new: tuple[Design, Analysis], known: Known) -> Alignment:
    """What changed from one design to the other."""
    mine, theirs = _Side(old[0]), _Side(new[0])
    pairs = _Pairs(mine, theirs, known)
    renamed = _renamed(pairs, old[0], new[0])
    if renamed:
        mine = mine.with_name(*renamed)
        pairs = _Pairs(mine, theirs, known)
    gone = tuple(s.id for s in old[0].spans if s.id not in pairs.kept)
    fresh = tuple(s.id for s in new[0].spans if s.id not in pairs.taken)
    nodes, flows = _changed_map(old[0].data_flow, new[0].data_flow, known, renamed)
    moved = _Moved(frozenset(gone), frozenset(fresh), bool(nodes or flows))
    facts, new_facts = _facts(old[1], new[1], moved)
    return Alignment(
        kept=pairs.kept,
        edits={a: b for a, b, _ in pairs.edits()},
        gone=gone,
        new=fresh,
        sections=_sections(mine, theirs, pairs.kept),
        nodes=frozenset(nodes),
        map_changed=moved.map,
        facts=facts,
        new_facts=new_facts,
    )


class _Side:
    """A design's spans as words, and the standing of the section each is in."""

    def __init__(self, design: Design, wording: Mapping[str, Words] | None = None) -> None:
        self.design = design
        self.sections = {s.id: s for s in design.sections}
        self.words = wording or {
            s.id: words(s.text, heading=s.kind == "heading") for s in design.spans
        }
        stands = {s.id: _standing(s) for s in design.sections}
        self.standing = {s.id: stands.get(s.section, "") for s in design.spans}

    @cached_property
    def first(self) -> dict[tuple[Words, str], str]:
        """The first span of each wording and standing."""
        return {(self.words[s.id], self.standing[s.id]): s.id for s in reversed(self.design.spans)}

    def with_name(self, name: Words, other: Words) -> _Side:
        """The same with a name replaced by another."""
        return _Side(self.design, {i: _replaced(w, name, other) for i, w in self.words.items()})


def _standing(section: Section) -> str:
    """How a heading lets everything under it be read: as built, as an option, as a plan."""
    titles = " / ".join((*section.path[1:], section.title) if section.level > 1 else ())
    return next((n for n, pattern in _STANDINGS if re.search(pattern, titles.lower())), "")


class _Pairs:
    """Which spans of two sides say the same."""

    def __init__(self, old: _Side, new: _Side, known: Known) -> None:
        self.old, self.new, self.known = old, new, known
        self.kept: dict[str, tuple[str, ...]] = {}
        self.taken: set[str] = set()
        self._equal()
        self._misspelt()
        self._regrouped()

    def left(self, side: _Side) -> list[Span]:
        """The spans of a side that have no counterpart yet, in order."""
        done: Iterable[str] = self.kept if side is self.old else self.taken
        return [s for s in side.design.spans if s.id not in done]

    def edits(self) -> list[tuple[str, str, float]]:
        """Old and new statements that are alike, each at most once, most alike first."""
        found = []
        for a, b in self._candidates():
            ratio = alike(self.old.words[a.id], self.new.words[b.id])
            if ratio >= _ALIKE and (a.kind == "code") == (b.kind == "code"):
                found.append((a.id, b.id, ratio))
        found.sort(key=lambda pair: -pair[2])
        used: set[str] = set()
        best = []
        for a_id, b_id, ratio in found:
            if "o" + a_id not in used and "n" + b_id not in used:
                used |= {"o" + a_id, "n" + b_id}
                best.append((a_id, b_id, ratio))
        return best

    def _take(self, old: Sequence[Span], new: Sequence[Span]) -> None:
        ids = tuple(s.id for s in new)
        self.kept.update({s.id: ids for s in old})
        self.taken.update(ids)

    def _equal(self) -> None:
        places: dict[tuple[Words, str], list[Span]] = defaultdict(list)
        for span in self.new.design.spans:
            places[self.new.words[span.id], self.new.standing[span.id]].append(span)
        for span in self.old.design.spans:
            there = places.get((self.old.words[span.id], self.old.standing[span.id]))
            if there:
                same = (i for i, s in enumerate(there) if s.section == span.section)
                self._take([span], [there.pop(next(same, 0))])
        # a statement that is said a second time, or once less, says nothing new
        for span in self.left(self.old):
            again = self.new.first.get((self.old.words[span.id], self.old.standing[span.id]))
            if again:
                self.kept[span.id] = (again,)
        for span in self.left(self.new):
            if (self.new.words[span.id], self.new.standing[span.id]) in self.old.first:
                self.taken.add(span.id)

    def _misspelt(self) -> None:
        for a, b in self._candidates():
            if a.id in self.kept or b.id in self.taken:
                continue
            if self.old.standing[a.id] == self.new.standing[b.id] and same_wording(
                self.old.words[a.id], self.new.words[b.id], self.known
            ):
                self._take([a], [b])

    def _candidates(self) -> list[tuple[Span, Span]]:
        """Pairs of unmatched spans that share a good part of their rarer words."""
        theirs = self.left(self.new)
        places: dict[str, list[int]] = defaultdict(list)
        for row, span in enumerate(theirs):
            for word in set(self.new.words[span.id]):
                places[word].append(row)
        found = []
        for span in self.left(self.old):
            mine = set(self.old.words[span.id])
            shared = Counter(
                row for w in mine if len(places.get(w, ())) <= _COMMON for row in places.get(w, ())
            )
            for row, count in shared.items():
                if count >= max(1, 0.3 * min(len(mine), len(self.new.words[theirs[row].id]))):
                    found.append((span, theirs[row]))
        return found

    def _regrouped(self) -> None:
        """Statements that were joined into one or divided, word for word the same."""
        theirs = self.left(self.new)
        starts: dict[str, list[int]] = defaultdict(list)
        for row, span in enumerate(theirs):
            if self.new.words[span.id]:
                starts[self.new.words[span.id][0]].append(row)
        mine = self.left(self.old)
        for at, span in enumerate(mine):
            if span.id in self.kept or not self.old.words[span.id]:
                continue
            for row in starts.get(self.old.words[span.id][0], ())[:_COMMON]:
                if theirs[row].id not in self.taken and self._run(mine[at:], theirs[row:]):
                    break

    def _run(self, old: Sequence[Span], new: Sequence[Span]) -> bool:
        """Whether the first few of both, taken together, have the same words; then they are kept."""
        i = j = 1
        if self.old.standing[old[0].id] != self.new.standing[new[0].id]:
            return False
        mine, theirs = list(self.old.words[old[0].id]), list(self.new.words[new[0].id])
        while mine != theirs and max(i, j) < _RUN:
            shorter, longer = (mine, theirs) if len(mine) < len(theirs) else (theirs, mine)
            if longer[: len(shorter)] != shorter:
                return False
            if shorter is mine and i < len(old):
                mine += self.old.words[old[i].id]
                i += 1
            elif shorter is theirs and j < len(new):
                theirs += self.new.words[new[j].id]
                j += 1
            else:
                return False
        if mine == theirs:
            self._take(old[:i], new[:j])
        return mine == theirs


def alike(one: Words, other: Words) -> float:
    """Share of words, in order, that two statements have in common; the first few hundred count."""
    return SequenceMatcher(None, one[:_LONGEST], other[:_LONGEST], autojunk=False).ratio()


def _sections(old: _Side, new: _Side, kept: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Sections by the statements that they share, else by heading."""
    place = {s.id: s.section for s in new.design.spans}
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for span in old.design.spans:
        for new_id in kept.get(span.id, ()):
            if span.kind != "heading":
                votes[span.section][place[new_id]] += 1
    titles = {words(s.title, heading=True): s.id for s in reversed(new.design.sections)}
    found: dict[str, str] = {}
    for section in old.design.sections:
        title = words(section.title, heading=True)
        if votes[section.id]:
            found[section.id] = max(
                votes[section.id].items(),
                key=lambda v: (v[1], words(new.sections[v[0]].title, heading=True) == title
                               if v[0] in new.sections else False),
            )[0]  # fmt: skip
        elif title in titles:
            found[section.id] = titles[title]
    return found


def _renamed(pairs: _Pairs, old: Design, new: Design) -> tuple[Words, Words] | None:
    """The name that was replaced by another throughout: it leads the design, and is no technology."""
    swaps: Counter[tuple[Words, Words]] = Counter()
    for a, b, _ in pairs.edits():
        mine, theirs = pairs.old.words[a][:_LONGEST], pairs.new.words[b][:_LONGEST]
        for kind, i, j, k, n in SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes():
            if kind == "replace" and max(j - i, n - k) <= _NAME:
                swaps[mine[i:j], theirs[k:n]] += 1
    for (name, other), _ in swaps.most_common(5):
        leads = _leads(name, old) or _leads(other, new)
        if leads and _is_name(name, old) and _is_name(other, new):
            before = sum(_count(w, name) for w in pairs.old.words.values())
            after = sum(_count(w, other) for w in pairs.new.words.values())
            left = any(_count(w, name) for w in pairs.new.words.values())
            there = any(_count(w, other) for w in pairs.old.words.values())
            if before == after > 1 and not left and not there:
                return name, other
    return None


def _leads(name: Words, design: Design) -> bool:
    """Whether a design says under its title, or where it begins, whose it is by this name."""
    first = next((s.section for s in design.spans if s.kind not in ("code", "heading")), "")
    sections = {s.id for s in design.sections if _OPENING.search(s.title)} | {first}
    opening = (s.text for s in design.spans if s.section in sections)
    return any(_count(words(text), name) for text in (design.title, *opening))


def _is_name(name: Words, design: Design) -> bool:
    """Whether words are always written as a name, and name neither a technology nor a place."""
    if not name or not all(w.isalpha() for w in name) or _TECHNOLOGY & set(name):
        return False
    pattern = re.compile(r"[\W_]+".join(map(re.escape, name)), re.IGNORECASE)
    prose = [s.text for s in design.spans if s.kind != "code"]
    found = [m.group() for text in prose for m in pattern.finditer(text)]
    stated = " ".join(
        str(value)
        for node in design.data_flow.nodes
        for value in (node.technology, node.region, node.legacy and node.legacy.system)
        if value
    )
    return (
        bool(found)
        and all(w[:1].isupper() for text in found for w in re.findall(r"[^\W\d_]+", text))
        and not pattern.search(stated)
    )


def _count(wording: Words, name: Words) -> int:
    size = len(name)
    return sum(wording[i : i + size] == name for i in range(len(wording) - size + 1))


def _replaced(wording: Words, name: Words, other: Words) -> Words:
    if not _count(wording, name):
        return wording
    out: list[str] = []
    i = 0
    while i < len(wording):
        if wording[i : i + len(name)] == name:
            out += other
            i += len(name)
        else:
            out.append(wording[i])
            i += 1
    return tuple(out)


def _changed_map(
    old: DataFlow, new: DataFlow, known: Known, renamed: tuple[Words, Words] | None
) -> tuple[set[str], set[str]]:
    """Ids of nodes, and of flows, that are new, gone or not as they were."""

    def text(value: str) -> Words:
        return _replaced(words(value), *renamed) if renamed else words(value)

    def same(mine: Any, theirs: Any) -> bool:
        if isinstance(mine, Quantity) and isinstance(theirs, Quantity):
            return (mine.value, mine.unit) == (theirs.value, theirs.unit)
        if isinstance(mine, BaseModel) and isinstance(theirs, BaseModel):
            return all(
                same(getattr(mine, name), getattr(theirs, name))
                for name in type(mine).model_fields
                if name not in ("spans", "id")
            )
        if isinstance(mine, str) and isinstance(theirs, str):
            return mine == theirs or same_wording(text(mine), words(theirs), known)
        return bool(mine == theirs)

    def changed(ours: Mapping[Any, BaseModel], others: Mapping[Any, BaseModel]) -> set[Any]:
        return {k for k in ours.keys() | others.keys()
                if k not in ours or k not in others or not same(ours[k], others[k])}  # fmt: skip

    nodes = changed({n.id: n for n in old.nodes}, {n.id: n for n in new.nodes})
    flows = changed(_numbered(old), _numbered(new))
    return nodes, {"-".join(map(str, key)) for key in flows}


def _numbered(flow: DataFlow) -> dict[tuple[str, str, int], BaseModel]:
    """Flows by their ends, those of the same ends numbered."""
    seen: Counter[tuple[str, str]] = Counter()
    found: dict[tuple[str, str, int], BaseModel] = {}
    for one in flow.flows:
        ends = (one.source, one.target)
        found[(*ends, seen[ends])] = one
        seen[ends] += 1
    return found


@dataclass(frozen=True)
class _Moved:
    """What may change a fact: statements gone or new, and the map."""

    gone: frozenset[str]
    new: frozenset[str]
    map: bool

    def moves(self, fact: Fact, spans: frozenset[str]) -> bool:
        """Whether a fact can have changed for a reason that stands in the design."""
        if self.map or (not fact.spans and (self.gone or self.new)):
            return True
        return not spans.isdisjoint(fact.spans)


def _facts(old: Analysis, new: Analysis, moved: _Moved) -> tuple[dict[str, str], frozenset[str]]:
    """Facts that say the same, and the new ones that do not.

    A fact that differs although nothing that it comes from was changed is the same fact: how a
    sentence is spelt, or where it stands, is no reason.
    """
    by_place: dict[tuple[str, str | None], list[Fact]] = defaultdict(list)
    for fact in new.facts:
        by_place[fact.name, fact.node].append(fact)
    same: dict[str, str] = {}
    for fact in old.facts:
        there = by_place.get((fact.name, fact.node), [])
        twin = next((f for f in there if _says_the_same(fact, f)), None)
        if twin is None and not moved.moves(fact, moved.gone):
            twin = next((f for f in there if not moved.moves(f, moved.new)), None)
        if twin is not None:
            there.remove(twin)
            same[fact.id] = twin.id
    left = (f for facts in by_place.values() for f in facts)
    return same, frozenset(f.id for f in left if moved.moves(f, moved.new))


def _says_the_same(one: Fact, other: Fact) -> bool:
    return (one.value, one.unit, one.holds) == (other.value, other.unit, other.holds)
