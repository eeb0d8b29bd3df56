"""Hybrid search over the passages: closeness of meaning and shared words, fused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.corpus import Corpus, load_corpus
from knowledge.dense import Dense, Mask, highest
from knowledge.embedding import LocalEmbedder, Vectors
from knowledge.fusion import FLOOR, Fused, fuse, fused_scores
from knowledge.index import Progress, embedded_text, open_vectors
from knowledge.labels import Labels
from knowledge.lexical import Lexical
from knowledge.text import folded
from knowledge.types import Explanation, Filter, Hit, Passage, Source
from knowledge.vector_cache import CachedEmbedder

SAME_SOURCE = 2  # of five passages
POOL = 800  # passages that are looked at closely; of fewer, all are

_MOST_CHARACTERS = 2_000


@dataclass(frozen=True)
class _Shelf:
    """One state of what can be found; a search uses one from beginning to end."""

    corpus: Corpus
    dense: Dense
    lexical: Lexical
    labels: Labels


class Search:
    """Finds the passages closest to a query, and none where nothing is close.

    Meaning and words are brought into one order by `knowledge.fusion`: of all passages by a first
    look, and then, of those that lead, by the exact scores.
    Everything is held in memory. `update` may be called while other threads search.
    """

    def __init__(
        self,
        corpus: Corpus,
        vectors: NDArray[np.float32],
        embedder: Vectors,
        *,
        floor: float = FLOOR,
    ) -> None:
        self._embedder = embedder
        self._floor = floor
        lexical = Lexical(_words(passage, corpus) for passage in corpus.passages)
        self._shelf = _Shelf(corpus, Dense(vectors), lexical, Labels(corpus))

    @property
    def corpus(self) -> str:
        """Content hash of everything that can be found."""
        return self._shelf.corpus.hash

    @property
    def passages(self) -> tuple[Passage, ...]:
        """Everything that can be found."""
        return self._shelf.corpus.passages

    @property
    def model(self) -> str:
        """The embedding model that it compares with."""
        return self._embedder.model

    @property
    def sources(self) -> Mapping[str, Source]:
        """The sources of everything that can be found, by id."""
        return self._shelf.corpus.sources

    def search(
        self,
        query: str,
        *,
        role: str | None = None,
        limit: int = 5,
        within: Filter | None = None,
    ) -> list[Hit]:
        """Closest passages first, at most two of a source in five; empty where nothing is close.

        Args:
            query: any text; the first 2,000 characters count.
            role: only passages for this role.
            limit: the most passages to return.
            within: only passages that pass this filter, too.
        """
        return self.search_many([(query, role)], limit=limit, within=within)[0]

    def search_many(
        self,
        queries: Sequence[tuple[str, str | None]],
        *,
        limit: int = 5,
        within: Filter | None = None,
    ) -> list[list[Hit]]:
        """As `search`, for many pairs of query and role at once; one list a pair."""
        shelf = self._shelf
        return [
            [_hit(shelf, fused, place) for place in _spread(shelf, fused, self._floor, limit)]
            for fused in self._ranked(shelf, queries, within)
        ]

    def explain(
        self,
        query: str,
        *,
        role: str | None = None,
        limit: int = 5,
        within: Filter | None = None,
    ) -> list[Explanation]:
        """The hits of `search`, each with its place by meaning and by words alone."""
        shelf = self._shelf
        (fused,) = self._ranked(shelf, [(query, role)], within)
        places = list(_spread(shelf, fused, self._floor, limit))
        if not places:
            return []
        text = _asked(query)
        allowed = shelf.labels.mask(_filter(role, within))
        rows = np.arange(len(shelf.dense)) if allowed is None else np.flatnonzero(allowed)
        cosines = shelf.dense.vectors[rows] @ self._embedder.embed([text])[0]
        words = shelf.lexical.scores(text)[rows]
        return [
            Explanation(
                hit=_hit(shelf, fused, place),
                rank=rank,
                # The whole product's last bits may differ from those of a single row.
                dense_rank=1 + int((cosines > fused.dense[place] + 1e-6).sum()),
                lexical_rank=_place(words, fused.lexical[place]),
                words=shelf.lexical.shared(text, int(fused.rows[place])),
            )
            for rank, place in enumerate(places, start=1)
        ]

    def update(self, corpus: Corpus, vectors: Mapping[str, NDArray[np.float32]]) -> None:
        """From now on find exactly the passages of this corpus; what is known stays as it is.

        Args:
            corpus: everything that can be found from now on; its order does not matter.
            vectors: by id of the passage; passages that are new or have new words and are not
                named here are embedded.
        """
        shelf = self._shelf
        before = {passage.id: passage for passage in shelf.corpus.passages}
        after = {passage.id: passage for passage in corpus.passages}
        fresh = {
            key: _words(passage, corpus)
            for key, passage in after.items()
            if key in vectors
            or key not in before
            or _words(before[key], shelf.corpus) != _words(passage, corpus)
        }
        stay = [key for key in before if key in after and key not in fresh]
        keep = np.fromiter((key in after and key not in fresh for key in before), dtype=np.bool_)
        missing = [key for key in fresh if key not in vectors]
        texts = [embedded_text(after[key], corpus) for key in missing]
        made = dict(zip(missing, self._embedder.embed(texts), strict=True))
        rows = np.empty((len(fresh), self._embedder.dimensions), dtype=np.float32)
        for place, key in enumerate(fresh):
            rows[place] = made[key] if key in made else vectors[key]
        ordered = replace(corpus, passages=tuple(after[key] for key in [*stay, *fresh]))
        self._shelf = _Shelf(
            corpus=ordered,
            dense=shelf.dense.changed(keep, rows),
            lexical=shelf.lexical.changed(keep, fresh.values()),
            labels=Labels(ordered),
        )

    def _ranked(
        self, shelf: _Shelf, queries: Sequence[tuple[str, str | None]], within: Filter | None
    ) -> Iterator[Fused]:
        """The passages put forward for each query, with their scores, best first."""
        texts = [_asked(query) for query, _ in queries]
        asked = [text for text in dict.fromkeys(texts) if text]
        vectors = dict(zip(asked, self._embedder.embed(asked), strict=True)) if asked else {}
        masks: dict[str | None, Mask | None] = {}
        for text, (_, role) in zip(texts, queries, strict=True):
            if role not in masks:
                masks[role] = shelf.labels.mask(_filter(role, within))
            if text:
                yield _fused(shelf, text, vectors[text], masks[role])
            else:
                yield Fused.nothing()


def _fused(shelf: _Shelf, text: str, vector: NDArray[np.float32], allowed: Mask | None) -> Fused:
    words = shelf.lexical.scores(text)
    rows = np.arange(len(words)) if allowed is None else np.flatnonzero(allowed)
    if len(rows) > POOL:
        about = fused_scores(shelf.dense.glance(vector, rows), words[rows])
        rows = np.sort(rows[highest(about, POOL)])
    return fuse(rows, shelf.dense.cosines(vector, rows), words[rows])


def _spread(shelf: _Shelf, fused: Fused, floor: float, limit: int) -> Iterator[int]:
    """Places of the passages to return: over the floor, not too many of one source."""
    passages = shelf.corpus.passages
    allowed = SAME_SOURCE * -(-limit // 5)
    taken: Counter[str] = Counter()
    found = 0
    for place in fused.order(floor, lambda row: passages[row].id):
        if found >= limit:
            return
        source = passages[fused.rows[place]].source
        if taken[source] < allowed:
            taken[source] += 1
            found += 1
            yield place


def _hit(shelf: _Shelf, fused: Fused, place: int) -> Hit:
    passage = shelf.corpus.passages[fused.rows[place]]
    return Hit(
        passage=passage,
        source=shelf.corpus.sources[passage.source],
        score=float(fused.scores[place]),
        dense=round(float(fused.dense[place]), 6),
        lexical=round(float(fused.lexical[place]), 6),
    )


def _place(scores: NDArray[np.float64], own: float) -> int | None:
    return 1 + int((scores > own).sum()) if own > 0 else None


def _filter(role: str | None, within: Filter | None) -> Filter:
    """Both conditions as one filter; a role beside a filter with roles narrows it."""
    chosen = within or Filter()
    if role is None:
        return chosen
    if chosen.roles and role not in chosen.roles:
        return chosen.model_copy(update={"roles": ("",)})  # both cannot be: nothing passes
    return chosen.model_copy(update={"roles": (role,)})


def _asked(query: str) -> str:
    return folded(query[:_MOST_CHARACTERS])


def _words(passage: Passage, corpus: Corpus) -> str:
    """What words are looked up in: the passage, when it applies, its source's title, its topics."""
    source = corpus.sources[passage.source]
    topics = " ".join(passage.topics).replace("-", " ")
    return "\n".join((passage.text, source.applies_when, source.title, topics, *passage.heading))


def open_knowledge(
    directory: Path,
    *,
    progress: Progress | None = None,
    embedder: Vectors | None = None,
    corpus: Corpus | None = None,
) -> Search:
    """The knowledge base with its index in `directory`, built there on first use.

    Args:
        directory: for the index and, unless `embedder` is given, the cache of vectors.
        progress: called with passages done and all passages while the index is built.
        embedder: the packaged local model by default.
        corpus: the packaged starter corpus by default.

    Raises:
        KnowledgeError: the corpus is wrong, the model was changed, or the index cannot be kept.
    """
    chosen = embedder or CachedEmbedder(LocalEmbedder(), directory / "vectors.sqlite3")
    content = corpus or load_corpus()
    vectors = open_vectors(directory, content, chosen, progress=progress)
    return Search(content, vectors, chosen)
