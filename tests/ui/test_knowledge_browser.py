"""The instructor's way in a real browser: a paper goes in, and the next review cites it."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.documents_made import column, pdf, say

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
LAPTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
PARTS = ("sources", "add", "confirm", "seen", "coverage", "collections")
TITLE = "Tokens before prompts in shops"
TEXT = (
    "Personal data is removed or replaced by tokens before a prompt leaves the company.",
    "The mapping from tokens to customers stays in a store inside the company, and what was",
    "sent to the vendor of the model is logged for every call, so that a request for deletion",
    "can be followed through every copy.",
)
DESIGN = """# Answers for customers of a shoe chain

## Scenario

A chain of 120 shops answers 4,000 questions a day with a language model of an outside vendor.

## Data flow

Names, addresses and order numbers of customers are put into the prompt as they are and are sent
to the vendor of the model. The till writes receipts to a database every night.
"""
EVIL = "# <img src=x onerror=window.evil=1>\n\n<script>window.evil=1</script> Lag is **watched**.\n"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="there is no Chromium to drive"),
]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app with its worker, on a home of its own."""
    port = _free_port()
    log = tmp_path_factory.mktemp("app") / "log"
    environment = {**os.environ, "REVIEWER_HOME": str(tmp_path_factory.mktemp("home"))}
    command = [sys.executable, "-m", "ui", "--port", str(port)]
    with log.open("w") as told:
        process = subprocess.Popen(command, env=environment, stdout=told, stderr=told)
        try:
            for _ in range(300):
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1)
                    break
                except (urllib.error.URLError, OSError):
                    time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)
    assert "Traceback" not in log.read_text()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=30_000)
    with sync_playwright() as tool:
        chromium = tool.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


def _open(browser: Browser, address: str, *, phone: bool = False, dark: bool = False) -> Page:
    context = browser.new_context(
        viewport=PHONE if phone else LAPTOP,
        color_scheme="dark" if dark else "light",
        locale="en-GB",
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(address)
    page.wait_for_selector("h1")
    return page


@pytest.fixture(scope="module")
def added(site: str, browser: Browser) -> str:
    """A paper and a text full of tricks are added, with a double click; the site's address."""
    drawn = say(TITLE, 60, 760, 14, "F2") + column(TEXT, 60, 730)
    page = _open(browser, f"{site}/knowledge?part=add")
    page.locator("input[type=file]").set_input_files(
        [
            {
                "name": "tokens.pdf",
                "mimeType": "application/pdf",
                "buffer": pdf([drawn], info=f"/Title ({TITLE})"),
            },
            {"name": "<b>evil.md", "mimeType": "text/markdown", "buffer": EVIL.encode()},
            {"name": "broken.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 nothing"},
        ]
    )
    expect(page.get_by_text("broken.pdf")).to_be_visible()
    page.get_by_role("button", name="Import").dblclick()
    expect(page.get_by_text("What became of each file")).to_be_visible(timeout=120_000)
    expect(page.get_by_text("1 not taken · 2 added")).to_be_visible()
    assert page.evaluate("window.evil") is None
    page.get_by_role("button", name="Look at what was read").click()
    expect(page.get_by_text("To confirm (2)")).to_be_visible()
    page.close()
    return site


def test_metadata_is_confirmed(added: str, browser: Browser) -> None:
    page = _open(browser, f"{added}/knowledge?part=confirm")
    folded = page.get_by_test_id("stExpander").filter(has_text=TITLE)
    if not folded.get_by_label("Year").is_visible():
        folded.locator("summary").click()
    folded.get_by_label("Authors, with semicolons").fill("A. Reader; B. Writer")
    folded.get_by_label("Year").fill("2023")
    folded.get_by_role("button", name="Confirm").dblclick()
    expect(page.get_by_text("To confirm (1)")).to_be_visible()
    page.close()


def test_the_passage_is_found_and_opened_in_its_document(added: str, browser: Browser) -> None:
    page = _open(browser, f"{added}/knowledge?part=seen")
    page.get_by_label("A question").fill("is personal data replaced before a prompt leaves")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("button", name="See it in its document").first.click()
    expect(page.get_by_role("dialog").locator("mark")).to_contain_text(TEXT[0])
    page.close()


def test_the_next_review_cites_the_paper(added: str, browser: Browser) -> None:
    page = _open(browser, added)
    page.get_by_label("Name of the group").fill("Shoes")
    page.get_by_role("button", name="Make the group").click()
    page.wait_for_url(re.compile("group="))
    page.goto(f"{added}/design?group={page.url.split('group=')[1].split('&')[0]}")
    page.get_by_role("button", name="Upload a file").click()
    page.locator("input[type=file]").set_input_files(
        {"name": "design.md", "mimeType": "text/markdown", "buffer": DESIGN.encode()}
    )
    page.get_by_role("button", name="Review the file as it is").click()
    page.wait_for_selector(".root .finding", timeout=120_000)
    page.get_by_role("button", name="Open all").click()
    expect(page.locator(".root").first).to_contain_text(TITLE)
    page.close()


def test_a_collection_goes_out(added: str, browser: Browser, tmp_path: Path) -> None:
    page = _open(browser, f"{added}/knowledge?part=collections")
    with page.expect_download() as coming:
        page.get_by_test_id("stDownloadButton").first.click()
    coming.value.save_as(tmp_path / "course.zip")
    with zipfile.ZipFile(tmp_path / "course.zip") as archive:
        assert TITLE in archive.read("sources.jsonl").decode()
    page.close()


def test_a_collection_is_switched_off_and_on(added: str, browser: Browser) -> None:
    page = _open(browser, f"{added}/knowledge?part=collections")
    toggle = page.get_by_role("switch").or_(page.get_by_role("checkbox")).first
    for told in ("no more", "from now on"):
        toggle.locator("xpath=ancestor-or-self::label").first.click()
        expect(page.get_by_text(f"Reviews cite this collection {told}.")).to_be_visible()
    page.close()


@pytest.mark.parametrize("part", PARTS)
def test_each_part_fits_a_phone_and_has_no_barrier(added: str, browser: Browser, part: str) -> None:
    for phone, dark in ((True, False), (False, True)):
        page = _open(browser, f"{added}/knowledge?part={part}", phone=phone, dark=dark)
        page.wait_for_timeout(1_500)
        width = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
        found = Axe().run(page).response["violations"]
        serious = [
            (v["id"], [n["html"][:140] for n in v["nodes"][:3]])
            for v in found
            if v["impact"] in ("serious", "critical")
        ]
        page.close()
        assert serious == []
        assert not phone or width <= PHONE["width"]


def test_a_source_is_removed(added: str, browser: Browser) -> None:
    page = _open(browser, f"{added}/knowledge")
    page.get_by_label("Find a source").fill("onerror evil")
    page.get_by_label("Find a source").press("Enter")
    page.get_by_role("button", name="Remove this source").click()
    page.get_by_role("button", name="Remove it").dblclick()
    expect(page.get_by_text("No source fits.")).to_be_visible()
    assert page.evaluate("window.evil") is None
    page.close()
