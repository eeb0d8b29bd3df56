"""The questionnaire: lesson tasks, roles, criteria, checks, and the answers to checks."""

from __future__ import annotations

from enum import StrEnum

from reviewer.domain.design import Frozen
from reviewer.domain.finding import FindingKind, Severity


class Verdict(StrEnum):
    """The answer to a check; `unclear` is never counted as met."""

    MET = "met"
    PARTLY = "partly"
    UNMET = "unmet"
    NOT_APPLICABLE = "not_applicable"
    UNCLEAR = "unclear"


class LessonTask(Frozen):
    """One of the lesson's tasks: a section of a design."""

    id: str
    title: str
    ask: str
    help: str = ""
    example: str = ""
    headings: tuple[str, ...] = ()  # words in a heading that mark a section as this task


class OfflineRule(Frozen):
    """How the offline backend answers a check.

    Terms are matched from the start of a word, any case; a trailing `*` matches any ending, and a
    space matches any run of spaces and hyphens. `topic` marks text that may bear on the point;
    `decisive` terms settle it when they stand in an affirmed statement. `met`, `unmet`
    and `near` are example sentences: for, a wrong decision, and on the topic without deciding.
    `facts` are fact names (a family where the name ends in a dot) whose `holds` decides.
    `applies_text` are terms one of which must occur, `applies_map` conditions on the map; the check
    does not apply where both are given and neither is true. `absent` tells whether silence of the
    whole design is a weakness: it is `unmet` if so, otherwise the check does not apply.
    """

    topic: tuple[str, ...] = ()
    decisive: tuple[str, ...] = ()
    met: tuple[str, ...] = ()
    unmet: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    applies_text: tuple[str, ...] = ()
    applies_map: tuple[str, ...] = ()
    absent: bool = True


class Examples(Frozen):
    """Further example sentences of a check: for, against, and on the topic without deciding."""

    met: tuple[str, ...] = ()
    unmet: tuple[str, ...] = ()
    near: tuple[str, ...] = ()


class Check(Frozen):
    """An atomic question that a senior engineer would ask of the design.

    `weakness` is the finding's title when the answer is no because nothing is said; `risk` the
    title when the design decides wrongly, `strength` the title when it is well answered.
    """

    id: str
    role: str
    criterion: str
    question: str
    weakness: str
    risk: str
    strength: str
    why: str
    remedy: str
    weight: float = 1.0
    severity: Severity = Severity.MEDIUM
    sources: tuple[str, ...] = ()
    mistakes: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    generative: bool = False
    applies_when: str = ""
    offline: OfflineRule = OfflineRule()


class Criterion(Frozen):
    """A row of the rubric; `levels[n]` describes what level n (0-5) looks like."""

    id: str
    title: str
    role: str
    weight: float
    levels: tuple[str, str, str, str, str, str]


class Role(Frozen):
    """A reviewer's point of view; `brief` is the role text of its prompt."""

    id: str
    title: str
    scope: str
    brief: str


class Tension(Frozen):
    """Two checks of different roles whose fixes cost each other: the seed of a conflict."""

    id: str
    checks: tuple[str, str]
    tension: str
    question: str


class Questionnaire(Frozen):
    """Everything that is asked, in a fixed order, and the sources that may be named."""

    tasks: tuple[LessonTask, ...]
    topics: tuple[LessonTask, ...] = ()
    roles: tuple[Role, ...]
    criteria: tuple[Criterion, ...]
    checks: tuple[Check, ...]
    tensions: tuple[Tension, ...] = ()

    def role(self, role_id: str) -> Role:
        """The role of that id; KeyError if there is none."""
        return {r.id: r for r in self.roles}[role_id]

    def check(self, check_id: str) -> Check:
        """The check of that id; KeyError if there is none."""
        return {c.id: c for c in self.checks}[check_id]

    def criterion(self, criterion_id: str) -> Criterion:
        """The criterion of that id; KeyError if there is none."""
        return {c.id: c for c in self.criteria}[criterion_id]

    def checks_of(self, role_id: str) -> tuple[Check, ...]:
        """The checks a role answers, in questionnaire order."""
        return tuple(c for c in self.checks if c.role == role_id)


class Answer(Frozen):
    """A role's answer to one check; everything it points to is named by id."""

    check: str
    verdict: Verdict
    evidence: tuple[str, ...] = ()  # span ids and fact ids
    searched: tuple[str, ...] = ()  # section ids
    passages: tuple[str, ...] = ()
    note: str = ""


class Point(Frozen):
    """A finding as a backend raises it, before grounding; evidence by id only."""

    check: str | None = None
    kind: FindingKind = FindingKind.RISK
    severity: Severity = Severity.MEDIUM
    title: str
    explanation: str = ""
    recommendation: str = ""
    evidence: tuple[str, ...] = ()
    searched: tuple[str, ...] = ()
    passages: tuple[str, ...] = ()


class RoleAnswer(Frozen):
    """Everything one role says of a design. `abstained` is a reason, if it will not judge."""

    answers: tuple[Answer, ...] = ()
    points: tuple[Point, ...] = ()
    questions: tuple[str, ...] = ()
    abstained: str | None = None


class Merge(Frozen):
    """Findings that make the same point; the first is kept."""

    findings: tuple[str, ...]


class Tradeoff(Frozen):
    """Two findings whose fixes cost each other, as the chair sees it."""

    findings: tuple[str, str]
    tension: str
    question: str


class ChairAnswer(Frozen):
    """What a chair may say: answers to its own checks, which findings are one, which pull apart."""

    answer: RoleAnswer = RoleAnswer()
    merges: tuple[Merge, ...] = ()
    tradeoffs: tuple[Tradeoff, ...] = ()
