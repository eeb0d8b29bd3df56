"""Briefs for tests of the chat answerer: a small design with map, facts, checks and passages."""

from __future__ import annotations

from knowledge.types import Hit, Passage, Source
from reviewer.domain.design import DataFlow, Design, Flow, Node, NodeKind, Quantity, Section, Span
from reviewer.domain.facts import Analysis, Fact, Gap
from reviewer.domain.finding import Evidence, Finding, FindingKind, Severity
from reviewer.domain.questionnaire import Check, Role
from reviewer.ports import ChairBrief, Prompt, RoleBrief

ROLES = ("scalability", "latency", "compliance", "legacy_integration", "reliability")
LINES = (
    ("Scenario", "The assistant answers shoppers' questions about stock in 40 stores."),
    ("Scenario", "Answers must not be older than five minutes."),
    ("Data flow (ERP → assistant)", "The ERP exports stock every night at 02:00."),
    ("Data flow (ERP → assistant)", "Customer e-mail addresses are sent to the model provider."),
)


def design(lines: tuple[tuple[str, str], ...] = LINES, language: str = "en") -> Design:
    """A design of these (section, sentence) lines."""
    spans: list[Span] = []
    sections: dict[str, Section] = {}
    text = ""
    for number, (section, line) in enumerate(lines, 1):
        start = len(text)
        text += line + "\n"
        spans.append(
            Span(
                id=f"S{number}",
                section=section,
                kind="sentence",
                text=line,
                start=start,
                end=start + len(line),
            )
        )
        sections.setdefault(
            section, Section(id=section, title=section, level=2, start=start, end=start)
        )
    flow = DataFlow(
        nodes=(
            Node(
                id="erp",
                kind=NodeKind.SOURCE,
                name="ERP",
                rate=Quantity(value=2.0, unit="event/s", text="2 events/s"),
                personal_data=(),
            ),
            Node(id="bot", kind=NodeKind.MODEL, name="Assistant", external=True, spans=("S4",)),
        ),
        flows=(Flow(id="erp-bot", source="erp", target="bot", encrypted_in_transit=False),),
        origin="yaml",
    )
    return Design(
        title="Stock assistant",
        source="stock.md",
        text=text,
        language=language,
        sections=tuple(sections.values()),
        spans=tuple(spans),
        data_flow=flow,
    )


ANALYSIS = Analysis(
    facts=(
        Fact(
            id="F-freshness.end_to_end-Ladengeschäft",
            name="freshness.end_to_end",
            value=86400.0,
            unit="s",
            text="Stock is up to 24 h old; the target is 5 min.",
            spans=("S2", "S3"),
            holds=False,
        ),
    ),
    gaps=(Gap(name="cost.month", text="No unit costs are stated."),),
)


def hit(number: int) -> Hit:
    """A passage of an invented source."""
    return Hit(
        passage=Passage(
            id=f"P-{number:010x}", source="s1", text=f"Summary {number}.", kind="summary"
        ),
        source=Source(id="s1", title="A source"),
        score=1.0,
        dense=1.0,
        lexical=1.0,
    )


def checks(role: str, count: int = 3) -> tuple[Check, ...]:
    """Checks `ROL-01` … of a role."""
    return tuple(
        Check(
            id=f"{role[:3].upper()}-{n:02}",
            role=role,
            criterion=f"{role}_1",
            question=f"Is point {n} of {role} decided?",
            weakness="w",
            risk="r",
            strength="s",
            why="y",
            remedy="m",
            applies_when="Always." if n > 1 else "There is a map.",
        )
        for n in range(1, count + 1)
    )


SHARED_DESIGN = design()


def brief(*roles: str, of: Design = SHARED_DESIGN, count: int = 3) -> RoleBrief:
    """A brief of one or more roles on a design."""
    asked = tuple(c for role in roles for c in checks(role, count))
    return RoleBrief(
        design=of,
        analysis=ANALYSIS,
        roles=tuple(
            Role(id=r, title=r.title(), scope=r, brief=f"You judge {r} and nothing else.")
            for r in roles
        ),
        checks=asked,
        passages={asked[0].id: (hit(1), hit(2))},
    )


def chair_brief(of: Design = SHARED_DESIGN) -> ChairBrief:
    """The chair's brief with two findings whose ids hold words of the design."""
    quote = of.spans[0]
    found = tuple(
        Finding(
            id=f"{role[:3].upper()}-01:Data flow (ERP → assistant)",
            role=role,
            kind=FindingKind.RISK,
            severity=Severity.HIGH,
            title=f"Title {role}",
            explanation="e",
            recommendation="r",
            evidence=(Evidence(span=quote.id, quote=quote.text, start=quote.start, end=quote.end),),
        )
        for role in ("latency", "compliance")
    )
    return ChairBrief(brief=brief("chair", of=of), findings=found)


def prompt(text: str = "Say something.", limit: int = 100) -> Prompt:
    """A small prompt for tests of backends."""
    schema = {
        "type": "object",
        "properties": {"word": {"type": "string", "pattern": "^[a-z]+$"}},
        "required": ["word"],
        "additionalProperties": False,
    }
    return Prompt.model_validate(
        {
            "purpose": "role:test",
            "messages": [{"role": "user", "content": text}],
            "schema_name": "word",
            "answer_schema": schema,
            "max_output_tokens": limit,
        }
    )
