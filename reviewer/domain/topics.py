"""Which part of the map, or which subject, a statement speaks of: matched on its content words."""

from __future__ import annotations

import re
from functools import lru_cache

from reviewer.domain.design import Node, Requirement

_STOP_TEXT = """a about above after age all also an and any are as at average be been before behind below
    between but by can cannot case come component could data day days design do does down during
    each end equal every ever fast for fresh from full get give given go goal had has have hold
    hour hours how if in into is it its just keep kept last late least less limit long longer made
    make max maximum may mean means measure mid min minimum minute minutes more most ms must never
    new no not objective of off old older on once one only onto or our out over p50 p90 p95 p99 p999
    per percent percentile pipeline pipelines promise promised reach read requirement respond result run runs
    same second seconds see sees set shall should since sla slo so some soon stale staleness stay still
    sub such system take takes target than that the their them then there these they this those
    time times to today total two under until up update updated upon use used uses using value
    want we week weekly well what when where which while whole will with within without worst
    would year years near real freshness latency answer answers respond response end-to-end
    retain retained retains retention deleted delete deletes stored stores expire expires remain remains
    always available availability guarantee guaranteed required requirement requirements budget
    service services"""
_STOP = frozenset(_STOP_TEXT.split())
_GENERIC = re.compile(
    r"\b(?:all|any|every|everything|whatever|no) (?:of )?(?:the |its )?"
    r"(?:data|input|inputs|feature|features|context|record|records|figure|figures|information)\b"
)


def _stem(word: str) -> str:
    for ending, kept in (
        ("ies", "y"),
        ("sses", "ss"),
        ("ches", "ch"),
        ("shes", "sh"),
        ("xes", "x"),
    ):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            return word[: -len(ending)] + kept
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        word = word[:-1]
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) > len(ending) + 3:
            word = word[: -len(ending)]
            break
    return word.removesuffix("e") if len(word) > 4 else word


@lru_cache(maxsize=8192)
def words(text: str) -> frozenset[str]:
    """Stems of the content words of a text; numbers and words of measurement are left out."""
    found = re.findall(r"[^\W\d_]{2,}", text.lower().replace("_", " "), re.UNICODE)
    return frozenset(_stem(w) for w in found if w not in _STOP)


def is_generic(text: str) -> bool:
    """Whether the statement speaks of all data rather than of one data set."""
    return bool(_GENERIC.search(text.lower()))


def node_words(node: Node) -> frozenset[str]:
    """Words by which a text may mean this node."""
    return words(f"{node.id} {node.name}")


def topic(requirement: Requirement) -> frozenset[str]:
    """What a statement is about."""
    return words(requirement.text)


def same_topic(one: Requirement, other: Requirement) -> bool:
    """Whether two statements of the pipeline speak of the same thing; in doubt they do not."""
    if one.node is not None or other.node is not None:
        return one.node == other.node
    mine, theirs = topic(one), topic(other)
    if not mine or not theirs:
        return not mine and not theirs
    shared = mine & theirs
    return bool(shared) and 2 * len(shared) >= min(len(mine), len(theirs))
