"""A promise and what is built of it: statements of one design, paired where they speak of one thing."""

from __future__ import annotations

from reviewer.analysis.ledger import Ledger, fact_id, spans_of
from reviewer.domain.design import Design, Node, Requirement, Span
from reviewer.domain.facts import Fact
from reviewer.domain.topics import same_topic


class Promises:
    """One design's statements, and the facts that they make."""

    def __init__(self, ledger: Ledger, design: Design, items: list[Requirement]) -> None:
        self.ledger, self.items = ledger, items
        self.spans: dict[str, Span] = {span.id: span for span in design.spans}
        self.words = " ".join(s.text.lower() for s in design.spans if s.kind != "heading")

    def of(self, subject: str, *, target: bool, label: str | None = None) -> list[Requirement]:
        """Statements of a subject that have a value."""
        return [
            item
            for item in self.items
            if item.subject == subject and item.target is target and item.value is not None
            and label in {None, item.label}
        ]  # fmt: skip

    def sentence(self, item: Requirement) -> str:
        """The whole sentence that a statement stands in, in lower case."""
        span = self.spans.get(item.span or "")
        return (span.text if span else item.text).lower()

    def add(
        self,
        name: str,
        promise: Requirement,
        built: Requirement | Node,
        text: str,
        also: Requirement | None = None,
    ) -> None:
        """A contradiction between a promise and one other statement."""
        place = built.node if isinstance(built, Requirement) else built.id
        value = built.value if isinstance(built, Requirement) else None
        self.ledger.add(
            Fact(
                id=fact_id(name, place or promise.id),
                name=name,
                value=value.value if value else None,
                unit=value.unit if value else "",
                text=text,
                formula=f"{said(promise)} against {said(built)}",
                inputs=(promise.id, built.id, *((also.id,) if also else ())),
                spans=spans_of(promise, built, also),
                node=place or promise.node,
                holds=False,
            )
        )

    def pair(self, promise: Requirement, built: list[Requirement]) -> list[Requirement]:
        """What is built of the promised thing: the same topic, or the only statement there is."""
        same = [b for b in built if same_topic(promise, b)]
        if same:
            return same
        alone = len(built) == 1 and (promise.node is None or built[0].node is None)
        return built if alone else []


def said(part: Requirement | Node) -> str:
    """How a statement puts it."""
    if isinstance(part, Node):
        return part.failure or part.name
    return part.value.text if part.value else (part.label or part.region or part.text)


def value_of(item: Requirement) -> float:
    """The value of a statement in its base unit; 0 without one."""
    return item.value.value if item.value else 0.0


def section_of(promises: Promises, item: Requirement) -> str:
    """The section that a statement stands in."""
    span = promises.spans.get(item.span or "")
    return span.section if span else ""
