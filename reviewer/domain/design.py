"""A design: its text in numbered spans, its data-flow map, and the quantities it states."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Frozen(BaseModel):
    """A value object: immutable, compared by content, closed to unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Quantity(Frozen):
    """A number in the base unit of its dimension, and the words it was written with.

    Base units: time `s`, data `byte`, events `event` (records, messages, requests alike),
    rates `event/s` and `byte/s`, money in its currency code (`EUR`, `USD/event`, `EUR/byte/s`),
    tokens `token`, shares and factors `1` (10 % is 0.1, 10x is 10).
    """

    value: float
    unit: str
    text: str


SpanKind = Literal["sentence", "item", "row", "heading", "code"]


class Span(Frozen):
    """A numbered piece of the design: `design.text[start:end] == text`, always."""

    id: str
    section: str
    kind: SpanKind
    text: str
    start: int
    end: int


class Section(Frozen):
    """A heading and what stands under it; `task` is the lesson's task it answers, if known.

    `id` is unique in the design (`Architecture`, `Architecture (2)`); `path` is the headings above.
    """

    id: str
    title: str
    level: int
    path: tuple[str, ...] = ()
    task: str | None = None
    start: int
    end: int


class NodeKind(StrEnum):
    """What a node of the data-flow map is."""

    SOURCE = "source"
    STAGE = "stage"
    STORE = "store"
    MODEL = "model"
    CONSUMER = "consumer"


class Mode(StrEnum):
    """How data moves: at set times, in small batches, event by event, or on request."""

    BATCH = "batch"
    MICRO_BATCH = "micro-batch"
    STREAM = "stream"
    REQUEST = "request"


class Cost(Frozen):
    """Unit costs of a node; every field is optional and in one currency."""

    fixed: Quantity | None = None  # per time: EUR/s
    per_event: Quantity | None = None  # EUR/event
    per_byte: Quantity | None = None  # EUR/byte processed
    storage: Quantity | None = None  # EUR/byte/s kept


class ModelUse(Frozen):
    """What one request to a model takes, costs and may not exceed."""

    tokens_in: Quantity | None = None  # token per request
    tokens_out: Quantity | None = None
    requests_limit: Quantity | None = None  # event/s
    tokens_limit: Quantity | None = None  # token/s
    price_in: Quantity | None = None  # CUR/token
    price_out: Quantity | None = None
    context_window: Quantity | None = None  # token
    refresh_interval: Quantity | None = None  # s; of the index, features or fine-tuning it reads
    fallback: str | None = None


class Legacy(Frozen):
    """The interface of a legacy system."""

    interface: str | None = None  # nightly file, JDBC, SOAP, CDC …
    age: Quantity | None = None  # s
    system: str | None = None


class Node(Frozen):
    """A source, stage, store, model or consumer. `None` means: the design does not say."""

    id: str
    kind: NodeKind
    name: str
    technology: str | None = None
    mode: Mode | None = None
    interval: Quantity | None = None  # s between runs (batch, micro-batch)
    rate: Quantity | None = None  # event/s or byte/s that a source emits on average
    peak_factor: float | None = None
    record_size: Quantity | None = None  # byte
    capacity: Quantity | None = None  # event/s or byte/s of one instance
    parallelism: int | None = None  # instances; capacity x parallelism is the node's capacity
    p50: Quantity | None = None  # s, processing time of one record or one batch run
    p99: Quantity | None = None
    retention: Quantity | None = None  # s
    storage: Quantity | None = None  # byte, stated capacity of the store (all replicas)
    replicas: int | None = None
    region: str | None = None
    external: bool | None = None  # run by somebody else (an outside service)
    personal_data: tuple[str, ...] | None = None  # fields; () is a statement that there are none
    removes_personal_data: bool | None = None  # masks, tokenises or drops it
    encrypted_at_rest: bool | None = None
    legacy: Legacy | None = None
    failure: str | None = None  # what happens when it fails
    fallback: str | None = None
    cost: Cost | None = None
    model: ModelUse | None = None
    spans: tuple[str, ...] = ()  # where the map states it


class Flow(Frozen):
    """Data moving from one node to another."""

    id: str
    source: str
    target: str
    mode: Mode | None = None
    interval: Quantity | None = None
    share: float = 1.0  # records sent on per record that arrives at `source`
    record_size: Quantity | None = None
    personal_data: tuple[str, ...] | None = None
    encrypted_in_transit: bool | None = None
    technology: str | None = None
    label: str | None = None
    spans: tuple[str, ...] = ()


class DataFlow(Frozen):
    """The data-flow map. Cycles are allowed."""

    nodes: tuple[Node, ...] = ()
    flows: tuple[Flow, ...] = ()
    origin: Literal["yaml", "block", "mermaid", "form", "none"] = "none"

    def node(self, node_id: str) -> Node:
        """The node of that id; KeyError if there is none."""
        for node in self.nodes:
            if node.id == node_id:
                return node
        raise KeyError(node_id)


Subject = Literal[
    "freshness",
    "latency",
    "availability",
    "retention",
    "storage",
    "rate",
    "growth",
    "recovery_time",
    "recovery_point",
    "interval",
    "cost",
    "error_rate",
    "residency",
    "tokens",
    "capacity",
    "limit",
    "context_window",
    "memory",
    "guarantee",
    "real_time",
    "parameter",
    "other",
]
Comparison = Literal["at_most", "at_least", "equal"]


class Requirement(Frozen):
    """A quantity that the design states, as a target or as a description of what is built.

    `node` is the map node it speaks of, `None` for the whole pipeline. `value` is absent where the
    statement is not a number (a residency promise has its region in `region`). `label` is the name
    of what is stated where neither subject nor node is enough: a parameter, a component that the
    map does not have, a delivery guarantee.
    """

    id: str
    subject: Subject
    comparison: Comparison = "at_most"
    value: Quantity | None = None
    percentile: float | None = None
    region: str | None = None
    target: bool = True
    node: str | None = None
    span: str | None = None
    text: str = ""
    label: str = ""


class Design(Frozen):
    """A design as it was handed in, read once.

    `text` is the normalised text of the document; spans and sections point into it. `warnings` are
    sentences for the group about what could not be read.
    """

    title: str
    source: str
    text: str
    language: str = "en"
    sections: tuple[Section, ...] = ()
    spans: tuple[Span, ...] = ()
    data_flow: DataFlow = DataFlow()
    requirements: tuple[Requirement, ...] = ()
    warnings: tuple[str, ...] = ()
    form: dict[str, str] = Field(default_factory=dict)

    def span(self, span_id: str) -> Span:
        """The span of that id; KeyError if there is none."""
        for span in self.spans:
            if span.id == span_id:
                return span
        raise KeyError(span_id)
