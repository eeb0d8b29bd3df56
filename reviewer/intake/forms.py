"""The form of a design file: every field a group can fill in, with what it means."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from reviewer.domain.design import Subject
from reviewer.intake.fields import (
    Count,
    Data,
    Encrypted,
    EventRate,
    Factor,
    Interval,
    KindField,
    ModeField,
    Name,
    PerByte,
    PersonalData,
    PerStorage,
    PerTime,
    PerToken,
    Rate,
    Share,
    Text,
    Time,
    TokenRate,
    Tokens,
    YesNo,
)
from reviewer.intake.fields import PerEvent as PerEventField


class Form(BaseModel):
    """Closed to unknown fields; an empty field is a field that was not filled in."""

    model_config = ConfigDict(extra="forbid")


class LegacyForm(Form):
    """A legacy system behind a node."""

    interface: Name | None = Field(None, description="nightly file, JDBC, SOAP, CDC …")
    age: Time | None = Field(None, description="How old the system is.")
    system: Name | None = Field(None, description="What it is.")


class ModelForm(Form):
    """What one request to a model takes, costs and may not exceed."""

    tokens_in: Tokens | None = Field(None, description="Tokens of one request.")
    tokens_out: Tokens | None = Field(None, description="Tokens of one answer.")
    requests_limit: EventRate | None = Field(None, description="Requests the provider allows.")
    tokens_limit: TokenRate | None = Field(None, description="Tokens the provider allows.")
    price_in: PerToken | None = Field(None, description="Price of tokens sent.")
    price_out: PerToken | None = Field(None, description="Price of tokens received.")
    context_window: Tokens | None = Field(None, description="Largest request, in tokens.")
    refresh_interval: Interval | None = Field(
        None, description="How often what the model reads (index, features) is brought up to date."
    )
    fallback: Text | None = Field(None, description="What answers when this model cannot.")


class CostForm(Form):
    """Unit costs of a node, in one currency."""

    fixed: PerTime | None = None
    per_event: PerEventField | None = None
    per_byte: PerByte | None = None
    storage: PerStorage | None = None


class NodeForm(Form):
    """A source, stage, store, model or consumer."""

    id: Name = Field(description="Short name that the flows use.")
    kind: KindField
    name: Name | None = None
    technology: Name | None = None
    mode: ModeField | None = Field(None, description="How data moves into it.")
    interval: Interval | None = Field(None, description="Time between two runs.")
    rate: Rate | None = Field(None, description="What a source emits on average.")
    peak_factor: Factor | None = Field(None, description="Peak over average.")
    record_size: Data | None = Field(None, description="Size of one record.")
    capacity: Rate | None = Field(None, description="What one instance can take.")
    parallelism: Count | None = Field(None, description="Number of instances.")
    p50: Time | None = Field(None, description="Median processing time.")
    p99: Time | None = Field(None, description="99th percentile of the processing time.")
    retention: Time | None = Field(None, description="How long data is kept.")
    storage: Data | None = Field(None, description="Capacity of the store, all replicas.")
    replicas: Count | None = None
    region: Name | None = None
    external: YesNo | None = Field(None, description="Whether somebody else runs it.")
    personal_data: PersonalData | None = None
    removes_personal_data: YesNo | None = Field(None, description="Masks, tokenises or drops it.")
    encrypted: Encrypted | None = None
    encrypted_at_rest: YesNo | None = None
    encrypted_in_transit: YesNo | None = Field(None, description="Of the flows into this node.")
    legacy: LegacyForm | None = None
    failure: Text | None = Field(None, description="What happens when it fails.")
    fallback: Text | None = None
    cost: CostForm | None = None
    model: ModelForm | None = None


class FlowForm(Form):
    """Data moving from one node to another."""

    source: Name = Field(alias="from", description="Id of the node that it leaves.")
    target: Name = Field(alias="to", description="Id of the node that it reaches.")
    id: Name | None = None
    mode: ModeField | None = None
    interval: Interval | None = None
    share: Share = Field(1.0, description="Records sent on per record that arrives.")
    record_size: Data | None = None
    personal_data: PersonalData | None = None
    encrypted: Encrypted | None = None
    encrypted_in_transit: YesNo | None = None
    technology: Name | None = None
    label: Name | None = None


class MapForm(Form):
    """The data-flow map."""

    description: Text | None = None
    nodes: list[NodeForm] = Field(default_factory=list)
    flows: list[FlowForm] = Field(default_factory=list)


class MeasurementForm(Form):
    """How the four dimensions are measured."""

    scalability: Text | None = None
    latency: Text | None = None
    compliance: Text | None = None
    reliability: Text | None = None


class ComparisonForm(Form):
    """Alternatives, one row each, and what the columns say of them."""

    summary: Text | None = None
    options: dict[str, dict[str, Text]] = Field(default_factory=dict)


class TargetForm(Form):
    """A number that the pipeline promises."""

    subject: Subject
    at_most: Any = None
    at_least: Any = None
    value: Any = None
    percentile: float | None = Field(None, gt=0, lt=100)
    node: Name | None = None
    region: Name | None = None


_TEXT_OR_TABLE = {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/ComparisonForm"}]}


class DesignForm(Form):
    """A design that follows the lesson; texts are Markdown."""

    title: Name
    language: Annotated[Name | None, Field(pattern=r"^[a-z]{2,3}$")] = None
    scenario: Text | None = None
    data_flow: MapForm | None = None
    architecture: Text | None = None
    measurement: MeasurementForm | None = None
    practices: Annotated[
        list[str], WithJsonSchema({"type": "array", "items": {"type": "string"}})
    ] = Field(default_factory=list)
    challenges: Text | None = None
    impact: Text | None = None
    comparison: ComparisonForm | None = None
    targets: list[TargetForm] = Field(default_factory=list)
