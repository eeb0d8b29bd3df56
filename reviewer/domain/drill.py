"""Failure drills: what a scenario does to the map over time, and what came of it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from reviewer.domain.design import Frozen, Mode, NodeKind
from reviewer.domain.facts import Gap


class Selector(Frozen):
    """Which nodes an event hits; every condition that is given must hold.

    `names` and `without` are words matched in id, name and technology, any case; a word ending in
    `*` matches any ending. `region` is a region as the map names it, or `largest` for the one with
    the most nodes. `drives` asks for nodes that bring load of their own (sources, and nodes that
    receive requests from outside the map). `busiest` keeps the one with the highest stated rate.
    """

    kinds: tuple[NodeKind, ...] = ()
    modes: tuple[Mode, ...] = ()
    legacy: bool | None = None
    external: bool | None = None
    personal: bool | None = None
    drives: bool | None = None
    region: str | None = None
    names: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    busiest: bool = False


class Event(Frozen):
    """Something that happens to the selected nodes for a while.

    `select` lists alternatives: the first that matches any node counts. Factors multiply what the
    map states (`capacity: 0.1` leaves a tenth); `errors` is the share of records that fail,
    `timeouts` the share of calls that are given up and repeated where the design retries.
    Durations are text with a unit; without a `duration` the event lasts to the end.
    """

    id: str
    title: str
    select: tuple[Selector, ...] = Field(min_length=1)
    down: bool = False
    rate: float = Field(default=1.0, ge=0)
    capacity: float = Field(default=1.0, ge=0)
    latency: float = Field(default=1.0, ge=0)
    errors: float = Field(default=0.0, ge=0, le=1)
    timeouts: float = Field(default=0.0, ge=0, le=1)
    start: str = "1 h"
    duration: str | None = None
    ramp: str | None = None
    state: str = ""  # what the map would have to state where nothing is selected
    optional: bool = False  # the drill makes sense without it


class Scenario(Frozen):
    """A failure drill as data; `load` says whether sources send their average or their peak."""

    id: str
    title: str
    question: str
    description: str = ""
    horizon: str = "24 h"
    load: Literal["average", "peak"] = "average"
    events: tuple[Event, ...] = Field(min_length=1)


class EventWindow(Frozen):
    """When an event acted, in seconds from the start of the drill, and on which nodes."""

    event: str
    title: str
    start: float
    end: float
    open_ended: bool = False
    nodes: tuple[str, ...] = ()


class NodeSeries(Frozen):
    """One node over the result's `times`; backlogs and ages are the highest since the time before."""

    node: str
    name: str
    backlog: tuple[float, ...]  # records waiting
    throughput: tuple[float, ...]  # records/s sent on
    age: tuple[float, ...]  # s that the oldest waiting record has waited, batch waits included
    normal: tuple[float, ...] = ()  # the backlog without the event


class NodeOutcome(Frozen):
    """What the drill did to one node; all counts are records of the node, times seconds.

    `before + arrived = served + queued + lost + in_flight`, over the whole drill. `by_fallback` is
    the part of `served` that the fallback answered. `extra_backlog` is the highest backlog beyond
    that of a normal day; `recovered_after` counts from the end of the event.
    """

    node: str
    name: str
    before: float
    arrived: float
    served: float
    by_fallback: float
    queued: float
    lost: float
    in_flight: float
    peak_backlog: float
    peak_at: float
    extra_backlog: float
    peak_age: float
    falls_behind_at: float | None = None
    recovered_after: float | None = None


class DataAge(Frozen):
    """How old the data of one source gets where it is used, against the freshness target (s)."""

    source: str
    consumer: str
    target: float | None = None
    normal: float = 0.0  # worst age without the event
    worst: float = 0.0
    worst_at: float = 0.0
    late: float = 0.0  # s past the target that a normal day does not have
    late_anyway: float = 0.0  # s past the target without the event
    age: tuple[float, ...] = ()


class DrillResult(Frozen):
    """What came of a drill. Times are seconds from its start, amounts are records.

    `status` is `partial` where something could not be simulated and `impossible` where nothing
    could; `gaps` then say what the map would have to state. `recovery` is the time from the end of
    the event until every node is back to its normal backlog, `None` if that did not happen
    (`growing`: and it gets worse) or if the event never ends. `late_minutes` is `None` without a
    freshness target.
    """

    scenario: str
    title: str
    status: Literal["complete", "partial", "impossible"]
    verdict: str
    settings: dict[str, str] = Field(default_factory=dict)
    step: float = 0.0
    horizon: float = 0.0
    times: tuple[float, ...] = ()
    events: tuple[EventWindow, ...] = ()
    series: tuple[NodeSeries, ...] = ()
    nodes: tuple[NodeOutcome, ...] = ()
    ages: tuple[DataAge, ...] = ()
    peak_backlog: float = 0.0
    peak_node: str | None = None
    peak_at: float | None = None
    first_backlog: str | None = None
    recovery: float | None = None
    growing: bool = False
    freshness_target: float | None = None
    late_minutes: float | None = None
    lost: float = 0.0
    assumptions: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()

    def outcome(self, node: str) -> NodeOutcome:
        """The outcome of that node; KeyError if there is none."""
        return {outcome.node: outcome for outcome in self.nodes}[node]
