"""All-MiniLM-L6-v2 on onnxruntime; loaded by `knowledge.embedding` when a vector is needed."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import numpy as np
import onnxruntime as ort  # type: ignore[import-untyped]  # the package ships no types
from numpy.typing import NDArray
from tokenizers import Tokenizer

MAX_TOKENS = 256
GROUP = 8  # larger groups gain no more speed and need more memory

_QUIET = 4  # "fatal": a machine without a graphics card is nothing to warn about
_PROBE = (
    (101, 2009, 2003, 102),
    (101, 2951, 13117, 2015, 3638, 102),
    (101, *range(2000, 2015), 102),
)

ort.set_default_logger_severity(_QUIET)
ort.disable_telemetry_events()


class MiniLM:
    """Mean-pooled unit vectors of texts, each the same whatever else is embedded beside it.

    Texts of equal length in tokens are run together, without padding, which costs about 40 % less
    than one at a time. That changes no bit of a vector as long as the machine's matrix kernels
    treat every row alone; a probe at the start checks that, and where it fails, each text is run
    alone. One thread works on one group, so the number of threads changes no vector either.
    """

    def __init__(self, model: bytes, tokenizer: str, *, threads: int = 2) -> None:
        self._tokenizer = Tokenizer.from_str(tokenizer)
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._encoding = Lock()
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = _QUIET
        self._session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self._threads = threads
        self.group = GROUP if self._rows_stand_alone() else 1

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Array of shape (len(texts), 384)."""
        with self._encoding:
            tokens = [tuple(self._tokenizer.encode(text).ids) for text in texts]
        groups = self._groups(tokens)
        pooled: NDArray[np.float32] = np.empty((len(texts), 384), dtype=np.float32)
        if len(groups) > 1 and self._threads > 1:
            with ThreadPoolExecutor(self._threads) as pool:
                results = list(pool.map(lambda rows: self._run([tokens[i] for i in rows]), groups))
        else:
            results = [self._run([tokens[i] for i in rows]) for rows in groups]
        for rows, result in zip(groups, results, strict=True):
            pooled[rows] = result
        return pooled

    def _groups(self, tokens: Sequence[tuple[int, ...]]) -> list[list[int]]:
        """Positions of texts of equal length, at most `group` of them together, longest first."""
        order = sorted(range(len(tokens)), key=lambda i: -len(tokens[i]))
        groups: list[list[int]] = []
        for _, same in itertools.groupby(order, key=lambda i: len(tokens[i])):
            rows = list(same)
            groups += [rows[i : i + self.group] for i in range(0, len(rows), self.group)]
        return groups

    def _run(self, tokens: Sequence[tuple[int, ...]]) -> NDArray[np.float32]:
        ids = np.array(tokens, dtype=np.int64)
        hidden = self._session.run(
            ["last_hidden_state"],
            {
                "input_ids": ids,
                "attention_mask": np.ones_like(ids),
                "token_type_ids": np.zeros_like(ids),
            },
        )[0]
        rows = [text.mean(axis=0, dtype=np.float32) for text in hidden]
        return np.stack([row / np.float32(math.sqrt(float(np.dot(row, row)))) for row in rows])

    def _rows_stand_alone(self) -> bool:
        for probe in _PROBE:
            others = [probe, probe[:1] + probe[1:-1][::-1] + probe[-1:], probe]
            together = self._run(others)
            alone = np.concatenate([self._run([tokens]) for tokens in others])
            if not np.array_equal(together, alone):
                return False
        return True
