"""The catalogue: lesson, rubric, roles, checks and tensions from `prompts/`, checked on loading."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from reviewer.domain.drill import Scenario
from reviewer.domain.facts import FACT_NAMES
from reviewer.domain.questionnaire import (
    Check,
    Criterion,
    Examples,
    LessonTask,
    Questionnaire,
    Role,
    Tension,
)
from reviewer.errors import CatalogueError, InputError
from reviewer.paths import PROMPTS
from reviewer.yamlfile import Document, read_yaml

Model = TypeVar("Model", bound=BaseModel)

_SIDES = ("met", "unmet", "near")
ROLES = (
    "scalability",
    "latency",
    "compliance",
    "legacy_integration",
    "reliability",
    "chair",
)
_WORD = re.compile(r"[^\W_]")
_STAR_INSIDE = re.compile(r"\*[^\W_]")
MAP_CONDITIONS = frozenset(
    {
        "map", "personal_data", "external_model", "external_service", "model", "legacy",
        "batch", "stream", "request", "store", "source", "multi_region",
    }
)  # fmt: skip


def load_questionnaire(
    directory: Path = PROMPTS, *, sources: Collection[str] | None = None
) -> Questionnaire:
    """Everything that is asked. `sources` are the ids a check may name (`None`: any).

    Raises `CatalogueError` naming file and line for an unknown id, a missing, empty or unknown
    field, an id that is used twice, or a check that its criterion's role would not ask.
    """
    lesson = _read(directory / "lesson.yaml")
    checks = [row for role in ROLES for row in _checks(directory, role)]
    criteria = _rows(_read(directory / "rubric.yaml"), (), Criterion)
    tasks = _rows(lesson, ("tasks",), LessonTask)
    topics = _rows(lesson, ("topics",), LessonTask)
    tensions = _rows(_read(directory / "tensions.yaml"), (), Tension)
    known = _Known(
        criteria={row.value.id: row.value.role for row in criteria},
        tasks={row.value.id for row in tasks},
        sources=sources,
    )
    _unique(checks, criteria, tasks, topics, tensions)
    for row in checks:
        _check_names(row, known)
    for criterion in criteria:
        _check_criterion(criterion, checks)
    for tension in tensions:
        _check_tension(tension, {row.value.id: row.value.role for row in checks})
    return Questionnaire(
        tasks=tuple(row.value for row in tasks),
        topics=tuple(row.value for row in topics),
        roles=tuple(_role(directory / "roles", role) for role in ROLES),
        criteria=tuple(row.value for row in criteria),
        checks=tuple(row.value for row in checks),
        tensions=tuple(row.value for row in tensions),
    )


def load_examples(checks: Sequence[Check], directory: Path = PROMPTS) -> tuple[Check, ...]:
    """The checks with the further example sentences of `examples/ROLE.yaml` added to their own.

    They are many, and only the offline reviewer compares with them, so they are not part of the
    questionnaire.
    """
    by_id = {check.id: check for check in checks}
    for path in sorted((directory / "examples").glob("*.yaml")):
        document = _read(path)
        if not isinstance(document.data, dict):
            raise _error(document, (), "expected a mapping of check ids to their examples.")
        for check_id in document.data:
            if check_id not in by_id:
                raise _error(document, (check_id,), f"{check_id} is the id of no check.")
            more = _row(document, (check_id,), Examples).value
            by_id[check_id] = _with_examples(by_id[check_id], more)
    return tuple(by_id[check.id] for check in checks)


def _with_examples(check: Check, more: Examples) -> Check:
    rule = check.offline
    sides = {side: (*getattr(rule, side), *getattr(more, side)) for side in _SIDES}
    unique = {side: tuple(dict.fromkeys(texts)) for side, texts in sides.items()}
    return check.model_copy(update={"offline": rule.model_copy(update=unique)})


def load_scenarios(directory: Path = PROMPTS) -> dict[str, Scenario]:
    """The failure drills by id, in alphabetical order."""
    files = sorted((directory / "scenarios").glob("*.yaml"))
    rows = [_row(_read(path), (), Scenario) for path in files]
    _unique(rows)
    return {row.value.id: row.value for row in rows}


class _Row(Generic[Model]):
    """A validated row and where it stands."""

    def __init__(self, value: Model, document: Document, path: tuple[str | int, ...]) -> None:
        self.value = value
        self.document = document
        self.path = path

    def error(self, message: str, *more: str | int) -> CatalogueError:
        return _error(self.document, (*self.path, *more), message)


def _error(document: Document, path: Sequence[str | int], message: str) -> CatalogueError:
    return CatalogueError(f"{document.source}, line {document.line(path)}: {message}")


def _read(path: Path) -> Document:
    try:
        return read_yaml(path, path.name)
    except InputError as error:
        raise CatalogueError(str(error)) from None


def _rows(
    document: Document, path: tuple[str | int, ...], model: type[Model], **given: str
) -> list[_Row[Model]]:
    items: Any = document.data
    for key in path:
        items = items.get(key) if isinstance(items, dict) else None
    if not isinstance(items, list) or not items:
        raise _error(document, path, f"expected a list of entries ({model.__name__}).")
    return [_row(document, (*path, i), model, **given) for i in range(len(items))]


def _row(
    document: Document, path: tuple[str | int, ...], model: type[Model], **given: str
) -> _Row[Model]:
    item: Any = document.data
    for key in path:
        item = item[key]
    if not isinstance(item, dict):
        raise _error(document, path, f"expected the fields of one {model.__name__}.")
    for field, value in item.items():
        if field in given:
            raise _error(
                document, (*path, field), f"{field}: the file's name says it, leave it out."
            )
        if isinstance(value, str) and not value.strip():
            raise _error(document, (*path, field), f"{field}: is empty.")
    try:
        return _Row(model.model_validate({**given, **item}), document, path)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise _error(document, (*path, *first["loc"]), f"{field}: {first['msg']}.") from None


def _checks(directory: Path, role: str) -> list[_Row[Check]]:
    return _rows(_read(directory / "checks" / f"{role}.yaml"), (), Check, role=role)


def _role(directory: Path, role: str) -> Role:
    path = directory / f"{role}.md"
    front, body = split_front_matter(path)
    row = _row(front, (), _RoleFront)
    if row.value.id != role:
        raise row.error(f"the id {row.value.id} is not the file's name, {role}.", "id")
    if not body:
        raise row.error("the text of the role is missing after the front matter.")
    return Role(id=row.value.id, title=row.value.title, scope=row.value.scope, brief=body)


class _RoleFront(BaseModel, extra="forbid"):
    id: str
    title: str
    scope: str
    version: int
    inputs: list[str] = []


def split_front_matter(path: Path) -> tuple[Document, str]:
    """The YAML between the two `---` lines of a prompt file, and the text after it."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        raise CatalogueError(f"{path.name}: the file is missing or cannot be read.") from None
    except UnicodeDecodeError:
        raise CatalogueError(f"{path.name} is not UTF-8 text: save it as UTF-8.") from None
    parts = text.split("---\n", 2)
    if len(parts) != 3 or parts[0].strip():
        raise CatalogueError(f"{path.name}, line 1: front matter between two --- lines expected.")
    try:
        # leading newlines keep the line numbers of the file
        return read_yaml(parts[0] + "\n" + parts[1], path.name), parts[2].strip()
    except InputError as error:
        raise CatalogueError(str(error)) from None


