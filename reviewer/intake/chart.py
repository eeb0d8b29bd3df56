"""From a Mermaid flowchart to a data-flow map: what a box is, told by shape, place and words."""

from __future__ import annotations

import re

from reviewer.domain.design import DataFlow, Flow, Legacy, Mode, Node, NodeKind
from reviewer.intake.dataflow import unique_flow_id
from reviewer.intake.fields import mode_in
from reviewer.intake.mermaid import Chart, ChartNode


def _words(text: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{text})\b", re.IGNORECASE)


_MODEL = _words(
    r"llms?|gpt[\w.-]*|openai|claude|gemini|llama\w*|mistral|bedrock|(?:language|gen(?:erative)?[ -]?ai"
    r"|ml|ai|forecast\w*|pricing|recommend\w*|embedding|demand|foundation)[ -]models?|models?"
    r"|(?:forecast\w*|recommend\w*|personali[sz]ation|pricing)[ -](?:intelligence )?engines?"
    r"|(?:model )?inference|generator|embedder|embeddings? (?:service|api)|gen ?ai|chat ?bot|vertex ai|sagemaker"
)
_STORE = _words(
    r"db|databases?|data ?lakes?|lake ?house|(?:data )?warehouse|dwh|s3|buckets?|blob storage|gcs|redis"
    r"|cache|postgres\w*|mysql|maria ?db|oracle db|sql server|dynamo ?db|mongo ?db|cassandra|big ?query"
    r"|snowflake|redshift|delta(?: lake)?|iceberg|hudi|elastic\s?search|open\s?search|pinecone|weaviate"
    r"|milvus|chroma|faiss|pg ?vector|(?:vector|feature|data|object|document|key[ -]value|offline|online)"
    r"[ -]stores?|storage|index|tables?|topics?|kafka|kinesis|event ?hubs?|pub ?/?sub|queues?|sqs"
    r"|rabbit ?mq|archive|(?:model )?registry|repository|catalog(?:ue)?|hdfs|bronze|silver|gold"
)
_STAGE = _words(
    r"(?:kafka )?connect(?:ors?)?|sinks?|loaders?|jobs?|etl|elt|lambdas?|glue|spark|flink|airflow|dbt|beam"
    r"|dataflow|gateways?|services?|apis?|ingest\w*|process\w*|cleans?\w*|validat\w*|transform\w*|crawlers?"
    r"|pipelines?|schema registry|workers?|functions?|engines?|debezium|cdc|nifi|orchestrat\w*|monitoring"
)
_SOURCE = _words(
    r"pos|point[ -]of[ -]sale|sources?|sensors?|iot|erp|crm|wms|feeds?|suppliers?|click ?stream|web events?"
    r"|logs|producers?|scanners?|devices?|mainframe|as/?400|legacy|upload(?:s|ed)?|external apis?|weather"
)
_CONSUMER = _words(
    r"dashboards?|users?|customers?|consumers?|analysts?|managers?|reports?|reporting|bi|tableau|power ?bi"
    r"|quick ?sight|looker|web ?site|front ?end|mobile|storefront|apps?|alerts?|e-?mails?|shoppers?|ui"
)
_ASIDE = re.compile(r"\(.*?\)|\b(?:on|to|into|from|with|via|using|in)\s.*$|[^\w)]+$")
_NOT_A_MODEL = _words(
    r"(?:model|data) (?:registry|artifacts?|store|repository|catalog(?:ue)?|monitoring)"
)
_LEGACY = _words(r"legacy|mainframe|as/?400|cobol")
_OUTSIDE = _words(
    r"openai|anthropic|claude api|gemini api|external|third[ -]party|3rd[ -]party|saas"
)
_GROUPS = (
    (_words(r"(?:data )?sources?|producers?|origins?|inputs?"), NodeKind.SOURCE),
    (_words(r"ai|ml|llms?|models?|gen ?ai|generative ai"), NodeKind.MODEL),
    (_words(r"storage|data lake|lake ?house|warehouse|databases?|data stores?"), NodeKind.STORE),
    (_words(r"consumers?|consumption|users?|clients?|outputs?"), NodeKind.CONSUMER),
)
_ENCRYPTED = _words(r"tls|mtls|https|encrypted|sftp|ssl")
_NOT_ENCRYPTED = _words(
    r"unencrypted|not encrypted|no tls|plain ?text|without (?:tls|encryption)|http|ftp"
)


