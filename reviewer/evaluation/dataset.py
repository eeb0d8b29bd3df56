"""Cases: a design with planted weaknesses, or a published one with the notes of an engineer.

A dataset is a folder. Each case is a folder in it with `cases.yaml` and the design it names
(`design.md` where it names none), or a design beside notes of the same name (`NAME.gold.json`).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from reviewer.domain.design import Frozen
from reviewer.domain.finding import Severity
from reviewer.errors import InputError
from reviewer.yamlfile import Document, read_yaml

SHIPPED = Path(__file__).with_name("cases")

_DESIGNS = (".md", ".markdown", ".txt", ".yaml", ".yml", ".docx", ".pdf")
_TEXTS = (".md", ".markdown", ".txt", ".yaml", ".yml")


class Edit(Frozen):
    """A change of the text: `find` occurs exactly once in the design."""

    find: str = Field(min_length=1)
    replace: str


class Note(Frozen):
    """A point that an engineer made on a design, and what counts as making the same point.

    `checks` are the ids of checks that ask for it, `also` those of neighbours that may as well be
    raised, `patterns` what its free text would say. A published design has `quotes` instead.
    """

    id: str
    role: str = ""
    severity: Severity = Severity.HIGH
    point: str = ""
    checks: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()


class Plant(Note):
    """A weakness and the edits that put it into the design; the design without it is its twin.

    Kinds of the split `tune` may be used to improve the reviewer, kinds of `held` may not.
    """

    shape: Literal["wrong", "missing", "near_miss"] = "wrong"
    split: Literal["tune", "held"] = "held"
    kind: str = ""
    edits: tuple[Edit, ...] = Field(min_length=1)


class Case(Frozen):
    """One design with all that is known about it."""

    name: str
    file: str
    content: bytes = Field(repr=False)
    voice: str = ""
    scenario: str = ""
    language: str = ""
    plants: tuple[Plant, ...] = ()
    weaknesses: tuple[Note, ...] = ()
    well_covered: tuple[Note, ...] = ()
    levels: dict[str, float | str] = Field(default_factory=dict)  # role -> what people gave
    names: dict[str, str] = Field(default_factory=dict)  # company names and what to call them
    paraphrase: tuple[Edit, ...] = ()

    @property
    def text(self) -> str | None:
        """The design's text; None where it is a document."""
        if not self.file.lower().endswith(_TEXTS):
            return None
        return self.content.decode("utf-8", errors="replace")

    @property
    def hash(self) -> str:
        """Content hash of the design and everything known about it."""
        known = self.model_dump_json(exclude={"content"}).encode()
        return "sha256:" + hashlib.sha256(known + self.content).hexdigest()


class Dataset(Frozen):
    """Cases in the order of their names."""

    name: str
    cases: tuple[Case, ...]

    def only(self, names: Sequence[str]) -> Dataset:
        """The cases of these names; `InputError` for a name there is not."""
        known = {case.name for case in self.cases}
        if missing := [name for name in names if name not in known]:
            raise InputError(
                f"There is no case named {missing[0]}.", hint=f"There are: {', '.join(known)}."
            )
        chosen = tuple(case for case in self.cases if not names or case.name in names)
        return self.model_copy(update={"cases": chosen})


def load_dataset(folder: Path) -> Dataset:
    """All cases of a folder. Raises `InputError` with file and line for a case that is wrong."""
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder of cases.")
    places = [folder, *sorted(p for p in folder.iterdir() if p.is_dir())]
    cases: list[Case] = []
    for place in places:
        if (place / "cases.yaml").is_file():
            cases.append(_planned(place))
        cases += [_noted(notes) for notes in sorted(place.glob("*.gold.json"))]
    if not cases:
        raise InputError(
            f"{folder} holds no case.",
            hint="A case is a folder with design.md and cases.yaml; see docs/evaluation.md.",
        )
    return Dataset(name=folder.name, cases=tuple(sorted(cases, key=lambda c: c.name)))


def plain_cases(folder: Path) -> tuple[Case, ...]:
    """The text designs of a folder, with nothing known about them."""
    files = sorted(f for f in folder.iterdir() if f.suffix.lower() in _TEXTS)
    return tuple(Case(name=f.stem, file=f.name, content=f.read_bytes()) for f in files)


def load_labels(file: Path) -> dict[tuple[str, str], bool]:
    """Labels of citations: a list of entries with `check`, `passage`, `bears` and a `reason`.

    Raises `InputError` with file and line.
    """
    document = read_yaml(file)
    data = document.data
    entries = data.get("labels") if isinstance(data, dict) else data
    if not isinstance(entries, list):
        raise InputError(f"{file.name}, line 1: expected a list of labels.")
    labels = {}
    for number, entry in enumerate(entries):
        steps = (number,) if isinstance(data, list) else ("labels", number)
        try:
            label = entry["bears"]
            if not isinstance(label, bool):
                raise TypeError
            labels[str(entry["check"]), str(entry["passage"])] = label
        except (KeyError, TypeError):
            raise InputError(
                f"{file.name}, line {document.line(steps)}: expected check, passage and bears "
                "(true or false)."
            ) from None
    return labels


