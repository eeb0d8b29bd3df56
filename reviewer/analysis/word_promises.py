"""Promises in words against what is built: guarantees, real time, residency, memory, room on a disk."""

from __future__ import annotations

import re

from reviewer.analysis import numbers
from reviewer.analysis.age import age_along
from reviewer.analysis.graph import FlowMap, Path
from reviewer.analysis.pairing import Promises, said, section_of, value_of
from reviewer.domain.design import Mode, Requirement
from reviewer.domain.regions import lies_outside
from reviewer.domain.topics import topic

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


def _guarantees(promises: Promises) -> None:
    stated = [item for item in promises.items if item.subject == "guarantee"]
    exact = [i for i in stated if i.label == "exactly-once"]
    weaker = [i for i in stated if i.label in {"at-least-once", "at-most-once"}]
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
    safe = [i for i in stated if i.label in {"no loss", "exactly-once", "at-least-once"}]
    loose = [i for i in stated if i.label in {"may lose", "at-most-once"}]
    if safe and loose and not _ALL_COPIES.search(promises.words):
        safe.sort(key=lambda i: ("no loss", "exactly-once", "at-least-once").index(i.label))
        text = (
            f"{safe[0].label.capitalize()} is promised, and the stated setting loses a message that "
            "only one machine had taken."
        )
        promises.add("contradiction.guarantee", safe[0], loose[0], text)


def _room(promises: Promises, paths: list[Path]) -> None:
    """A disk and a retention stated side by side, with less room a record than any record takes."""
    if paths and promises.ledger.named("storage.retention"):
        return
    stated = promises.of("rate", target=False) + promises.of("capacity", target=False)
    rates = [r for r in stated if r.label in {"", "peak"} and r.value and r.value.unit == "event/s"]
    if len({value_of(r) for r in rates}) != 1:
        return
    sizes = [s for s in promises.of("other", target=False, label="record size") if s.node is None]
    disks = promises.of("storage", target=False)
    for kept in promises.of("retention", target=False):
        close = [d for d in disks if section_of(promises, d) == section_of(promises, kept)]
        if len({value_of(d) for d in close}) != 1 or not value_of(kept):
            continue
        room = value_of(close[0]) / (value_of(rates[0]) * value_of(kept))
        if room < (value_of(sizes[0]) if len(sizes) == 1 else _SMALLEST_RECORD):
            promises.add(
                "contradiction.retention",
                kept,
                close[0],
                f"{said(rates[0])} kept for {numbers.duration(value_of(kept))} leave {numbers.plain(room)} "
                f"bytes a record on {said(close[0])}.",
                rates[0],
            )
            return


def _real_time(promises: Promises, flow_map: FlowMap, paths: list[Path]) -> None:
    """Real time promised, and every path of the map (or the job that the text names) is a batch."""
    stated = [i for i in promises.items if i.subject == "real_time" and i.node is None]
    if not stated or promises.ledger.named("contradiction.freshness"):
        return
    slow = [age_along(flow_map, path) for path in paths]
    if not any(age.hops for age in slow):
        _real_time_text(promises, stated[0])
        return
    streams = any(n.mode in {Mode.STREAM, Mode.MICRO_BATCH} for n in flow_map.nodes.values())
    streams = streams or any(f.mode is Mode.STREAM for f in flow_map.flows)
    if streams or _STREAMS.search(promises.words) or any(a.aligned < numbers.HOUR for a in slow):
        return
    quickest = min(slow, key=lambda a: (a.aligned, a.path.nodes))
    hop = max(quickest.hops, key=lambda h: (h.total, h.what))
    text = f"{stated[0].label.capitalize()} is promised, and the quickest path waits "
    text += f"{numbers.duration(hop.total)} for {hop.what}."
    promises.add("contradiction.real_time", stated[0], flow_map.nodes[hop.node], text)


def _real_time_text(promises: Promises, promise: Requirement) -> None:
    for job in promises.of("interval", target=False, label=""):
        words = promises.sentence(job)
        slow = value_of(job) >= 12 * numbers.HOUR and re.search(_JOB, words)
        if slow and job.span != promise.span and not re.search(_SIDE_JOB, words):
            text = (
                f"{promise.label.capitalize()} is promised, and a job on the way runs only every "
                f"{numbers.duration(value_of(job))}: what it produces is up to that old."
            )
            promises.add("contradiction.real_time", promise, job, text)
            return


def _memory(promises: Promises) -> None:
    """A heap larger than the memory limit of the same part."""
    limits = promises.of("memory", target=False, label="memory")
    for heap in promises.of("memory", target=False, label="heap"):
        for limit in limits:
            close = section_of(promises, heap) == section_of(promises, limit)
            same = heap.node == limit.node if heap.node else close and topic(heap) & topic(limit)
            if same and value_of(heap) > value_of(limit) * 1.01:
                text = f"A heap of {said(heap)} does not fit a memory limit of {said(limit)}."
                promises.add("contradiction.statement", heap, limit, text)
                break


def _residency(promises: Promises) -> None:
    """A place that the text gives for personal data, outside the promised jurisdiction."""
    stated = [i for i in promises.items if i.subject == "residency" and i.region]
    for promise in (i for i in stated if i.target):
        for place in (i for i in stated if not i.target and i.node is None):
            personal = re.search(
                r"\b(?:personal|customer|profile|shopper|user|pii)\w*", promises.sentence(place)
            )
            harmless = re.search(
                r"aggregat|anonym|public|no personal|without personal", promises.sentence(place)
            )
            elsewhere = lies_outside(place.region, promise.region)
            if elsewhere and personal and not harmless and promise.span != place.span:
                text = f"Data is promised to stay in {promise.region}, and the text puts it in {place.region}."
                promises.add("contradiction.residency", promise, place, text)
                return


def analyse_words(promises: Promises, flow_map: FlowMap, paths: list[Path]) -> None:
    """Contradictions of promises that words make rather than numbers."""
    _guarantees(promises)
    _room(promises, paths)
    _real_time(promises, flow_map, paths)
    _memory(promises)
    if not promises.ledger.named("contradiction.residency"):
        _residency(promises)
