"""Hybrid search: what is found, what is not, and queries that mean harm."""

from __future__ import annotations

import math
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from knowledge import open_knowledge
from knowledge.corpus import Corpus, content_hash, load_corpus, passage_id
from knowledge.lexical import Lexical
from knowledge.search import Search
from knowledge.types import Passage, Source
from reviewer.ports import Retriever

QUERIES = Path(__file__).parent / "data" / "knowledge_queries.yaml"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run's shared home (see conftest), so that the packaged index is built once."""
    return tmp_path_factory.getbasetemp() / "reviewer-home" / "index"


@pytest.fixture(scope="module")
def packaged(home: Path) -> Search:
    return open_knowledge(home)


@pytest.fixture(scope="module")
def labelled() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(QUERIES.read_text(encoding="utf-8"))
    return content


def test_it_is_a_retriever(packaged: Search) -> None:
    retriever: Retriever = packaged
    hits = retriever.search("Are retries limited so that they do not make an overload worse?")
    assert retriever.corpus == load_corpus().hash
    assert hits[0].passage.source == "aws-retries-backoff"
    assert hits[0].source.id == hits[0].passage.source
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_the_labelled_queries_find_their_passages(
    packaged: Search, labelled: dict[str, Any]
) -> None:
    """The figures of README.md, with a little room for edits of the corpus."""
    cited = {fact: key for key, facts in load_corpus().facts.items() for fact in facts}
    gains, ranks = [], []
    for query in labelled["queries"]:
        relevant = {cited[fact] for fact in query["relevant"]}
        found = [hit.passage.id for hit in packaged.search(query["query"], role=query["role"])]
        gain = [1 / math.log2(place + 2) for place in range(5)]
        ideal = sum(gain[: len(relevant)])
        gains.append(sum(g for g, key in zip(gain, found, strict=False) if key in relevant) / ideal)
        ranks.append(
            max((1 / (i + 1) for i, key in enumerate(found) if key in relevant), default=0)
        )
    assert sum(gains) / len(gains) > 0.68
    assert sum(ranks) / len(ranks) > 0.82


def test_nothing_is_found_where_nothing_is_close(
    packaged: Search, labelled: dict[str, Any]
) -> None:
    off_topic = labelled["off_topic"]
    found = [text for text in off_topic if packaged.search(text)]
    assert len(found) <= len(off_topic) // 8
    other = labelled["other_meaning"]
    assert sum(bool(packaged.search(text)) for text in other) <= len(other) // 2
    queries = labelled["queries"]
    assert sum(not packaged.search(query["query"], role=query["role"]) for query in queries) <= 3


def test_only_passages_for_the_role(packaged: Search) -> None:
    query = "How old may data be when it is used?"
    for role in ("latency", "compliance", "legacy_integration"):
        hits = packaged.search(query, role=role)
        assert all(role in hit.passage.roles for hit in hits)
    assert packaged.search(query, role="latency")
    assert packaged.search(query, role="no such role") == []


def test_at_most_two_of_a_source_in_five(packaged: Search) -> None:
    for limit, most in ((5, 2), (10, 4), (3, 2), (1, 1)):
        hits = packaged.search("change data capture from the legacy database", limit=limit)
        counts = Counter(hit.passage.source for hit in hits)
        assert len(hits) == limit
        assert max(counts.values()) <= most
    assert packaged.search("strangler fig migration", limit=0) == []


def test_many_queries_are_found_as_each_alone(packaged: Search, labelled: dict[str, Any]) -> None:
    pairs = [(query["query"], query["role"]) for query in labelled["queries"]]
    many = packaged.search_many([*pairs, ("", None), *pairs[:3]], limit=4)
    assert many[: len(pairs)] == [packaged.search(q, role=role, limit=4) for q, role in pairs]
    assert many[len(pairs)] == []
    assert many[len(pairs) + 1 :] == many[:3]
    assert packaged.search_many([]) == []


