"""Prompt files: front matter that declares inputs and version, and a strict template."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import yaml
from pydantic import ValidationError

from reviewer.domain.design import Frozen
from reviewer.errors import CatalogueError
from reviewer.paths import PROMPTS

NAMES = ("instructions", "design_call", "role_call", "chair_call", "repair")

_FRONT = re.compile(r"\A---\n(?P<front>.*?)\n---\n(?P<body>.*)\Z", re.DOTALL)
_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


class Template(Frozen):
    """One prompt file. `hash` identifies its whole text."""

    id: str
    version: int
    inputs: tuple[str, ...]
    body: str
    hash: str

    def render(self, **values: str) -> str:
        """The body with its variables replaced, once: a value's own braces stay as they are.

        Raises:
            CatalogueError: a declared input is missing, or a value is not declared.
        """
        if values.keys() != set(self.inputs):
            wrong = ", ".join(sorted(values.keys() ^ set(self.inputs)))
            raise CatalogueError(f"The prompt {self.id} is given too much or too little: {wrong}.")
        return _VARIABLE.sub(lambda found: values[found[1]], self.body)


class PromptSet(Frozen):
    """All prompt files of the chat answerer, by id."""

    templates: dict[str, Template]

    def __getitem__(self, name: str) -> Template:
        return self.templates[name]

    @property
    def hashes(self) -> dict[str, str]:
        """Content hash of every prompt, for the manifest of a review."""
        return {name: template.hash for name, template in self.templates.items()}


class _Front(Frozen):
    id: str
    version: int
    inputs: tuple[str, ...]


def load_prompts(directory: Path = PROMPTS) -> PromptSet:
    """The prompt files of a directory.

    Raises:
        CatalogueError: a file is missing or wrong; the message names file and line.
    """
    return PromptSet(templates={name: _template(directory / f"{name}.md") for name in NAMES})


def load_template(path: Path) -> Template:
    """One prompt file; `CatalogueError` names file and line of a mistake."""
    return _template(path)


def _template(path: Path) -> Template:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise CatalogueError(f"{path.name}: the prompt cannot be read ({exc}).") from None
    parts = _FRONT.match(text)
    if parts is None:
        raise CatalogueError(f"{path.name}, line 1: the front matter between --- is missing.")
    front = _front(path, parts["front"])
    _check_variables(path, text, front, parts.start("body"))
    return Template(
        id=front.id,
        version=front.version,
        inputs=front.inputs,
        body=parts["body"].strip(),
        hash="sha256:" + hashlib.sha256(text.encode()).hexdigest(),
    )


def _front(path: Path, text: str) -> _Front:
    try:
        front = _Front.model_validate(yaml.safe_load(text))
    except yaml.MarkedYAMLError as exc:
        line = (exc.problem_mark.line if exc.problem_mark else 0) + 2
        raise CatalogueError(f"{path.name}, line {line}: {exc.problem}.") from None
    except ValidationError as exc:
        first = exc.errors()[0]
        field = ".".join(map(str, first["loc"])) or "front matter"
        at = next((n for n, row in enumerate(text.splitlines(), 2) if row.startswith(field)), 2)
        raise CatalogueError(f"{path.name}, line {at}: {field}: {first['msg']}.") from None
    if front.id != path.stem:
        raise CatalogueError(f"{path.name}, line 2: the id must be {path.stem}, not {front.id}.")
    return front


def _check_variables(path: Path, text: str, front: _Front, start: int) -> None:
    used = {found[1]: found.start() for found in _VARIABLE.finditer(text, start)}
    for name, offset in used.items():
        if name not in front.inputs:
            line = text.count("\n", 0, offset) + 1
            raise CatalogueError(f"{path.name}, line {line}: {name} is not a declared input.")
    unused = [name for name in front.inputs if name not in used]
    if unused:
        raise CatalogueError(f"{path.name}: the declared input {unused[0]} is never used.")
