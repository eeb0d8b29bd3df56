"""What the engine benchmarks review: a design, its facts, the questionnaire, ready passages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from knowledge.corpus import Corpus, load_corpus
from knowledge.types import Hit
from reviewer.agents.chat_prompts import ChatPrompts
from reviewer.agents.panel import Panel
from reviewer.agents.prompting import load_prompts
from reviewer.agents.retrieval import Remembered, brief_roles
from reviewer.analysis import analyse
from reviewer.catalogue import load_questionnaire
from reviewer.domain.design import Design
from reviewer.domain.facts import Analysis
from reviewer.domain.questionnaire import Questionnaire
from reviewer.intake import read_design
from reviewer.paths import EXAMPLES, PROMPTS
from reviewer.ports import Answerer, ChairBrief, Prompt

CHAIR = "chair"


class ReadyPassages:
    """A retriever that costs nothing: passages of the role, in the order of the corpus."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self._next = 0
        self._found: dict[object, list[list[Hit]]] = {}

    @property
    def corpus(self) -> str:
        """The content hash."""
        return self._corpus.hash

    def search(self, query: str, *, role: str | None = None, limit: int = 5) -> list[Hit]:
        """The next passages of that role: each query gets others, as in a search."""
        fitting = [p for p in self._corpus.passages if role is None or role in p.roles]
        start, self._next = self._next, self._next + limit
        chosen = [fitting[(start + n) % len(fitting)] for n in range(min(limit, len(fitting)))]
        return [
            Hit(passage=p, source=self._corpus.sources[p.source], score=1.0, dense=1.0, lexical=1.0)
            for p in chosen
        ]

    def search_many(
        self, queries: Sequence[tuple[str, str | None]], *, limit: int = 5
    ) -> list[list[Hit]]:
        """As `search`, from the start each time, and found only once."""
        key = (tuple(queries), limit)
        if key not in self._found:
            self._next = 0
            self._found[key] = [self.search(q, role=role, limit=limit) for q, role in queries]
        return self._found[key]


@dataclass(frozen=True)
class Material:
    """One design with everything that is known before the first model call."""

    design: Design
    analysis: Analysis
    questionnaire: Questionnaire
    passages: Remembered

    def panel(self, answerer: Answerer) -> Panel:
        """A panel that neither measures nor searches anew."""
        return Panel(self.questionnaire, answerer, self.passages, lambda _: self.analysis)

    def first_checks(self, count: int | None) -> Material:
        """The same with only the first checks of each role, for slow models."""
        if count is None:
            return self
        few = tuple(
            check for role in self.questionnaire.roles
            for check in self.questionnaire.checks_of(role.id)[:count]
        )  # fmt: skip
        kept = {check.id for check in few}
        tensions = tuple(t for t in self.questionnaire.tensions if kept.issuperset(t.checks))
        asked = self.questionnaire.model_copy(update={"checks": few, "tensions": tensions})
        return replace(self, questionnaire=asked)

    def prompts(self) -> tuple[list[Prompt], Prompt]:
        """The prompts of the roles, and the chair's."""
        briefs = brief_roles(
            self.design, self.analysis, self.questionnaire, self.passages, lambda *_: None
        )
        made = ChatPrompts(load_prompts())
        roles = [made.role(brief).prompt for name, brief in briefs.items() if name != CHAIR]
        return roles, made.chair(ChairBrief(brief=briefs[CHAIR], findings=())).prompt


def load_material(path: Path | None = None, prompts: Path = PROMPTS) -> Material:
    """A design file (by default the first example) with its facts and all checks."""
    questionnaire = load_questionnaire(prompts)
    design = read_design(path or sorted(EXAMPLES.glob("*.md"))[0], questionnaire.tasks)
    return Material(
        design, analyse(design), questionnaire, Remembered(ReadyPassages(load_corpus()))
    )
