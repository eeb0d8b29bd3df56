"""Answers that the text gives to what the map leaves open: how ten times is reached, what stands in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from reviewer.domain.assertion import is_aside
from reviewer.domain.design import Design, Span

_TEN = re.compile(
    r"\b(?:ten|10)[- ]?(?:times|fold|x)\b|\btenfold\b|(?<![\w.])10 ?[x×](?!\w)|\bx ?10\b"
)
_MACHINES = (
    r"(?:instances?|workers?|machines?|nodes?|cards?|gpus?|shards?|partitions?|pods?|replicas?|brokers?|servers?|"
    r"clusters?|executors?|consumers?|copies|pieces|parts|cores?|tasks?|units?|containers?)"
)
_NUMBER = (
    r"(?:\d[\d,.]*|a|an|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|sixteen|twenty|more|"
    r"further|additional|second|third)"
)
_MEANS = re.compile(
    rf"\b{_NUMBER} (?:\w+[ -]){{0,3}}?{_MACHINES}\b|\bsharded (?:in|into|over|by) \d|"
    r"\b(?:contract|quota|limit|step|tier)\b.{0,40}\b(?:agreed|granted|confirmed|raised?|of)\b|"
    r"\b(?:agreed|granted|confirmed|raised?)\b.{0,40}\b(?:contract|quota|limit|step|tier|calls|requests|tokens)\b"
)
_ONLY_A_WISH = re.compile(
    r"\b(?:not yet|unknown|unclear|cannot|no idea|would need|later|one day|look at)\b"
)
_MODEL = re.compile(r"\b(?:model|llm|provider|vendor|language model|api|endpoint|call|card)s?\b")
_FAILS = re.compile(
    r"\b(?:does|do|did|has|have|is|can|will|could)(?: not|n't) (?:\w+ to |yet |been )?(?:answer|respond|repl|reach|available|"
    r"begun|return)\w*|\b(?:silent|unavailable|down|unreachable|outage|fails?|failed|failure|failing|times? out|timed out|"
    r"timeouts?|breaker|errors|too slow|slower than|withheld)\b"
)
_INSTEAD = re.compile(
    r"\b(?:fall(?:s|ing)?[ -]?back|falls? back|instead|without|prepared|cached?|template|last (?:week|night|known|good|"
    r"valid)\w*|yesterday|plain|static|fixed|default|rules?|the (?:old|usual|previous)|second (?:model|provider)|"
    r"another (?:model|provider)|other (?:model|provider)|smaller model|manual\w*|by hand|unread|unassigned|"
    r"(?:is|are) shown|shows?|gets|goes on|continues?|queue)\b"
)


@dataclass(frozen=True)
class Told:
    """Spans of the text that answer what a fact of the map would fail for; None where it does not say."""

    ten_times: Span | None = None
    stand_in: Span | None = None


def told(design: Design) -> Told:
    """Reads the sentences that speak of the chosen design."""
    aside = {s.id for s in design.sections if is_aside(*s.path, s.title)}
    spans = [s for s in design.spans if s.kind not in {"heading", "code"}]
    # How a design grows and fails is often told under "Challenges": only comparisons are left out.
    tables = {s.id for s in spans if s.kind == "row" and s.section in aside}
    spans = [s for s in spans if s.id not in tables]
    return Told(_first(spans, _grows), _first(spans, _is_replaced))


def _first(spans: Iterable[Span], wanted: Callable[[str], bool]) -> Span | None:
    return next((s for s in spans if wanted(s.text.lower())), None)


def _grows(text: str) -> bool:
    found = _TEN.search(text) and _MEANS.search(text)
    return bool(found) and not _ONLY_A_WISH.search(text)


def _is_replaced(text: str) -> bool:
    return bool(_MODEL.search(text) and _FAILS.search(text) and _INSTEAD.search(text))
