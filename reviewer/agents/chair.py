"""The chair: merges duplicates, keeps conflicts, chooses what is shown and what comes first."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence

from reviewer.domain.finding import Finding, FindingKind, Severity
from reviewer.domain.questionnaire import ChairAnswer, Questionnaire
from reviewer.domain.review import Conflict, Rubric

_PRIORITIES = 5
_PER_ROLE_SHOWN = 4
_SHOWN = 12
_PER_ROLE_FIRST = 2  # priorities of one role, while other roles have some as grave
_CONFLICTS = 4
_QUOTES = 4


def merge(findings: Sequence[Finding], answer: ChairAnswer) -> tuple[list[Finding], dict[str, str]]:
    """One finding for each point, and for each id that was merged away the id that it went into.

    Two findings are the same point where the chair says so of two roles, or where two roles rest on
    the same facts, or where they quote the same spans under titles that share most of their words.
    """
    told = [set(m.findings) for m in answer.merges]
    kept: list[Finding] = []
    into: dict[str, str] = {}
    for finding in sorted(findings, key=_gravity):
        twin = next((i for i, other in enumerate(kept) if _same(other, finding, told)), None)
        if twin is None:
            kept.append(finding)
        else:
            kept[twin] = _joined(kept[twin], finding)
            into[finding.id] = kept[twin].id
    return kept, into


def order(findings: Sequence[Finding], rubric: Rubric) -> list[Finding]:
    """Gravest first; equals by the weakness and weight of their criterion's lower end."""
    lost = {c.id: c.weight * (5 - c.range[0]) for c in rubric.criteria}
    return sorted(findings, key=lambda f: (*_gravity(f)[:2], -lost.get(f.criterion or "", 0), f.id))


def fold(findings: Sequence[Finding]) -> list[Finding]:
    """Shows at most four findings a role and a dozen in all, in the order given; folds the rest."""
    shown: dict[str, int] = {}
    folded = []
    for finding in findings:
        room = shown.get(finding.role, 0) < _PER_ROLE_SHOWN and sum(shown.values()) < _SHOWN
        show = room and finding.severity is not Severity.LOW
        if show:
            shown[finding.role] = shown.get(finding.role, 0) + 1
        as_wanted = finding.folded is not show
        folded.append(finding if as_wanted else finding.model_copy(update={"folded": not show}))
    return folded


def priorities(findings: Sequence[Finding]) -> tuple[str, ...]:
    """At most five shown findings to take first, not all of one role where others are as grave."""
    chosen: list[Finding] = []
    for _, group in itertools.groupby(
        (f for f in findings if not f.folded), key=lambda f: _gravity(f)[0]
    ):
        later: list[Finding] = []
        for finding in group:
            many = sum(f.role == finding.role for f in chosen) >= _PER_ROLE_FIRST
            (later if many else chosen).append(finding)
        chosen += later
    return tuple(f.id for f in chosen[:_PRIORITIES])


def conflicts(
    questionnaire: Questionnaire,
    findings: Sequence[Finding],
    strengths: Sequence[Finding],
    answer: ChairAnswer,
    into: Mapping[str, str],
) -> tuple[Conflict, ...]:
    """Trade-offs with both sides, of the gravest findings first: named by the chair, or known.

    The chair was shown the findings before they were merged; `into` leads to what they became.

    A tension applies where one side is a finding and the other a finding or a strength that the
    fix of the first would cost.
    """
    by_id = {f.id: f for f in (*findings, *strengths)}
    found: dict[frozenset[str], Conflict] = {}
    for tradeoff in answer.tradeoffs:
        named = [into.get(i, i) for i in tradeoff.findings]
        pair = [by_id[i] for i in named if i in by_id]
        if len(pair) == 2 and pair[0].id != pair[1].id:
            _keep(found, pair, tradeoff.tension, tradeoff.question)
    speaks: dict[str, Finding] = {}
    for finding in (*findings, *strengths):
        for check in finding.checks:
            speaks.setdefault(check, finding)
    for tension in questionnaire.tensions:
        pair = [speaks[check] for check in tension.checks if check in speaks]
        if len(pair) == 2 and any(f.kind is not FindingKind.NON_RISK for f in pair):
            _keep(found, pair, tension.tension, tension.question)
    place = {f.id: n for n, f in enumerate((*findings, *strengths))}
    graver = sorted(found.values(), key=lambda c: sorted(place[i] for i in c.findings))
    return tuple(
        conflict.model_copy(update={"id": f"C{n}"})
        for n, conflict in enumerate(graver[:_CONFLICTS], start=1)
    )


def _keep(
    found: dict[frozenset[str], Conflict], pair: list[Finding], tension: str, question: str
) -> None:
    key = frozenset(f.id for f in pair)
    if len(key) == 2 and key not in found:
        found[key] = Conflict(
            id="",  # numbered when all are known
            roles=tuple(dict.fromkeys(f.role for f in pair)),
            findings=tuple(f.id for f in pair),
            tension=tension,
            question=question,
        )


def _gravity(finding: Finding) -> tuple[int, int, str]:
    """Severity first; words or numbers of the design weigh one step more than silence."""
    step = 0 if finding.claims_absence else 1
    return (-finding.severity.rank - step, 1 - step, finding.id)


def _same(one: Finding, other: Finding, told: Sequence[set[str]]) -> bool:
    elsewhere = other.role not in (one.role, *one.also_raised_by)
    if elsewhere and any(one.id in ids and other.id in ids for ids in told):
        return True  # of one role the chair cannot make one point: each has answered its own checks
    if elsewhere and one.facts and one.facts == other.facts:
        return True
    if not one.evidence or {e.span for e in one.evidence} != {e.span for e in other.evidence}:
        return False
    mine, theirs = _words(one.title), _words(other.title)
    return len(mine & theirs) >= 0.5 * max(1, min(len(mine), len(theirs)))


def _words(text: str) -> set[str]:
    return {w for w in re.findall(r"\w+", text.casefold()) if len(w) > 3}


def _with_title(kept: Finding, other: Finding) -> str:
    """The explanation, with the words under which the other finding made the point."""
    if other.title.casefold() == kept.title.casefold():
        return kept.explanation
    return f"{kept.explanation} Also raised as: {other.title.rstrip('.')}.".strip()


def _joined(kept: Finding, other: Finding) -> Finding:
    roles = (*kept.also_raised_by, other.role, *other.also_raised_by)
    quotes = tuple(dict.fromkeys((*kept.evidence, *other.evidence)))[:_QUOTES]
    facts = tuple(dict.fromkeys((*kept.facts, *other.facts)))
    return kept.model_copy(
        update={
            "also_raised_by": tuple(dict.fromkeys(r for r in roles if r != kept.role)),
            "checks": tuple(dict.fromkeys((*kept.checks, *other.checks))),
            "explanation": _with_title(kept, other),
            # what is absent has no quotes: it stays absent, and the other's title is kept
            "evidence": kept.evidence if kept.claims_absence else quotes,
            "facts": kept.facts if kept.claims_absence else facts,
        }
    )
