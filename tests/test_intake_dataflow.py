"""The data-flow map from YAML blocks and Mermaid, and the errors of a wrong map."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.domain.design import Mode, NodeKind
from reviewer.errors import DataFlowError, InputError
from reviewer.intake import design_from_text
from reviewer.intake.dataflow import read_map
from reviewer.intake.mermaid import read_chart
from reviewer.yamlfile import read_yaml

MAP = """\
nodes:
  - id: pos
    kind: source
    rate: 2,000 events/s
    peak_factor: 3x
    record size: 2 KB
    personal_data: [name, email]
    legacy: {interface: nightly file, age: 20 years, system: AS/400}
  - {id: log, kind: stage, capacity: 500 events/s, parallelism: 12, encrypted: in_transit, p99: 20 ms}
  - id: lake
    kind: store
    retention: 90 days
    storage: 4 TB
    encrypted: yes
    personal_data: false
    cost: {fixed: 200 EUR/month, storage: 0.023 EUR/GB/month}
  - id: writer
    kind: model
    external: true
    model: {tokens_in: 800, requests_limit: 500/min, tokens_limit: 200k/min, price_in: 3 USD per 1M tokens}
consumers:
  - id: app
    mode: request
flows:
  - pos -> log -> lake
  - {from: lake, to: writer, mode: nightly batch, share: 10 %}
  - from: writer
    to: app
  - {from: app, to: app}
