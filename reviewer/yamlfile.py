"""Reads YAML as plain data that remembers the line each value stands on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import yaml
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

from reviewer.errors import InputError

Step: TypeAlias = "str | int"

_MAX_BYTES = 4_000_000
_MAX_DEPTH = 40
_MAX_VALUES = 200_000
_PREFIX = "tag:yaml.org,2002:"
_PLAIN_TAGS = {"str", "int", "float", "bool", "null", "timestamp", "value"}


@dataclass(frozen=True)
class Document:
    """YAML as dict, list, str, int, float, bool and None; `source` names the file in messages."""

    data: Any
    source: str
    _lines: dict[tuple[Step, ...], tuple[int, int]]

    def line(self, path: Sequence[Step] = ()) -> int:
        """The line (from 1) of the value at `path`, or of its nearest ancestor that exists."""
        return self.extent(path)[0]

    def extent(self, path: Sequence[Step] = ()) -> tuple[int, int]:
        """First and last line (from 1) of the value at `path`, its key included."""
        steps = tuple(path)
        while steps and steps not in self._lines:
            steps = steps[:-1]
        return self._lines.get(steps, (1, 1))


@dataclass
class _Open:
    """A list or mapping that is being read."""

    value: Any
    path: tuple[Step, ...]
    anchor: str | None
    first: int
    key: str | None = None
    key_line: int = 0
    keys: dict[str, int] = field(default_factory=dict)


def read_yaml(path_or_text: Path | str, source_name: str = "") -> Document:
    """Read a YAML file (a `Path`) or YAML text (a `str`).

    Raises `InputError` naming file and line for a syntax error, a key given twice, a key that is
    not text, a tag other than YAML's own plain types, a merge key, a second document, and for
    nesting or aliases beyond any honest use. Dates and clock times stay text.
    """
    if isinstance(path_or_text, Path):
        source = source_name or path_or_text.name
        text = _file_text(path_or_text, source)
    else:
        source, text = source_name or "YAML", path_or_text
    return _Reader(source).read(text)


def _file_text(path: Path, source: str) -> str:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise InputError(f"{source} is larger than {_MAX_BYTES // 1_000_000} MB of YAML.")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{source} is not UTF-8 text: save it as UTF-8.") from error
    except OSError as error:
        raise InputError(f"{source} cannot be read: {error.strerror or error}.") from error


class _Reader:
    """Builds the data from parser events: nothing recurses, so depth cannot hurt."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.lines: dict[tuple[Step, ...], tuple[int, int]] = {}
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.open: list[_Open] = []
        self.root: Any = None
        self.count = 0
        self.documents = 0
        self.last_line = 1

    def read(self, text: str) -> Document:
        self.last_line = text.count("\n") + 1
        try:
            for event in yaml.parse(text, Loader=yaml.CSafeLoader):
                self._event(event)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            problem = error.problem or error.context or "not YAML"
            raise self._error(line, f"this is not valid YAML ({problem})") from error
        except yaml.YAMLError as error:
            position = getattr(error, "position", 0) or 0
            line = text.count("\n", 0, position) + 1
            raise self._error(line, "a character that YAML does not allow") from error
        except UnicodeEncodeError as error:
            line = text.count("\n", 0, error.start) + 1
            raise self._error(line, "a character that is not text") from error
        return Document(self.root, self.source, self.lines)

    def _error(self, line: int, what: str) -> InputError:
        return InputError(f"{self.source}, line {line}: {what}.")

    def _event(self, event: yaml.Event) -> None:
        line = _first_line(event)
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise self._error(line, "a second document begins; one file holds one document")
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in self.anchors:
                raise self._error(line, f"*{event.anchor} has no anchor above it")
            value, size = self.anchors[event.anchor]
            self._add(value, line, line, size)
        elif isinstance(event, yaml.ScalarEvent):
            self._scalar(event, line)
        elif isinstance(event, yaml.SequenceStartEvent | yaml.MappingStartEvent):
            self._begin(event, line)
        elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            self._end(event)

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        value = self._value(event, line)
        top = self.open[-1] if self.open else None
        if top and isinstance(top.value, dict) and top.key is None:
            self._key(top, value, line)
            return
        if event.anchor:
            self.anchors[event.anchor] = (value, 1)
        self._add(value, line, _last_line(event), 1)

    def _key(self, top: _Open, key: Any, line: int) -> None:
        if not isinstance(key, str):
            raise self._error(line, f"the key {key!r} is not text: put it in quotes")
        if key == "<<":
            raise self._error(line, "merge keys (<<) are not supported: repeat the fields")
        if key in top.keys:
            first = top.keys[key]
            raise self._error(line, f"`{key}` is given twice (first on line {first})")
        top.keys[key] = line
        top.key, top.key_line = key, line

    def _value(self, event: yaml.ScalarEvent, line: int) -> Any:
        text: str = event.value
        tag = event.tag
        if tag in (None, "!"):
            tag = _resolve(yaml.ScalarNode, text, event.implicit)
        kind = tag.removeprefix(_PREFIX)
        if kind == "merge":
            return "<<"
        if not tag.startswith(_PREFIX) or kind not in _PLAIN_TAGS:
            raise self._error(line, f"the tag {event.tag} is not allowed: write plain values")
        return _plain(kind, tag, text)

    def _begin(self, event: yaml.NodeEvent, line: int) -> None:
        is_map = isinstance(event, yaml.MappingStartEvent)
        tag = getattr(event, "tag", None)
        if tag not in (None, "!", _PREFIX + ("map" if is_map else "seq")):
            raise self._error(line, f"the tag {tag} is not allowed: write plain values")
        if len(self.open) >= _MAX_DEPTH:
            raise self._error(line, f"nested more than {_MAX_DEPTH} levels deep")
        top = self.open[-1] if self.open else None
        if top and isinstance(top.value, dict) and top.key is None:
            raise self._error(line, "a list or mapping cannot be a key")
        path = (*top.path, self._step(top)) if top else ()
        first = top.key_line if top and isinstance(top.value, dict) else line
        self.open.append(_Open({} if is_map else [], path, event.anchor, first))
        self.count += 1

    def _end(self, event: yaml.Event) -> None:
        done = self.open.pop()
        # A block collection ends where the next thing begins: its last line is its last child's.
        children = [self.lines[(*done.path, s)][1] for s in _steps(done.value)]
        last = max([done.first, *children])
        if event.start_mark and event.end_mark and event.start_mark.index < event.end_mark.index:
            last = _first_line(event)
        if done.anchor:
            self.anchors[done.anchor] = (done.value, _size(done.value))
        self._add(done.value, done.first, last, 1)

    def _step(self, top: _Open) -> Step:
        return len(top.value) if isinstance(top.value, list) else (top.key or "")

    def _add(self, value: Any, first: int, last: int, size: int) -> None:
        self.count += size
        if self.count > _MAX_VALUES:
            raise self._error(first, f"more than {_MAX_VALUES:,} values (aliases counted)")
        first, last = min(first, self.last_line), min(last, self.last_line)
        if not self.open:
            self.root = value
            self.lines[()] = (first, last)
            return
        top = self.open[-1]
        if isinstance(top.value, dict) and top.key is None:
            self._key(top, value, first)
            return
        step = self._step(top)
        if isinstance(top.value, list):
            top.value.append(value)
        else:
            first = top.key_line
            top.value[step] = value
            top.key = None
        self.lines[(*top.path, step)] = (first, max(first, last))


