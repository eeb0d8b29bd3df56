"""A server that dies while a member types and a review runs: what is there afterwards."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="there is no Chromium to drive"),
]


def _start(home: Path, port: int) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-m", "ui", "--port", str(port)],
        env={**os.environ, "REVIEWER_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(600):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1)
            return process
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    process.kill()
    raise AssertionError("the app did not start")


def test_a_killed_server_loses_no_typing_and_no_review(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = _start(tmp_path, port)
    try:
        with sync_playwright() as tool:
            chromium = tool.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = chromium.new_page(viewport={"width": 1280, "height": 900})
            page.goto(f"http://127.0.0.1:{port}")
            page.get_by_role("button", name="Try it with an example design").click()
            page.wait_for_selector("textarea#text", timeout=30_000)
            page.get_by_role("button", name="Ask for the review").click()
            page.wait_for_url(re.compile("/review"))
            review = page.url
            page.goto(review.replace("/review?", "/design?"))
            area = page.locator("textarea#text").first
            area.click()
            page.keyboard.press("Control+End")
            page.keyboard.type(" Typed long before.")
            expect(page.locator(".state").first).to_have_text("saved", timeout=10_000)
            page.keyboard.type(" Typed just before.")
            server.send_signal(signal.SIGKILL)
            server.wait(20)
            page.keyboard.type(" Typed while it was dead.")
            server = _start(tmp_path, port)
            page.reload()
            area = page.locator("textarea#text").first
            expect(area).to_have_value(
                re.compile("before. Typed just before. Typed while it was dead."), timeout=30_000
            )
            expect(page.locator(".state").first).to_have_text("saved", timeout=10_000)
            page.goto(review)
            page.wait_for_selector(".root .finding", timeout=90_000)
            other = chromium.new_page()
            other.goto(review.replace("/review?", "/design?"))
            expect(other.locator("textarea#text").first).to_have_value(
                re.compile("Typed while it was dead."), timeout=30_000
            )
            chromium.close()
    finally:
        server.kill()
        server.wait(20)