"""


def test_reads_every_kind_of_attribute() -> None:
    found = read_map(read_yaml(MAP, "map.yaml"))
    pos, log, lake, writer, app = found.nodes.values()
    assert pos.rate is not None
    assert pos.rate.value == 2000
    assert pos.peak_factor == 3
    assert pos.record_size is not None
    assert pos.record_size.value == 2000
    assert pos.personal_data == ("name", "email")
    assert pos.legacy is not None
    assert pos.legacy.interface == "nightly file"
    assert log.parallelism == 12
    assert log.encrypted_at_rest is None
    assert lake.encrypted_at_rest is True
    assert lake.personal_data == ()
    assert writer.model is not None
    assert writer.model.requests_limit is not None
    assert writer.model.requests_limit.value == pytest.approx(500 / 60)
    assert writer.region is None
    assert app.kind is NodeKind.CONSUMER
    assert [f.id for f in found.flows] == [
        "pos->log",
        "log->lake",
        "lake->writer",
        "writer->app",
        "app->app",
    ]
    assert found.flows[0].encrypted_in_transit is True
    assert found.flows[1].encrypted_in_transit is None
    assert found.flows[2].mode is Mode.BATCH
    assert found.flows[2].interval is not None
    assert found.flows[2].interval.value == 86400
    assert found.flows[2].share == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("rate: 2,000 events/s", "rate: 5 min", "line 4, nodes[0].rate: \"5 min\" is a time"),
        ("kind: source", "kind: sauce", "line 3, nodes[0].kind: \"sauce\" is none of source, stage"),
        ("to: writer", "to: writr", "line 26, flows[1].to: unknown node `writr`; did you mean `writer`?"),
        ("id: lake", "id: pos", "line 10, nodes[2]: the node id `pos` is used on line 2 already"),
        ("retention: 90", "retentoin: 90", "line 12, nodes[2].retentoin: unknown field `retentoin`; did you mean `retention`?"),
        ("age: 20 years", "age: 20 GB", "line 8, nodes[0].legacy.age: \"20 GB\" is an amount of data"),
        ("requests_limit: 500/min", "requests_limit: 500", "nodes[3].model.requests_limit: \"500\" has no unit"),
        ("parallelism: 12", "parallelism: 1.5", "nodes[1].parallelism"),
        ("parallelism: 12", "parallelism: 0", "is zero"),
        ("external: true", "external: perhaps", "line 19, nodes[3].external: \"perhaps\" is neither yes nor no"),
        ("    kind: store\n", "    region: no\n    kind: store\n", "line 11, nodes[2].region: a text is expected here: put it in quotes"),
        ("kind: store", "knd: store", "unknown field `knd`; did you mean `kind`?"),
        ("    kind: store\n", "", "line 10, nodes[2]: the field `kind` is missing"),
        ("- pos -> log", "- pos log", "unknown node `pos log`"),
        ("nodes:", "nods:", "line 1, nods: unknown field `nods`; did you mean `nodes`?"),
        ("cost: {fixed: 200 EUR/month, storage: 0.023 EUR/GB/month}", "cost: 5", "fields are expected here"),
        ("id: app\n", "id: [app\n", "not valid YAML"),
        ("id: app\n", "id: app\n    id: b\n", "`id` is given twice (first on line 22)"),
    ],
)  # fmt: skip
def test_a_wrong_map_is_an_error_with_its_place(old: str, new: str, says: str) -> None:
    assert old in MAP
    with pytest.raises(InputError) as caught:
        read_map(read_yaml(MAP.replace(old, new, 1), "map.yaml"))
    assert says in str(caught.value)
    assert str(caught.value).startswith("map.yaml, line ")
    assert "\n" not in str(caught.value)


def in_markdown(block: str, language: str = "data-flow") -> str:
    return f"# T\n\nText.\n\n```{language}\n{block}```\n\nMore.\n"


def test_a_block_in_markdown_gives_the_map_and_its_spans() -> None:
    design = design_from_text(in_markdown(MAP), "d.md")
    assert design.data_flow.origin == "block"
    assert design.warnings == ()
    pos = design.data_flow.node("pos")
    assert [design.span(i).text for i in pos.spans][:3] == [
        "- id: pos",
        "kind: source",
        "rate: 2,000 events/s",
    ]
    assert [design.span(i).text for i in design.data_flow.flows[2].spans] == [
        "- {from: lake, to: writer, mode: nightly batch, share: 10 %}"
    ]


def test_an_error_in_a_block_names_the_line_of_the_document() -> None:
    with pytest.raises(DataFlowError, match=r"d\.md, line 9, nodes\[0\]\.rate"):
        design_from_text(in_markdown(MAP.replace("2,000 events/s", "soon")), "d.md")


def test_a_yaml_block_with_the_key_data_flow_is_a_map_and_others_are_not() -> None:
    nested = "data_flow:\n" + "".join(f"  {line}\n" for line in MAP.splitlines())
    assert len(design_from_text(in_markdown(nested, "yaml"), "d.md").data_flow.nodes) == 5
    other = design_from_text(in_markdown("replicas: [3\n", "yaml"), "d.md")
    assert other.data_flow.origin == "none"


def test_a_block_goes_before_a_flowchart() -> None:
    chart = "```mermaid\ngraph LR\nA-->B\n```\n"
    assert design_from_text(chart + in_markdown(MAP), "d.md").data_flow.origin == "block"


CHART = """\
%%{init: {'theme': 'base'}}%%
flowchart LR
  subgraph S["Data sources"]
    POS[POS terminals] & WEB("Web shop<br/>events")
    ERP[(Legacy ERP)]
  end
  K{{Kafka}}:::hot
  B[/Batch loader\\]
  POS & WEB -->|stream, TLS| K
  ERP -- nightly export --> B
  K ==> F[[Flink job]] -.-> LAKE[(Data lake)]
  B -. daily .-> LAKE
  LAKE --> |every 15 min| FS[(Feature store)] --> LLM{"LLM (OpenAI)"} --> APP([Store app]) <--> U((User))
  APP ~~~ X>Note]
  S --> MON[Monitoring service]
  style POS fill:#f9f
  classDef hot fill:#f00
  class K,B hot
  click POS "https://x.example"
  n1@{ shape: cyl, label: "Orders DB" } --> B; K --> C["a; b"]
