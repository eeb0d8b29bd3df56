"""Reading a model's answer: tidied, validated once, and turned into ids."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

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


def _cut(longest: int) -> BeforeValidator:
    def cut(value: Any) -> Any:
        return value.strip()[:longest] if isinstance(value, str) else value

    return BeforeValidator(cut)


def _tidy_word(value: Any) -> Any:
    return re.sub(r"[\s-]+", "_", value.strip().lower()) if isinstance(value, str) else value


def _tidy_ids(value: Any) -> Any:
    """Ids as a list, without the brackets and commas that unconstrained models put around them."""
    if value is None:
        return ()
    parts = [value] if isinstance(value, str) else value
    if not isinstance(parts, list) or not all(isinstance(p, str) for p in parts):
        return value
    if all(p.isalnum() for p in parts):  # labels as they were shown: nothing to tidy
        return tuple(dict.fromkeys(p for p in parts if p != NONE))
    ids = (piece.strip(" \t\n[](){}\"'`.") for part in parts for piece in re.split(r"[,;]", part))
    return tuple(dict.fromkeys(i for i in ids if i and i.lower() != NONE))


def _tidy_id(value: Any) -> Any:
    return next(iter(_tidy_ids(value)), "") if isinstance(value, str) else value


def _tidy_texts(value: Any) -> Any:
    return () if value is None else value


_Ids = Annotated[tuple[str, ...], BeforeValidator(_tidy_ids)]
_WrittenVerdict = Annotated[Verdict, BeforeValidator(_tidy_word)]
_WrittenKind = Annotated[FindingKind, BeforeValidator(_tidy_word)]
_WrittenSeverity = Annotated[Severity, BeforeValidator(_tidy_word)]


class _Written(BaseModel):
    # What a model adds is ignored; what it must say has no default.
    model_config = ConfigDict(frozen=True, extra="ignore")


class _WrittenAnswer(_Written):
    check: Annotated[str, BeforeValidator(_tidy_id)]
    evidence: _Ids = ()
    searched: _Ids = ()
    note: Annotated[str, _cut(_NOTE)] = ""
    verdict: _WrittenVerdict
    passages: _Ids = ()


class _WrittenPoint(_Written):
    check: _Ids = ()
    kind: _WrittenKind = FindingKind.RISK
    severity: _WrittenSeverity = Severity.MEDIUM
    title: Annotated[str, _cut(_TITLE)]
    explanation: Annotated[str, _cut(_TEXT)] = ""
    recommendation: Annotated[str, _cut(_TEXT)] = ""
    evidence: _Ids = ()
    searched: _Ids = ()
    passages: _Ids = ()


class _WrittenRole(_Written):
    answers: tuple[_WrittenAnswer, ...]
    points: Annotated[tuple[_WrittenPoint, ...], BeforeValidator(_tidy_texts)] = ()
    questions: Annotated[tuple[Annotated[str, _cut(_TEXT)], ...], BeforeValidator(_tidy_texts)] = ()
    abstained: str | None = None


class _WrittenMerge(_Written):
    findings: _Ids


class _WrittenTradeoff(_Written):
    findings: _Ids
    tension: Annotated[str, _cut(_TEXT)]
    question: Annotated[str, _cut(_TEXT)] = ""


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
            Tradeoff(findings=(ids[0], ids[1]), tension=t.tension, question=t.question)
            for ids, t in tradeoffs
            if len(ids) == 2
        ),
    )


def _validated(form: type[Form], text: str) -> Form:
    try:
        return form.model_validate_json(text)
    except ValidationError as exc:
        faults = exc.errors(include_url=False, include_input=False)[:8]
        lines = (f"- {'.'.join(map(str, f['loc'])) or 'the whole'}: {f['msg']}" for f in faults)
        raise AnswerBroken("\n".join(lines)) from None


def _role(written: _WrittenRole, labels: Labels) -> RoleAnswer:
    reason = (written.abstained or "").strip()
    if reason.lower().strip(".") in ("", "no", "none", "null", "false", "n/a"):
        reason = ""
    if not written.answers and not reason:
        raise AnswerBroken("- answers: the list is empty, and abstained gives no reason")
    return RoleAnswer(
        answers=tuple(
            Answer(check=a.check, verdict=a.verdict, note=a.note, **_pointers(a, labels))
            for a in written.answers
        ),
        points=tuple(
            Point(
                check=next(iter(p.check), None),
                kind=p.kind,
                severity=p.severity,
                title=p.title,
                explanation=p.explanation,
                recommendation=p.recommendation,
                **_pointers(p, labels),
            )
            for p in written.points
        ),
        questions=tuple(q for q in written.questions if q),
        # Who answers checks does not abstain, whatever else was written.
        abstained=reason if reason and not written.answers else None,
    )


def _pointers(
    written: _WrittenAnswer | _WrittenPoint, labels: Labels
) -> dict[str, tuple[str, ...]]:
    return {
        "evidence": _named(written.evidence, labels.evidence),
        "searched": _named(written.searched, labels.sections),
        "passages": _named(written.passages, labels.passages),
    }


def _named(written: Iterable[str], ids: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids.get(label, label) for label in written))
