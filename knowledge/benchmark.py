"""How well the search ranks a test collection: `python -m knowledge.benchmark DIR --json`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from knowledge.collection_files import Judged, read_collection
from knowledge.document_types import Block, Document
from knowledge.embedding import LocalEmbedder, Vectors
from knowledge.errors import KnowledgeError
from knowledge.fusion import fused_scores
from knowledge.lexical import Lexical
from knowledge.metrics import ndcg, recall
from knowledge.passages import TARGET, estimate, split
from knowledge.text import folded
from knowledge.vector_cache import CachedEmbedder

Scores = NDArray[np.float64]
Figures = dict[str, dict[str, float]]

_PLACES = 10
_AT_ONCE = 512  # texts embedded between two reports


def measure(
    collection: Judged,
    embedder: Vectors,
    *,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Figures:
    """nDCG@10 and recall@10 of the fused ranking, of meaning alone and of words alone.

    A document that is longer than a passage is cut into passages, as an imported one is, and is as
    close to a query as its closest passage. Nothing is left out for being too far: the floors say
    what may be cited, and no ranking is helped by them.
    """
    texts = [f"{title}\n{text}".strip() for title, text in collection.documents.values()]
    cut = [pieces(folded(text)) for text in texts]
    vectors = _embedded([piece for some in cut for piece in some], embedder, progress)
    first = np.cumsum([0, *(len(some) for some in cut)])[:-1]
    lexical = Lexical(texts)
    keys = np.array(list(collection.documents))
    asked = [folded(text) for text in collection.queries.values()]
    rankings: dict[str, list[list[str]]] = {"hybrid": [], "dense": [], "bm25": []}
    for text, vector in zip(asked, embedder.embed(asked), strict=True):
        close = (vectors @ vector).astype(np.float64)
        dense = np.maximum.reduceat(close, first) if len(close) else close
        words = lexical.scores(text)
        for name, scores in (
            ("hybrid", np.round(fused_scores(dense, words), 6)),
            ("dense", dense),
            ("bm25", words),
        ):
            rankings[name].append(_best(keys, scores))
    judged = list(collection.relevance.values())
    return {
        name: {
            f"ndcg@{_PLACES}": round(_mean(ndcg, ranked, judged), 4),
            f"recall@{_PLACES}": round(_mean(recall, ranked, judged), 4),
        }
        for name, ranked in rankings.items()
    }


def pieces(text: str) -> list[str]:
    """The text, or the passages that an import would make of it where it is longer than one."""
    if estimate(text) <= TARGET[1]:
        return [text]
    block = Block(kind="paragraph", text=text, start=0, end=len(text))
    document = Document(name="", sha256="", media="txt", text=text, blocks=(block,))
    return [draft.text for draft in split(document)]


def _embedded(
    texts: Sequence[str], embedder: Vectors, progress: Callable[[int, int], None]
) -> NDArray[np.float32]:
    rows = np.empty((len(texts), embedder.dimensions), dtype=np.float32)
    for start in range(0, len(texts), _AT_ONCE):
        some = texts[start : start + _AT_ONCE]
        rows[start : start + len(some)] = embedder.embed(some)
        progress(start + len(some), len(texts))
    return rows


def _best(keys: NDArray[np.str_], scores: Scores) -> list[str]:
    order = np.argsort(-scores, kind="stable")[:_PLACES]
    return [str(key) for key, score in zip(keys[order], scores[order], strict=True) if score > 0]


def _mean(
    measure: Callable[[Sequence[str], dict[str, int], int], float],
    rankings: Sequence[list[str]],
    judged: Sequence[dict[str, int]],
) -> float:
    return fmean(measure(r, j, _PLACES) for r, j in zip(rankings, judged, strict=True))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures one folder and prints the figures; 2 where it is not a collection."""
    parser = argparse.ArgumentParser(prog="python -m knowledge.benchmark", description=__doc__)
    parser.add_argument("folder", type=Path, help="holds docs.jsonl, queries.jsonl, qrels.tsv")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--cache", type=Path, help="folder in which vectors are kept for next time")
    chosen = parser.parse_args(arguments)
    try:
        collection = read_collection(chosen.folder)
        figures = measure(collection, _embedder(chosen.cache), progress=_told)
    except KnowledgeError as error:
        print(f"{error.message} {error.hint}".strip(), file=sys.stderr)
        return 2
    if chosen.json:
        print(json.dumps(figures))
    else:
        for name, values in figures.items():
            print(name.ljust(8), *(f"{key} {value:.4f}" for key, value in values.items()))
    return 0


def _embedder(cache: Path | None) -> Vectors:
    local = LocalEmbedder()
    return CachedEmbedder(local, cache / "vectors.sqlite3", limit=5_000_000) if cache else local


def _told(done: int, of: int) -> None:
    end = "\n" if done == of else "\r"
    print(f"embedded {done} of {of} passages", end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
