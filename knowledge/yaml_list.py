"""Reads a YAML file that is a list of entries; an error names file, line and field."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from knowledge.errors import CorpusError

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # PyYAML built without libyaml
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]

Entry = TypeVar("Entry", bound=BaseModel)


@dataclass(frozen=True)
class Place:
    """Where an entry stands: its file, its first line, and the line of each field."""

    file: Path
    line: int
    fields: dict[str, int]

    def error(self, what: str, field: str = "") -> CorpusError:
        """An error about this entry, at the field's line where the field is there."""
        return CorpusError(f"{self.file}, line {self.fields.get(field, self.line)}: {what}")


def read_entries(file: Path, model: type[Entry]) -> Iterator[tuple[Entry, Place]]:
    """The entries of the file in order, each checked against `model`.

    Raises:
        CorpusError: the file cannot be read, is not a YAML list, or an entry does not fit.
    """
    loader = None
    try:
        loader = _Loader(_text(file))
        root = loader.get_single_node()
        if root is None:
            return
        if not isinstance(root, yaml.SequenceNode):
            raise CorpusError(f"{file}, line 1: a list of entries is expected.")
        for node in root.value:
            place = _place(file, node)
            yield _entry(loader.construct_object(node, deep=True), model, place), place
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise CorpusError(f"{file}, line {line}: not valid YAML: {error.problem}.") from error
    except (yaml.YAMLError, ValueError) as error:
        what = str(error).splitlines()[0]
        raise CorpusError(f"{file}: not valid YAML: {what}.") from error
    finally:
        if loader is not None:
            loader.dispose()


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise CorpusError(f"{file}: cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CorpusError(f"{file}: byte {error.start} is not UTF-8 text.") from error


def _place(file: Path, node: yaml.Node) -> Place:
    place = Place(file, node.start_mark.line + 1, {})
    if not isinstance(node, yaml.MappingNode):
        raise place.error("an entry of fields and values is expected.")
    for key, _ in node.value:
        name = str(key.value)
        if name in place.fields:
            line = place.fields[name]
            place.fields[name] = key.start_mark.line + 1
            raise place.error(f"field '{name}' stands already in line {line}.", name)
        place.fields[name] = key.start_mark.line + 1
    return place


def _entry(content: object, model: type[Entry], place: Place) -> Entry:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        if first["type"] == "missing":
            raise place.error(f"field '{name}' is missing.") from error
        if first["type"] == "extra_forbidden":
            raise place.error(f"field '{name}' is unknown.", name) from error
        where = ".".join(str(part) for part in first["loc"])
        raise place.error(f"field '{where}': {first['msg']}.", name) from error
