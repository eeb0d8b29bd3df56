"""The network on onnxruntime, which is always there."""

from __future__ import annotations

import numpy as np
import onnxruntime as ort  # type: ignore[import-untyped]  # the package ships no types
from numpy.typing import NDArray

_QUIET = 4  # "fatal": a machine without a graphics card is nothing to warn about

ort.set_default_logger_severity(_QUIET)
ort.disable_telemetry_events()


class OnnxEngine:
    """The weights are stored in 8 bits and computed with in 32.

    A call that is alone has the help of the other threads, which saves a fifth of its time; they
    wait asleep, as waiting awake costs more than it saves where many calls run at once.
    """

    def __init__(self, model: bytes, *, threads: int) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.inter_op_num_threads = 1
        options.log_severity_level = _QUIET
        self._session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def hidden(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """The last hidden state."""
        inputs = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.zeros_like(ids),
        }
        found: NDArray[np.float32] = self._session.run(["last_hidden_state"], inputs)[0]
        return found
