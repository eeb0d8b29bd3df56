"""Embedding passages: ours beside Chroma's own wrapper, on the same model file in the same run.

    python -m benchmarks.ingest_speed [--passages 2000] [--docs docs.jsonl] [--rounds 4]

The contenders take turns with the same passages, so that what else the machine does hits all of
them. OpenVINO takes part where it is installed (the `fast` extra). Passages are those of the
starter corpus put together to 120-220 tokens, or the texts of a file of documents.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from chromadb.utils.embedding_functions import ONNXMiniLM_L6_V2

from knowledge.benchmark import pieces
from knowledge.corpus import load_corpus
from knowledge.embedding import LocalEmbedder, fastest_backend, packaged_files
from knowledge.passages import estimate
from knowledge.text import folded

Embed = Callable[[Sequence[str]], Any]
BARS = {"onnxruntime": 1.0, "openvino": 2.0}  # times Chroma's wrapper
_CHROMA = "Chroma's wrapper"
_CHROMA_FILES = ("config.json", "special_tokens_map.json", "tokenizer_config.json", "vocab.txt")


def real_passages(count: int) -> list[str]:
    """Passages of the starter corpus, put together until they are as long as imported ones."""
    rng = np.random.default_rng(3)
    texts = [passage.text for passage in load_corpus().passages]
    made = []
    for wanted in rng.integers(120, 221, size=count):
        parts: list[str] = []
        for place in rng.permutation(len(texts)):
            if estimate(" ".join([*parts, texts[place]])) > wanted:
                break
            parts.append(texts[place])
        made.append(" ".join(parts) or texts[0])
    return made


def passages_of(file: Path, count: int) -> list[str]:
    """The first passages that an import would make of a file of documents."""
    made: list[str] = []
    for line in file.read_text(encoding="utf-8").splitlines():
        made += pieces(folded(json.loads(line)["text"]))
        if len(made) >= count:
            break
    return made[:count]


def chroma(folder: Path) -> Embed:
    """Chroma's wrapper on the packaged model; its files stand where it would download them to."""
    model, tokenizer = packaged_files()
    place = folder / ONNXMiniLM_L6_V2.EXTRACTED_FOLDER_NAME
    place.mkdir()
    (place / "model.onnx").symlink_to(model)
    (place / "tokenizer.json").symlink_to(tokenizer)
    for name in _CHROMA_FILES:
        (place / name).touch()
    wrapper = ONNXMiniLM_L6_V2()
    wrapper.DOWNLOAD_PATH = folder
    return lambda texts: wrapper(list(texts))


def race(contenders: dict[str, Embed], texts: Sequence[str], rounds: int) -> dict[str, float]:
    """Passages a second of each, taken over all rounds."""
    spent = dict.fromkeys(contenders, 0.0)
    size = -(-len(texts) // rounds)
    for embed in contenders.values():
        embed(texts[:8])  # the model is loaded outside the race
    for start in range(0, len(texts), size):
        some = texts[start : start + size]
        for name, embed in contenders.items():
            begun = time.perf_counter()
            embed(some)
            spent[name] += time.perf_counter() - begun
    return {name: len(texts) / seconds for name, seconds in spent.items()}


def main() -> int:
    """Prints passages a second; 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, default=2_000)
    parser.add_argument("--docs", type=Path)
    parser.add_argument("--rounds", type=int, default=4)
    chosen = parser.parse_args()
    made = passages_of(chosen.docs, chosen.passages) if chosen.docs else None
    texts = made or real_passages(chosen.passages)
    contenders: dict[str, Embed] = {"onnxruntime": LocalEmbedder().embed}
    if fastest_backend() == "openvino":
        contenders["openvino"] = LocalEmbedder(backend="openvino").embed
    with tempfile.TemporaryDirectory() as folder:
        rates = race({_CHROMA: chroma(Path(folder)), **contenders}, texts, chosen.rounds)
    print(f"{len(texts)} passages, about {np.mean([estimate(t) for t in texts]):.0f} tokens each")
    for name, rate in rates.items():
        print(f"{name:20} {rate:6.1f} passages/s, {rate / rates[_CHROMA]:.2f} times Chroma's")
    met = all(rates[name] >= bar * rates[_CHROMA] for name, bar in BARS.items() if name in rates)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
