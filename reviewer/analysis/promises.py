"""Promises of the text against what the text or the map says is built."""

from __future__ import annotations

import re
from collections import defaultdict

from reviewer.analysis import numbers
from reviewer.analysis.freshness import age_along
from reviewer.analysis.graph import FlowMap, Path, schedule_words
from reviewer.analysis.ledger import Ledger, fact_id, spans_of
from reviewer.domain.design import Design, Mode, Node, Requirement, Span
from reviewer.domain.facts import Fact
from reviewer.domain.regions import jurisdiction
from reviewer.domain.topics import same_topic, topic

_SCALES = re.compile(
    r"\b(?:by adding|auto-?scal\w*|scal\w+ out|add(?:ing)? (?:more )?(?:instances|partitions|workers|nodes|"
    r"brokers|shards|pods)|horizontally|elastic\w*|serverless|on demand)\b"
)
_RECOVERS_OTHERWISE = re.compile(
    r"point[- ]in[- ]time|\bwal\b|write-ahead|log shipping|continuous(?:ly)? (?:archiv|replicat|back)|"
    r"synchronous(?:ly)? (?:replic|cop)|replay\w* from|hot standby|journal|incremental"
)
_REPEATS_HARMLESS = re.compile(
    r"idempot|de-?dup|merge key|upsert|repeats? (?:is|are) (?:dropped|removed)|removes? (?:repeats|duplicates)|"
    r"effectively[- ]once|duplicates? (?:is|are)"
)
_STREAMS = re.compile(
    r"\b(?:stream\w*|kafka|kinesis|pub/?sub|event[- ]driven|flink|change data capture|cdc|per event)\b"
)
_ALL_COPIES = re.compile(r"\backs\s*[=:]\s*[\"']?(?:all|-1)\b")
_SMALLEST_RECORD = 16  # bytes; a key and a time stamp alone take as many
_JOB = r"\b(?:jobs?|batch|etl|elt|spark|pyspark|dag|pipeline run)\b"
_SIDE_JOB = (
    r"\b(?:train\w*|retrain\w*|backup|snapshot|archiv\w*|compact\w*|report\w*|reconcil\w*|clean-?up|"
    r"vacuum|quality|audit\w*|evaluat\w*|backfill\w*|correct\w*)\b"
)


class _Promises:
    """One design's statements, and the facts that they make."""

    def __init__(self, ledger: Ledger, design: Design, items: list[Requirement]) -> None:
        self.ledger, self.items = ledger, items
        self.spans: dict[str, Span] = {span.id: span for span in design.spans}
        self.words = " ".join(s.text.lower() for s in design.spans if s.kind != "heading")

    def of(self, subject: str, *, target: bool, label: str | None = None) -> list[Requirement]:
        """Statements of a subject that have a value."""
        return [
            item
            for item in self.items
            if item.subject == subject and item.target is target and item.value is not None
            and label in {None, item.label}
        ]  # fmt: skip

    def sentence(self, item: Requirement) -> str:
        """The whole sentence that a statement stands in, in lower case."""
        span = self.spans.get(item.span or "")
        return (span.text if span else item.text).lower()

    def add(
        self,
        name: str,
        promise: Requirement,
        built: Requirement | Node,
        text: str,
        also: Requirement | None = None,
    ) -> None:
        """A contradiction between a promise and one other statement."""
        place = built.node if isinstance(built, Requirement) else built.id
        value = built.value if isinstance(built, Requirement) else None
        self.ledger.add(
            Fact(
                id=fact_id(name, place or promise.id),
                name=name,
                value=value.value if value else None,
                unit=value.unit if value else "",
                text=text,
                formula=f"{_said(promise)} against {_said(built)}",
                inputs=(promise.id, built.id, *((also.id,) if also else ())),
                spans=spans_of(promise, built, also),
                node=place or promise.node,
                holds=False,
            )
        )

    def pair(self, promise: Requirement, built: list[Requirement]) -> list[Requirement]:
        """What is built of the promised thing: the same topic, or the only statement there is."""
        same = [b for b in built if same_topic(promise, b)]
        if same:
            return same
        alone = len(built) == 1 and (promise.node is None or built[0].node is None)
        return built if alone else []


def _said(part: Requirement | Node) -> str:
    if isinstance(part, Node):
        return part.failure or part.name
    return part.value.text if part.value else (part.label or part.region or part.text)


