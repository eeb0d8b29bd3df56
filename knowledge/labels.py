"""Which passages a filter lets through."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from knowledge.corpus import Corpus
from knowledge.types import Filter

Mask = NDArray[np.bool_]


class Labels:
    """Role, topic, collection, source and year of every passage, as sets of rows."""

    def __init__(self, corpus: Corpus) -> None:
        self._count = len(corpus.passages)
        rows: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._years = np.zeros(self._count, dtype=np.int32)
        for row, passage in enumerate(corpus.passages):
            source = corpus.sources[passage.source]
            self._years[row] = source.year or 0
            rows["source", source.id].append(row)
            for role in passage.roles:
                rows["role", role].append(row)
            for topic in {*passage.topics, *source.topics}:
                rows["topic", topic].append(row)
            for collection in corpus.collections.get(passage.id, ()):
                rows["collection", collection].append(row)
        self._rows = {label: np.array(held, dtype=np.int32) for label, held in rows.items()}

    def mask(self, wanted: Filter) -> Mask | None:
        """True for each row that passes every part of the filter; None where all rows do."""
        parts = [
            self._any(kind, names)
            for kind, names in (
                ("role", wanted.roles),
                ("topic", wanted.topics),
                ("collection", wanted.collections),
                ("source", wanted.sources),
            )
            if names
        ]
        if wanted.year_from is not None:
            parts.append(self._years >= wanted.year_from)
        if wanted.year_to is not None:
            # A source without a year is not known to be old enough.
            parts.append((self._years > 0) & (self._years <= wanted.year_to))
        return np.logical_and.reduce(parts) if parts else None

    def _any(self, kind: str, names: Iterable[str]) -> Mask:
        mask = np.zeros(self._count, dtype=np.bool_)
        for name in names:
            if (kind, name) in self._rows:
                mask[self._rows[kind, name]] = True
        return mask
