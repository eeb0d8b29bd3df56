"""Computed facts: what the numbers of the group's own design say."""

from __future__ import annotations

from reviewer.domain.design import Frozen


class Fact(Frozen):
    """A number or statement computed from the design.

    `name` is the kind of fact (`freshness.end_to_end`, `contradiction.retention`), stable over
    designs; checks refer to names. `holds` is True where the fact shows the design doing what it
    must, False where it shows it failing, None where it only informs. `inputs` are the ids (node,
    flow, span, requirement, other fact) it came from; `spans` the spans a finding may quote;
    `node` the map node it concerns.
    """

    id: str
    name: str
    value: float | str | None = None
    unit: str = ""
    text: str
    formula: str = ""
    inputs: tuple[str, ...] = ()
    spans: tuple[str, ...] = ()
    node: str | None = None
    holds: bool | None = None


class Gap(Frozen):
    """Something that could not be computed, and what the design would have to state."""

    name: str
    text: str
    node: str | None = None


class Analysis(Frozen):
    """All facts of a design, and what could not be computed."""

    facts: tuple[Fact, ...] = ()
    gaps: tuple[Gap, ...] = ()

    def fact(self, fact_id: str) -> Fact:
        """The fact of that id; KeyError if there is none."""
        for fact in self.facts:
            if fact.id == fact_id:
                return fact
        raise KeyError(fact_id)

    def named(self, name: str) -> tuple[Fact, ...]:
        """Facts of that name, or of that family when `name` ends in a dot."""
        if name.endswith("."):
            return tuple(f for f in self.facts if f.name.startswith(name))
        return tuple(f for f in self.facts if f.name == name)


FACT_NAMES: dict[str, str] = {
    "capacity.utilisation": "Load of a node over its capacity, or a batch run over its interval; fails above 1.",
    "capacity.peak": "Load of a node over its capacity at peak; fails above 1.",
    "capacity.headroom": "Peak utilisation against 0.8, above which waiting grows steeply.",
    "capacity.ten_x": "Factor of the average load at which the first node saturates; fails below 10.",
    "capacity.node_limit": "Factor at which a node saturates (one a node; informs only).",
    "capacity.retry_storm": "Load at peak if every failed call is retried; informs only.",
    "latency.end_to_end": "Sum of p99 along a request path against the stated target.",
    "latency.stage": "Share of a stage in the end-to-end time; informs only.",
    "freshness.end_to_end": "Worst-case age of data at its consumer against the stated target.",
    "freshness.stage": "Share of a hop in the worst-case age; informs only.",
    "storage.retention": "Bytes kept at the stated retention against the stated capacity.",
    "storage.ten_x": "Bytes kept at ten times the load; informs only.",
    "cost.month": "Cost a month at 1x; fails above a stated budget, otherwise informs.",
    "cost.ten_x": "Cost a month at 10x; informs only.",
    "cost.model_request": "Cost of one model request from tokens and prices; informs only.",
    "privacy.reach": "Nodes that personal data reaches; informs only.",
    "privacy.external": "Personal data reaching an outside service without being removed first.",
    "privacy.unencrypted_hop": "A flow of personal data that is stated not to be encrypted.",
    "privacy.unencrypted_store": "A store of personal data that is stated not to be encrypted.",
    "privacy.regions": "Regions that personal data reaches; fails against a residency promise.",
    "reliability.single_point": "A node that every path needs, with one instance and no fallback.",
    "reliability.availability": "Product of stated availabilities in series against the promise.",
    "legacy.dependents": "What depends on a legacy system; informs only.",
    "legacy.freshness": "Worst-case age that a legacy interface alone causes against the target.",
    "model.rate_limit": "Model requests at peak against the provider's limit.",
    "model.token_limit": "Tokens a second at peak against the provider's limit.",
    "model.context_window": "Tokens of one request against the context window.",
    "model.fallback": "A model outside the company: is a fallback stated?",
    "model.refresh": "Refresh interval of what a model reads against the freshness target.",
    "drill.backlog": "Highest backlog of a failure drill; informs only.",
    "drill.first_backlog": "First node that backs up in a failure drill; informs only.",
    "drill.recovery": "Time to recover in a failure drill; fails where the backlog only grows.",
    "drill.late": "Time past the freshness target that a failure drill adds; fails above 0.",
    "drill.lost": "Records lost in a failure drill; fails above 0.",
    "stated.load": "What sources emit is stated.",
    "stated.modes": "At least 80 % of the flows state how often data moves.",
    "stated.systems": "Legacy systems are named.",
    "stated.extraction": "Every legacy system has a stated interface.",
    "stated.model_input": "What flows into each model is stated.",
    "stated.refresh": "How often what a model reads is renewed is stated.",
    "stated.token_cost": "Tokens and their price are stated for a model.",
    "stated.output": "Where each model's output goes; fails where a model has no way out.",
    "stated.path": "A way from the sources to every model; fails where a model is cut off.",
    "stated.freshness_target": "A numeric target for the age of data is stated.",
    "stated.latency_target": "A numeric target for the response time is stated.",
    "stated.percentile": "The latency target names a percentile.",
    "stated.availability": "A numeric availability target is stated.",
    "stated.recovery": "Recovery time and recovery point are stated.",
    "stated.options": "At least three options stand in the comparison.",
    "stated.measures": "At least three measures are applied to every option.",
    "contradiction.freshness": "A freshness promise that the stated schedule cannot keep.",
    "contradiction.latency": "A latency budget that the stated stage times exceed.",
    "contradiction.retention": "A retention that the stated storage cannot hold.",
    "contradiction.residency": "A residency promise, and a node in another jurisdiction.",
    "contradiction.capacity": "A stated rate or peak that the stated capacity cannot take.",
    "contradiction.growth": "A stated growth that the stated capacity cannot take.",
    "contradiction.model_limit": "A stated request or token rate above the stated limit.",
    "contradiction.availability": "An availability promise above what its parts allow.",
    "contradiction.recovery": "A recovery objective that the stated backup or restore misses.",
    "contradiction.context_window": "A prompt that does not fit the stated context window.",
    "contradiction.statement": "Two statements that give different values for the same thing.",
    "contradiction.guarantee": "A delivery guarantee promised, and a weaker one built.",
    "contradiction.real_time": "Real time promised, and a batch schedule built.",
}
"""Every name a fact may have, with what it means and when it fails."""
