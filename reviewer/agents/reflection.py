"""Reflection prompts for each member of a group, made from the group's own review."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from reviewer.agents.reflection_bank import ANY, Ask, ReflectionBank
from reviewer.agents.reflection_matters import Material, materials, passages
from reviewer.agents.reflection_quotes import Quotes, quote_of, without
from reviewer.agents.reflection_rules import (
    LEAST_WORDS,
    MOST_WORDS,
    Sequences,
    length,
    sequences_of,
    shares,
)
from reviewer.domain.design import Span
from reviewer.domain.drill import DrillResult
from reviewer.domain.questionnaire import Questionnaire
from reviewer.domain.reflection import (
    Matter,
    MemberPrompts,
    ReflectionPrompt,
    ReflectionSheet,
    Topic,
)
from reviewer.domain.review import Review, RoleFailure
from reviewer.errors import InputError

PROMPTS_EACH = 3
MOST_MEMBERS = 24

_SUITS = (2.0, 1.5, 1.0)  # what a topic adds to a point that it suits best, second …
_SAME_MATTER, _SAME_POINT, _USED = 5.0, 20.0, 7.0  # what repeats cost: kind, point, in the group
_BALANCE = (
    0.8  # what each earlier prompt of its kind costs a point, so that strengths get their turn
)
_AGAIN = 12.0  # what it costs a group to be asked about the very same point again
_OWN_SPAN = 4  # as how many uses it counts that the same member was shown a span
_TRIED = (6, 8, 4)  # quotes, asks and leads that are tried for one point


def compose(
    review: Review,
    questionnaire: Questionnaire,
    bank: ReflectionBank,
    members: int,
    drills: Sequence[DrillResult] = (),
) -> ReflectionSheet:
    """Prompts for members 1 … `members`: the same review gives the same prompts.

    A member's prompts do not depend on how many members follow. Raises InputError for a number of
    members that is no group's.
    """
    if not 1 <= members <= MOST_MEMBERS:
        raise InputError(
            f"{members} members: give a number from 1 to {MOST_MEMBERS}.", hint="Try --members 4."
        )
    table = _Table(review, questionnaire, bank, drills)
    made = tuple(
        MemberPrompts(member=member, prompts=tuple(table.serve(member)))
        for member in range(1, members + 1)
    )
    return ReflectionSheet(
        title=review.design.title,
        topics=tuple(Topic(id=t.id, title=t.title, ask=t.ask) for t in questionnaire.topics),
        members=made,
        notes=tuple(_notes(review, table, members)),
    )


@dataclass
class _Served:
    """What the group, or one member, has been asked already."""

    points: Counter[str] = field(default_factory=Counter)
    keys: Counter[str] = field(default_factory=Counter)
    spans: Counter[str] = field(default_factory=Counter)
    asks: Counter[str] = field(default_factory=Counter)
    leads: Counter[str] = field(default_factory=Counter)
    matters: Counter[Matter] = field(default_factory=Counter)
    stances: Counter[str] = field(default_factory=Counter)

    def count(self, material: Material, span: Span, ask: Ask, lead: str) -> None:
        """Remembers one prompt."""
        self.points[material.id] += 1
        self.keys.update(material.keys)
        self.spans[span.id] += 1
        self.asks[ask.ask] += 1
        self.leads[lead] += 1
        self.matters[material.matter] += 1
        self.stances[ask.stance] += 1


class _Table:
    """Serves one member after the other, each what the ones before did not get."""

    def __init__(
        self,
        review: Review,
        questionnaire: Questionnaire,
        bank: ReflectionBank,
        drills: Sequence[DrillResult],
    ) -> None:
        self._review = review
        self._bank = bank
        self._topics = [topic.id for topic in questionnaire.topics if bank.asks.get(topic.id)]
        self._quotes = Quotes(review)
        self.points = materials(review, questionnaire, drills)
        spare = passages((s.id, s.text, self._quotes.readable(s)) for s in self._quotes.pool)
        self._materials = (*self.points, *spare)
        advice = [f.recommendation for f in review.findings if f.recommendation]
        self._remedies = sequences_of([*advice, *(c.remedy for c in questionnaire.checks)])
        self._answers: dict[str, Sequences] = {}
        self._group = _Served()
        self._texts: set[str] = set()
        self.repeats_from: int | None = None
        self.short: list[int] = []

    def serve(self, member: int) -> Iterator[ReflectionPrompt]:
        """The prompts of the next member."""
        own, asked = _Served(), 0
        for slot in range(PROMPTS_EACH):
            start = (member - 1) * PROMPTS_EACH + slot
            turns = [
                self._topics[(start + n) % len(self._topics)] for n in range(len(self._topics))
            ]
            free = [topic for topic in turns if own.points[f"topic:{topic}"] == 0]
            made = next((p for t in free if (p := self._prompt(member, slot, t, own))), None)
            if made is not None:
                own.points[f"topic:{made.topic}"] += 1
                asked += 1
                yield made
        if asked < PROMPTS_EACH:
            self.short.append(member)

    def _prompt(self, member: int, slot: int, topic: str, own: _Served) -> ReflectionPrompt | None:
        for material in self._by_worth(topic, own):
            for span, ask, lead in self._ways(material, topic, own):
                filled = lead.format(**material.words)
                key = f"{filled}\n{span.text}\n{ask.ask}"
                if key in self._texts or not self._allowed(filled, span, ask.ask, material):
                    continue
                if self.repeats_from is None and self._repeats(material):
                    self.repeats_from = member
                self._texts.add(key)
                for served in (own, self._group):
                    served.count(material, span, ask, lead)
                return ReflectionPrompt(
                    id=f"M{member}-{slot + 1}",
                    member=member,
                    topic=topic,
                    matter=material.matter,
                    stance=ask.stance,
                    about=material.about,
                    lead=filled,
                    quote=quote_of(self._review.design, span),
                    ask=ask.ask,
                )
        return None

    def _by_worth(self, topic: str, own: _Served) -> list[Material]:
        def worth(material: Material) -> float:
            group = self._group
            value = material.weight + self._suits(material, topic)
            value -= _SAME_MATTER * own.matters[material.matter]
            value -= _SAME_POINT * any(own.spans[span] for span in material.own[:1])
            value -= _BALANCE * group.matters[material.matter]
            value -= _SAME_POINT * sum(own.keys[key] > 0 for key in material.keys)
            value -= _AGAIN * group.points[material.id]
            shared = [group.keys[key] for key in material.keys]
            return value - _USED * (max(shared, default=0) > 0) * (not group.points[material.id])

        return sorted(self._materials, key=lambda m: (-round(worth(m), 4), m.id))

    def _suits(self, material: Material, topic: str) -> float:
        places = [
            suited.index(topic)
            for subject in material.subjects
            if topic in (suited := self._bank.affinity.get(subject, ()))
        ]
        return max((_SUITS[min(place, 2)] for place in places), default=0.0)

    def _ways(
        self, material: Material, topic: str, own: _Served
    ) -> Iterator[tuple[Span, Ask, str]]:
        """Ways to put one point, the best first: the span, the question, the lead."""
        spans, asks, leads = _TRIED
        fitting = [a for a in self._bank.asks[topic] if a.fits(material.matter)]
        ordered = sorted(fitting, key=lambda a: self._ask_order(a, material, own))
        for span in self._spans(material, own)[:spans]:
            named = span.id in material.own
            opening = self._bank.leads_of(material.matter, own=named)
            openings = sorted(opening, key=lambda lead: self._lead_order(lead, material, own))
            for ask in ordered[:asks]:
                for lead in openings[:leads]:
                    yield span, ask, lead

    def _spans(self, material: Material, own: _Served) -> list[Span]:
        if material.matter is Matter.PASSAGE:
            ranked = [s for s in self._quotes.pool if s.id in material.own]
        else:
            seen = Counter(self._group.spans)
            for span_id in own.spans:
                seen[span_id] += _OWN_SPAN
            ranked = self._quotes.ranked(
                material.own, material.checks, material.related, material.told, seen
            )
        return without(ranked, self._sequences(material))

    def _sequences(self, material: Material) -> Sequences:
        if material.id not in self._answers:
            self._answers[material.id] = sequences_of(material.answers)
        return self._answers[material.id]

    def _ask_order(self, ask: Ask, material: Material, own: _Served) -> tuple[int, int, int, str]:
        general = ANY in ask.matters
        drawn = _drawn(self._review, material.id, ask.ask)
        return self._group.asks[ask.ask], own.stances[ask.stance], int(general), drawn

    def _lead_order(self, lead: str, material: Material, own: _Served) -> tuple[int, int, str]:
        drawn = _drawn(self._review, material.id, lead)
        return own.leads[lead], self._group.leads[lead], drawn

    def _allowed(self, lead: str, span: Span, ask: str, material: Material) -> bool:
        """Whether the words keep the length and share nothing with what would be the answer."""
        if not LEAST_WORDS <= length(lead, ask) <= MOST_WORDS:
            return False
        if lead.split()[0] == ask.split()[0] or shares(f"{lead} {ask}", self._remedies):
            return False
        return not shares(f"{lead} {span.text} {ask}", self._sequences(material))

    def _repeats(self, material: Material) -> bool:
        return self._group.points[material.id] > 0 or material.matter is Matter.PASSAGE


def _drawn(review: Review, *parts: str) -> str:
    """A fixed order that differs from design to design."""
    text = "\n".join((review.design.title, str(len(review.design.text)), *parts))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _notes(review: Review, table: _Table, members: int) -> Iterable[str]:
    if not review.design.spans:
        yield "The design has no text to quote, so no prompt could be made from it."
        return
    if review.design.language != "en":
        yield "The prompts are in English; a chat model phrases them in the language of the design."
    failed = [report.role for report in review.roles if isinstance(report, RoleFailure)]
    if failed:
        yield f"The review is not complete ({', '.join(failed)}: no answer); prompts come from the rest."
    if table.repeats_from is not None and table.repeats_from <= members:
        yield (
            "The review does not give every prompt a point of its own: from member "
            f"{table.repeats_from} on, some look at a point again from another side, or start from "
            "a passage of the design alone."
        )
    if table.short:
        named = ", ".join(str(member) for member in table.short)
        yield f"There is too little text for {PROMPTS_EACH} different prompts each (member {named})."
