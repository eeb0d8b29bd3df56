"""Fixtures of all tests: no network off the loopback, data of others only where it is set."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Generator, Iterator
from pathlib import Path

import hypothesis
import pytest

if os.environ.get("CI"):  # the same examples in every run: a red run can be repeated
    hypothesis.settings.register_profile("ci", derandomize=True, deadline=None)
    hypothesis.settings.load_profile("ci")

_OPTIONAL = (
    "--live",
    "REVIEWER_LIVE_PYTHON",
    "REVIEWER_TESTDATA",
    "`fast` extra",
    "OpenVINO",
)  # why a test may skip in CI


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--live", action="store_true", help="run tests that call a real local model")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--live"):
        skip = pytest.mark.skip(reason="needs --live and a real local model")
        for item in items:
            if "live" in item.keywords:
                item.add_marker(skip)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a browser or a database that is missing is a failure, not a skip."""
    report = yield
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        told = str(report.longrepr)
        if not any(optional in told for optional in _OPTIONAL):
            report.outcome = "failed"
            report.longrepr = f"skipped in CI: {told}"
    return report


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


@pytest.fixture(scope="session", autouse=True)
def _own_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Settings and keys of the machine do not reach the tests; one home, so one index."""
    home = tmp_path_factory.mktemp("reviewer-home")
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            ours = name.startswith("REVIEWER_") and name != "REVIEWER_TESTDATA"
            if ours or name == "OPENAI_API_KEY":
                patch.delenv(name)
        patch.setenv("REVIEWER_HOME", str(home))
        yield


@pytest.fixture(scope="session")
def testdata() -> Path:
    """The shared third-party test data; skipped where REVIEWER_TESTDATA is not set."""
    folder = os.environ.get("REVIEWER_TESTDATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("REVIEWER_TESTDATA is not set to the folder of third-party test data")
    return Path(folder)
