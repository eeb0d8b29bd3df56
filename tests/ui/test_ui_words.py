"""The words of the interface: the same keys in every language, and none missing."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from ui import words
from ui.components.completeness import POINTS

UI = Path(words.__file__).parent
OTHERS = [name for name in words.languages() if name != words.DEFAULT]


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", OTHERS)
def test_languages_have_the_same_keys_and_values(language: str) -> None:
    ours, theirs = words.catalogue(words.DEFAULT), words.catalogue(language)
    assert set(ours) == set(theirs)
    differing = [key for key in ours if _fields(ours[key]) != _fields(theirs[key])]
    assert differing == []


@pytest.mark.parametrize("language", words.languages())
def test_no_words_are_empty(language: str) -> None:
    assert [k for k, v in words.catalogue(language).items() if not v.strip()] == []


def test_every_key_in_the_code_exists() -> None:
    known = words.catalogue(words.DEFAULT)
    used = {
        (path.name, key)
        for path in UI.rglob("*.py")
        for key in re.findall(r"\bwords\(\s*\"([a-z0-9_.]+)\"", path.read_text(encoding="utf-8"))
    }
    assert len(used) > 60
    assert sorted(name_key for name_key in used if name_key[1] not in known) == []


def test_every_word_of_the_scripts_exists() -> None:
    known = words.catalogue(words.DEFAULT)
    scripts = (UI / "components" / "board").glob("*.js")
    used = {
        key
        for path in scripts
        for key in re.findall(r"\b(?:w|words)\.([a-z][a-z_]*)\b", path.read_text(encoding="utf-8"))
    }
    assert len(used) > 40
    assert [
        k for k in sorted(used) if not {f"board.{k}", f"diagram.{k}", f"writing.{k}"} & set(known)
    ] == []


def test_every_missing_point_says_why() -> None:
    known = words.catalogue(words.DEFAULT)
    assert [p for p in POINTS if len(known[f"missing.{p}"].split()) < 6] == []


def test_an_unknown_language_is_the_default() -> None:
    assert words.Words("xx")("app.language_name") == "English"


def test_there_is_german() -> None:
    assert "de" in words.languages()
