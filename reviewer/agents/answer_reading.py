"""Reading a model's answer: validated once, tidied where it has to be, and turned into ids."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from reviewer.agents.answer_schema import NONE, Labels
from reviewer.domain.finding import FindingKind, Severity
from reviewer.domain.questionnaire import (
    Answer,
    ChairAnswer,
    Merge,
    Point,
    RoleAnswer,
    Tradeoff,
    Verdict,
)

_NOTE, _TITLE, _TEXT = 600, 200, 1500  # longest note, title and paragraph, in characters
_WORDS = frozenset({"verdict", "kind", "severity"})
_LISTS = frozenset({"evidence", "searched", "passages", "findings"})
_AROUND = " \t\n[](){}\"'`."  # what unconstrained models put around an id


class _Written(BaseModel):
    # What a model adds is ignored; what it must say has no default.
    model_config = ConfigDict(frozen=True, extra="ignore")


class _WrittenAnswer(_Written):
    check: str
    evidence: tuple[str, ...] = ()
    searched: tuple[str, ...] = ()
    note: str = ""
    verdict: Verdict
    passages: tuple[str, ...] = ()


class _WrittenPoint(_Written):
    check: str = ""
    kind: FindingKind = FindingKind.RISK
    severity: Severity = Severity.MEDIUM
    title: str
    explanation: str = ""
    recommendation: str = ""
    evidence: tuple[str, ...] = ()
    searched: tuple[str, ...] = ()
    passages: tuple[str, ...] = ()


class _WrittenRole(_Written):
    answers: tuple[_WrittenAnswer, ...]
    points: tuple[_WrittenPoint, ...] = ()
    questions: tuple[str, ...] = ()
    abstained: str = ""


class _WrittenMerge(_Written):
    findings: tuple[str, ...]


class _WrittenTradeoff(_Written):
    findings: tuple[str, ...]
    tension: str
    question: str = ""


class _WrittenChair(_WrittenRole):
    merges: tuple[_WrittenMerge, ...] = ()
    tradeoffs: tuple[_WrittenTradeoff, ...] = ()


Form = TypeVar("Form", bound=_Written)


class AnswerBroken(ValueError):
    """An answer that does not fit the agreed form; the message says where, for the model."""


def read_role(text: str, labels: Labels) -> RoleAnswer:
    """A role's answer, with the ids that stand behind the labels of its prompt.

    Raises:
        AnswerBroken: a field is missing or wrong, or the role neither answers nor abstains.
    """
    return _role(_validated(_WrittenRole, text), labels)


def read_chair(text: str, labels: Labels) -> ChairAnswer:
    """The chair's answer, as `read_role`."""
    written = _validated(_WrittenChair, text)
    merges = (_named(m.findings, labels.findings) for m in written.merges)
    tradeoffs = ((_named(t.findings, labels.findings), t) for t in written.tradeoffs)
    return ChairAnswer(
        answer=_role(written, labels),
        merges=tuple(Merge(findings=ids) for ids in merges if len(ids) > 1),
        tradeoffs=tuple(
            Tradeoff(
                findings=(ids[0], ids[1]),
                tension=_cut(t.tension, _TEXT),
                question=_cut(t.question, _TEXT),
            )
            for ids, t in tradeoffs
            if len(ids) == 2
        ),
    )


def _validated(form: type[Form], text: str) -> Form:
    try:
        return form.model_validate_json(text)
    except ValidationError as exc:
        problems = exc
    try:
        return form.model_validate(_tidied(json.loads(text)))
    except ValidationError as exc:
        problems = exc
    except (ValueError, RecursionError):  # not JSON: the first problem says so
        pass
    faults = problems.errors(include_url=False, include_input=False)[:8]
    lines = (f"- {'.'.join(map(str, f['loc'])) or 'the whole'}: {f['msg']}" for f in faults)
    raise AnswerBroken("\n".join(lines))


def _tidied(value: Any, field: str = "") -> Any:
    """The answer of a model that was not held to the schema, with its small liberties undone."""
    if isinstance(value, dict):
        return {k: _tidied(v, k) for k, v in value.items() if v is not None}
    if field in _LISTS and isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [_tidied(item) for item in value]
    if field in _WORDS and isinstance(value, str):
        return re.sub(r"[\s-]+", "_", value.strip().lower())
    return value


def _role(written: _WrittenRole, labels: Labels) -> RoleAnswer:
    reason = written.abstained.strip()
    if reason.lower().strip(".") in ("", "no", "none", "null", "false", "n/a"):
        reason = ""
    if not written.answers and not reason:
        raise AnswerBroken("- answers: the list is empty, and abstained gives no reason")
    return RoleAnswer(
        answers=tuple(_answer(answer, labels) for answer in written.answers),
        points=tuple(_point(point, labels) for point in written.points),
        questions=tuple(_cut(q, _TEXT) for q in written.questions if q.strip()),
        # Who answers checks does not abstain, whatever else was written.
        abstained=reason if reason and not written.answers else None,
    )


def _answer(written: _WrittenAnswer, labels: Labels) -> Answer:
    return Answer(
        check=written.check.strip(_AROUND),
        verdict=written.verdict,
        note=_cut(written.note, _NOTE),
        evidence=_named(written.evidence, labels.evidence),
        searched=_named(written.searched, labels.sections),
        passages=_named(written.passages, labels.passages),
    )


def _point(written: _WrittenPoint, labels: Labels) -> Point:
    check = written.check.strip(_AROUND)
    return Point(
        check=check if check and check.lower() != NONE else None,
        kind=written.kind,
        severity=written.severity,
        title=_cut(written.title, _TITLE),
        explanation=_cut(written.explanation, _TEXT),
        recommendation=_cut(written.recommendation, _TEXT),
        evidence=_named(written.evidence, labels.evidence),
        searched=_named(written.searched, labels.sections),
        passages=_named(written.passages, labels.passages),
    )


def _named(written: Sequence[str], ids: Mapping[str, str]) -> tuple[str, ...]:
    """The ids behind labels, each once; what is no label stays, for grounding to judge."""
    if not written:
        return ()
    found: dict[str, None] = {}
    for label in written:
        if label in ids:
            found[ids[label]] = None
        else:
            found.update(dict.fromkeys(_pieces(label, ids)))
    return tuple(found)


def _pieces(text: str, ids: Mapping[str, str]) -> list[str]:
    """`S1, [S2]` as the two ids it stands for."""
    if text in ids.values():  # a section by its title, which may hold commas
        return [text]
    pieces = (piece.strip(_AROUND) for piece in re.split(r"[,;]", text))
    return [ids.get(piece, piece) for piece in pieces if piece and piece.lower() != NONE]


def _cut(text: str, longest: int) -> str:
    return text.strip()[:longest]