def _unique(*groups: Iterable[_Row[Any]]) -> None:
    for rows in groups:
        seen: set[str] = set()
        for row in rows:
            if row.value.id in seen:
                raise row.error(f"the id {row.value.id} is used twice.", "id")
            seen.add(row.value.id)


class _Known(NamedTuple):
    """The ids that a check may name, criteria with their role; `sources` of None allows any."""

    criteria: dict[str, str]
    tasks: Collection[str]
    sources: Collection[str] | None


def _check_names(row: _Row[Check], known: _Known) -> None:
    check = row.value
    _known(row, (check.criterion,), known.criteria, "criterion")
    if (role := known.criteria[check.criterion]) != check.role:
        raise row.error(
            f"{check.criterion} is a criterion of {role}, not {check.role}.", "criterion"
        )
    _known(row, check.tasks, known.tasks, "tasks")
    if known.sources is not None:
        _known(row, check.sources, known.sources, "sources")
    _weight(row)
    _known(row, check.offline.applies_map, MAP_CONDITIONS, "offline", "applies_map")
    families = {name.split(".")[0] + "." for name in FACT_NAMES}
    _known(row, check.offline.facts, {*FACT_NAMES, *families}, "offline", "facts")
    for field in ("topic", "decisive", "applies_text"):
        for term in getattr(check.offline, field):
            if not _WORD.search(term) or _STAR_INSIDE.search(term):
                raise row.error(
                    f"the term {term!r} has no word, or a * inside one.", "offline", field
                )


def _check_criterion(row: _Row[Criterion], checks: Iterable[_Row[Check]]) -> None:
    criterion = row.value
    _known(row, (criterion.role,), ROLES, "role")
    _weight(row)
    if all(check.value.criterion != criterion.id for check in checks):
        raise row.error(f"no check belongs to {criterion.id}, so it could never be scored.", "id")


def _check_tension(row: _Row[Tension], roles: dict[str, str]) -> None:
    _known(row, row.value.checks, roles, "checks")
    if len({roles[check] for check in row.value.checks}) < 2:
        raise row.error(f"{row.value.id} sets two checks of one role against each other.", "checks")


def _weight(row: _Row[Check] | _Row[Criterion]) -> None:
    if not 0 < row.value.weight < math.inf:
        raise row.error(f"the weight {row.value.weight:g} is not a number above 0.", "weight")


def _known(row: _Row[Any], names: Iterable[str], known: Collection[str], *field: str) -> None:
    for name in names:
        if name not in known:
            raise row.error(f"{row.value.id} names {name}, which does not exist.", *field)
