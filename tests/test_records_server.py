"""The index on a Chroma server: one collection a library and model, checked row by row."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from knowledge import index_server
from knowledge.errors import IndexMismatch, IndexUnavailable
from tests.libraries import Hashed, library, prose, written
from tests.test_knowledge_index import Letters, close_to, make_corpus


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Chroma server of our own on this machine."""
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        port = chosen.getsockname()[1]
    command = [str(Path(sys.executable).parent / "chroma"), "run", "--host", "127.0.0.1"]
    folder = tmp_path_factory.mktemp("server")
    process = subprocess.Popen(
        [*command, "--port", str(port), "--path", str(folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
    )
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(timeout=20)


def test_rows_are_brought_up_to_date(server: str) -> None:
    embedder = Letters()
    corpus = make_corpus(*(f"A passage about number {n}" for n in range(30)))
    for _ in range(2):
        assert close_to(index_server.server_vectors(server, "one", corpus, embedder), corpus)
    assert embedder.embedded == 30
    changed = make_corpus(*(p.text for p in corpus.passages[4:]), "One more")
    assert close_to(index_server.server_vectors(server, "one", changed, embedder), changed)
    assert embedder.embedded == 31
    other = make_corpus("Of another library")
    assert close_to(index_server.server_vectors(server, "two", other, embedder), other)
    assert close_to(index_server.server_vectors(server, "one", changed, embedder), changed)
    empty = make_corpus()
    assert index_server.server_vectors(server, "one", empty, embedder).shape == (0, 26)


def test_another_model_has_another_collection_and_a_mismatch_is_an_error(server: str) -> None:
    corpus = make_corpus("One passage", "Another passage")
    index_server.server_vectors(server, "three", corpus, Letters())
    other = Letters()
    other.model = "letters/2"
    assert close_to(index_server.server_vectors(server, "three", corpus, other), corpus)
    same_name = Letters()
    same_name.model = "letters 1"
    with pytest.raises(IndexMismatch, match="holds vectors of letters/1, not of letters 1"):
        index_server.server_vectors(server, "three", corpus, same_name)


def test_a_library_keeps_its_index_on_the_server(tmp_path: Path, server: str) -> None:
    text = prose(1)
    opened = library(tmp_path / "home", chroma_url=server)
    opened.add([written(tmp_path / "queues.md", text)])
    query = text.split(".")[2]
    assert opened.search(query)[0].source.id == "queues"
    opened.close()
    again = library(tmp_path / "home", chroma_url=server)
    assert again.search(query)[0].source.id == "queues"
    again.remove("queues")
    assert again.reindex() == len(again.current().passages)
    assert not (tmp_path / "home" / "index").exists()
    again.close()


@pytest.mark.parametrize("url", ["nonsense", "ftp://host", "http://", "http://host:port"])
def test_an_address_that_is_none_is_a_clear_error(url: str) -> None:
    with pytest.raises(IndexUnavailable, match="http://HOST:PORT"):
        index_server.server_vectors(url, "x", make_corpus("One"), Hashed())


def test_a_server_that_is_not_there_is_a_clear_error() -> None:
    with pytest.raises(IndexUnavailable, match=r"http://127\.0\.0\.1:9 cannot be used") as caught:
        index_server.server_vectors(
            "http://me:secret@127.0.0.1:9", "x", make_corpus("One"), Hashed()
        )
    assert "secret" not in caught.value.message
