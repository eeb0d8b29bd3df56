"""A table of a draft that is edited in place and saved when a cell is left.

The rows an editor starts from stay the same while it is open, because Streamlit keeps what was
changed as a difference from them; they are read anew when somebody else has changed the table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from reviewer.domain.draft import rows_of
from ui import state
from ui.components.drafting import Drafting

_KEPT = "table"


def table(
    drafting: Drafting,
    name: str,
    columns: Mapping[str, Any],
    *,
    fixed: Sequence[str] = (),
    growing: bool = True,
) -> list[dict[str, str]]:
    """Shows some columns of a table and gives its rows; other columns keep their values.

    `fixed` columns are shown and not changed; `growing` tables take new rows.
    """
    about = f"{drafting.group}.{name}"
    shown = ".".join(columns)
    started = state.kept(_KEPT, about)
    stored = rows_of(drafting.draft.values.get(name))
    revision = drafting.revision(name)
    if started is None or started["shown"] != shown or started["ours"] != revision:
        version = (started or {}).get("version", 0) + 1
        started = {"rows": stored, "shown": shown, "ours": revision, "version": version}
        state.keep(_KEPT, about, started)
    key = f"{_KEPT}.{about}.{started['version']}"
    # As objects, so that an empty column stays one of text.
    cells = {
        column: np.array([row.get(column) for row in started["rows"]], dtype=object)
        for column in columns
    }
    st.data_editor(
        cells,
        key=key,
        column_config=dict(columns),
        disabled=list(fixed),
        num_rows="dynamic" if growing else "fixed",
        hide_index=True,
        placeholder="",
        width="stretch",
        on_change=_changed,
        args=(drafting, name, key, about),
    )
    return edited(started["rows"], st.session_state.get(key))


def edited(rows: Sequence[Mapping[str, str]], change: Any) -> list[dict[str, str]]:
    """The rows with what an editor changed, added and took away."""
    if not isinstance(change, Mapping):
        return rows_of(list(rows))
    done: list[dict[str, Any]] = [dict(row) for row in rows]
    for place, cells in change.get("edited_rows", {}).items():
        if int(place) < len(done):
            done[int(place)].update(cells)
    gone = set(change.get("deleted_rows", ()))
    kept = [row for place, row in enumerate(done) if place not in gone]
    return rows_of([*kept, *change.get("added_rows", ())])


def renamed(
    flows: Sequence[Mapping[str, str]], rows: Sequence[Mapping[str, str]], change: Any
) -> list[dict[str, str]]:
    """The flows after nodes were given other names: both ends follow."""
    names: dict[str, str] = {}
    for place, cells in (change or {}).get("edited_rows", {}).items():
        before = rows[int(place)].get("name") if int(place) < len(rows) else None
        if before and cells.get("name"):
            names[before] = str(cells["name"])
    return [
        {k: names.get(v, v) if k in ("from", "to") else v for k, v in flow.items()}
        for flow in flows
    ]


def _changed(drafting: Drafting, name: str, key: str, about: str) -> None:
    started = state.kept(_KEPT, about)
    change = st.session_state.get(key)
    rows = edited(started["rows"], change)
    values: dict[str, object] = {name: rows}
    base = {name: started["ours"]}
    if name == "map.nodes":
        flows = rows_of(drafting.draft.values.get("map.flows"))
        if (moved := renamed(flows, started["rows"], change)) != flows:
            values["map.flows"], base["map.flows"] = moved, drafting.revision("map.flows")
    if drafting.save_all(values, base):
        now = Drafting.of(drafting.group, drafting.person)
        state.keep(_KEPT, about, {**started, "ours": now.revision(name)})