def _value(item: Requirement) -> float:
    return item.value.value if item.value else 0.0


def _recovery(promises: _Promises, flow_map: FlowMap) -> None:
    if _RECOVERS_OTHERWISE.search(promises.words):
        return
    backups = promises.of("interval", target=False, label="backup")
    for promise in promises.of("recovery_point", target=True):
        for built in promises.pair(promise, backups):
            if _value(built) > _value(promise) * 1.01:
                promises.add(
                    "contradiction.recovery",
                    promise,
                    built,
                    f"At most {_said(promise)} of data may be lost, and a backup is made only every "
                    f"{numbers.duration(_value(built))}.",
                )
                break
        else:
            _map_backup(promises, flow_map, promise)
    for promise in promises.of("recovery_time", target=True):
        for built in promises.pair(promise, promises.of("recovery_time", target=False)):
            if _value(built) > _value(promise) * 1.01:
                promises.add(
                    "contradiction.recovery",
                    promise,
                    built,
                    f"Service is to be back within {_said(promise)}, and restoring takes "
                    f"{_said(built)}.",
                )


def _map_backup(promises: _Promises, flow_map: FlowMap, promise: Requirement) -> None:
    for node in flow_map.nodes.values():
        words = (node.failure or "").lower()
        wait = schedule_words(words) if re.search(r"backup|snapshot", words) else None
        if wait and wait > _value(promise) and promise.node in {None, node.id}:
            text = (
                f"At most {_said(promise)} of data may be lost, and {node.name} is restored from a "
            )
            text += f"backup of every {numbers.duration(wait)}."
            promises.add("contradiction.recovery", promise, node, text)


def _freshness(promises: _Promises) -> None:
    taken = {i for f in promises.ledger.named("contradiction.freshness") for i in f.inputs}
    schedules = promises.of("interval", target=False, label="")
    for promise in promises.of("freshness", target=True):
        if promise.id in taken:
            continue
        for built in schedules:
            near = promise.node is None and built.node is None and same_topic(promise, built)
            if near and built.span != promise.span and _value(built) > _value(promise) * 1.01:
                promises.add(
                    "contradiction.freshness",
                    promise,
                    built,
                    f"The design promises {_said(promise)}, and what feeds it runs every "
                    f"{numbers.duration(_value(built))}.",
                )
                break


def _latency_sums(promises: _Promises) -> None:
    """Stage times that one section lists, against a budget for the whole."""
    if promises.ledger.named("contradiction.latency"):
        return
    budgets = [p for p in promises.of("latency", target=True) if p.node is None]
    listed: dict[tuple[str, str], list[Requirement]] = defaultdict(list)
    for item in promises.of("latency", target=False):
        span = promises.spans.get(item.span or "")
        if span is not None and (item.percentile is None or item.percentile >= 0.9):
            group = span.id if span.kind == "sentence" else span.section
            listed[group, "total" if item.label == "total" else ""].append(item)
    for (group, label), parts in sorted(listed.items()):
        named = {p.text for p in parts}
        if label == "" and (len(parts) < 2 or len(named) < len(parts)):
            continue
        total = sum(_value(p) for p in parts) if label == "" else max(map(_value, parts))
        wholes = budgets + listed.get((group, "total"), []) if label == "" else budgets
        for whole in wholes:
            if total > _value(whole) * 1.05 and _may_cover(whole, budgets):
                _sum_fact(promises, whole, parts, total)
                return


def _may_cover(whole: Requirement, budgets: list[Requirement]) -> bool:
    """Only a budget for the whole is compared: the only one, or one that says so."""
    several = len(budgets) > 1 and whole in budgets
    return (
        not several
        or whole.label == "end to end"
        or bool(re.search(r"end[- ]to[- ]end|overall|total|whole", whole.text.lower()))
    )


def _sum_fact(
    promises: _Promises, whole: Requirement, parts: list[Requirement], total: float
) -> None:
    sums = " + ".join(_said(p) for p in parts)
    promises.ledger.add(
        Fact(
            id=fact_id("contradiction.latency", whole.id),
            name="contradiction.latency",
            value=total,
            unit="s",
            text=f"The budget is {_said(whole)}, and the stated times add up to "
            f"{numbers.duration(total)}.",
            formula=f"{sums} = {numbers.duration(total)} > {_said(whole)}",
            inputs=(whole.id, *(p.id for p in parts)),
            spans=spans_of(whole, *parts),
            holds=False,
        )
    )


