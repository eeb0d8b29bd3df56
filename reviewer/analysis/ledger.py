"""Where facts and gaps are collected: ids are stable, unique and free of the order of the map."""

from __future__ import annotations

import re
from collections.abc import Iterable

from reviewer.domain.design import Flow, Node, Requirement
from reviewer.domain.facts import Analysis, Fact, Gap

_MAX_GAPS = 8


def fact_id(name: str, node: str | None = None) -> str:
    """`F-` and a short slug of the name and the node: `F-capacity.peak-feature_join`."""
    slug = re.sub(r"[^\w.]+", "-", node or "", flags=re.UNICODE).strip("-")[:60]
    return f"F-{name}-{slug}" if slug else f"F-{name}"


def spans_of(*parts: Node | Flow | Requirement | None) -> tuple[str, ...]:
    """The spans that state these parts, each once, in the order given."""
    found: dict[str, None] = {}
    for part in parts:
        if isinstance(part, Requirement):
            found.update({part.span: None} if part.span else {})
        elif part is not None:
            found.update(dict.fromkeys(part.spans))
    return tuple(found)


class Ledger:
    """Collects what an analysis finds."""

    def __init__(self) -> None:
        self._facts: dict[str, Fact] = {}
        self._gaps: dict[str, Gap] = {}

    def add(self, fact: Fact) -> Fact:
        """Keep a fact; a second one of the same id gets a number."""
        number, unique = 2, fact.id
        while unique in self._facts:
            unique, number = f"{fact.id}-{number}", number + 1
        kept = fact if unique == fact.id else fact.model_copy(update={"id": unique})
        self._facts[unique] = kept
        return kept

    def gap(self, name: str, text: str, node: str | None = None) -> None:
        """Say what could not be computed, and why; the first sentence of a name stays."""
        self._gaps.setdefault(f"{name} {node or ''}", Gap(name=name, text=text, node=node))

    def named(self, name: str) -> list[Fact]:
        """Facts so far of that name."""
        return [fact for fact in self._facts.values() if fact.name == name]

    def failing(self, names: Iterable[str]) -> list[Fact]:
        """Facts so far of these names that show the design failing."""
        wanted = set(names)
        return [f for f in self._facts.values() if f.name in wanted and f.holds is False]

    def analysis(self) -> Analysis:
        """Everything collected; facts in the order of their ids."""
        facts = sorted(self._facts.values(), key=lambda fact: fact.id)
        return Analysis(facts=tuple(facts), gaps=tuple(self._gaps.values())[:_MAX_GAPS])
