"""The retrieval benchmark: its measures, its files, and its figures on the shared collections."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from knowledge import benchmark
from knowledge.collection_files import CollectionError, read_collection
from knowledge.metrics import ndcg, recall


def test_ndcg_as_counted_by_hand() -> None:
    # Places 1 and 3 hold gains 1 and 2; the best order would be 2, 1, 1.
    relevance = {"a": 1, "b": 2, "c": 1, "d": 0}
    found = 1 / 1 + 0 / math.log2(3) + 2 / 2
    best = 2 / 1 + 1 / math.log2(3) + 1 / 2
    assert ndcg(["a", "d", "b"], relevance) == pytest.approx(found / best)
    assert ndcg(["b", "a", "c"], relevance) == 1.0
    assert ndcg(["b", "c", "x", "a"], relevance, 2) == pytest.approx(1.0)
    assert ndcg(["x", "y"], relevance) == 0.0
    assert ndcg([], relevance) == 0.0
    assert ndcg(["a"], {}) == 0.0


def test_ndcg_counts_only_the_first_places() -> None:
    ten = [f"x{n}" for n in range(10)]
    assert ndcg([*ten, "a"], {"a": 1}) == 0.0
    assert ndcg([*ten[:9], "a"], {"a": 1}) == pytest.approx(1 / math.log2(11))
    assert ndcg(["a"], {f"{n}": 1 for n in range(30)} | {"a": 1}) == pytest.approx(
        1 / sum(1 / math.log2(place + 1) for place in range(1, 11))
    )


def test_recall_as_counted_by_hand() -> None:
    relevance = {"a": 1, "b": 2, "c": 1, "d": 0, "e": 1}
    assert recall(["a", "d", "x", "c"], relevance) == 0.5
    assert recall(["a", "d", "x", "c"], relevance, 2) == 0.25
    assert recall(["d"], relevance) == 0.0
    assert recall(["a"], {}) == 0.0


class Letters:
    """Vectors made from the letters of a text."""

    model = "letters"
    dimensions = 26

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = [[0.1 + text.lower().count(chr(97 + n)) for n in range(26)] for text in texts]
        vectors = np.array(rows, dtype=np.float32).reshape(len(texts), 26)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def write_collection(folder: Path, *, docs: str = "", queries: str = "", qrels: str = "") -> Path:
    made = [
        {"id": "1", "title": "Queues", "text": "Work waits in a queue."},
        {"id": "2", "title": "", "text": "The cache forgets prices after five minutes."},
        {"id": "3", "text": "Zebras graze. " * 400 + "A ledger keeps every booking for ten years."},
    ]
    asked = [{"id": "a", "text": "ledger of bookings"}, {"id": "b", "text": "queue"}]
    folder.mkdir(exist_ok=True)
    (folder / "docs.jsonl").write_text(docs or "\n".join(map(json.dumps, made)))
    (folder / "queries.jsonl").write_text(queries or "\n".join(map(json.dumps, asked)) + "\n")
    default = "query_id\tdoc_id\trelevance\na\t3\t1\nb\t1\t2\nb\t2\t0\n"
    (folder / "qrels.tsv").write_text(qrels or default)
    return folder


def test_the_end_of_a_long_document_is_found(tmp_path: Path) -> None:
    collection = read_collection(write_collection(tmp_path))
    figures = benchmark.measure(collection, Letters())
    assert list(figures) == ["hybrid", "dense", "bm25"]
    assert figures["bm25"] == {"ndcg@10": 1.0, "recall@10": 1.0}
    long = " ".join(collection.documents["3"])
    cut = benchmark.pieces(long)
    assert len(cut) > 4
    assert any("A ledger keeps every booking" in piece for piece in cut)
    assert benchmark.pieces("a short text") == ["a short text"]


def test_the_command_prints_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(benchmark, "LocalEmbedder", Letters)
    folder = write_collection(tmp_path / "made")
    cache = ["--cache", str(tmp_path / "cache")]
    assert benchmark.main([str(folder), "--json", *cache]) == 0
    first = capsys.readouterr().out
    assert set(json.loads(first)) == {"hybrid", "dense", "bm25"}
    assert (tmp_path / "cache" / "vectors.sqlite3").exists()
    assert benchmark.main([str(folder), "--json", *cache]) == 0
    assert capsys.readouterr().out == first
    assert benchmark.main([str(folder)]) == 0
    assert "hybrid" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            {"docs": '{"id": "1", "text": "a"}\n{"id": 1, "text"'},
            "'docs.jsonl', line 2 is not JSON",
        ),
        ({"docs": '["1"]'}, "'docs.jsonl', line 1 is not an object with an 'id'"),
        ({"docs": '{"id": "1"}'}, "'docs.jsonl', line 1 has no text in 'text'"),
        ({"docs": '{"id": "1", "text": ""}\n{"id": 1, "text": ""}'}, "line 2 has the id '1'"),
        ({"queries": '{"id": "1", "text": 5}'}, "'queries.jsonl', line 1 has no text"),
        ({"qrels": "a\t3\t1\nb 1 2\n"}, "'qrels.tsv', line 2 is not a query id"),
        ({"qrels": "a\t3\t0\n"}, "No query of"),
    ],
)
def test_a_wrong_file_is_named_with_its_line(
    tmp_path: Path, wrong: dict[str, str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_collection(tmp_path, **wrong)
    with pytest.raises(CollectionError) as caught:
        read_collection(folder)
    assert said in caught.value.message
    assert benchmark.main([str(folder), "--json"]) == 2
    assert said in capsys.readouterr().err


def test_a_folder_without_a_collection(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert benchmark.main([str(tmp_path)]) == 2
    assert "docs.jsonl' cannot be read: No such file" in capsys.readouterr().err


@pytest.mark.slow
def test_the_shared_collections_are_ranked_better_than_by_words(testdata: Path) -> None:
    """The short form of the bar: the first 150 documents of MED, with what is judged of them."""
    whole = read_collection(testdata / "retrieval" / "med")
    kept = dict(list(whole.documents.items())[:150])
    relevance = {
        query: {key: gain for key, gain in judged.items() if key in kept}
        for query, judged in whole.relevance.items()
    }
    queries = {q: text for q, text in whole.queries.items() if any(relevance[q].values())}
    part = type(whole)(kept, queries, {query: relevance[query] for query in queries})
    figures = benchmark.measure(part, benchmark.LocalEmbedder())
    assert figures["hybrid"]["ndcg@10"] > 1.05 * figures["bm25"]["ndcg@10"]
    assert figures["hybrid"]["ndcg@10"] > figures["dense"]["ndcg@10"]
