"""Revisions: what changed between two reviews, by check.

A point is the same point when it has the same check and the same map node or section. It counts as
fixed only with a quote: text of the new design that stands nowhere in the old one and that the new
answer rests on, or that replaced what the old answer was held against.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from reviewer.domain.alignment import Alignment, align
from reviewer.domain.comparison import (
    Change,
    Comparison,
    CriterionChange,
    PointChange,
    Quote,
    Side,
    TextChange,
)
from reviewer.domain.design import Span
from reviewer.domain.finding import Finding
from reviewer.domain.questionnaire import Verdict
from reviewer.domain.review import CheckResult, Review
from reviewer.domain.wording import Known, words

_RAISED = (Verdict.UNMET, Verdict.PARTLY)
_WORTH = {Verdict.MET: 2, Verdict.PARTLY: 1, Verdict.UNMET: 0, Verdict.UNCLEAR: 0}
_QUOTES = 3
_SIMILAR = 0.6  # share of words from which two findings without a check are the same


def compare(old: Review, new: Review, *, known: Known = bool) -> Comparison:
    """What changed from one review to the next.

    `known` tells words of the language, so that slips of spelling are told from other words;
    without it every difference of a word is a difference of content.
    """
    both = _Both(old, new, known)
    points = [p for result in new.checks for p in _check_changes(both, result)]
    points += _own_findings(both)
    order = list(Change)
    points.sort(key=lambda p: (order.index(p.change), -(p.severity.rank if p.severity else -1)))
    totals = (old.rubric.total, new.rubric.total)
    return Comparison(
        old=_side(old),
        new=_side(new),
        change=_difference(*totals),
        text_unchanged=not (both.found.gone or both.found.new or both.found.map_changed),
        points=tuple(points),
        criteria=_criteria(old, new),
        text=_text_changes(both),
        notes=_notes(old, new),
    )


class _Both:
    """Two reviews with what their designs have in common."""

    def __init__(self, old: Review, new: Review, known: Known) -> None:
        self.old, self.new = old, new
        self.found: Alignment = align((old.design, old.analysis), (new.design, new.analysis), known)
        self.old_spans = {s.id: s for s in old.design.spans}
        self.new_spans = {s.id: s for s in new.design.spans}
        self.old_facts = {f.id: f for f in old.analysis.facts}
        self.new_facts = {f.id: f for f in new.analysis.facts}
        self.old_results = {r.id: r for r in old.checks}
        self.old_findings = _by_check(old.findings)
        self.new_findings = _by_check(new.findings)
        self.fresh = frozenset(self.found.new)

    def quotes(self, before: CheckResult, after: CheckResult) -> tuple[Quote, ...]:
        """New text that bears on a check: what the answer names, then what replaced the old text."""
        named = list(after.evidence)
        named += [s for i in after.evidence if i in self.new_facts for s in self._told_by(i)]
        old = [s for i in before.evidence for s in self._old_spans_of(i)]
        named += [self.found.edits[s] for s in old if s in self.found.edits]
        spans = [self.new_spans[i] for i in dict.fromkeys(named) if i in self.fresh]
        return self._new_quotes(spans)

    def was(self, result: CheckResult) -> tuple[Quote, ...]:
        """The text of the old design that an answer rested on."""
        ids = dict.fromkeys(s for i in result.evidence for s in self._old_spans_of(i))
        spans = [self.old_spans[i] for i in ids if i in self.old_spans]
        return tuple(quote(s) for s in spans[:_QUOTES])

    def _new_quotes(self, spans: Iterable[Span]) -> tuple[Quote, ...]:
        text = self.old.design.text
        return tuple(
            quote(s) for s in spans if s.kind != "heading" and s.text.strip() and s.text not in text
        )[:_QUOTES]

    def _told_by(self, fact_id: str) -> list[str]:
        """The spans that changed a fact: words before lines of the map."""
        spans = [self.new_spans[s] for s in self.new_facts[fact_id].spans if s in self.fresh]
        return [s.id for s in sorted(spans, key=lambda s: s.kind == "code")]

    def _old_spans_of(self, evidence: str) -> tuple[str, ...]:
        if evidence in self.old_spans:
            return (evidence,)
        fact = self.old_facts.get(evidence)
        gone = frozenset(self.found.gone)
        return tuple(s for s in fact.spans if s in gone) or fact.spans[:1] if fact else ()


def _check_changes(both: _Both, after: CheckResult) -> list[PointChange]:
    before = both.old_results.get(after.id)
    finding = both.new_findings.get(after.id)
    earlier = both.old_findings.get(after.id)
    if before is None:
        return [_point(both, Change.NEW, None, after, finding)] if finding else []
    raised = before.verdict in _RAISED and after.verdict in _RAISED
    if raised and _one_of_several(both, before, after):
        change = Change.BETTER if both.quotes(before, after) else Change.STILL_THERE
        return [_point(both, change, before, after, finding or earlier)]
    if raised and _moved(both, before, after):
        return [
            _point(both, Change.NO_LONGER_RAISED, before, after, earlier),
            _point(both, Change.NEW, None, after, finding),
        ]
    quotes = both.quotes(before, after)
    change = _change(before.verdict, after.verdict, quoted=bool(quotes))
    return [_point(both, change, before, after, finding or earlier)]


def _change(before: Verdict, after: Verdict, *, quoted: bool) -> Change:
    """What became of a check."""
    if after is before:
        return Change.STILL_THERE if before in _RAISED else Change.UNCHANGED
    if after is Verdict.NOT_APPLICABLE:
        return Change.NO_LONGER_APPLIES
    if before in _RAISED and after is Verdict.MET:
        return Change.FIXED if quoted else Change.NO_LONGER_RAISED
    if before in _RAISED and after is Verdict.UNCLEAR:
        return Change.NO_LONGER_RAISED if before is Verdict.UNMET else Change.WORSE
    if after in _RAISED and before not in _RAISED:
        return Change.NEW
    if before is Verdict.NOT_APPLICABLE:
        return Change.UNCHANGED if after is Verdict.UNCLEAR else Change.BETTER
    return Change.BETTER if _WORTH[after] > _WORTH[before] else Change.WORSE


def _one_of_several(both: _Both, before: CheckResult, after: CheckResult) -> bool:
    """Whether some of the numbers that a check failed by hold now, and others still fail."""
    facts = [i for i in before.evidence if i in both.old_facts]
    left = {both.found.facts[i] for i in facts if i in both.found.facts}
    if before.verdict is not after.verdict or len(left) == len(facts):
        return False
    known = {both.found.facts.get(i) for i, f in both.old_facts.items() if f.holds is False}
    named = {i for i in after.evidence if i in both.new_facts}
    return bool(named) and named <= known


def _moved(both: _Both, before: CheckResult, after: CheckResult) -> bool:
    """Whether the same check is raised at another place than it was."""
    mine, theirs = both.old_findings.get(after.id), both.new_findings.get(after.id)
    if mine and theirs and mine.node and theirs.node:
        return mine.node != theirs.node
    old = [i for i in before.evidence if i in both.old_spans]
    new = [i for i in after.evidence if i in both.new_spans]
    if not old or not new:
        return False
    there = {both.found.sections.get(both.old_spans[i].section) for i in old}
    here = {both.new_spans[i].section for i in new}
    # The old text must be gone and the new one be new: else it is the same point, quoted elsewhere.
    gone = set(old) <= set(both.found.gone)
    return there.isdisjoint(here) and gone and set(new) <= both.fresh


def _point(
    both: _Both,
    change: Change,
    before: CheckResult | None,
    after: CheckResult,
    finding: Finding | None,
) -> PointChange:
    of_old = change in (Change.FIXED, Change.NO_LONGER_RAISED, Change.NO_LONGER_APPLIES)
    shows_text = change not in (Change.STILL_THERE, Change.UNCHANGED, Change.NO_LONGER_RAISED)
    place = finding.node if finding and finding.node else _section(both, before, after, old=of_old)
    return PointChange(
        change=change,
        check=after.id,
        role=after.role,
        title=finding.title if finding and finding.check == after.id else "",
        place=place or "",
        old=before.verdict if before else None,
        new=after.verdict,
        severity=finding.severity if finding else None,
        was=both.was(before) if before else (),
        quotes=both.quotes(before or after, after) if shows_text else (),
    )


def _section(both: _Both, before: CheckResult | None, after: CheckResult, *, old: bool) -> str:
    spans = both.old_spans if old else both.new_spans
    evidence = before.evidence if old and before else after.evidence
    return next((spans[i].section for i in evidence if i in spans), "")


def _own_findings(both: _Both) -> list[PointChange]:
    """Findings without a check, matched by what they say."""
    left = [f for f in both.new.findings if not f.check]
    changes = []
    for finding in (f for f in both.old.findings if not f.check):
        twin = max(left, key=lambda f: _likeness(finding, f), default=None)
        if twin is not None and _likeness(finding, twin) >= _SIMILAR:
            left.remove(twin)
            changes.append(_own(both, _graver(finding, twin), twin))
        else:
            changes.append(_own(both, Change.NO_LONGER_RAISED, finding))
    return changes + [_own(both, Change.NEW, finding) for finding in left]


def _graver(old: Finding, new: Finding) -> Change:
    return Change.WORSE if new.severity.rank > old.severity.rank else Change.STILL_THERE


def _own(both: _Both, change: Change, finding: Finding) -> PointChange:
    gone = change is Change.NO_LONGER_RAISED
    spans = both.old_spans if gone else both.new_spans
    told = [spans[e.span] for e in finding.evidence if e.span in spans]
    return PointChange(
        change=change,
        check=None,
        role=finding.role,
        title=finding.title,
        place=finding.node or (told[0].section if told else ""),
        severity=finding.severity,
        was=tuple(quote(s) for s in told[:_QUOTES]) if gone else (),
    )


def _likeness(one: Finding, other: Finding) -> float:
    if one.role != other.role or (one.node and other.node and one.node != other.node):
        return 0.0
    titles = SequenceMatcher(None, words(one.title), words(other.title), autojunk=False).ratio()
    mine, theirs = {e.quote for e in one.evidence}, {e.quote for e in other.evidence}
    return titles + (0.3 if mine and not mine.isdisjoint(theirs) else 0.0)


def _by_check(findings: Sequence[Finding]) -> dict[str, Finding]:
    found: dict[str, Finding] = {}
    for finding in findings:
        for check in (finding.check, *finding.checks):
            if check:
                found.setdefault(check, finding)
    return found


def _criteria(old: Review, new: Review) -> tuple[CriterionChange, ...]:
    before = {c.id: c for c in old.rubric.criteria}
    return tuple(
        CriterionChange(
            id=c.id,
            title=c.title,
            role=c.role,
            old=before[c.id].level,
            new=c.level,
            change=_difference(before[c.id].level, c.level),
            low_change=round(c.range[0] - before[c.id].range[0], 2),
        )
        for c in new.rubric.criteria
        if c.id in before
    )


def _text_changes(both: _Both) -> tuple[TextChange, ...]:
    """Every changed statement in the order of the new design, then what was removed."""
    by_new = {new: old for old, new in both.found.edits.items()}
    changes = [
        TextChange(
            kind="edited", old=quote(both.old_spans[by_new[i]]), new=quote(both.new_spans[i])
        )
        if i in by_new
        else TextChange(kind="added", new=quote(both.new_spans[i]))
        for i in both.found.new
    ]
    removed = (i for i in both.found.gone if i not in both.found.edits)
    return (*changes, *(TextChange(kind="removed", old=quote(both.old_spans[i])) for i in removed))


def quote(span: Span) -> Quote:
    """A span as a quote of its design."""
    return Quote(span=span.id, section=span.section, text=span.text, start=span.start, end=span.end)


def _side(review: Review) -> Side:
    made, design = review.manifest, review.design
    return Side(
        title=design.title,
        source=design.source,
        model=made.model,
        total=review.rubric.total,
        status=made.status,
    )


def _notes(old: Review, new: Review) -> tuple[str, ...]:
    notes = []
    if old.manifest.model != new.manifest.model:
        notes.append(
            f"The two reviews were made by different reviewers ({old.manifest.model} and "
            f"{new.manifest.model}): a change may come from the reviewer instead of the text."
        )
    elif old.manifest.prompts != new.manifest.prompts:
        notes.append(
            "The questions or prompts changed between the two reviews: a change may come from them."
        )
    for review, which in ((old, "earlier"), (new, "later")):
        failed = [r.role for r in review.roles if r.status == "failed"]
        if failed:
            notes.append(f"In the {which} review {', '.join(failed)} gave no answer.")
    return tuple(notes)


def _difference(old: float | None, new: float | None) -> float | None:
    return None if old is None or new is None else round(new - old, 2)
