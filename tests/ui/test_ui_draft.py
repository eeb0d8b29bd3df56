"""The draft: fields to a design and back, tables, completeness."""

from __future__ import annotations

import pytest

from reviewer.domain.draft import rows_of
from reviewer.errors import InputError
from reviewer.service import ReviewService
from ui.components.completeness import TASKS, share, standings
from ui.components.filling import templates
from ui.components.table import edited, renamed

EXAMPLES = ("dynamic-pricing.md", "support-assistant.md", "demand-forecast.yaml")


@pytest.fixture(scope="module")
def service() -> ReviewService:
    return ReviewService()


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_design_survives_the_form(service: ReviewService, name: str) -> None:
    desk = service.app_desk
    design = desk.example(name)
    again = desk.design(desk.fields(design))
    assert again.title == design.title
    nodes = {node.id: node.model_copy(update={"spans": ()}) for node in design.data_flow.nodes}
    for node in again.data_flow.nodes:
        before = nodes[node.id]
        assert (node.kind, node.rate, node.capacity, node.personal_data, node.region) == (
            before.kind, before.rate, before.capacity, before.personal_data, before.region,
        )  # fmt: skip
    ends = {(f.source, f.target, f.mode, f.share) for f in design.data_flow.flows}
    assert {(f.source, f.target, f.mode, f.share) for f in again.data_flow.flows} == ends
    values = {f.id: f.value for f in desk.numbers(design).facts if not f.id.startswith("F-stated")}
    found = {f.id: f.value for f in desk.numbers(again).facts}
    assert {k: found.get(k) for k in values} == values


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_task_of_an_example_is_filled(service: ReviewService, name: str) -> None:
    fields = service.app_desk.fields(service.app_desk.example(name))
    texts = ("scenario", "data_flow.description", "architecture", "challenges", "impact")
    there = [text for text in texts if len(fields.get(text, "")) > 100]
    assert len(there) >= 4
    assert len(fields["comparison.options"]) >= 3
    assert all("name" in row for row in fields["comparison.options"])


def test_a_bad_cell_is_named_without_a_line_number(service: ReviewService) -> None:
    rows = [{"name": "Tills", "kind": "source", "rate": "fast"}]
    with pytest.raises(InputError, match=r"nodes\[0\]\.rate.*fast") as caught:
        service.app_desk.design({"title": "x", "map.nodes": rows})
    assert "line" not in str(caught.value)


def test_half_filled_tables_are_no_error(service: ReviewService) -> None:
    values = {
        "map.nodes": [{"kind": "source"}, {"name": "Tills"}, {}, None, "rubbish"],
        "map.flows": [{"from": "Tills"}, {"to": "x"}],
        "targets": [{"subject": "latency"}],
        "comparison.options": [{"cost": "low"}],
        "scenario": "We sell paint in 260 stores.",
    }
    design = service.app_desk.design(values)
    assert [node.name for node in design.data_flow.nodes] == ["Tills"]


def test_two_nodes_of_one_name_stay_two(service: ReviewService) -> None:
    values = {"title": "x", "map.nodes": [{"name": "Log"}, {"name": "log"}]}
    assert len({n.id for n in service.app_desk.design(values).data_flow.nodes}) == 2


def test_markup_in_a_field_is_text(service: ReviewService) -> None:
    evil = "title: x\n- &a [*a]\n!!python/object:os.system <script>"
    design = service.app_desk.design({"title": evil, "scenario": evil * 3})
    assert "<script>" in design.text


@pytest.mark.parametrize("template", templates(), ids=lambda t: str(t["title"]["en"]))
def test_templates_can_be_computed(service: ReviewService, template) -> None:  # type: ignore[no-untyped-def]
    design = service.app_desk.design({"title": "x", **template["values"]})
    names = {node.name for node in design.data_flow.nodes}
    rows = template["values"]["map.flows"]
    assert all(row["from"] in names and row["to"] in names for row in rows)
    assert service.app_desk.numbers(design).named("capacity.ten_x")
    assert set(template["title"]) == {"en", "de"}


def test_a_chart_becomes_tables(service: ReviewService) -> None:
    rows = service.app_desk.map_of_chart("flowchart LR\n a[Till receipts] --> b --> c[(Store)]")
    assert rows["map.nodes"][0]["name"] == "Till receipts"
    assert rows["map.flows"][0]["from"] == "Till receipts"
    with pytest.raises(InputError, match="No flowchart"):
        service.app_desk.map_of_chart("nothing to see")


def test_uploads_use_the_name_for_its_ending_only(service: ReviewService) -> None:
    text = b"# A design\n\nTills send 5 events/s to a log.\n"
    design = service.app_desk.read_upload("../../etc/evil.md", text)
    assert design.source == "evil.md"
    with pytest.raises(InputError):
        service.app_desk.read_upload("x.pdf", b"no pdf at all")


def test_edits_of_a_table() -> None:
    rows = [{"name": "a", "rate": "1/s"}, {"name": "b"}, {"name": "c"}]
    change = {
        "edited_rows": {0: {"rate": None}, 1: {"name": "B"}},
        "deleted_rows": [2],
        "added_rows": [{"name": "d", "kind": "stage"}, {}],
    }
    assert edited(rows, change) == [{"name": "a"}, {"name": "B"}, {"name": "d", "kind": "stage"}]
    assert edited(rows, None) == rows
    flows = [{"from": "a", "to": "b"}, {"from": "b", "to": "c"}]
    assert renamed(flows, rows, change) == [{"from": "a", "to": "B"}, {"from": "B", "to": "c"}]


def test_rows_are_texts_only() -> None:
    assert rows_of([{"a": 1, "b": None, "c": "  x \n y "}, 5, {}]) == [{"a": "1", "c": "x y"}]
    assert rows_of("nothing") == []


def test_an_empty_draft_misses_everything_and_an_example_little(service: ReviewService) -> None:
    none = standings({})
    assert [s.task for s in none] == list(TASKS)
    assert share(none) == 0
    full = standings(service.app_desk.fields(service.app_desk.example("demand-forecast.yaml")))
    assert share(full) == 1
    assert all(s.complete for s in full)


def test_more_text_never_makes_a_draft_less_complete(service: ReviewService) -> None:
    values: dict[str, object] = {}
    reached = 0.0
    for name, value in service.app_desk.fields(
        service.app_desk.example("demand-forecast.yaml")
    ).items():
        values[name] = value
        assert share(standings(values)) >= reached
        reached = share(standings(values))
