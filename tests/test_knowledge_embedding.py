"""The packaged embedding and its cache."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from knowledge.embedding import LocalEmbedder, fastest_backend
from knowledge.errors import ModelError
from knowledge.minilm import MiniLM
from knowledge.vector_cache import CachedEmbedder

TEXTS = [
    "Prices are refreshed every five minutes.",
    "Prices are refreshed every fifty minutes.",
    "",
    "商品の価格は五分ごとに更新されます。",
    "word " * 400,
    "The cache holds stock levels of all stores for at most two minutes.",
    "Hash the customer number.",
    "Mask the customer number.",
    "a lone surrogate \ud800 in the text",
]
LAW = "A person may ask a court to have personal data about them erased without delay. " * 17


@pytest.fixture(scope="module")
def local() -> LocalEmbedder:
    return LocalEmbedder()


def test_vectors_are_unit_rows(local: LocalEmbedder) -> None:
    vectors = local.embed(TEXTS)
    assert vectors.shape == (len(TEXTS), local.dimensions)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert local.embed([]).shape == (0, local.dimensions)


def test_a_text_has_one_vector_whatever_is_beside_it(local: LocalEmbedder) -> None:
    together = local.embed(TEXTS)
    alone = np.concatenate([local.embed([text]) for text in TEXTS])
    backwards = local.embed(TEXTS[::-1])[::-1]
    single = LocalEmbedder(threads=1).embed(TEXTS)
    assert np.array_equal(together, alone)
    assert np.array_equal(together, backwards)
    assert np.array_equal(together, single)


def test_texts_of_equal_length_change_no_bit_of_each_other(local: LocalEmbedder) -> None:
    subjects = ["store", "queue", "model", "price", "stock", "order", "table", "event", "server"]
    texts = [f"the {word} is {'very ' * times}slow" for times in (0, 7, 30) for word in subjects]
    alone = np.concatenate([local.embed([text]) for text in texts])
    assert np.array_equal(local.embed(texts), alone)


class _RowsThatLean(MiniLM):
    """A machine whose kernels let neighbours in a group change a row."""

    def _run(self, tokens: Sequence[tuple[int, ...]]) -> NDArray[np.float32]:
        return super()._run(tokens) + np.float32(1e-7 * (len(tokens) - 1))


def test_where_rows_do_not_stand_alone_texts_are_run_alone(local: LocalEmbedder) -> None:
    from_packages = LocalEmbedder()._minilm()
    assert from_packages.group > 1
    leaning = _RowsThatLean.__new__(_RowsThatLean)
    leaning.__dict__.update(from_packages.__dict__)
    assert from_packages._rows_stand_alone()
    assert not leaning._rows_stand_alone()


def test_a_paraphrase_is_closer_than_another_subject(local: LocalEmbedder) -> None:
    text, same, other = local.embed(
        [
            "Personal data is removed before the prompt is sent to the model.",
            "We strip customer names and addresses from everything that the LLM receives.",
            "The warehouse is rebuilt from the object store every Sunday.",
        ]
    )
    assert float(text @ same) > float(text @ other) + 0.2


def test_no_part_of_a_long_text_is_cut_off(local: LocalEmbedder) -> None:
    stock = "Stock levels of all stores are read every minute. " * 23
    long, begins, ends = local.embed([f"{stock}{LAW}", stock, LAW])
    assert float(long @ begins) > 0.5
    assert float(long @ ends) > 0.5
    assert float(begins @ ends) < 0.2
    assert np.allclose(np.linalg.norm(local.embed(["word " * 9_000]), axis=1), 1.0, atol=1e-5)


def test_the_model_names_its_backend(local: LocalEmbedder) -> None:
    other = LocalEmbedder(backend="openvino")
    assert other.model == f"{local.model}+openvino"
    assert fastest_backend() in ("onnxruntime", "openvino")


@pytest.mark.skipif(fastest_backend() == "openvino", reason="OpenVINO is installed")
def test_a_backend_that_is_not_installed_is_named() -> None:
    with pytest.raises(ModelError, match="backend 'openvino' cannot be loaded") as caught:
        LocalEmbedder(backend="openvino").embed(["text"])
    assert "[fast]" in caught.value.hint


@pytest.mark.skipif(fastest_backend() != "openvino", reason="the `fast` extra is not installed")
def test_openvino_gives_each_text_one_vector_near_the_other_backend(local: LocalEmbedder) -> None:
    fast = LocalEmbedder(backend="openvino")
    together = fast.embed(TEXTS)
    assert np.array_equal(together, np.concatenate([fast.embed([text]) for text in TEXTS]))
    assert np.array_equal(together, LocalEmbedder(backend="openvino", threads=1).embed(TEXTS))
    assert ((together * local.embed(TEXTS)).sum(axis=1) > 0.998).all()


def test_a_changed_model_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "model.onnx"
    file.write_bytes(b"something else")
    with pytest.raises(ModelError, match=r"'model\.onnx'.*was changed.*8199be6f699a") as caught:
        LocalEmbedder(model_file=file).embed(["text"])
    assert "Install" in caught.value.hint


def test_a_missing_tokenizer_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"'tokenizer\.json' cannot be read"):
        LocalEmbedder(tokenizer_file=tmp_path / "tokenizer.json").embed(["text"])


def test_importing_the_package_loads_nothing_heavy() -> None:
    heavy = ("chromadb", "chromadb_rust_bindings", "onnxruntime", "tantivy", "tokenizers", "yaml")
    script = (
        "import sys, knowledge, knowledge.types\n"
        f"loaded = [name for name in {heavy!r} if name in sys.modules]\n"
        "assert not loaded, loaded\n"
        "import knowledge.embedding, knowledge.vector_cache\n"
        "assert 'onnxruntime' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


class _Counting:
    """Vectors made from the characters of a text; counts what it was asked for."""

    model = "letters"
    dimensions = 8

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        rows = [[1.0, *(text.count(letter) for letter in "aeiourt")] for text in texts]
        vectors = np.array(rows, dtype=np.float32).reshape(len(texts), self.dimensions)
        unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


def test_the_cache_embeds_each_text_once(tmp_path: Path) -> None:
    inner = _Counting()
    cached = CachedEmbedder(inner, tmp_path / "deep" / "vectors.sqlite3")
    texts = ["stock", "price", "stock", "order"]
    first = cached.embed(texts)
    again = CachedEmbedder(inner, tmp_path / "deep" / "vectors.sqlite3").embed(texts[::-1])
    assert inner.asked == ["stock", "price", "order"]
    assert np.array_equal(first, _Counting().embed(texts))
    assert np.array_equal(again, first[::-1])
    assert cached.embed([]).shape == (0, 8)


def test_the_cache_reads_many_at_once(tmp_path: Path) -> None:
    inner = _Counting()
    cached = CachedEmbedder(inner, tmp_path / "v.sqlite3")
    texts = [f"text {number}" for number in range(1_300)]
    cached.embed(texts)
    assert np.array_equal(cached.embed(texts), _Counting().embed(texts))
    assert len(inner.asked) == 1_300


def test_another_model_has_other_vectors(tmp_path: Path) -> None:
    CachedEmbedder(_Counting(), tmp_path / "v.sqlite3").embed(["stock"])
    other = _Counting()
    other.model = "letters 2"
    CachedEmbedder(other, tmp_path / "v.sqlite3").embed(["stock"])
    assert other.asked == ["stock"]


def test_the_cache_drops_the_oldest(tmp_path: Path) -> None:
    inner = _Counting()
    cached = CachedEmbedder(inner, tmp_path / "v.sqlite3", limit=10)
    for number in range(25):
        cached.embed([f"text {number}"])
    database = sqlite3.connect(tmp_path / "v.sqlite3")
    assert database.execute("SELECT count(*) FROM vectors").fetchone() == (10,)
    database.close()
    inner.asked.clear()
    cached.embed(["text 24", "text 0"])
    assert inner.asked == ["text 0"]


@pytest.mark.parametrize(
    "damage", [b"not a database at all " * 50, b"SQLite format 3\0" + b"\7" * 9000]
)
def test_a_damaged_cache_is_made_anew(tmp_path: Path, damage: bytes) -> None:
    file = tmp_path / "v.sqlite3"
    file.write_bytes(damage)
    inner = _Counting()
    cached = CachedEmbedder(inner, file)
    for _ in range(3):
        assert np.array_equal(cached.embed(["stock"]), _Counting().embed(["stock"]))
    assert inner.asked == ["stock"]


def test_a_spoilt_row_is_embedded_again(tmp_path: Path) -> None:
    inner = _Counting()
    cached = CachedEmbedder(inner, tmp_path / "v.sqlite3")
    cached.embed(["stock", "price"])
    database = sqlite3.connect(tmp_path / "v.sqlite3")
    with database:
        database.execute("UPDATE vectors SET vector = zeroblob(32) WHERE id = 1")
        database.execute("UPDATE vectors SET vector = 'rubbish' WHERE id = 2")
    database.close()
    assert np.array_equal(cached.embed(["stock", "price"]), _Counting().embed(["stock", "price"]))
    assert len(inner.asked) == 4


def test_a_cache_that_cannot_be_kept_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("in the way")
    inner = _Counting()
    for path in (tmp_path / "a file" / "v.sqlite3", tmp_path):
        cached = CachedEmbedder(inner, path)
        assert np.array_equal(cached.embed(["stock"]), _Counting().embed(["stock"]))
    assert tmp_path.is_dir()


def test_another_database_in_its_place_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "reviews.sqlite3"
    database = sqlite3.connect(file)
    with database:
        database.execute("CREATE TABLE vectors (something TEXT)")
        database.execute("INSERT INTO vectors VALUES ('precious')")
    assert CachedEmbedder(_Counting(), file).embed(["stock"]).shape == (1, 8)
    assert database.execute("SELECT something FROM vectors").fetchall() == [("precious",)]
    database.close()


def test_two_processes_share_the_cache(tmp_path: Path) -> None:
    script = (
        "import sys, numpy as np\n"
        "from pathlib import Path\n"
        "from knowledge.vector_cache import CachedEmbedder\n"
        "class Ones:\n"
        "    model, dimensions = 'ones', 4\n"
        "    def embed(self, texts):\n"
        "        return np.full((len(texts), 4), 0.5, dtype=np.float32)\n"
        "cached = CachedEmbedder(Ones(), Path(sys.argv[1]))\n"
        "for number in range(40):\n"
        "    assert cached.embed([f'{sys.argv[2]} {number}', f'both {number}']).shape == (2, 4)\n"
    )
    file = tmp_path / "v.sqlite3"
    running = [
        subprocess.Popen([sys.executable, "-c", script, str(file), name]) for name in ("one", "two")
    ]
    assert [process.wait(timeout=60) for process in running] == [0, 0]
    database = sqlite3.connect(file)
    assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert database.execute("SELECT count(*) FROM vectors").fetchone() == (120,)
    database.close()
