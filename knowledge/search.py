"""Hybrid search over the passages: closeness of meaning and shared words, fused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.corpus import Corpus, load_corpus
from knowledge.embedding import LocalEmbedder, Vectors
from knowledge.index import Progress, open_vectors
from knowledge.lexical import Lexical
from knowledge.text import folded
from knowledge.types import Hit, Passage
from knowledge.vector_cache import CachedEmbedder

# Chosen on the labelled queries of tests/data/knowledge_queries.yaml; README.md has the figures.
LEXICAL_WEIGHT = 0.7
FLOOR = 0.31
DENSE_FLOOR = 0.28
SAME_SOURCE = 2  # of five passages

_MOST_CHARACTERS = 2_000


class Search:
    """Finds the passages closest to a query, and none where nothing is close.

    A passage's score is `cos + w * words`: the cosine of the two meanings, and the share of the
    query's words that the passage covers. Below a floor nothing is returned, and however many
    words are shared, the meaning has to be somewhat close. All vectors are held in memory and
    compared one by one, which is exact, and faster than an index up to about 20,000 passages.
    """

    def __init__(
        self,
        corpus: Corpus,
        vectors: NDArray[np.float32],
        embedder: Vectors,
        *,
        floor: float = FLOOR,
    ) -> None:
        self._corpus = corpus
        self._vectors = vectors
        self._embedder = embedder
        self._floor = floor
        self._lexical = Lexical([_words(passage, corpus) for passage in corpus.passages])

    @property
    def corpus(self) -> str:
        """Content hash of everything that can be found."""
        return self._corpus.hash

    @property
    def passages(self) -> tuple[Passage, ...]:
        """Everything that can be found, in the order of the ids."""
        return self._corpus.passages

    def search(self, query: str, *, role: str | None = None, limit: int = 5) -> list[Hit]:
        """Closest passages first, at most two of a source in five; empty where nothing is close.

        Args:
            query: any text; the first 2,000 characters count.
            role: only passages for this role.
            limit: the most passages to return.
        """
        return self.search_many([(query, role)], limit=limit)[0]

    def search_many(
        self, queries: Sequence[tuple[str, str | None]], *, limit: int = 5
    ) -> list[list[Hit]]:
        """As `search`, for many pairs of query and role at once; one list a pair."""
        texts = [folded(query[:_MOST_CHARACTERS]) for query, _ in queries]
        asked = [text for text in dict.fromkeys(texts) if text]
        rows = dict(zip(asked, self._embedder.embed(asked), strict=True))
        scores = {text: self._scores(text, rows[text]) for text in asked}
        return [
            self._best(*scores[text], role, limit) if text else []
            for text, (_, role) in zip(texts, queries, strict=True)
        ]

    def _scores(
        self, text: str, vector: NDArray[np.float32]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Closeness of meaning and of words, for every passage."""
        # One query at a time, so that the sums are the same alone and among many.
        return (self._vectors @ vector).astype(np.float64), self._lexical.scores(text)

    def _best(
        self,
        dense: NDArray[np.float64],
        lexical: NDArray[np.float64],
        role: str | None,
        limit: int,
    ) -> list[Hit]:
        fused = np.round(dense + LEXICAL_WEIGHT * lexical, 6)
        fused[dense < DENSE_FLOOR] = -np.inf
        hits: list[Hit] = []
        allowed = SAME_SOURCE * -(-limit // 5)
        taken: Counter[str] = Counter()
        for row in self._close(fused, role):
            if len(hits) >= limit:
                break
            passage = self._corpus.passages[row]
            if taken[passage.source] >= allowed:
                continue
            taken[passage.source] += 1
            hits.append(
                Hit(
                    passage=passage,
                    source=self._corpus.sources[passage.source],
                    score=float(fused[row]),
                    dense=round(float(dense[row]), 6),
                    lexical=round(float(lexical[row]), 6),
                )
            )
        return hits

    def _close(self, fused: NDArray[np.float64], role: str | None) -> Iterator[int]:
        """Rows over the floor that are for the role, best first; equal ones in order of id."""
        for row in np.argsort(-fused, kind="stable"):
            if fused[row] < self._floor:
                return
            if role is None or role in self._corpus.passages[row].roles:
                yield int(row)


def _words(passage: Passage, corpus: Corpus) -> str:
    """What words are looked up in: the passage, when it applies, its source's title, its topics."""
    source = corpus.sources[passage.source]
    topics = " ".join(passage.topics).replace("-", " ")
    return "\n".join((passage.text, source.applies_when, source.title, topics))


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
