"""Where boxes of the map stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.domain.design import DataFlow, Flow, Node, NodeKind
from ui.components.diagram_data import HEIGHT, WIDTH, diagram


def _map(count: int, flows: list[tuple[int, int]]) -> DataFlow:
    nodes = tuple(Node(id=f"n{i}", kind=NodeKind.STAGE, name=f"Node {i}") for i in range(count))
    drawn = tuple(
        Flow(id=f"f{k}", source=f"n{a % count}", target=f"n{b % count}")
        for k, (a, b) in enumerate(flows)
    )
    return DataFlow(nodes=nodes, flows=drawn)


def test_no_map_is_no_picture() -> None:
    assert diagram(DataFlow())["nodes"] == []


def test_flows_go_down() -> None:
    picture = diagram(_map(3, [(0, 1), (1, 2)]))
    tops = [node["y"] for node in picture["nodes"]]
    assert tops == sorted(tops)
    assert len(set(tops)) == 3
    assert not any(flow["back"] for flow in picture["flows"])


def test_a_cycle_has_one_way_back() -> None:
    picture = diagram(_map(3, [(0, 1), (1, 2), (2, 0)]))
    assert [flow["back"] for flow in picture["flows"]].count(True) == 1


@pytest.mark.parametrize("across", [2, 3])
@given(st.integers(1, 40), st.lists(st.tuples(st.integers(0, 39), st.integers(0, 39)), max_size=80))
def test_boxes_never_overlap_and_stay_inside(
    across: int, count: int, flows: list[tuple[int, int]]
) -> None:
    picture = diagram(_map(count, flows), across=across)
    places = [(node["x"], node["y"]) for node in picture["nodes"]]
    assert len(places) == count
    for k, (x, y) in enumerate(places):
        assert 0 <= x <= picture["width"] - WIDTH
        assert 0 <= y <= picture["height"] - HEIGHT
        for other_x, other_y in places[k + 1 :]:
            assert abs(x - other_x) >= WIDTH or abs(y - other_y) >= HEIGHT
    per_row: dict[float, int] = {}
    for _, y in places:
        per_row[y] = per_row.get(y, 0) + 1
    assert max(per_row.values()) <= across


def test_badges_stand_on_their_node() -> None:
    picture = diagram(_map(2, [(0, 1)]), {"n1": [4, 2]})
    assert [node["badges"] for node in picture["nodes"]] == [[], [2, 4]]


def test_the_way_of_personal_data_ends_where_it_is_removed() -> None:
    flows = _map(3, [(0, 1), (1, 2)])
    nodes = list(flows.nodes)
    nodes[1] = nodes[1].model_copy(update={"removes_personal_data": True})
    picture = diagram(
        flows.model_copy(update={"nodes": tuple(nodes)}), reached=frozenset({"n0", "n1"})
    )
    assert [flow["personal"] for flow in picture["flows"]] == [True, False]
    assert [node["reached"] for node in picture["nodes"]] == [True, True, False]
