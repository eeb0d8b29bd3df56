"""Fits the offline model on the checks and writes it into the package (`make model`)."""

from __future__ import annotations

from reviewer.backends.offline.model import MODEL_FILE, save_model
from reviewer.backends.offline.train import train
from reviewer.service import ReviewService


def main() -> None:
    """Writes model.npz and says how large it is."""
    service = ReviewService()
    model = train(service.questionnaire.checks, service.embedder)
    save_model(model)
    size = MODEL_FILE.stat().st_size / 1e6
    print(f"{MODEL_FILE.name}: {len(model.vectors)} texts, {size:.1f} MB")


if __name__ == "__main__":
    main()