_resolve: Callable[..., str] = Resolver().resolve
_CONSTRUCTOR = SafeConstructor()


def _plain(kind: str, tag: str, text: str) -> Any:
    if kind in ("str", "timestamp", "value") or ":" in text:
        return text  # 02:00 and 1:30 are clock times to people, not numbers to the base 60
    if kind == "null":
        return None
    node = yaml.ScalarNode(tag, text)
    construct = {
        "int": _CONSTRUCTOR.construct_yaml_int,
        "float": _CONSTRUCTOR.construct_yaml_float,
        "bool": _CONSTRUCTOR.construct_yaml_bool,
    }[kind]
    try:
        return construct(node)
    except (ValueError, KeyError, IndexError):
        return text


def _first_line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _last_line(event: yaml.ScalarEvent) -> int:
    first, mark = _first_line(event), event.end_mark
    if mark is None:
        return first
    # A block scalar ends at the start of the line after it.
    return max(first, mark.line if mark.column == 0 else mark.line + 1)


def _steps(value: Any) -> list[Step]:
    return list(value) if isinstance(value, dict) else list(range(len(value)))


def _size(value: Any) -> int:
    """Number of values in it, aliases expanded, counted no further than the limit."""
    count, pending = 0, [value]
    while pending and count <= _MAX_VALUES:
        item = pending.pop()
        count += 1
        if isinstance(item, dict):
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)
    return count
