"""A drill in words: one verdict, and its figures as facts."""

from __future__ import annotations

from collections.abc import Mapping

from reviewer.analysis import numbers
from reviewer.analysis.ledger import fact_id
from reviewer.domain.drill import DataAge, DrillResult
from reviewer.domain.facts import Fact


def verdict(result: DrillResult, names: Mapping[str, str]) -> str:
    """What happened, in plain words, worst news included."""
    if result.status == "impossible":
        gaps = " ".join(gap.text for gap in result.gaps)
        return f"The drill cannot be played. {gaps}".strip()
    parts = [_backlog(result, names), _lateness(result, names), _loss(result), _fallback(result)]
    unsaid = [gap for gap in result.gaps if gap.name != "drill.freshness"]
    if unsaid:
        parts.append("The map leaves out figures, so this is only part of the picture.")
    return " ".join(part for part in parts if part)


def _backlog(result: DrillResult, names: Mapping[str, str]) -> str:
    if any(gap.name == "drill.rates" for gap in result.gaps) and not result.peak_backlog:
        return "Backlogs could not be computed."
    if result.first_backlog is None:
        return "Nothing falls behind: every node keeps up with what reaches it."
    first = result.outcome(result.first_backlog)
    start = min(event.start for event in result.events)
    after = max(0.0, (first.falls_behind_at or 0.0) - start)
    when = "at once" if after < 2 * result.step else f"after {numbers.duration(after)}"
    text = f"{names[first.node]} backs up first, {when}"
    if result.peak_node is not None:
        where = "there" if result.peak_node == first.node else f"at {names[result.peak_node]}"
        text += f"; at most {_records(result.peak_backlog)} waiting {where}"
    return f"{text}. {_recovery(result)}"


def _recovery(result: DrillResult) -> str:
    lasting = any(event.open_ended for event in result.events)
    if result.growing:
        return "The backlog is still growing at the end, so it does not recover by itself."
    if result.recovery is not None:
        if result.recovery < 2 * result.step:
            return "It is back to normal as soon as the event ends."
        return f"It is back to normal {numbers.duration(result.recovery)} after the event ends."
    if lasting:
        return "The event does not end, and the backlog stays."
    return f"It is not back to normal after {numbers.duration(result.horizon)}."


def _lateness(result: DrillResult, names: Mapping[str, str]) -> str:
    judged = [age for age in result.ages if age.target is not None]
    if result.late_minutes is None or not judged:
        return ""
    late = max(judged, key=lambda age: (age.late, age.worst))
    usually = [age for age in judged if age.late_anyway > 0 and age.late <= 0]
    usual = max(usually, key=lambda age: age.worst - age.normal, default=None)
    parts = []
    if late.late > 0:
        parts.append(
            f"{_data(late, names)} is past the freshness target of {_target(late)} for "
            f"{numbers.duration(late.late)} and up to {numbers.duration(late.worst)} old."
        )
    if usual is not None and (usual.worst > usual.normal + 2 * result.step or not parts):
        parts.append(
            f"{_data(usual, names)} is past the freshness target of {_target(usual)} on a normal "
            f"day already, up to {numbers.duration(usual.normal)} old; in the drill up to "
            f"{numbers.duration(usual.worst)}."
        )
    return " ".join(parts) or f"The freshness target of {_target(late)} is kept throughout."


def _data(age: DataAge, names: Mapping[str, str]) -> str:
    return f"Data of {names[age.source]} at {names[age.consumer]}"


def _target(age: DataAge) -> str:
    return numbers.duration(age.target or 0.0)


def _loss(result: DrillResult) -> str:
    if result.lost > 0:
        return f"{_records(result.lost)} lost."
    return "Nothing is lost." if result.nodes else ""


def _fallback(result: DrillResult) -> str:
    answered = [o for o in result.nodes if o.by_fallback > 0]
    if not answered:
        return ""
    most = max(answered, key=lambda o: o.by_fallback)
    share = most.by_fallback / max(most.served, most.by_fallback)
    return (
        f"The fallback of {most.name} answers {_count(most.by_fallback)} requests "
        f"({numbers.percent(share)} of those in the drill)."
    )


def _count(value: float) -> str:
    """A number of records; flows are fluid, records are not."""
    return f"{max(round(value), 1):,}" if value < 1e6 else numbers.plain(value)


def _records(value: float) -> str:
    count = _count(value)
    return f"{count} record is" if count == "1" else f"{count} records are"


def facts(result: DrillResult) -> tuple[Fact, ...]:
    """The figures of a drill as facts named `drill.…`; none where it could not be played."""
    if result.status == "impossible":
        return ()
    found = [_fact(result, "drill.lost", result.lost, "event", holds=result.lost <= 0)]
    node = result.first_backlog
    if node is not None:
        found.append(_fact(result, "drill.first_backlog", node, "", node=node, holds=None))
    if result.peak_node is not None:
        found.append(
            _fact(result, "drill.backlog", result.peak_backlog, "event", node=result.peak_node)
        )
    if result.recovery is not None:
        found.append(_fact(result, "drill.recovery", result.recovery, "s"))
    elif result.growing:
        found.append(_fact(result, "drill.recovery", None, "s", holds=False))
    if result.late_minutes is not None:
        late = result.late_minutes * 60
        found.append(_fact(result, "drill.late", late, "s", holds=late <= 0))
    return tuple(found)


_WORDS = {
    "drill.lost": "records lost",
    "drill.first_backlog": "the first node to back up",
    "drill.backlog": "highest backlog",
    "drill.recovery": "time to recover after the event",
    "drill.late": "time past the freshness target beyond that of a normal day",
}


def _fact(
    result: DrillResult,
    name: str,
    value: float | str | None,
    unit: str,
    *,
    node: str | None = None,
    holds: bool | None = None,
) -> Fact:
    if value is None:
        shown = "never, the backlog grows"
    elif isinstance(value, str):
        shown = result.outcome(value).name
    else:
        shown = numbers.duration(value) if unit == "s" else numbers.plain(value)
    hit = [n for event in result.events for n in event.nodes]
    return Fact(
        id=fact_id(name, result.scenario),
        name=name,
        value=value,
        unit=unit,
        text=f"Drill “{result.title}”: {_WORDS[name]}: {shown}.",
        formula=f"discrete-time flow over {numbers.duration(result.horizon)} "
        f"in steps of {numbers.duration(result.step)}, beside a normal day",
        inputs=tuple(dict.fromkeys([*hit, *([node] if node else [])])),
        node=node,
        holds=holds,
    )