def _capacity(promises: _Promises) -> None:
    """Facts of the map that fail, and rates against capacities that only the text gives."""
    worst: dict[str, Fact] = {}
    for fact in promises.ledger.failing(("capacity.utilisation", "capacity.peak")):
        if fact.formula.startswith("load /") and fact.node:
            best = worst.get(fact.node)
            if best is None or float(fact.value or 0) > float(best.value or 0):
                worst[fact.node] = fact
    for node in sorted(worst):
        name, fact = "contradiction.capacity", worst[node]
        update = {"id": fact_id(name, node), "name": name, "inputs": (fact.id, *fact.inputs)}
        promises.ledger.add(fact.model_copy(update=update))
    demands = [r for r in promises.of("rate", target=False) if r.label in {"", "peak"}]
    for built in promises.of("capacity", target=False, label=""):
        if built.node is not None or worst:
            continue
        for demand in promises.pair(built, [d for d in demands if d.node is None]):
            same = demand.value and built.value and demand.value.unit == built.value.unit
            if same and _value(demand) > _value(built) * 1.05:
                text = f"{_said(demand)} are to arrive, and the stated capacity is {_said(built)}."
                promises.add("contradiction.capacity", demand, built, text)
                break


def _growth(promises: _Promises) -> None:
    """A promised growth, against the factor at which the first node saturates."""
    first = promises.ledger.named("capacity.ten_x")
    for promise in promises.of("growth", target=True):
        if not first or promise.node is not None or _SCALES.search(promises.sentence(promise)):
            continue
        fact = first[0]
        if float(fact.value or 0) >= _value(promise) * 0.999 or "run grows" in fact.text:
            continue
        promises.ledger.add(
            Fact(
                id=fact_id("contradiction.growth"),
                name="contradiction.growth",
                value=fact.value,
                unit="1",
                text=f"The design is to take {numbers.factor(_value(promise))} the load, and "
                f"{fact.text[0].lower() + fact.text[1:] if fact.text.startswith('The ') else fact.text}",
                formula=f"{numbers.plain(float(fact.value or 0))} < {numbers.plain(_value(promise))}",
                inputs=(promise.id, fact.id, *fact.inputs),
                spans=tuple(dict.fromkeys([*spans_of(promise), *fact.spans])),
                node=fact.node,
                holds=False,
            )
        )
        return


def _guarantees(promises: _Promises) -> None:
    said = [item for item in promises.items if item.subject == "guarantee"]
    exact = [i for i in said if i.label == "exactly-once"]
    weaker = [i for i in said if i.label in {"at-least-once", "at-most-once"}]
    # An idempotent producer repeats nothing itself; it does not make the rest of the way so.
    words = re.sub(r"idempotent (?:kafka )?producers?", " ", promises.words)
    if not _REPEATS_HARMLESS.search(words):
        pairs = [
            (a, b)
            for a in exact
            for b in weaker
            if a.span != b.span and (a.node == b.node or None in {a.node, b.node})
        ]
        for promise, built in pairs[:1]:
            text = f"Delivery is promised {promise.label}, and {built.label} is what is built."
            promises.add("contradiction.guarantee", promise, built, text)
    safe = [i for i in said if i.label in {"no loss", "exactly-once", "at-least-once"}]
    loose = [i for i in said if i.label in {"may lose", "at-most-once"}]
    if safe and loose and not _ALL_COPIES.search(promises.words):
        safe.sort(key=lambda i: ("no loss", "exactly-once", "at-least-once").index(i.label))
        text = (
            f"{safe[0].label.capitalize()} is promised, and the stated setting loses a message that "
            "only one machine had taken."
        )
        promises.add("contradiction.guarantee", safe[0], loose[0], text)


def _room(promises: _Promises, paths: list[Path]) -> None:
    """A disk and a retention stated side by side, with less room a record than any record takes."""
    if paths and promises.ledger.named("storage.retention"):
        return
    stated = promises.of("rate", target=False) + promises.of("capacity", target=False)
    rates = [r for r in stated if r.label in {"", "peak"} and r.value and r.value.unit == "event/s"]
    if len({_value(r) for r in rates}) != 1:
        return
    disks = promises.of("storage", target=False)
    for kept in promises.of("retention", target=False):
        close = [d for d in disks if _section(promises, d) == _section(promises, kept)]
        if len({_value(d) for d in close}) != 1 or not _value(kept):
            continue
        room = _value(close[0]) / (_value(rates[0]) * _value(kept))
        if room < _SMALLEST_RECORD:
            promises.add(
                "contradiction.retention",
                kept,
                close[0],
                f"{_said(rates[0])} kept for {numbers.duration(_value(kept))} leave {numbers.plain(room)} "
                f"bytes a record on {_said(close[0])}.",
                rates[0],
            )
            return


