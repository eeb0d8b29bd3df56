"""The words of reflection prompts (`prompts/reflection.yaml`), checked on loading."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import Field, ValidationError

from reviewer.domain.design import Frozen
from reviewer.domain.reflection import Matter
from reviewer.errors import CatalogueError, InputError
from reviewer.paths import PROMPTS
from reviewer.yamlfile import Document, read_yaml

ANY = "any"
_NEAR = "_near"
_SLOT = re.compile(r"\{(\w+)\}")
_SLOTS = {
    Matter.WEAKNESS: {"point"},
    Matter.ABSENCE: {"point"},
    Matter.STRENGTH: {"point"},
    Matter.CONFLICT: {"first", "second"},
    Matter.NUMBER: {"number"},
    Matter.DRILL: {"drill"},
    Matter.PASSAGE: set(),
}


class Ask(Frozen):
    """What a person is asked: for which matters it fits, and from which stance it asks."""

    matters: tuple[str, ...] = Field(alias="for", min_length=1)
    stance: str
    ask: str

    def fits(self, matter: Matter) -> bool:
        """Whether it can follow a lead of that matter."""
        return ANY in self.matters or matter.value in self.matters


class ReflectionBank(Frozen):
    """Leads by matter, asks by topic, and which topics suit a criterion or a family of facts."""

    version: int
    affinity: dict[str, tuple[str, ...]]
    leads: dict[str, tuple[str, ...]]
    asks: dict[str, tuple[Ask, ...]]

    def leads_of(self, matter: Matter, *, own: bool) -> tuple[str, ...]:
        """Leads of a matter; `own` where the quote is evidence of the very point."""
        near = self.leads.get(f"{matter.value}{_NEAR}")
        return self.leads[matter.value] if own or near is None else near


def load_bank(directory: Path = PROMPTS) -> ReflectionBank:
    """The words of reflection prompts.

    Raises:
        CatalogueError: the file is missing or wrong; the message names file and line.
    """
    path = directory / "reflection.yaml"
    try:
        document = read_yaml(path, path.name)
    except InputError as error:
        raise CatalogueError(str(error)) from None
    try:
        bank = ReflectionBank.model_validate(document.data)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise _error(document, first["loc"], f"{field}: {first['msg']}.") from None
    _check_leads(document, bank)
    _check_asks(document, bank)
    return bank


def _check_leads(document: Document, bank: ReflectionBank) -> None:
    for name, leads in bank.leads.items():
        matter = name.removesuffix(_NEAR)
        if matter not in list(Matter):
            raise _error(document, ("leads", name), f"{name} is the name of no matter.")
        for place, lead in enumerate(leads):
            if set(_SLOT.findall(lead)) != _SLOTS[Matter(matter)]:
                named = ", ".join(sorted(_SLOTS[Matter(matter)])) or "nothing"
                raise _error(
                    document, ("leads", name, place), f"a lead of {name} names in braces: {named}."
                )
    for matter in Matter:
        if not bank.leads.get(matter.value):
            raise _error(document, ("leads",), f"leads of {matter.value} are missing.")


def _check_asks(document: Document, bank: ReflectionBank) -> None:
    known = {ANY, *(matter.value for matter in Matter)}
    for topic, asks in bank.asks.items():
        for place, ask in enumerate(asks):
            where = ("asks", topic, place)
            if unknown := set(ask.matters) - known:
                raise _error(document, where, f"{min(unknown)} is the name of no matter.")
            if not ask.ask.rstrip().endswith("?"):
                raise _error(document, where, "an ask ends in a question mark.")


def _error(document: Document, path: tuple[str | int, ...], message: str) -> CatalogueError:
    return CatalogueError(f"{document.source}, line {document.line(path)}: {message}")
