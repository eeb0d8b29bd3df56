"""The Chroma index: built once, noticed when it is not what it should be, one writer."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import filelock
import numpy as np
import pytest
from numpy.typing import NDArray

from knowledge import index
from knowledge.corpus import Corpus, content_hash, passage_id
from knowledge.errors import IndexBusy, IndexMismatch, IndexUnavailable
from knowledge.types import Passage, Source


class Letters:
    """Vectors made from the letters of a text; counts the texts it embedded."""

    model = "letters/1"
    dimensions = 26

    def __init__(self) -> None:
        self.embedded = 0

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.embedded += len(texts)
        rows = [[text.lower().count(chr(97 + i)) + 0.1 for i in range(26)] for text in texts]
        vectors = np.array(rows, dtype=np.float32).reshape(len(texts), 26)
        unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


def make_corpus(*texts: str, roles: tuple[str, ...] = ("latency",)) -> Corpus:
    sources = {"paper": Source(id="paper", title="A paper")}
    passages = tuple(
        sorted(
            (
                Passage(id=passage_id(text), source="paper", text=text, kind="summary", roles=roles)
                for text in texts
            ),
            key=lambda passage: passage.id,
        )
    )
    return Corpus(sources=sources, passages=passages, hash=content_hash(sources, passages))


@pytest.fixture
def corpus() -> Corpus:
    words = ("queue", "window", "replica", "schema", "prompt", "token", "price", "stock")
    return make_corpus(
        *(f"A passage about the {word} number {n}" for word in words for n in range(5))
    )


def chroma(directory: Path) -> Path:
    """The folder of the index in use."""
    return directory / str(json.loads((directory / "index.json").read_text())["folder"])


def close_to(found: NDArray[np.float32], corpus: Corpus) -> bool:
    wanted = Letters().embed([passage.text for passage in corpus.passages])
    return found.shape == wanted.shape and bool(np.allclose(found, wanted, atol=1e-6))


def test_it_is_built_once_and_then_opened(tmp_path: Path, corpus: Corpus) -> None:
    embedder, steps = Letters(), []
    built = index.open_vectors(
        tmp_path / "home" / "index", corpus, embedder, progress=lambda *step: steps.append(step)
    )
    assert close_to(built, corpus)
    assert steps[0] == (0, 40)
    assert steps[-1] == (40, 40)
    assert steps == sorted(steps)
    opened = index.open_vectors(tmp_path / "home" / "index", corpus, embedder)
    assert embedder.embedded == 40
    assert np.array_equal(built, opened)


def test_chroma_has_text_and_labels(tmp_path: Path, corpus: Corpus) -> None:
    index.open_vectors(tmp_path, corpus, Letters())
    name = json.loads((tmp_path / "index.json").read_text())["collection"]
    assert "letters-1" in name
    with index._client(chroma(tmp_path)) as client:
        collection = client.get_collection(name, embedding_function=None)
        rows = collection.get(ids=[corpus.passages[0].id], include=["metadatas", "documents"])
        configuration = collection.configuration_json
    assert rows["documents"] == [corpus.passages[0].text]
    assert rows["metadatas"] == [{"source": "paper", "kind": "summary", "roles": ["latency"]}]
    assert configuration["hnsw"]["space"] == "cosine"


def test_both_ways_of_reading_chroma_agree(tmp_path: Path, corpus: Corpus) -> None:
    index.open_vectors(tmp_path, corpus, Letters())
    name = json.loads((tmp_path / "index.json").read_text())["collection"]
    vectors = index.stored_compiled(chroma(tmp_path), name)
    public = index.stored_public(chroma(tmp_path), name)
    assert vectors.keys() == public.keys()
    assert all(np.array_equal(vectors[key], public[key]) for key in vectors)


def test_a_changed_corpus_or_model_is_built_anew(tmp_path: Path, corpus: Corpus) -> None:
    index.open_vectors(tmp_path, corpus, Letters())
    changed = make_corpus(*(passage.text for passage in corpus.passages[1:]), "One more passage")
    assert close_to(index.open_vectors(tmp_path, changed, Letters()), changed)
    other = Letters()
    other.model = "letters/2"
    assert close_to(index.open_vectors(tmp_path, changed, other), changed)
    assert other.embedded == 40


class _Stopped(Exception):
    pass


def test_what_changed_is_embedded_and_nothing_else(tmp_path: Path, corpus: Corpus) -> None:
    embedder = Letters()
    index.open_vectors(tmp_path, corpus, embedder)
    first = chroma(tmp_path)
    changed = make_corpus(*(passage.text for passage in corpus.passages[3:]), "One", "Two")
    assert close_to(index.open_vectors(tmp_path, changed, embedder), changed)
    assert embedder.embedded == 42
    assert not first.exists()
    assert [path.name for path in tmp_path.glob("chroma*")] == [chroma(tmp_path).name]
    labelled = make_corpus(*(passage.text for passage in changed.passages), roles=("compliance",))
    index.open_vectors(tmp_path, labelled, embedder)
    assert embedder.embedded == 42
    name = json.loads((tmp_path / "index.json").read_text())["collection"]
    with index._client(chroma(tmp_path)) as client:
        rows = client.get_collection(name, embedding_function=None).get(include=["metadatas"])
    assert sorted(rows["ids"]) == [passage.id for passage in labelled.passages]
    assert {tuple(labels["roles"]) for labels in rows["metadatas"]} == {("compliance",)}


def test_many_deletions_build_the_graph_anew(tmp_path: Path, corpus: Corpus) -> None:
    embedder = Letters()
    index.open_vectors(tmp_path, corpus, embedder)
    few = make_corpus(*(passage.text for passage in corpus.passages[:15]))
    assert close_to(index.open_vectors(tmp_path, few, embedder), few)
    assert embedder.embedded == 40
    assert json.loads((tmp_path / "index.json").read_text())["deleted"] == 0


def test_a_writer_that_is_stopped_leaves_the_last_index(
    tmp_path: Path, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.open_vectors(tmp_path, corpus, Letters())
    changed = make_corpus(*(passage.text for passage in corpus.passages), "One more")

    def stop(*_: object) -> None:
        raise _Stopped

    monkeypatch.setattr(index, "write", stop)
    with pytest.raises(_Stopped):
        index.open_vectors(tmp_path, changed, Letters())
    monkeypatch.undo()
    assert index.matches(tmp_path, corpus, Letters())
    assert not index.matches(tmp_path, changed, Letters())
    embedder = Letters()
    assert close_to(index.open_vectors(tmp_path, changed, embedder), changed)
    assert embedder.embedded == 1
    assert len(list(tmp_path.glob("chroma*"))) == 1


def test_who_may_not_write_gets_the_vectors_all_the_same(tmp_path: Path, corpus: Corpus) -> None:
    index.open_vectors(tmp_path, corpus, Letters())
    changed = make_corpus(*(passage.text for passage in corpus.passages), "One more")
    embedder = Letters()
    assert close_to(index.current_vectors(tmp_path, changed, embedder), changed)
    assert embedder.embedded == 1
    assert index.matches(tmp_path, corpus, embedder)
    assert close_to(index.current_vectors(tmp_path / "none", changed, embedder), changed)


def test_a_model_that_gives_other_vectors_than_it_says_is_an_error(
    tmp_path: Path, corpus: Corpus
) -> None:
    embedder = Letters()
    embedder.dimensions = 30
    with pytest.raises(IndexMismatch, match="letters/1 gave vectors"):
        index.open_vectors(tmp_path, corpus, embedder)
    assert not (tmp_path / "index.json").exists()


def test_an_interrupted_build_is_noticed(
    tmp_path: Path, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "_ADD_AT_ONCE", 10)
    metadata, count = index._metadata, iter(range(1_000))

    def fails_half_way(passage: Passage) -> dict[str, object]:
        if next(count) == 25:
            raise _Stopped
        return metadata(passage)

    monkeypatch.setattr(index, "_metadata", fails_half_way)
    with pytest.raises(_Stopped):
        index.open_vectors(tmp_path, corpus, Letters())
    monkeypatch.setattr(index, "_metadata", metadata)
    assert close_to(index.open_vectors(tmp_path, corpus, Letters()), corpus)


def _lose_passages(directory: Path) -> None:
    name = json.loads((directory / "index.json").read_text())["collection"]
    with index._client(chroma(directory)) as client:
        collection = client.get_collection(name, embedding_function=None)
        collection.delete(ids=collection.get(limit=3)["ids"])


def _swap_passage(directory: Path) -> None:
    name = json.loads((directory / "index.json").read_text())["collection"]
    with index._client(chroma(directory)) as client:
        collection = client.get_collection(name, embedding_function=None)
        collection.delete(ids=collection.get(limit=1)["ids"])
        collection.add(ids=["P-0000000000"], embeddings=[[1.0] + [0.0] * 25])


def _drop_collection(directory: Path) -> None:
    name = json.loads((directory / "index.json").read_text())["collection"]
    with index._client(chroma(directory)) as client:
        client.delete_collection(name)


def _overwrite(directory: Path) -> None:
    (chroma(directory) / "chroma.sqlite3").write_bytes(b"no database " * 400)


def _truncate(directory: Path) -> None:
    file = chroma(directory) / "chroma.sqlite3"
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _empty(directory: Path) -> None:
    (chroma(directory) / "chroma.sqlite3").write_bytes(b"")


def _no_vectors(directory: Path) -> None:
    for folder in chroma(directory).iterdir():
        if folder.is_dir():
            shutil.rmtree(folder)


def _no_chroma(directory: Path) -> None:
    shutil.rmtree(chroma(directory))


def _flip_a_bit(directory: Path) -> None:
    file = next(chroma(directory).rglob("length.bin"))
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)


def _flip_a_page(directory: Path) -> None:
    file = chroma(directory) / "chroma.sqlite3"
    content = bytearray(file.read_bytes())
    content[4096:8192] = bytes(4096)
    file.write_bytes(content)


def _other_shape(directory: Path) -> None:
    (directory / "index.json").write_text("[]")


def _rubbish_manifest(directory: Path) -> None:
    (directory / "index.json").write_bytes(b'{"collection": \xff')


@pytest.mark.parametrize(
    "damage",
    [
        _lose_passages,
        _swap_passage,
        _drop_collection,
        _overwrite,
        _truncate,
        _empty,
        _no_vectors,
        _no_chroma,
        _flip_a_bit,
        _flip_a_page,
        _other_shape,
        _rubbish_manifest,
    ],
)
def test_a_damaged_index_is_built_anew(tmp_path: Path, corpus: Corpus, damage: object) -> None:
    assert callable(damage)
    index.open_vectors(tmp_path, corpus, Letters())
    damage(tmp_path)
    for _ in range(2):
        assert close_to(index.open_vectors(tmp_path, corpus, Letters()), corpus)


def test_reading_leaves_the_files_alone(tmp_path: Path, corpus: Corpus) -> None:
    index.open_vectors(tmp_path, corpus, Letters())
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    before = {path: path.read_bytes() for path in files}
    index.open_vectors(tmp_path, corpus, Letters())
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_an_empty_corpus_has_an_empty_index(tmp_path: Path) -> None:
    for _ in range(2):
        assert index.open_vectors(tmp_path, make_corpus(), Letters()).shape == (0, 26)


def test_a_held_lock_is_a_clear_error(tmp_path: Path, corpus: Corpus) -> None:
    with (
        filelock.FileLock(tmp_path / "writer.lock"),
        pytest.raises(IndexBusy, match=r"more than 0\.2 seconds") as caught,
    ):
        index.open_vectors(tmp_path, corpus, Letters(), wait_seconds=0.2)
    assert "Wait" in caught.value.hint


def test_a_finished_index_opens_while_the_lock_is_held(tmp_path: Path, corpus: Corpus) -> None:
    index.open_vectors(tmp_path, corpus, Letters())
    with filelock.FileLock(tmp_path / "writer.lock"):
        assert close_to(index.open_vectors(tmp_path, corpus, Letters(), wait_seconds=0), corpus)


def test_a_directory_that_cannot_be_is_a_clear_error(tmp_path: Path, corpus: Corpus) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(IndexUnavailable, match="cannot be kept in"):
        index.open_vectors(tmp_path / "file" / "index", corpus, Letters())


def test_an_env_file_in_the_working_directory_changes_nothing(
    tmp_path: Path, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("CHROMA_API_IMPL=chromadb.api.fastapi.FastAPI\nALLOW_RESET=x\n")
    monkeypatch.chdir(tmp_path)
    assert close_to(index.open_vectors(tmp_path / "index", corpus, Letters()), corpus)


_BUILDER = """
import sys, time
from pathlib import Path
from tests.test_knowledge_index import Letters, close_to, index, make_corpus