def _real_time(promises: _Promises, flow_map: FlowMap, paths: list[Path]) -> None:
    """Real time promised, and every path of the map (or the job that the text names) is a batch."""
    said = [i for i in promises.items if i.subject == "real_time" and i.node is None]
    if not said or promises.ledger.named("contradiction.freshness"):
        return
    slow = [age_along(flow_map, path) for path in paths]
    if not any(age.hops for age in slow):
        _real_time_text(promises, said[0])
        return
    streams = any(n.mode in {Mode.STREAM, Mode.MICRO_BATCH} for n in flow_map.nodes.values())
    streams = streams or any(f.mode is Mode.STREAM for f in flow_map.flows)
    if streams or _STREAMS.search(promises.words) or any(a.aligned < numbers.HOUR for a in slow):
        return
    quickest = min(slow, key=lambda a: (a.aligned, a.path.nodes))
    hop = max(quickest.hops, key=lambda h: (h.total, h.what))
    text = f"{said[0].label.capitalize()} is promised, and the quickest path waits "
    text += f"{numbers.duration(hop.total)} for {hop.what}."
    promises.add("contradiction.real_time", said[0], flow_map.nodes[hop.node], text)


def _real_time_text(promises: _Promises, promise: Requirement) -> None:
    for job in promises.of("interval", target=False, label=""):
        words = promises.sentence(job)
        slow = _value(job) >= 12 * numbers.HOUR and re.search(_JOB, words)
        if slow and job.span != promise.span and not re.search(_SIDE_JOB, words):
            text = (
                f"{promise.label.capitalize()} is promised, and a job on the way runs only every "
                f"{numbers.duration(_value(job))}: what it produces is up to that old."
            )
            promises.add("contradiction.real_time", promise, job, text)
            return


def _memory(promises: _Promises) -> None:
    """A heap larger than the memory limit of the same part."""
    limits = promises.of("memory", target=False, label="memory")
    for heap in promises.of("memory", target=False, label="heap"):
        for limit in limits:
            close = _section(promises, heap) == _section(promises, limit)
            same = heap.node == limit.node if heap.node else close and topic(heap) & topic(limit)
            if same and _value(heap) > _value(limit) * 1.01:
                text = f"A heap of {_said(heap)} does not fit a memory limit of {_said(limit)}."
                promises.add("contradiction.statement", heap, limit, text)
                break


def _section(promises: _Promises, item: Requirement) -> str:
    span = promises.spans.get(item.span or "")
    return span.section if span else ""


def _residency(promises: _Promises) -> None:
    """A place that the text gives for personal data, outside the promised jurisdiction."""
    said = [i for i in promises.items if i.subject == "residency" and i.region]
    for promise in (i for i in said if i.target):
        for place in (i for i in said if not i.target and i.node is None):
            where, wanted = jurisdiction(place.region), jurisdiction(promise.region)
            personal = re.search(
                r"\b(?:personal|customer|profile|shopper|user|pii)\w*", promises.sentence(place)
            )
            if where and wanted and where != wanted and personal and promise.span != place.span:
                text = f"Data is promised to stay in {promise.region}, and the text puts it in {place.region}."
                promises.add("contradiction.residency", promise, place, text)
                return


def analyse_promises(
    ledger: Ledger,
    flow_map: FlowMap,
    paths: list[Path],
    design: Design,
    items: list[Requirement],
) -> None:
    """Contradictions between promises and what is built; runs after all other facts are in."""
    promises = _Promises(ledger, design, items)
    _freshness(promises)
    _latency_sums(promises)
    _capacity(promises)
    _growth(promises)
    _recovery(promises, flow_map)
    _guarantees(promises)
    _room(promises, paths)
    _real_time(promises, flow_map, paths)
    _memory(promises)
    if not ledger.named("contradiction.residency"):
        _residency(promises)
