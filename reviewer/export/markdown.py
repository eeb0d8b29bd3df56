"""A review as Markdown: what to do first, the rubric, the findings by role, the numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable

from reviewer.domain.finding import Citation, Finding
from reviewer.domain.questionnaire import Questionnaire
from reviewer.domain.review import Conflict, Review

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")


def to_markdown(review: Review, questionnaire: Questionnaire) -> str:
    """The review as a Markdown document. Text of the design and of models is escaped."""
    titles = {role.id: role.title for role in questionnaire.roles}
    by_id = {f.id: f for f in (*review.findings, *review.strengths)}
    parts = [
        _head(review),
        _section("First", [f"{n}. {_line(by_id[i], titles)}" for n, i in _numbered(review)]),
        _rubric(review),
        *(_role(review, role, title) for role, title in titles.items()),
        _section("Conflicts between roles", [_conflict(c, by_id) for c in review.conflicts]),
        _section("Numbers of the design", [f"- {escape(f.text)}" for f in review.analysis.facts]),
        _section("Questions", [f"- {escape(q)}" for q in review.questions]),
        _section("What could not be computed or read", [f"- {escape(n)}" for n in review.notes]),
        _section(
            "Not supported by evidence: your judgement",
            [f"- {escape(f.title)}" for f in review.unsupported],
        ),
        f"---\n\n{foot_line(review)}",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def escape(text: str) -> str:
    """Text that is shown as it is: no markup, no links, no HTML, one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _head(review: Review) -> str:
    lines = [f"# Review of {escape(review.design.title)}", f"**{score_line(review)}**"]
    lines += [
        f"- {report.role}: {report.status}. {escape(report.reason)}"
        for report in review.roles
        if report.status != "complete"
    ]
    return "\n\n".join(lines)


def score_line(review: Review) -> str:
    """The total with its range, or why there is none."""
    rubric = review.rubric
    if rubric.total is None or rubric.range is None:
        return "Not scored: too little of the design could be decided."
    low, high = rubric.range
    return f"{low:.0f} of 100 (up to {high:.0f} if everything that is unclear were met)"


def _numbered(review: Review) -> Iterable[tuple[int, str]]:
    return enumerate(review.priorities, start=1)


def _line(finding: Finding, titles: dict[str, str]) -> str:
    roles = ", ".join(titles.get(r, r) for r in (finding.role, *finding.also_raised_by))
    return f"{escape(finding.title)} ({roles}, {finding.severity.value})"


def _rubric(review: Review) -> str:
    rows = ["| criterion | level (0-5) | range | why |", "|---|---|---|---|"]
    for row in review.rubric.criteria:
        level = "not scored" if row.level is None else f"{row.level:.1f}"
        low, high = row.range
        rows.append(f"| {row.title} | {level} | {low:.1f} to {high:.1f} | {escape(row.reason)} |")
    return "## Rubric\n\n" + "\n".join(rows)


def _role(review: Review, role: str, title: str) -> str:
    shown = [_finding(f) for f in review.shown if f.role == role]
    strengths = [f"- {escape(s.title)}{_quotes(s)}" for s in review.strengths if s.role == role]
    folded = [f for f in review.findings if f.folded and f.role == role]
    parts = [f"## {title}"]
    if strengths:
        parts.append("What is sound:\n\n" + "\n".join(strengths))
    parts += shown
    if folded:
        more = "; ".join(f"{escape(f.title)} ({f.severity.value})" for f in folded)
        parts.append(f"Also raised, less pressing: {more}.")
    return "\n\n".join(parts) if len(parts) > 1 else ""


def _finding(finding: Finding) -> str:
    lines = [f"### {escape(finding.title)}", f"*{finding.severity.value}* · {finding.id}"]
    lines += [escape(finding.explanation)]
    lines += [f"> {escape(e.quote)} ({e.span})" for e in finding.evidence]
    if finding.claims_absence:
        lines.append(f"Searched: {escape(', '.join(finding.searched))}.")
    if finding.recommendation:
        lines.append(f"**What to do:** {escape(finding.recommendation)}")
    lines += [_citation(c) for c in finding.citations]
    return "\n\n".join(lines)


def _quotes(finding: Finding) -> str:
    return f" — “{escape(finding.evidence[0].quote)}”" if finding.evidence else ""


def _citation(citation: Citation) -> str:
    where = f"{escape(citation.title)}{', ' + escape(citation.locator) if citation.locator else ''}"
    if citation.kind == "excerpt":
        return f"Source: “{escape(citation.text)}” ({where})"
    evidence = f", evidence: {citation.evidence}" if citation.evidence else ""
    return f"Summary of {where}{evidence}: {escape(citation.text)}"


def _conflict(conflict: Conflict, by_id: dict[str, Finding]) -> str:
    sides = " against ".join(f"*{escape(by_id[i].title)}*" for i in conflict.findings)
    return f"- {sides}: {escape(conflict.tension)} **{escape(conflict.question)}**"


def _section(title: str, lines: list[str]) -> str:
    return f"## {title}\n\n" + "\n".join(lines) if lines else ""


def foot_line(review: Review) -> str:
    """How the review was made, on one line."""
    made = review.manifest
    cost = "free" if made.model == "offline" else _cost(review)
    return (
        f"{made.model} · {made.panel} · {made.seconds:.1f} s · {cost} · "
        f"version {made.version} · {made.status}"
    )


def _cost(review: Review) -> str:
    used = review.manifest.usage
    price = "price unknown" if used.cost is None else f"{used.cost:.4f}"
    return f"{used.input + used.output} tokens, {price}"