"""


def test_reads_a_flowchart_as_people_draw_it() -> None:
    design = design_from_text(in_markdown(CHART, "mermaid"), "d.md")
    data_flow = design.data_flow
    assert data_flow.origin == "mermaid"
    assert {n.id: n.kind.value for n in data_flow.nodes} == {
        "POS": "source", "WEB": "source", "ERP": "source", "K": "store", "B": "stage", "F": "stage",
        "LAKE": "store", "FS": "store", "LLM": "model", "APP": "consumer", "U": "consumer",
        "X": "stage", "MON": "stage", "n1": "source", "C": "consumer",
    }  # fmt: skip
    assert data_flow.node("WEB").name == "Web shop events"
    assert data_flow.node("LLM").external is True
    assert data_flow.node("ERP").legacy is not None
    assert [f.id for f in data_flow.flows] == [
        "POS->K", "WEB->K", "ERP->B", "K->F", "F->LAKE", "B->LAKE", "LAKE->FS", "FS->LLM", "LLM->APP",
        "APP->U", "U->APP", "POS->MON", "WEB->MON", "ERP->MON", "n1->B", "K->C",
    ]  # fmt: skip
    flows = {f.id: f for f in data_flow.flows}
    assert flows["POS->K"].mode is Mode.STREAM
    assert flows["POS->K"].encrypted_in_transit is True
    assert flows["ERP->B"].mode is Mode.BATCH
    assert flows["ERP->B"].interval is not None
    assert flows["LAKE->FS"].interval is not None
    assert flows["LAKE->FS"].interval.value == 900
    assert flows["K->F"].mode is None
    assert all(n.rate is None and n.capacity is None for n in data_flow.nodes)
    assert [design.span(i).text for i in data_flow.node("B").spans] == ["B[/Batch loader\\]"]
    assert design.warnings == ()


@pytest.mark.parametrize(
    ("text", "edges"),
    [
        ("graph TD;A-->B;A-->C;B-->D", ["A>B", "A>C", "B>D"]),
        ("flowchart\n A--text-->B\n A -.-> C\n A --o D\n A --x E\n A<-->F", ["A>B", "A>C", "A>D", "A>E", "A>F", "F>A"]),
        ("graph LR\n A & B --> C & D", ["A>C", "A>D", "B>C", "B>D"]),
        ("graph LR\n A -->|\"x | y\"| B ---|z| C", ["A>B", "B>C"]),
        ("graph LR\n A == thick ==> B -. dots .-> C -- plain --- D", ["A>B", "B>C", "C>D"]),
        ("---\ntitle: x\n---\ngraph LR\n A-->A", ["A>A"]),
        ("graph LR\n 日本[倉庫] --> b-c --> end-user", ["日本>b-c", "b-c>end-user"]),
        ("graph LR\n subgraph g1 [One]\n a-->b\n end\n subgraph g2\n c\n end\n g1 --> g2", ["a>b", "b>c"]),
        ("graph LR\n A[\"say [hi] (there)\"] --> B(((x)))", ["A>B"]),
        ("graph LR\n classic --> styles --> click1", ["classic>styles", "styles>click1"]),
    ],
)  # fmt: skip
def test_reads_arrows(text: str, edges: list[str]) -> None:
    chart = read_chart(text)
    assert chart is not None
    assert chart.unread == 0
    assert [f"{e.source}>{e.target}" for e in chart.edges] == edges


@pytest.mark.parametrize(
    "text", ["sequenceDiagram\nA->>B: hi", "", "erDiagram\nA ||--o{ B : has", "pie"]
)
def test_other_diagrams_are_no_map(text: str) -> None:
    assert read_chart(text) is None
    assert design_from_text(in_markdown(text + "\n", "mermaid"), "d.md").data_flow.origin == "none"


def test_the_flowchart_with_most_arrows_is_the_map() -> None:
    text = in_markdown("graph LR\nA-->B\n", "mermaid") + in_markdown(
        "graph LR\nC-->D-->E\n", "mermaid"
    )
    design = design_from_text(text, "d.md")
    assert [n.id for n in design.data_flow.nodes] == ["C", "D", "E"]
    assert any("most arrows" in w for w in design.warnings)


def test_lines_that_cannot_be_read_are_counted() -> None:
    design = design_from_text(in_markdown("graph LR\nA-->B\nC --> [\n", "mermaid"), "d.md")
    assert [f.id for f in design.data_flow.flows] == ["A->B"]
    assert any("1 line of the Mermaid flowchart" in w for w in design.warnings)


@given(st.text(alphabet=st.sampled_from('ABc1 -=.>|<&;[](){}"~xo\n:'), max_size=120))
def test_no_flowchart_breaks_the_reader(text: str) -> None:
    chart = read_chart("graph LR\n" + text)
    assert chart is not None
    assert all(e.source in chart.nodes and e.target in chart.nodes for e in chart.edges)
