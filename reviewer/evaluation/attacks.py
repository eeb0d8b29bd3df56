"""Attacks: texts that speak to the reviewer instead of the reader, and honest texts that do not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from reviewer.domain.design import Frozen
from reviewer.errors import InputError
from reviewer.yamlfile import read_yaml

SHIPPED = Path(__file__).with_name("attacks.yaml")


class Attack(Frozen):
    """A text that is put into a design; `honest` ones must change nothing."""

    id: str
    text: str
    honest: bool = False


def load_attacks(place: Path) -> tuple[Attack, ...]:
    """The texts of a YAML file, or of a folder with `payloads.jsonl` and `benign.jsonl`.

    Raises `InputError` with file and line.
    """
    if place.is_dir():
        found = [
            *_lines(place / "payloads.jsonl", honest=False),
            *_lines(place / "benign.jsonl", honest=True),
        ]
    else:
        found = list(_entries(place))
    if not found:
        raise InputError(
            f"{place.name} holds no attack text.",
            hint="Give a folder with payloads.jsonl: one JSON object with id and text a line.",
        )
    return tuple(found)


def _lines(file: Path, *, honest: bool) -> Iterator[Attack]:
    if not file.is_file():
        return
    for number, line in enumerate(file.read_text(encoding="utf-8").split("\n"), 1):
        if line.strip():
            try:
                given = json.loads(line)
                yield Attack(id=str(given["id"]), text=str(given["text"]), honest=honest)
            except (ValueError, KeyError, TypeError):
                raise InputError(
                    f"{file.name}, line {number}: expected a JSON object with id and text."
                ) from None


def _entries(file: Path) -> Iterator[Attack]:
    document = read_yaml(file)
    data = document.data if isinstance(document.data, dict) else {}
    for group, honest in (("attacks", False), ("honest", True)):
        for name, text in (data.get(group) or {}).items():
            yield Attack(id=str(name), text=str(text), honest=honest)
