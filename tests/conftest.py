"""Fixtures of all tests: no network off the loopback, data of others only where it is set."""

from __future__ import annotations

import ipaddress
import os
import socket
from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--live", action="store_true", help="run tests that call a real local model")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--live"):
        skip = pytest.mark.skip(reason="needs --live and a real local model")
        for item in items:
            if "live" in item.keywords:
                item.add_marker(skip)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any connection off the loopback is an error of the test."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = str(address[0]) if isinstance(address, tuple) else str(address)
            if host != "localhost" and not ipaddress.ip_address(host.split("%")[0]).is_loopback:
                raise AssertionError(f"a test tried to reach {host}")
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Settings and keys of the machine do not reach the tests."""
    for name in list(os.environ):
        if name == "OPENAI_API_KEY" or (
            name.startswith("REVIEWER_") and name not in ("REVIEWER_TESTDATA", "REVIEWER_TEST_HOME")
        ):
            monkeypatch.delenv(name)
    monkeypatch.setenv("REVIEWER_HOME", str(_shared_home(tmp_path_factory)))


def _shared_home(factory: pytest.TempPathFactory) -> Path:
    """One home for the whole run, so that the index is built once."""
    home = factory.getbasetemp() / "reviewer-home"
    home.mkdir(exist_ok=True)
    return home


@pytest.fixture(scope="session")
def testdata() -> Path:
    """The shared third-party test data; skipped where REVIEWER_TESTDATA is not set."""
    folder = os.environ.get("REVIEWER_TESTDATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("REVIEWER_TESTDATA is not set to the folder of third-party test data")
    return Path(folder)
