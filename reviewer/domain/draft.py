"""The fields of a draft: which there are, and the rows of its tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Row = dict[str, str]

TEXT_FIELDS = (
    "title",
    "scenario",
    "data_flow.description",
    "architecture",
    "measurement.scalability",
    "measurement.latency",
    "measurement.compliance",
    "measurement.reliability",
    "practices",
    "challenges",
    "impact",
    "comparison.summary",
)
TABLES = ("map.nodes", "map.flows", "targets", "comparison.options")


def rows_of(value: Any) -> list[Row]:
    """Rows with their filled cells as texts; whatever is no row is left out."""
    rows = []
    for row in value if isinstance(value, list) else ():
        if isinstance(row, Mapping):
            cells = {str(k): " ".join(str(v).split()) for k, v in row.items() if v is not None}
            if filled := {k: v for k, v in cells.items() if v}:
                rows.append(filled)
    return rows
