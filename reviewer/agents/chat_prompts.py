"""The prompts of the chat answerer: shared instructions and design first, the role last."""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass

from reviewer.agents.answer_schema import (
    CHAIR_SCHEMA,
    CHAIR_SCHEMA_NAME,
    ROLE_SCHEMA,
    ROLE_SCHEMA_NAME,
    Labels,
    Schema,
    with_ids,
)
from reviewer.agents.material import (
    checks_text,
    design_text,
    fact_labels,
    finding_labels,
    findings_text,
    mark,
    passage_labels,
    passages_text,
    roles_text,
    section_labels,
)
from reviewer.agents.prompting import PromptSet
from reviewer.domain.design import Design, Frozen
from reviewer.domain.facts import Analysis
from reviewer.domain.review import Usage
from reviewer.domain.tokens import estimate_tokens
from reviewer.ports import ChairBrief, Message, Prompt, RoleBrief

_KEPT = 64  # designs, and roles, whose rendered text is remembered
_TOKENS_BASE, _TOKENS_CHECK, _TOKENS_FINDING = 2000, 200, 40  # of an answer, generously
_MOST_TOKENS = 16_000  # what most models can write in one answer
_TYPICAL_SHARE = 0.5  # of that limit, what an answer usually takes


class Asked(Frozen):
    """A prompt, and what its labels stand for."""

    prompt: Prompt
    labels: Labels


@dataclass(frozen=True)
class _Shown:
    """A design as all roles are shown it, and the labels of its parts.

    Design and analysis are kept so that what is remembered by their identity stays theirs.
    """

    design: Design
    analysis: Analysis
    message: Message
    evidence: dict[str, str]
    sections: dict[str, str]


@dataclass(frozen=True)
class _Own:
    """What a prompt has beyond the design: roles, checks and passages."""

    brief: RoleBrief
    inputs: dict[str, str]
    passages: dict[str, str]


class ChatPrompts:
    """Makes prompts. The first two messages are the same bytes for every role of a design.

    `id_enums` puts the ids that exist into the schema, which then differs from call to call.
    """

    def __init__(self, prompts: PromptSet, *, id_enums: bool = False) -> None:
        self._prompts = prompts
        self._id_enums = id_enums
        self._instructions = Message(role="system", content=prompts["instructions"].render())
        # What was rendered is kept beside its text, so that an id is never used twice.
        self._shown: OrderedDict[tuple[int, int], _Shown] = OrderedDict()
        self._asked: OrderedDict[object, _Own] = OrderedDict()

    def role(self, brief: RoleBrief) -> Asked:
        """The prompt of a role, or of all roles in one call."""
        shown, own = self._design(brief), self._own_part(brief)
        labels = _labels(brief, shown, own)
        asked = self._prompts["role_call"].render(**own.inputs)
        prompt = Prompt(
            purpose=f"role:{brief.roles[0].id}" if len(brief.roles) == 1 else "single",
            messages=self._messages(shown, asked),
            schema_name=ROLE_SCHEMA_NAME,
            answer_schema=self._schema(ROLE_SCHEMA, labels),
            max_output_tokens=_room(len(brief.checks)),
        )
        return Asked(prompt=prompt, labels=labels)

    def chair(self, chair: ChairBrief) -> Asked:
        """The prompt of the chair."""
        brief = chair.brief
        shown, own = self._design(brief), self._own_part(brief)
        labels = _labels(brief, shown, own, finding_labels(chair.findings))
        findings = findings_text(chair.findings)
        asked = self._prompts["chair_call"].render(
            **own.inputs,
            findings_mark=mark(findings),
            findings=findings,
        )
        prompt = Prompt(
            purpose="chair",
            messages=self._messages(shown, asked),
            schema_name=CHAIR_SCHEMA_NAME,
            answer_schema=self._schema(CHAIR_SCHEMA, labels),
            max_output_tokens=_room(len(brief.checks), len(chair.findings)),
        )
        return Asked(prompt=prompt, labels=labels)

    def repair(self, prompt: Prompt, answer: str, problems: str) -> Prompt:
        """The prompt again, with its broken answer and what is wrong with it."""
        schema = json.dumps(prompt.answer_schema, separators=(",", ":"), ensure_ascii=False)
        asked = self._prompts["repair"].render(problems=problems, schema=schema)
        turns = (
            Message(role="assistant", content=answer),
            Message(role="user", content=asked),
        )
        purpose = f"repair:{prompt.purpose.removeprefix('role:')}"
        return prompt.model_copy(
            update={"purpose": purpose, "messages": (*prompt.messages, *turns)}
        )

    def estimate(self, brief: RoleBrief) -> Usage:
        """Roughly what one call will use; `cached` is the part that all roles share."""
        prompt = self.role(brief).prompt
        first, second, own = (estimate_tokens(m.content) for m in prompt.messages)
        return Usage(
            input=first + second + own + estimate_tokens(json.dumps(prompt.answer_schema)),
            output=round(prompt.max_output_tokens * _TYPICAL_SHARE),
            cached=first + second,
            calls=1,
        )

    def _messages(self, shown: _Shown, asked: str) -> tuple[Message, ...]:
        return (self._instructions, shown.message, Message(role="user", content=asked))

    def _design(self, brief: RoleBrief) -> _Shown:
        key = (id(brief.design), id(brief.analysis))
        if key not in self._shown:
            text = design_text(brief.design, brief.analysis)
            shown = self._prompts["design_call"].render(
                language=brief.design.language, mark=mark(text), design=text
            )
            self._shown[key] = _Shown(
                design=brief.design,
                analysis=brief.analysis,
                message=Message(role="user", content=shown),
                evidence={s.id: s.id for s in brief.design.spans} | fact_labels(brief.analysis),
                sections=section_labels(brief.design),
            )
            if len(self._shown) > _KEPT:
                self._shown.popitem(last=False)
        return self._shown[key]

    def _own_part(self, brief: RoleBrief) -> _Own:
        """A role's text, checks and passages: mostly the same for every design."""
        offered = tuple(
            (check, *(hit.passage.id for hit in hits)) for check, hits in brief.passages.items()
        )
        key = (tuple(map(id, brief.roles)), tuple(map(id, brief.checks)), offered)
        if key not in self._asked:
            labels = passage_labels(brief.passages)
            passages = passages_text(brief, labels)
            inputs = {
                "roles": roles_text(brief.roles),
                "checks": checks_text(brief, labels),
                "passages_mark": mark(passages),
                "passages": passages,
            }
            self._asked[key] = _Own(brief, inputs, labels)
            if len(self._asked) > _KEPT:
                self._asked.popitem(last=False)
        return self._asked[key]

    def _schema(self, schema: Schema, labels: Labels) -> Schema:
        return with_ids(schema, labels) if self._id_enums else schema


def _room(checks: int, findings: int = 0) -> int:
    needed = _TOKENS_BASE + _TOKENS_CHECK * checks + _TOKENS_FINDING * findings
    return min(needed, _MOST_TOKENS)


def _labels(
    brief: RoleBrief, shown: _Shown, own: _Own, findings: dict[str, str] | None = None
) -> Labels:
    return Labels(
        checks=tuple(check.id for check in brief.checks),
        evidence=shown.evidence,
        sections=shown.sections,
        passages=own.passages,
        findings=findings or {},
    )
