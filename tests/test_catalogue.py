"""The catalogue: mistakes in data files are told with file and line; what ships is complete."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from knowledge.corpus import load_corpus
from knowledge.embedding import LocalEmbedder
from knowledge.shipped_vectors import ShippedEmbedder
from reviewer.backends.offline.model import load_model, texts_of
from reviewer.catalogue import (
    ROLES,
    load_examples,
    load_questionnaire,
    load_scenarios,
    split_front_matter,
)
from reviewer.domain.facts import FACT_NAMES
from reviewer.domain.questionnaire import Questionnaire
from reviewer.errors import CatalogueError
from reviewer.paths import PROMPTS, VECTORS


@pytest.fixture(scope="module")
def shipped() -> Questionnaire:
    return load_questionnaire(sources=load_corpus().sources)


FILES: dict[str, str] = {
    "lesson.yaml": """
tasks:
  - id: scenario
    title: Scenario
    ask: Say what it is.
topics:
  - id: role
    title: Role
    ask: What did you do?
""",
    "rubric.yaml": "".join(
        f"- id: c_{role}\n  title: T\n  role: {role}\n  weight: 2\n  levels: [a, b, c, d, e, f]\n"
        for role in ROLES
    ),
    "tensions.yaml": """
- id: t1
  checks: [LAT-01, COM-01]
  tension: T
  question: Q
""",
    **{
        f"checks/{role}.yaml": f"""
- id: {role[:3].upper()}-01
  criterion: c_{role}
  question: Q
  weakness: W
  risk: R
  strength: S
  why: Y
  remedy: M
  weight: 1
  sources: [s1]
  tasks: [scenario]
  offline:
    topic: [stock]
    facts: [cost.month]
    applies_map: [map]
