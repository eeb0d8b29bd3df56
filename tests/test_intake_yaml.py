"""YAML with the line of every value, and what it refuses."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.errors import InputError
from reviewer.yamlfile import read_yaml

TEXT = """\
a: 1
b:
  - x: 2
    y: |
      one
      two
  - x: yes
c: 02:00
d: 2024-01-01
e: {f: null,
  g: 2.5}
"""


def test_gives_plain_data_and_lines() -> None:
    document = read_yaml(TEXT, "t.yaml")
    assert document.data == {
        "a": 1, "b": [{"x": 2, "y": "one\ntwo\n"}, {"x": True}], "c": "02:00", "d": "2024-01-01",
        "e": {"f": None, "g": 2.5},
    }  # fmt: skip
    assert document.line(["b", 0, "x"]) == 3
    assert document.line(["b", 1]) == 7
    assert document.extent(["b", 0]) == (3, 6)
    assert document.extent(["e"]) == (10, 11)
    assert document.line(["b", 1, "missing", 3]) == 7
    assert document.line() == 1


BOMB = "a: &a [1,1,1,1,1,1,1,1,1,1]\n" + "".join(
    f"{new}: &{new} [{','.join([f'*{old}'] * 10)}]\n"
    for old, new in zip("abcdef", "bcdefg", strict=True)
)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: 1\na: 2", "line 2: `a` is given twice (first on line 1)"),
        ("a: [1", "not valid YAML"),
        ("1: 2", "line 1: the key 1 is not text"),
        ("? [1]\n: 2", "cannot be a key"),
        ("a: !!python/object/apply:os.system [x]", "is not allowed"),
        ("a: !mine x", "the tag !mine is not allowed"),
        ("[" * 5000, "line 1"),
        ("- " * 5000, "levels deep"),
        ("a: *b", "*b has no anchor"),
        ("a: &a [*a]", "*a has no anchor"),
        (BOMB, "aliases counted"),
        ("a: \x01", "does not allow"),
        ("a: 1\n---\nb: 2", "line 2: a second document"),
        ("a: {<<: 1}", "merge keys"),
        ("\ud800", "not text"),
    ],
)
def test_refuses_with_file_and_line(text: str, says: str) -> None:
    started = time.process_time()
    with pytest.raises(InputError) as caught:
        read_yaml(text, "t.yaml")
    assert says in str(caught.value)
    assert str(caught.value).startswith("t.yaml, line ")
    assert time.process_time() - started < 2


def test_reads_a_file_and_names_it(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text("\ufeffa: [", encoding="utf-8")
    with pytest.raises(InputError, match=r"^x\.yaml, line"):
        read_yaml(file)
    with pytest.raises(InputError, match=r"gone\.yaml cannot be read"):
        read_yaml(tmp_path / "gone.yaml")


@given(st.text(alphabet=st.sampled_from("ab:-[]{},&*!|>'\" \n#?%@1\t"), max_size=60))
def test_any_text_is_data_or_an_input_error(text: str) -> None:
    first, problem = 1, ""
    try:
        first = read_yaml(text, "t.yaml").line()
    except InputError as error:
        problem = str(error)
    assert problem == "" or problem.startswith("t.yaml, line ")
    assert 1 <= first <= text.count("\n") + 1
