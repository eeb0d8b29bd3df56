"""A review laid out for paper: plain strings in reading order, for PDF and DOCX alike."""

from __future__ import annotations

from typing import Any

from reviewer.domain.finding import Citation, Finding
from reviewer.domain.questionnaire import Questionnaire
from reviewer.domain.review import Review
from reviewer.export.html import level_words
from reviewer.export.markdown import foot_line, score_line
from reviewer.export.palette import ROLE_COLOURS
from reviewer.export.statement import statement_lines

_NUMBERS = 24  # facts on paper; the rest is in the JSON and on the page


class Paper:
    """What a printed review says. Every value is a string, a number, or lists and dicts of them."""

    def __init__(self, review: Review, questionnaire: Questionnaire) -> None:
        self._review = review
        self._questionnaire = questionnaire
        self._titles = {role.id: role.title for role in questionnaire.roles}
        self._sections = {s.id: s.title for s in review.design.sections}
        self._spans = {span.id: span.section for span in review.design.spans}
        self._numbers = {f.id: n for n, f in enumerate(review.findings, start=1)}

    def content(self) -> dict[str, Any]:
        """The whole paper."""
        review = self._review
        by_id = {f.id: f for f in (*review.findings, *review.strengths)}
        return {
            "title": _line(review.design.title) or "Untitled design",
            "score": score_line(review),
            "total": review.rubric.total,
            "foot": foot_line(review),
            "incomplete": [
                f"{self._title(r.role)}: {r.status}. {_line(r.reason)}"
                for r in review.roles
                if r.status != "complete"
            ],
            "bars": self._bars(),
            "first": [
                {"number": self._numbers[i], "title": _line(by_id[i].title),
                 "note": f"{self._title(by_id[i].role)}, {by_id[i].severity.value}",
                 "colour": _colour(by_id[i].role)}
                for i in review.priorities
            ],
            "roles": [part for role in self._questionnaire.roles if (part := self._role(role.id))],
            "conflicts": [
                {"sides": [{"title": _line(by_id[i].title), "role": self._title(by_id[i].role),
                            "colour": _colour(by_id[i].role)} for i in conflict.findings],
                 "tension": _line(conflict.tension), "question": _line(conflict.question)}
                for conflict in review.conflicts
            ],
            "rubric": self._rubric(),
            "numbers": self._facts(),
            "notes": [_line(note) for note in review.notes],
            "questions": [_line(question) for question in review.questions],
            "unsupported": [_line(finding.title) for finding in review.unsupported],
            "statement": list(statement_lines(review)),
        }  # fmt: skip

    def _title(self, role: str) -> str:
        return self._titles.get(role, role)

    def _bars(self) -> list[dict[str, Any]]:
        scores = {report.role: report.score for report in self._review.roles}
        return [
            {"title": role.title, "level": scores.get(role.id), "colour": _colour(role.id)}
            for role in self._questionnaire.roles
        ]

    def _role(self, role: str) -> dict[str, Any] | None:
        mine = [f for f in self._review.findings if f.role == role]
        sound = [s for s in self._review.strengths if s.role == role]
        if not mine and not sound:
            return None
        return {
            "title": self._title(role),
            "colour": _colour(role),
            "sound": [
                {"title": _line(s.title), "quote": _line(s.evidence[0].quote) if s.evidence else ""}
                for s in sound
            ],
            "findings": [self._finding(f) for f in mine if not f.folded],
            "folded": [
                f"{self._numbers[f.id]} · {_line(f.title)} ({f.severity.value})"
                for f in mine
                if f.folded
            ],
        }

    def _finding(self, finding: Finding) -> dict[str, Any]:
        also = ", ".join(self._title(role) for role in finding.also_raised_by)
        return {
            "number": self._numbers[finding.id],
            "title": _line(finding.title),
            "severity": finding.severity.value,
            "also": f"also raised by {also}" if also else "",
            "author": "worded by the model" if finding.author == "model" else "",
            "explanation": _line(finding.explanation),
            "quotes": [
                {"text": _line(e.quote), "where": self._where(e.span)} for e in finding.evidence
            ],
            "searched": [self._sections.get(s, s) for s in finding.searched]
            if finding.claims_absence
            else [],
            "recommendation": _line(finding.recommendation),
            "citations": [_citation(citation) for citation in finding.citations],
        }

    def _where(self, span: str) -> str:
        section = self._spans.get(span, "")
        return _line(self._sections.get(section, section)) or span

    def _rubric(self) -> list[dict[str, Any]]:
        levels = {c.id: c.levels for c in self._questionnaire.criteria}
        rows = []
        for row in self._review.rubric.criteria:
            here, following = level_words(levels[row.id], row.level)
            low, high = row.range
            rows.append(
                {
                    "title": row.title,
                    "colour": _colour(row.role),
                    "level": "not scored" if row.level is None else f"{row.level:.1f}",
                    "range": f"{low:.1f} to {high:.1f}",
                    "here": here,
                    "next": following,
                }
            )
        return rows

    def _facts(self) -> list[dict[str, str]]:
        facts = sorted(self._review.analysis.facts, key=lambda f: f.holds is not False)
        state = {True: "holds", False: "fails", None: ""}
        return [
            {"text": _line(f.text), "formula": _line(f.formula or ""), "state": state[f.holds]}
            for f in facts[:_NUMBERS]
        ]


def _citation(citation: Citation) -> dict[str, str]:
    where = ", ".join(part for part in (_line(citation.title), _line(citation.locator)) if part)
    return {"kind": citation.kind, "text": _line(citation.text), "where": where,
            "evidence": citation.evidence or ""}  # fmt: skip


def _colour(role: str) -> str:
    return ROLE_COLOURS.get(role, ROLE_COLOURS["chair"])


def _line(text: str) -> str:
    """One line without the control characters that a page cannot hold."""
    kept = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(kept.split())