"""
        for role in ROLES
    },
    **{
        f"roles/{role}.md": f"---\nid: {role}\ntitle: T\nscope: S\nversion: 1\n---\nJudge.\n"
        for role in ROLES
    },
}
LATENCY = "checks/latency.yaml"


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_a_small_catalogue_loads(tmp_path: Path) -> None:
    loaded = load_questionnaire(write(tmp_path, FILES), sources={"s1"})
    assert [c.id for c in loaded.checks] == [f"{r[:3].upper()}-01" for r in ROLES]
    assert [c.role for c in loaded.checks] == list(ROLES)
    assert loaded.role("latency").brief == "Judge."
    assert loaded.topics[0].id == "role"


# file, what is replaced, by what, the line that is named (None: the file as a whole), what is said
MISTAKES: list[tuple[str, str, str, int | None, str]] = [
    (LATENCY, "  question: Q\n", "", 2, "question"),
    (LATENCY, "  why: Y", "  why: Y\n  colour: red", 9, "colour"),
    (LATENCY, "weight: 1", "weight: heavy", 10, "weight"),
    (LATENCY, "weight: 1", "weight: 0", 10, "weight"),
    (LATENCY, "weight: 1", "weight: -3", 10, "weight"),
    (LATENCY, "weight: 1", "weight: .nan", 10, "weight"),
    (LATENCY, "weight: 1", "weight: .inf", 10, "weight"),
    (LATENCY, "weight: 1", "weight: 1\n  severity: awful", 11, "severity"),
    (LATENCY, "weight: 1", "weight: 1\n  role: compliance", 11, "role"),
    (LATENCY, "question: Q", 'question: "  "', 4, "question"),
    (LATENCY, "c_latency", "c_nothing", 3, "c_nothing"),
    (LATENCY, "c_latency", "c_compliance", 3, "c_compliance is a criterion of compliance"),
    (LATENCY, "[s1]", "[s1, s9]", 11, "s9"),
    (LATENCY, "[scenario]", "[scenery]", 12, "scenery"),
    (LATENCY, "cost.month", "cost.moon", 15, "cost.moon"),
    (LATENCY, "cost.month", "costs.", 15, "costs."),
    (LATENCY, "applies_map: [map]", "applies_map: [moon]", 16, "moon"),
    (LATENCY, "topic: [stock]", 'topic: ["*"]', 14, "'*'"),
    (LATENCY, "topic: [stock]", 'decisive: ["st*ck"]', 14, "st*ck"),
    ("checks/compliance.yaml", "COM-01", "LAT-01", 2, "LAT-01 is used twice"),
    (LATENCY, "  weight: 1", "\tweight: 1", 10, "YAML"),
    (LATENCY, "- id: LAT-01", "- LAT-01", None, ""),
    (LATENCY, FILES[LATENCY], "", None, "list of entries"),
    (LATENCY, FILES[LATENCY], "just: text", None, "list of entries"),
    (LATENCY, FILES[LATENCY], "- just text", 1, "fields"),
    ("rubric.yaml", "id: c_compliance", "id: c_latency", None, "c_latency is used twice"),
    ("rubric.yaml", "[a, b, c, d, e, f]", "[a, b]", None, "levels"),
    ("rubric.yaml", "role: latency", "role: tea", None, "latency"),
    ("rubric.yaml", "weight: 2", "weight: 0", 4, "weight"),
    ("tensions.yaml", "COM-01", "COM-99", 3, "COM-99"),
    ("tensions.yaml", "COM-01", "LAT-01", 3, "one role"),
    ("tensions.yaml", "[LAT-01, COM-01]", "[LAT-01]", 3, "checks"),
    ("lesson.yaml", "tasks:", "task:", None, "list of entries"),
    ("lesson.yaml", "    ask: What did you do?\n", "", None, "ask"),
    ("roles/latency.md", "id: latency", "id: lateness", 2, "lateness"),
    ("roles/latency.md", "scope: S\n", "", None, "scope"),
    ("roles/latency.md", "version: 1", "version: one", 5, "version"),
    ("roles/latency.md", "---\nid", "id", 1, "front matter"),
    ("roles/latency.md", "Judge.", "", None, "text of the role"),
]


@pytest.mark.parametrize(("name", "old", "new", "line", "words"), MISTAKES)
def test_a_mistake_is_told_with_file_and_line(
    tmp_path: Path, name: str, old: str, new: str, line: int | None, words: str
) -> None:
    assert old in FILES[name]
    folder = write(tmp_path, {**FILES, name: FILES[name].replace(old, new, 1)})
    with pytest.raises(CatalogueError) as caught:
        load_questionnaire(folder, sources={"s1"})
    message = str(caught.value)
    where = re.match(r"([\w.]+), line (\d+): ", message)
    assert where, message
    assert where[1] == Path(name).name or name == "rubric.yaml"  # a role may miss its criterion
    if line is not None:
        assert int(where[2]) == line, message
    assert words in message
    assert str(tmp_path) not in message


def test_an_id_used_twice_in_other_lists(tmp_path: Path) -> None:
    topic = FILES["lesson.yaml"].split("topics:")[1]
    folder = write(tmp_path, {**FILES, "lesson.yaml": FILES["lesson.yaml"].rstrip() + topic})
    with pytest.raises(CatalogueError, match=r"lesson.yaml, line \d+: the id role is used twice"):
        load_questionnaire(folder)


def test_a_criterion_that_nothing_asks(tmp_path: Path) -> None:
    more = "- {id: idle, title: T, role: latency, weight: 1, levels: [a, b, c, d, e, f]}\n"
    folder = write(tmp_path, {**FILES, "rubric.yaml": FILES["rubric.yaml"] + more})
    with pytest.raises(CatalogueError, match=r"rubric.yaml, line 31: no check belongs to idle"):
        load_questionnaire(folder)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    folder = write(tmp_path, FILES)
    (folder / name).unlink()
    with pytest.raises(CatalogueError, match=re.escape(Path(name).name)):
        load_questionnaire(folder)


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_not_text_is_named(tmp_path: Path, name: str) -> None:
    folder = write(tmp_path, FILES)
    (folder / name).write_bytes(b"\xff\xfe\x00\x9d binary")
    with pytest.raises(CatalogueError, match=re.escape(Path(name).name)):
        load_questionnaire(folder)


def test_sources_are_free_where_no_corpus_is_given(tmp_path: Path) -> None:
    assert load_questionnaire(write(tmp_path, FILES)).checks[0].sources == ("s1",)


def test_front_matter_keeps_the_lines_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "p.md"
    path.write_text("\n\n---\na: 1\nb: 2\n---\nText --- more\n---\nend\n")
    front, body = split_front_matter(path)
    assert front.line(("b",)) == 5
    assert body == "Text --- more\n---\nend"


def test_scenarios_with_one_id_twice(tmp_path: Path) -> None:
    (tmp_path / "scenarios").mkdir()
    source = sorted((PROMPTS / "scenarios").glob("*.yaml"))[0]
    for name in ("a.yaml", "b.yaml"):
        shutil.copy(source, tmp_path / "scenarios" / name)
    with pytest.raises(CatalogueError, match=r"b.yaml, line \d+: the id .* is used twice"):
        load_scenarios(tmp_path)


def test_more_examples_are_added_once(tmp_path: Path) -> None:
    folder = write(tmp_path, FILES)
    text = "LAT-01:\n  met: [One., One., Two.]\n  near: [Three.]\n"
    write(folder, {"examples/latency.yaml": text})
    checks = {c.id: c for c in load_examples(load_questionnaire(folder).checks, folder)}
    assert checks["LAT-01"].offline.met == ("One.", "Two.")
    assert checks["LAT-01"].offline.near == ("Three.",)
    assert checks["LAT-01"].offline.topic == ("stock",)
    assert not checks["COM-01"].offline.met


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("LAT-77:\n  met: [One.]\n", 1, "LAT-77"),
        ("LAT-01:\n  met: [One.]\n  good: [Two.]\n", 3, "good"),
        ("LAT-01:\n  met: One.\n", 2, "met"),
        ("LAT-01: One.\n", 1, "fields"),
        ("- LAT-01\n", 1, "mapping"),
        ("- {LAT-01: x}\n", 1, "mapping"),
        ("", 1, "mapping"),
    ],
)
def test_a_mistake_in_the_examples_is_told(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    folder = write(tmp_path, {**FILES, "examples/latency.yaml": text})
    with pytest.raises(CatalogueError, match=f"latency.yaml, line {line}: .*{words}"):
        load_examples(load_questionnaire(folder).checks, folder)


def test_the_shipped_scenarios_are_named_after_their_files() -> None:
    assert set(load_scenarios()) == {p.stem for p in (PROMPTS / "scenarios").glob("*.yaml")}
    assert len(load_scenarios()) >= 6


def test_what_ships_is_large_enough(shipped: Questionnaire) -> None:
    of_role = Counter(c.role for c in shipped.checks)
    assert len(shipped.checks) >= 70
    assert len(shipped.tasks) == 6
    assert len(shipped.topics) == 5
    assert 14 <= len(shipped.criteria) <= 20
    assert sum(c.generative for c in shipped.checks) >= 12
    for role in ("scalability", "latency", "compliance", "legacy_integration"):
        assert of_role[role] >= 10
    for role in ROLES:
        assert sum(c.role == role for c in shipped.criteria) >= 2
    assert shipped.tensions


def test_every_check_is_complete(shipped: Questionnaire) -> None:
    for check in shipped.checks:
        assert check.sources, check.id
        assert check.remedy, check.id
        assert check.strength, check.id
        assert check.applies_when, check.id
        rule = check.offline
        assert (rule.met and rule.unmet) or rule.facts, f"{check.id} has nothing to decide it"
        assert check.question.rstrip().endswith("?"), check.id
        assert len({check.weakness, check.risk, check.strength}) == 3, check.id


def test_no_example_stands_on_two_sides_of_its_check(shipped: Questionnaire) -> None:
    for check in load_examples(shipped.checks):
        rule = check.offline
        texts = [*rule.met, *rule.unmet, *rule.near]
        assert len(set(texts)) == len(texts), check.id


def test_a_fact_is_decided_by_one_check(shipped: Questionnaire) -> None:
    owners = Counter(
        name
        for check in shipped.checks
        for wanted in check.offline.facts
        for name in FACT_NAMES
        if name == wanted or (wanted.endswith(".") and name.startswith(wanted))
    )
    assert not [name for name, count in owners.items() if count > 1]
    may_fail = {name for name, text in FACT_NAMES.items() if re.search(r"\bfails\b", text)}
    drilled = {name for name in may_fail if name.startswith("drill.")}  # played, not reviewed
    # The month's cost stands against a budget in no check yet.
    assert may_fail - drilled - set(owners) <= {"cost.month"}
    contradictions = {name for name in FACT_NAMES if name.startswith("contradiction.")}
    assert contradictions <= set(owners)


def test_the_shipped_model_is_of_finite_numbers() -> None:
    model = load_model()
    for part in (model.relevance, model.polarity):
        assert np.isfinite(part.weights).all()
        assert (part.scale > 0).all()


def test_the_shipped_vectors_hold_every_text_of_the_checks(shipped: Questionnaire) -> None:
    embedder = ShippedEmbedder(LocalEmbedder(), VECTORS)
    taught = load_examples(shipped.checks)
    missing = [text for text in texts_of(taught) if not embedder.has(text)]
    assert not missing, f"run make model: {len(missing)} texts, such as {missing[:3]}"
