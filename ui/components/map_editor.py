"""The data-flow editor: tables of nodes and flows, and the diagram redrawn beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from reviewer.domain.design import Mode, NodeKind
from reviewer.domain.draft import rows_of
from ui.components.diagram import map_picture
from ui.components.drafting import Drafting
from ui.components.live import live
from ui.components.table import table
from ui.words import Words

_GROUPS: Mapping[str, tuple[str, ...]] = {
    "basics": ("name", "kind", "technology", "mode", "region"),
    "load": ("name", "rate", "peak_factor", "record_size", "capacity", "parallelism"),
    "time": ("name", "interval", "p50", "p99", "retention", "storage", "replicas"),
    "people": ("name", "personal_data", "removes_personal_data", "encrypted", "external"),
    "failure": ("name", "legacy", "failure", "fallback"),
    "model": ("name", "tokens_in", "tokens_out", "requests_limit", "price_in", "price_out"),
}
_FLOWS = ("from", "to", "mode", "interval", "share", "personal_data", "encrypted")
_EXAMPLES: Mapping[str, str] = {
    "rate": "150 events/s",
    "peak_factor": "5x",
    "record_size": "1 KB",
    "capacity": "400 events/s",
    "parallelism": "2",
    "interval": "15 min",
    "p50": "200 ms",
    "p99": "2 s",
    "retention": "30 days",
    "storage": "2 TB",
    "replicas": "2",
    "region": "eu-central-1",
    "personal_data": "loyalty number",
    "tokens_in": "1,800 tokens",
    "tokens_out": "200 tokens",
    "requests_limit": "500/min",
    "price_in": "0.50 EUR per 1M tokens",
    "price_out": "1.50 EUR per 1M tokens",
    "share": "1 %",
}
_MOST = 200


def map_editor(drafting: Drafting, words: Words) -> None:
    """Tables on the left, the picture on the right; on a phone one below the other."""
    tables, picture = st.columns([3, 2], gap="large")
    with tables:
        _nodes(drafting, words)
        _flows(drafting, words)
    with picture:
        now = live(Drafting.of(drafting.group, drafting.person).draft.values)
        if now.error:
            st.warning(now.error_text, icon=":material/edit:")
        if now.design and now.design.data_flow.nodes:
            map_picture(now.design.data_flow, now.analysis, words, key=f"map.{drafting.group}")
        else:
            st.caption(words("map.empty"))


def _nodes(drafting: Drafting, words: Words) -> None:
    st.markdown(f"**{words('map.nodes')}**")
    group = st.segmented_control(
        words("map.columns"),
        list(_GROUPS),
        default="basics",
        format_func=lambda name: words(f"map.group_{name}"),
        key=f"columns.{drafting.group}",
        label_visibility="collapsed",
        required=True,
    )
    name = group or "basics"
    shown = {column: _column(column, words) for column in _GROUPS[name]}
    first = name == "basics"
    table(drafting, "map.nodes", shown, fixed=() if first else ("name",), growing=first)
    st.caption(words(f"map.help_{name}"))


def _flows(drafting: Drafting, words: Words) -> None:
    st.markdown(f"**{words('map.flows')}**")
    names = [
        row["name"] for row in rows_of(drafting.draft.values.get("map.nodes")) if "name" in row
    ]
    used = [
        row.get(end)
        for row in rows_of(drafting.draft.values.get("map.flows"))
        for end in ("from", "to")
    ]
    options = list(dict.fromkeys([*names, *(name for name in used if name)]))
    ends: Mapping[str, Any] = {
        end: st.column_config.SelectboxColumn(words(f"cell.{end}"), options=options)
        for end in ("from", "to")
    }
    shown = {column: ends.get(column) or _column(column, words) for column in _FLOWS}
    table(drafting, "map.flows", shown)
    st.caption(words("map.help_flows"))


def _column(name: str, words: Words) -> Any:
    config = st.column_config
    label = words(f"cell.{name}")
    if name == "kind":
        return config.SelectboxColumn(label, options=[kind.value for kind in NodeKind])
    if name == "mode":
        return config.SelectboxColumn(label, options=[mode.value for mode in Mode])
    if name in ("external", "removes_personal_data"):
        return config.SelectboxColumn(label, options=["yes", "no"])
    if name == "encrypted":
        return config.SelectboxColumn(label, options=["both", "at_rest", "in_transit", "no"])
    example = _EXAMPLES.get(name)
    help_text = words("map.example", example=example) if example else None
    return config.TextColumn(label, help=help_text, max_chars=_MOST)