def test_a_second_opening_gives_the_same_answers(home: Path, packaged: Search) -> None:
    again = open_knowledge(home)
    for query in ("exactly once delivery", "erasure of personal data", "cost per order"):
        assert again.search(query) == packaged.search(query)


def test_ninety_known_queries_cost_little(packaged: Search) -> None:
    texts = [f"{passage.text[:80]}?" for passage in packaged.passages[:90]]
    pairs: list[tuple[str, str | None]] = [(text, None) for text in texts]
    packaged.search_many(pairs)
    start = time.process_time()
    packaged.search_many(pairs)
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize(
    "query",
    [
        "",
        " \n\t\u2003",
        "\x00",
        "\ud800",
        "the of and",
        'text:"unbalanced',
        "AND OR NOT",
        "+(-[{^~*?:\\/",
        "row:[1 TO 9] text:* ^3 ~",
        "a" * 50_000,
        "retry " * 10_000,
        " ".join(f"word{number}" for number in range(8_000)),
        "商品の価格を五分ごとに更新する",
        "Ενημέρωση τιμών κάθε πέντε λεπτά",
        "تحديث الأسعار كل خمس دقائق",
        "🛒" * 300,
        "e\u0301" * 500,
        "'; DROP TABLE vectors; --",
    ],
)  # fmt: skip
def test_any_text_is_a_query(packaged: Search, query: str) -> None:
    hits = packaged.search(query)
    assert len(hits) <= 5
    assert all(np.isfinite([hit.score, hit.dense, hit.lexical]).all() for hit in hits)
    if not query.strip("\x00 \n\t\u2003"):
        assert hits == []


def test_syntax_around_words_does_not_hide_them(packaged: Search) -> None:
    plain = packaged.search("dead letter queue")
    assert plain
    assert [h.lexical for h in packaged.search('+"dead" AND (letter~2 queue^9')] != [0.0]
    lexical = Lexical(["a dead letter queue", "a live stream"])
    assert np.array_equal(
        lexical.scores("dead letter queue"), lexical.scores('+"dead" (letter: [queue^')
    )


def test_words_count_by_stem_and_rarity() -> None:
    lexical = Lexical(
        ["Retrying orders", "Orders of stores", "Orders of models", "Größe der Läden"]
    )
    retry, order = lexical.scores("retries"), lexical.scores("order")
    assert retry[0] > 0
    assert not retry[1:].any()
    assert order[0] > 0
    assert lexical.scores("retries order")[0] > lexical.scores("retries order")[1]
    assert lexical.scores("grosse")[3] > 0  # written without the signs of the keyboard
    assert 0 < lexical.scores("orders " * 3)[1] < 1
    assert Lexical([]).scores("order").shape == (0,)


class Axes:
    """Vectors along the axis that a text names with a digit; anything else is on the first."""

    model = "axes"
    dimensions = 10

    def embed(self, texts: Any) -> Any:
        rows = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            rows[row, next((int(c) for c in text if c.isdigit()), 0)] = 1.0
        return rows


def test_equal_passages_come_in_order_of_their_ids(tmp_path: Path) -> None:
    sources = {f"s{n}": Source(id=f"s{n}", title="Same") for n in range(4)}
    texts = [f"axis 3 as {word}" for word in ("alpha", "beta", "gamma", "delta")]
    passages = tuple(
        sorted(
            (
                Passage(id=passage_id(t), source=f"s{n}", text=t, kind="summary", roles=("r",))
                for n, t in enumerate(texts)
            ),
            key=lambda passage: passage.id,
        )
    )
    corpus = Corpus(sources, passages, content_hash(sources, passages))
    search = open_knowledge(tmp_path, embedder=Axes(), corpus=corpus)
    assert [h.passage.id for h in search.search("which 3?")] == [p.id for p in passages]
    assert search.search("which 4?") == []
    empty = open_knowledge(tmp_path, embedder=Axes(), corpus=Corpus({}, (), content_hash({}, ())))
    assert empty.search("which 3?") == []