def map_of(chart: Chart) -> tuple[DataFlow, dict[str, list[int]], list[int]]:
    """The map, the lines of the chart that state each node, and the line of each flow."""
    into = {e.target for e in chart.edges if e.source != e.target}
    out_of = {e.source for e in chart.edges if e.source != e.target}
    nodes = [_node(n, n.id in into, n.id in out_of) for n in chart.nodes.values()]
    flows: list[Flow] = []
    for edge in chart.edges:
        mode, interval = mode_in(edge.label)
        flows.append(
            Flow(
                id=unique_flow_id(f"{edge.source}->{edge.target}", flows),
                source=edge.source,
                target=edge.target,
                mode=mode,
                interval=interval,
                encrypted_in_transit=_encrypted(edge.label),
                label=edge.label or None,
            )
        )
    data_flow = DataFlow(nodes=tuple(nodes), flows=tuple(flows), origin="mermaid")
    lines = {n.id: n.lines for n in chart.nodes.values()}
    return data_flow, lines, [e.line for e in chart.edges]


def _node(node: ChartNode, has_input: bool, has_output: bool) -> Node:
    mode, interval = mode_in(node.label)
    kind = kind_of(node, has_input, has_output)
    if interval is None and mode in (Mode.REQUEST, Mode.STREAM) and kind is not NodeKind.STAGE:
        mode = None  # "Orders API" is a name, not a statement of how data moves
    return Node(
        id=node.id,
        kind=kind,
        name=node.label,
        mode=mode,
        interval=interval,
        external=True if _OUTSIDE.search(node.label) else None,
        legacy=Legacy(system=node.label) if _LEGACY.search(node.label) else None,
    )


def kind_of(node: ChartNode, has_input: bool, has_output: bool) -> NodeKind:
    """Shape first, then the words of the label, then the subgraph, then the place in the flow."""
    label = _ASIDE.sub("", node.label.replace("_", " ")).strip() or node.label
    at_store, at_stage = _last(_STORE, label), _last(_STAGE, label)
    if node.shape != "store" and _MODEL.search(label) and not _NOT_A_MODEL.search(label):
        return NodeKind.MODEL
    if node.shape == "store" or at_store > at_stage:
        # A database that feeds the pipeline and is fed by nothing in it is one of its sources.
        return NodeKind.STORE if has_input or not has_output else NodeKind.SOURCE
    for pattern, kind in _GROUPS:
        if pattern.search(node.group) and _fits(kind, has_input, has_output):
            return kind
    return _by_place(label, at_stage >= 0, has_input, has_output)


def _by_place(label: str, is_stage: bool, has_input: bool, has_output: bool) -> NodeKind:
    if not has_input:
        named = _SOURCE.search(label) is not None
        return NodeKind.SOURCE if has_output or named else NodeKind.STAGE
    at_end = [m for m in _CONSUMER.finditer(label) if m.end() == len(label)]
    if at_end or (not has_output and not is_stage):
        return NodeKind.CONSUMER
    return NodeKind.STAGE


def _last(pattern: re.Pattern[str], label: str) -> int:
    """Where the last of the words ends: what a name ends on says what the thing is."""
    return max((m.end() for m in pattern.finditer(label)), default=-1)


def _fits(kind: NodeKind, has_input: bool, has_output: bool) -> bool:
    if kind is NodeKind.SOURCE:
        return not has_input
    return has_input or kind is NodeKind.STORE


def _encrypted(label: str) -> bool | None:
    if _NOT_ENCRYPTED.search(label):
        return False
    return True if _ENCRYPTED.search(label) else None