class Slow(Letters):
    def embed(self, texts):
        time.sleep(0.3)
        return super().embed(texts)

corpus = make_corpus(*(f"passage {n} of many" for n in range(40)))
embedder = Slow()
assert close_to(index.open_vectors(Path(sys.argv[1]), corpus, embedder), corpus)
print(embedder.embedded)
"""


def test_of_two_processes_one_builds_and_the_other_waits(tmp_path: Path) -> None:
    root = Path(__file__).parent.parent
    running = [
        subprocess.Popen(
            [sys.executable, "-c", _BUILDER, str(tmp_path)],
            cwd=root,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    printed = [process.communicate(timeout=60)[0].strip() for process in running]
    assert sorted(printed) == ["0", "40"]


def test_a_killed_builder_leaves_nothing_in_the_way(tmp_path: Path, corpus: Corpus) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _BUILDER, str(tmp_path)], cwd=Path(__file__).parent.parent
    )
    give_up = time.monotonic() + 30
    while not (tmp_path / "writer.lock").exists() and time.monotonic() < give_up:
        time.sleep(0.02)
    process.kill()
    process.wait()
    assert not (tmp_path / "index.json").exists()
    assert close_to(index.open_vectors(tmp_path, corpus, Letters(), wait_seconds=5), corpus)
