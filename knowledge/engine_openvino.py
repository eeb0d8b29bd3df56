"""The network on OpenVINO, which the `fast` extra brings."""

from __future__ import annotations

import importlib
import io
from queue import SimpleQueue
from typing import Any

import numpy as np
from numpy.typing import NDArray

openvino: Any = importlib.import_module("openvino")  # an extra: the type checker may not have it

# Each token is rounded to 8 bits on its own, in groups of 32 numbers: twice the speed, and still
# nothing depends on what else is in the batch. 32 bits otherwise, whatever else the machine has.
_SETTINGS = {"INFERENCE_PRECISION_HINT": "f32", "DYNAMIC_QUANTIZATION_GROUP_SIZE": "32"}


class OpenVinoEngine:
    """As many calls at once as there are threads; one thread a call."""

    def __init__(self, model: bytes, *, threads: int) -> None:
        core = openvino.Core()
        streams = {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": threads}
        network = core.read_model(io.BytesIO(model))
        compiled = core.compile_model(network, "CPU", {**_SETTINGS, **streams})
        self._free: SimpleQueue[Any] = SimpleQueue()
        for _ in range(threads):
            self._free.put(compiled.create_infer_request())

    def hidden(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """The last hidden state."""
        request = self._free.get()
        try:
            request.infer(
                {
                    "input_ids": ids,
                    "attention_mask": np.ones_like(ids),
                    "token_type_ids": np.zeros_like(ids),
                }
            )
            return np.array(request.get_output_tensor(0).data, dtype=np.float32)
        finally:
            self._free.put(request)
