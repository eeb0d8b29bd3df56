"""The parts of the search: vectors, words, filters, fusion, and changes while it runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from knowledge.corpus import Corpus, content_hash, passage_id
from knowledge.dense import EXACT_UP_TO, Dense, highest
from knowledge.fusion import Fused, fuse
from knowledge.lexical import Lexical
from knowledge.search import Search
from knowledge.types import Filter, Passage, Source

WORDS = [
    "price",
    "stock",
    "order",
    "store",
    "queue",
    "model",
    "event",
    "table",
    "cache",
    "retry",
    "prompt",
    "ledger",
    "invoice",
]


def random_units(count: int, dimensions: int = 384, seed: int = 0) -> NDArray[np.float32]:
    """Unit vectors that differ mostly in 40 directions, as those of texts do."""
    rng = np.random.default_rng(seed)
    strength = np.where(np.arange(dimensions) < 40, 1.0, 0.15).astype(np.float32)
    vectors = rng.standard_normal((count, dimensions), dtype=np.float32) * strength
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_among_very_many_a_glance_leads_to_the_nearest() -> None:
    vectors = random_units(EXACT_UP_TO + 5_000)
    dense = Dense(vectors)
    every = np.arange(len(vectors))
    for rows in (every, every[every % 3 != 0], every[::5]):
        for query in random_units(10, seed=1):
            about = dense.glance(query, rows)
            assert about.shape == rows.shape
            best = set(np.argsort(-(vectors[rows] @ query))[:50])
            assert len(best & set(highest(about, 800))) >= 49


def test_a_near_vector_is_found_among_vectors_without_structure() -> None:
    rng = np.random.default_rng(5)
    vectors = rng.standard_normal((EXACT_UP_TO + 1, 384), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    dense = Dense(vectors)
    every = np.arange(len(vectors))
    for row in range(0, 2_000, 100):
        query = vectors[row] + 0.07 * rng.standard_normal(384, dtype=np.float32)
        query /= np.linalg.norm(query)
        assert 0.4 < float(query @ vectors[row]) < 0.8
        assert row in highest(dense.glance(query, every), 800)


def test_few_vectors_and_narrow_filters_are_compared_in_full() -> None:
    few = Dense(random_units(300))
    query = random_units(1, seed=2)[0]
    assert np.allclose(few.glance(query, np.array([3, 200])), few.vectors[[3, 200]] @ query)
    assert np.allclose(few.glance(query, np.arange(300)), few.vectors @ query, atol=1e-6)
    assert few.glance(query, np.arange(0)).shape == (0,)
    many = Dense(random_units(EXACT_UP_TO + 1))
    narrow = np.arange(0, EXACT_UP_TO, 10)
    assert np.allclose(many.glance(query, narrow), many.vectors[narrow] @ query, atol=1e-6)


def test_a_cosine_does_not_depend_on_its_neighbours() -> None:
    dense = Dense(random_units(500))
    query = random_units(1, seed=9)[0]
    together = dense.cosines(query, np.arange(500))
    alone = [dense.cosines(query, np.array([row]))[0] for row in range(500)]
    assert together.tolist() == alone
    assert np.allclose(together, dense.vectors @ query, atol=1e-6)


def bm25_by_hand(texts: Sequence[str], query: str) -> list[float]:
    """The definition, word by word; for texts whose words are their own stems."""
    average = sum(len(text.split()) for text in texts) / len(texts)
    total = [0.0] * len(texts)
    most = 0.0
    for term in dict.fromkeys(query.split()):
        having = sum(term in text.split() for text in texts)
        rarity = float(np.log(1 + (len(texts) - having + 0.5) / (having + 0.5)))
        most += rarity
        for row, text in enumerate(texts):
            often = text.split().count(term)
            length = 1.2 * (0.25 + 0.75 * len(text.split()) / average)
            total[row] += rarity * often / (often + length)
    return [score / most for score in total]


def test_words_are_counted_as_bm25_says() -> None:
    texts = ["price stock price", "stock order model event", "model", "price order order order"]
    for query in ("price", "stock order", "price model ledger"):
        assert np.allclose(Lexical(texts).scores(query), bm25_by_hand(texts, query), atol=1e-6)


texts_of_words = st.lists(st.sampled_from(WORDS), min_size=0, max_size=9).map(" ".join)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(texts_of_words, max_size=8),
    st.lists(texts_of_words, max_size=5),
    st.lists(st.booleans(), min_size=8, max_size=8),
    texts_of_words,
)
def test_a_changed_index_is_the_index_of_what_is_left(
    before: list[str], added: list[str], kept: list[bool], query: str
) -> None:
    keep = np.array(kept[: len(before)], dtype=np.bool_)
    changed = Lexical(before).changed(keep, added)
    left = [text for text, stays in zip(before, keep, strict=True) if stays]
    assert np.array_equal(changed.scores(query), Lexical([*left, *added]).scores(query))


def test_shared_words_the_rarest_first() -> None:
    lexical = Lexical(["orders of stores", "orders and invoices", "orders"])
    assert lexical.shared("Are invoices and orders stored?", 1) == ("invoic", "order")
    assert lexical.shared("nothing of it", 1) == ()


def test_what_is_too_far_in_meaning_has_no_score() -> None:
    fused = fuse(np.arange(3), np.array([0.9, 0.1, 0.4]), np.array([0.0, 1.0, 0.5]))
    assert fused.scores.tolist() == [0.9, -np.inf, 0.8]
    assert fused.order(0.5, str) == [0, 2]
    assert fused.order(0.95, str) == []
    ties = Fused(np.arange(3), np.array([0.5, 0.5, 0.7]), np.zeros(3), np.zeros(3))
    assert ties.order(0.0, lambda row: "cab"[row]) == [2, 1, 0]
    assert Fused.nothing().order(0.0, str) == []


class Axes:
    """Vectors along the axis that a text names with a digit, and a little along all."""

    model = "axes"
    dimensions = 10

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        rows = np.full((len(texts), self.dimensions), 0.05, dtype=np.float32)
        for row, text in enumerate(texts):
            rows[row, next((int(c) for c in text if c.isdigit()), 0)] = 1.0
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


SOURCES = {
    "old": Source(id="old", title="Old", year=1999, topics=("queues",)),
    "new": Source(id="new", title="New", year=2020),
    "undated": Source(id="undated", title="Undated"),
}


def passage(text: str, source: str, **labels: Any) -> Passage:
    return Passage(id=passage_id(text), source=source, text=text, kind="excerpt", **labels)


PASSAGES = (
    passage("axis 3 alpha", "old", roles=("latency",)),
    passage("axis 3 beta", "new", roles=("latency", "compliance"), topics=("stock",)),
    passage("axis 3 gamma", "undated", roles=("compliance",)),
    passage("axis 5 delta", "new", roles=("latency",)),
)


def corpus_of(passages: Sequence[Passage], **collections: tuple[str, ...]) -> Corpus:
    ordered = tuple(sorted(passages, key=lambda passage: passage.id))
    places = {p.id: collections.get(p.text.split()[-1], ()) for p in ordered}
    return Corpus(SOURCES, ordered, content_hash(SOURCES, ordered), collections=places)


def search_of(corpus: Corpus, embedder: Axes | None = None) -> Search:
    chosen = embedder or Axes()
    return Search(corpus, chosen.embed([passage.text for passage in corpus.passages]), chosen)


@pytest.mark.parametrize(
    ("within", "found"),
    [
        (Filter(), "alpha beta gamma"),
        (Filter(roles=("compliance",)), "beta gamma"),
        (Filter(roles=("compliance", "latency"), sources=("new", "old")), "alpha beta"),
        (Filter(topics=("queues",)), "alpha"),
        (Filter(topics=("queues", "stock")), "alpha beta"),
        (Filter(collections=("course",)), "beta gamma"),
        (Filter(collections=("unknown",)), ""),
        (Filter(year_from=2000), "beta"),
        (Filter(year_to=2000), "alpha"),
        (Filter(year_from=1990, year_to=2030), "alpha beta"),
        (Filter(sources=("undated",), year_to=2030), ""),
    ],
)
def test_filters(within: Filter, found: str) -> None:
    search = search_of(corpus_of(PASSAGES, beta=("course",), gamma=("other", "course")))
    hits = search.search("which 3?", within=within)
    assert sorted(hit.passage.text.split()[-1] for hit in hits) == found.split()


def test_a_role_beside_a_filter_narrows_it() -> None:
    search = search_of(corpus_of(PASSAGES))
    both = search.search("which 3?", role="compliance", within=Filter(sources=("new",)))
    assert [hit.passage.text for hit in both] == ["axis 3 beta"]
    assert search.search("which 3?", role="latency", within=Filter(roles=("compliance",))) == []


def test_an_explanation_gives_the_places_by_meaning_and_by_words() -> None:
    search = search_of(corpus_of(PASSAGES))
    explained = search.explain("gamma 3?", limit=3)
    assert [e.hit for e in explained] == search.search("gamma 3?", limit=3)
    assert [e.rank for e in explained] == [1, 2, 3]
    first = explained[0]
    assert first.hit.passage.text == "axis 3 gamma"
    assert first.lexical_rank == 1
    assert first.words[0] == "gamma"
    assert first.dense_rank == 1
    assert search.explain("") == []
    assert search.explain("which 3?", role="nobody") == []


def test_a_removed_source_is_gone_at_once_and_nothing_is_embedded_for_it() -> None:
    embedder = Axes()
    search = search_of(corpus_of(PASSAGES), embedder)
    embedder.asked.clear()
    rest = corpus_of([p for p in PASSAGES if p.source != "new"])
    search.update(rest, {})
    assert embedder.asked == []
    assert search.corpus == rest.hash
    assert {hit.source.id for hit in search.search("which 3?")} == {"old", "undated"}
    assert search.search("delta 5") == search_of(rest).search("delta 5")


def test_an_updated_search_is_the_search_over_the_new_corpus() -> None:
    embedder = Axes()
    search = search_of(corpus_of(PASSAGES[:3]), embedder)
    embedder.asked.clear()
    relabelled = PASSAGES[0].model_copy(update={"roles": ("compliance",)})
    heading = PASSAGES[2].model_copy(update={"heading": ("axis 5",)})
    added = passage("axis 5 epsilon", "old", roles=("latency",))
    known = passage("axis 7 zeta", "old")
    after = corpus_of([relabelled, heading, added, known])
    vector = embedder.embed(["3"])[0]
    embedder.asked.clear()
    search.update(after, {known.id: vector})
    # The heading is embedded too, so its passage is new; the relabelled one is not.
    assert sorted(embedder.asked) == sorted([f"axis 5 {heading.text}", added.text])
    assert {hit.passage.id for hit in search.search("which 3?")} == {relabelled.id, known.id}
    assert [h.passage for h in search.search("3 alpha", role="compliance")][:1] == [relabelled]
    assert set(search.passages) == set(after.passages)
    search.update(corpus_of([]), {})
    assert search.search("which 3?") == []
    search.update(corpus_of(PASSAGES), {})
    assert len(search.search("which 3?")) == 3
