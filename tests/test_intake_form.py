"""The YAML design file: its text, its errors, its template and its schema."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from reviewer.domain.design import Design, Requirement
from reviewer.errors import DataFlowError, InputError
from reviewer.intake import design_from_text, forms, read_design, write_template
from reviewer.intake.template import design_schema, schema_text

FORM = """\
title: Stock advice
language: en
scenario: |
  # Who
  Planners use it. ```
data_flow:
  description: Receipts are streamed.
  nodes:
    - {id: tills, kind: source, rate: 150 events/s}
    - id: lake
      kind: store
      retention: 30 days
  flows: [tills -> lake]
architecture: <!-- left open
measurement:
  latency: We measure p99.
practices:
  - Partitioning by store (Kleppmann)
  - name: Backpressure
    how: in the log
targets:
  - {subject: freshness, at_most: 5 min, node: lake}
  - {subject: availability, at_least: 99.5 %}
  - {subject: residency, region: eu}
  - {subject: recovery_point, at_most: 0 s}
challenges: [The ERP is old., Costs grow.]
comparison:
  summary: Ours is best for us.
  options:
    - {name: Ours, latency: 5 min, cost: high}
    - {name: Batch, latency: a day}
"""


def check_spans(design: Design) -> None:
    end = 0
    for span in design.spans:
        assert design.text[span.start : span.end] == span.text
        assert end <= span.start < span.end
        end = span.end


def test_a_form_becomes_a_text_with_exact_spans() -> None:
    design = design_from_text(FORM, "d.yaml", kind="yaml")
    check_spans(design)
    assert design.title == "Stock advice"
    tasks = {s.id: s.task for s in design.sections}
    assert tasks["Scenario"] == tasks["Who"] == "scenario"
    assert tasks["Targets"] == tasks["How latency is measured"] == "architecture"
    assert tasks["Challenges"] == "challenges"
    assert tasks["Comparison with alternatives"] == "comparison"
    assert [s.text for s in design.spans if s.kind == "row"] == [
        "Ours | 5 min | high",
        "Batch | a day",
    ]
    assert "Backpressure: in the log" in [s.text for s in design.spans]
    assert "The ERP is old." in [s.text for s in design.spans]
    assert design.form["challenges"] == "- The ERP is old.\n- Costs grow."
    assert any("Hidden text" in w for w in design.warnings)


def test_the_map_of_a_form_knows_its_spans() -> None:
    design = design_from_text(FORM, "d.yaml", kind="yaml")
    assert design.data_flow.origin == "yaml"
    assert [design.span(i).text for i in design.data_flow.node("lake").spans] == [
        "- id: lake", "kind: store", "retention: 30 days",
    ]  # fmt: skip
    assert [design.span(i).text for i in design.data_flow.flows[0].spans] == ["- tills -> lake"]


def test_targets_become_requirements() -> None:
    design = design_from_text(FORM, "d.yaml", kind="yaml")
    targets = [r for r in design.requirements if r.id.startswith("T")]
    assert [
        (r.subject, r.comparison, r.value and r.value.value, r.node, r.region) for r in targets
    ] == [
        ("freshness", "at_most", 300, "lake", None),
        ("availability", "at_least", 0.995, None, None),
        ("residency", "at_most", None, None, "eu"),
        ("recovery_point", "at_most", 0, None, None),
    ]
    assert all(r.target for r in targets)
    assert all(r.span and design.span(r.span).text == r.text for r in targets)
    assert design.span(_span(targets[0])).text == "Freshness: at most 5 min at lake."


def _span(requirement: Requirement) -> str:
    assert requirement.span is not None
    return requirement.span


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("scenario:", "scenrio:", "line 3, scenrio: unknown field `scenrio`; did you mean `scenario`?"),
        ("title: Stock advice\n", "", "line 1: the field `title` is missing"),
        ("retention: 30 days", "retention: 30 GB", "line 12, data_flow.nodes[1].retention: \"30 GB\" is an amount of data"),
        ("flows: [tills -> lake]", "flows: [tills -> lak]", "line 13, data_flow.flows[0].to: unknown node `lak`"),
        ("at_most: 5 min", "at_most: 5 GB", "line 22, targets[0].at_most: \"5 GB\" is an amount of data"),
        ("node: lake}", "node: lak}", "line 22, targets[0].node: unknown node `lak`; did you mean `lake`?"),
        ("subject: freshness", "subject: freshnes", "line 22, targets[0].subject"),
        ("at_most: 5 min,", "at_most: 5 min, value: 3 min,", "one of at_most, at_least and value"),
        ("  latency: We", "  latencie: We", "line 16, measurement.latencie: unknown field"),
        ("    - {name: Ours,", "    - {nom: Ours,", "an option needs a `name`"),
        ("language: en", "language: english", "line 2, language: two letters"),
        ("practices:", "practices: 5\nimpact:", "practices: a list is expected here"),
        ("{name: Batch, latency: a day}", "{name: Batch, latency: [[1]]}", "a text is expected here"),
    ],
)  # fmt: skip
def test_a_wrong_form_is_an_error_with_its_place(old: str, new: str, says: str) -> None:
    assert old in FORM
    with pytest.raises(DataFlowError) as caught:
        design_from_text(FORM.replace(old, new, 1), "d.yaml", kind="yaml")
    message = str(caught.value)
    assert says in message
    assert message.startswith("d.yaml, line ")


def test_control_characters_of_yaml_escapes_are_removed() -> None:
    text = 'title: "a\\u0000b\\nc"\nscenario: "x\\r\\ny \\u202e z"\n'
    design = design_from_text(text, "d.yaml", kind="yaml")
    assert design.title == "ab c"
    assert [s.text for s in design.spans] == ["ab c", "Scenario", "x\ny  z"]


def test_other_yaml_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "compose.yml"
    file.write_text("version: 3\nservices: {}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"compose\.yml, line 1, version: unknown field"):
        read_design(file)
    file.write_text("- a\n- b\n", encoding="utf-8")
    with pytest.raises(InputError, match="not a design form"):
        read_design(file)


@pytest.mark.parametrize("name", ["design.yaml", "design.yml", "design.md"])
def test_the_template_is_a_design(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    written = write_template(path)
    assert path in written
    design = read_design(path)
    check_spans(design)
    assert design.title == "Name of your design"
    assert [n.kind.value for n in design.data_flow.nodes] == [
        "source",
        "stage",
        "store",
        "model",
        "consumer",
    ]
    assert len(design.data_flow.flows) == 4
    assert all(n.spans for n in design.data_flow.nodes)
    before = path.read_bytes()
    with pytest.raises(InputError, match="was not overwritten"):
        write_template(path)
    assert path.read_bytes() == before


def test_a_template_of_another_kind_or_place_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"ends in \.yaml or \.md"):
        write_template(tmp_path / "design.docx")
    with pytest.raises(InputError, match="does not exist"):
        write_template(tmp_path / "gone" / "design.md")


def test_a_schema_of_somebody_else_is_kept(tmp_path: Path) -> None:
    other = tmp_path / "design.schema.json"
    other.write_text("{}", encoding="utf-8")
    assert write_template(tmp_path / "d.yaml") == (tmp_path / "d.yaml",)
    assert other.read_text(encoding="utf-8") == "{}"


def test_the_shipped_schema_is_current() -> None:
    shipped = Path(__file__).parent.parent / "reviewer" / "intake" / "schema.json"
    assert shipped.read_text(encoding="utf-8") == schema_text()


def test_the_template_fits_the_schema(tmp_path: Path) -> None:
    write_template(tmp_path / "d.yaml")
    text = (tmp_path / "d.yaml").read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=design.schema.json")
    schema = json.loads((tmp_path / "design.schema.json").read_text(encoding="utf-8"))
    assert schema == design_schema()
    jsonschema.validate(yaml.safe_load(text), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"title": "T", "scenrio": "x"}, schema)


def test_every_field_is_documented() -> None:
    page = (Path(__file__).parent.parent / "docs" / "design-file.md").read_text(encoding="utf-8")
    words = set(re.findall(r"\w+", page))
    fields = {
        info.alias or name
        for form in [forms.DesignForm, *forms.Form.__subclasses__()]
        for name, info in form.model_fields.items()
    }
    assert len(fields) > 60
    assert fields - words == set()


def test_the_map_in_the_documentation_is_read() -> None:
    page = (Path(__file__).parent.parent / "docs" / "design-file.md").read_text(encoding="utf-8")
    block = re.findall(r"```yaml\n(nodes:.*?)```", page, re.DOTALL)
    assert len(block) == 1
    design = design_from_text(f"# T\n\n```data-flow\n{block[0]}```\n", "d.md")
    assert [f.id for f in design.data_flow.flows] == ["tills->cleaning", "cleaning->writer"]
