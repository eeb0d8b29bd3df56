"""Fits the offline model and writes the vectors that ship with the program (`make model`)."""

from __future__ import annotations

from knowledge.corpus import load_corpus
from knowledge.index import embedded_text
from knowledge.shipped_vectors import ship
from knowledge.text import folded
from reviewer.agents.retrieval import queries_of
from reviewer.backends.offline.model import MODEL_FILE, save_model, texts_of
from reviewer.backends.offline.train import train
from reviewer.catalogue import load_examples
from reviewer.paths import VECTORS
from reviewer.service import ReviewService


def main() -> None:
    """Writes vectors.npz and model.npz into the package and says how large they are."""
    service = ReviewService()
    plain = service.questionnaire.checks
    checks = load_examples(plain)
    corpus = load_corpus()
    texts = [*texts_of(checks), *(folded(query) for check in plain for query in queries_of(check))]
    texts += [embedded_text(passage, corpus) for passage in corpus.passages]
    count = ship(service.embedder, texts, VECTORS)
    del service.embedder  # the one with the new vectors fits the model
    save_model(train(checks, service.embedder))
    sizes = ", ".join(f"{f.name} {f.stat().st_size / 1e6:.1f} MB" for f in (VECTORS, MODEL_FILE))
    print(f"{count} texts: {sizes}")


if __name__ == "__main__":
    main()