def _planned(folder: Path) -> Case:
    """A case as `cases.yaml` describes it."""
    where = f"{folder.name}/cases.yaml"
    document = read_yaml(folder / "cases.yaml", where)
    if not isinstance(document.data, dict):
        raise InputError(f"{where}, line 1: expected fields such as plants.")
    given = dict(document.data)
    name = str(given.pop("design", "") or folder.name)
    file = folder / str(given.pop("file", "") or _design_in(folder, where))
    if file.parent != folder or not file.is_file():
        raise InputError(f"{where}: the design {file.name} is not in that folder.")
    case = _checked({**given, "name": name, "file": file.name}, document, file.read_bytes())
    _check_edits(case, document)
    return case


def _design_in(folder: Path, where: str) -> str:
    for suffix in _DESIGNS:
        if (folder / f"design{suffix}").is_file():
            return f"design{suffix}"
    raise InputError(f"{where}: there is no design beside it.", hint="Name it with `file:`.")


def _checked(given: Mapping[str, Any], document: Document, content: bytes) -> Case:
    try:
        case = Case.model_validate({**given, "content": content})
    except ValidationError as error:
        first = error.errors()[0]
        line = document.line(first["loc"])
        field = ".".join(str(step) for step in first["loc"])
        raise InputError(f"{document.source}, line {line}: {field}: {first['msg']}.") from None
    for group in ("plants", "weaknesses", "well_covered"):
        seen: set[str] = set()
        for number, note in enumerate(getattr(case, group)):
            line = document.line((group, number))
            if note.id in seen:
                raise InputError(f"{document.source}, line {line}: {note.id} is given twice.")
            seen.add(note.id)
            _check_patterns(note, f"{document.source}, line {line}")
    return case


def _check_patterns(note: Note, where: str) -> None:
    for pattern in note.patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            raise InputError(f"{where}: the pattern {pattern!r} is wrong: {error}.") from None


def _check_edits(case: Case, document: Document) -> None:
    for number, plant in enumerate(case.plants):
        line = document.line(("plants", number, "edits"))
        where = f"{document.source}, line {line}: {plant.id}"
        if case.text is None:
            raise InputError(f"{where}: weaknesses can be planted in text only.")
        for edit in plant.edits:
            if (found := case.text.count(edit.find)) != 1:
                raise InputError(f"{where}: {edit.find[:40]!r} occurs {found} times, not once.")


def _noted(notes: Path) -> Case:
    """A published design with the notes beside it."""
    stem = notes.name.removesuffix(".gold.json")
    file = next((f for s in _DESIGNS if (f := notes.with_name(stem + s)).is_file()), None)
    if file is None:
        raise InputError(f"{notes.name}: there is no design named {stem} beside it.")
    try:
        roles = json.loads(notes.read_text(encoding="utf-8"))["roles"]
        weaknesses = [_note(n, role) for role, said in roles.items() for n in said["weaknesses"]]
        covered = [_note(n, role) for role, said in roles.items() for n in said["well_covered"]]
        levels = {_role(role): said["level"] for role, said in roles.items() if "level" in said}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{notes.name} is not a file of notes ({type(error).__name__}).") from None
    return Case(
        name=stem,
        file=file.name,
        content=file.read_bytes(),
        weaknesses=_with_checks(weaknesses, notes.parent),
        well_covered=_with_checks(covered, notes.parent),
        levels=levels,
    )


def _note(given: Mapping[str, Any], role: str) -> Note:
    quotes = given.get("quotes") or [given.get("quote")]
    return Note(
        id=str(given["id"]),
        role=_role(role),
        severity=Severity(given.get("severity") or "high"),
        point=str(given.get("point") or ""),
        checks=tuple(given.get("checks") or ()),
        patterns=tuple(given.get("patterns") or ()),
        quotes=tuple(q for q in quotes if q),
    )


def _role(name: str) -> str:
    return name.replace("-", "_")


def _with_checks(notes: Sequence[Note], folder: Path) -> tuple[Note, ...]:
    """The notes with the checks that `checks.yaml` beside them maps to their ids, if there is one."""
    mapping: Mapping[str, Any] = {}
    if (file := folder / "checks.yaml").is_file():
        mapping = read_yaml(file).data or {}
    return tuple(
        note.model_copy(update={"checks": (*note.checks, *mapping.get(note.id, ()))})
        for note in notes
    )
