"""Recall: what an earlier review says, in ids of a new design."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property

from reviewer.domain.alignment import Alignment
from reviewer.domain.design import Design
from reviewer.domain.facts import Analysis
from reviewer.domain.finding import Finding, FindingKind
from reviewer.domain.questionnaire import Check, Point
from reviewer.domain.review import Review

_OF_A_FACT = 2  # statements that stand for a fact which is computed no more
_MORE = re.compile(r" \(and \d+ more\)$")  # what grounding and the chair add to a merged finding
_ALSO = " Also not addressed: "
_RAISED_AS = " Also raised as: "


class Recalled:
    """An earlier review, seen from the new design."""

    def __init__(
        self, earlier: Review, alignment: Alignment, design: Design, analysis: Analysis
    ) -> None:
        self.earlier = earlier
        self.alignment = alignment
        self._design = design
        self._facts = {f.id: f for f in analysis.facts}
        self._old_facts = {f.id: f for f in earlier.analysis.facts}

    def evidence(self, ids: Iterable[str]) -> tuple[str, ...] | None:
        """Spans and facts by their new ids; None where one of them is not as it was."""
        found: dict[str, None] = {}
        for i in ids:
            there = self._span_or_fact(i)
            if not there:
                return None
            found.update(dict.fromkeys(there))
        return tuple(found)

    def searched(self, ids: Sequence[str]) -> tuple[str, ...]:
        """Sections by their new ids; where all were searched, all that there are now."""
        texts = dict.fromkeys(s.section for s in self.earlier.design.spans if s.section)
        if texts and set(texts) <= set(ids):
            return tuple(dict.fromkeys(s.section for s in self._design.spans if s.section))
        there = (self.alignment.sections.get(i) for i in ids)
        return tuple(dict.fromkeys(i for i in there if i))

    def is_new(self, ids: Iterable[str]) -> bool:
        """Whether any of these spans and facts of the new design is new or changed."""
        return any(i in self._new or i in self.alignment.new_facts for i in ids)

    @cached_property
    def changed_fact_names(self) -> frozenset[str]:
        """Names of facts that are new, changed or gone."""
        gone = (f.name for i, f in self._old_facts.items() if i not in self.alignment.facts)
        return frozenset([*(self._facts[i].name for i in self.alignment.new_facts), *gone])

    def applicability_changed(self, check: Check) -> bool:
        """Whether the map, or words that the check depends on, are not as they were."""
        if self.alignment.map_changed and check.offline.applies_map:
            return True
        return speaks_of(check, self._changed_texts)

    def abstained(self, roles: Collection[str]) -> str | None:
        """Why a role would not judge the earlier version."""
        reports = (r for r in self.earlier.roles if r.role in roles)
        return next((r.reason for r in reports if r.status == "abstained"), None)

    def questions(self, roles: Collection[str]) -> tuple[str, ...]:
        """The earlier questions: a review keeps them without their role, so the first takes them."""
        first = next((r.role for r in self.earlier.roles if r.status == "complete"), None)
        return self.earlier.questions if first in roles else ()

    @cached_property
    def _new(self) -> frozenset[str]:
        return frozenset(self.alignment.new)

    @cached_property
    def _changed_texts(self) -> list[str]:
        gone = frozenset(self.alignment.gone)
        return [
            *(s.text for s in self._design.spans if s.id in self._new),
            *(s.text for s in self.earlier.design.spans if s.id in gone),
        ]

    def _span_or_fact(self, i: str) -> tuple[str, ...]:
        if i in self.alignment.kept:
            return self.alignment.kept[i]
        if i in self.alignment.facts:
            return (self.alignment.facts[i],)
        fact = self._old_facts.get(i)
        if fact is None or not self._lost_by_looks(i):
            return ()
        told = (n for s in fact.spans for n in self.alignment.kept.get(s, ()))
        return tuple(dict.fromkeys(told))[:_OF_A_FACT]

    def _lost_by_looks(self, fact_id: str) -> bool:
        """Whether a fact is not there although all that it came from is."""
        fact = self._old_facts[fact_id]
        whole = all(s in self.alignment.kept for s in fact.spans)
        replaced = any(
            self._facts[i].name == fact.name and self._facts[i].node == fact.node
            for i in self.alignment.new_facts
        )
        return whole and not replaced and not self.alignment.map_changed


def speaks_of(check: Check, texts: Sequence[str]) -> bool:
    """Whether any of these texts has a term of the check; any text has where it has no terms."""
    rule = check.offline
    terms = [_term(t) for t in (*rule.applies_text, *rule.topic, *rule.decisive)]
    if not terms:
        return bool(texts)
    pattern = re.compile("|".join(terms), re.IGNORECASE)
    return any(pattern.search(text) for text in texts)


def recall_points(
    recalled: Recalled, roles: Collection[str], standing: Collection[str]
) -> list[Point]:
    """The model's findings of checks whose answers stand, as the model made them.

    What code makes of an answer it makes again; merged findings are divided again by check.
    """
    points = []
    findings = (*recalled.earlier.findings, *recalled.earlier.strengths)
    for finding in (*findings, *recalled.earlier.unsupported):
        if finding.author == "model":
            points += list(_points(recalled, finding, roles, standing))
    return points


def _points(
    recalled: Recalled, finding: Finding, roles: Collection[str], standing: Collection[str]
) -> Iterator[Point]:
    evidence = recalled.evidence((*(e.span for e in finding.evidence), *finding.facts))
    if evidence is None:
        return
    checks: Sequence[str | None] = finding.checks or (None,)
    for number, (check, title) in enumerate(zip(checks, _titles(finding), strict=True)):
        if check is None and finding.role not in roles:
            continue
        if check is not None and check not in standing:
            continue
        severity = finding.severity if number == 0 else finding.severity.lowered()
        yield Point(
            check=check,
            kind=finding.kind,
            severity=severity,
            title=title,
            explanation=_own_explanation(finding),
            recommendation=finding.recommendation,
            evidence=evidence,
            searched=recalled.searched(finding.searched),
            passages=tuple(c.passage for c in finding.citations),
        )


def _titles(finding: Finding) -> list[str]:
    """The title of each check of a finding, as far as the merged finding still tells it."""
    own = _MORE.sub("", finding.title)
    told = finding.explanation
    others: list[str] = []
    if _RAISED_AS in told:
        told, *others = told.split(_RAISED_AS)
        others = [other.strip().rstrip(".") for other in others]
    if _ALSO in told:
        absent = told.split(_ALSO)[-1].strip().rstrip(".").split("; ")
        others = [t[:1].upper() + t[1:] for t in absent] + others
    wanted = max(1, len(finding.checks))
    if len(others) != wanted - 1:
        others = [own] * (wanted - 1)
    return [own, *others]


def _own_explanation(finding: Finding) -> str:
    if finding.kind is FindingKind.NON_RISK:
        return finding.explanation
    return finding.explanation.split(_RAISED_AS)[0].split(_ALSO)[0]


def _term(term: str) -> str:
    """A term of a check as a pattern: from the start of a word, `*` for any ending."""
    parts = re.findall(r"[^\W_]+\*?", term)
    return r"\b" + r"[\W_]+".join(
        re.escape(p[:-1]) + r"\w*" if p.endswith("*") else re.escape(p) + r"\b" for p in parts
    )
