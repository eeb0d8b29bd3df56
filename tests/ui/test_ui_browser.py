"""The app in a real browser: the whole path of a group, on a laptop and on a phone."""

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
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
LAPTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
PAGES = ("", "design", "review", "revise", "reflect", "knowledge")
EVIL = """# Prices <img src=x onerror="window.evil=1"> **bold**

## Scenario

`<script>window.evil=1</script>` &lt;script&gt;window.evil=1&lt;/script&gt; Our shop has 260 stores & "quotes" and sends [names](javascript:window.evil=1) to a model.
Customer names reach the outside model as they are, with 5 events/s and no limit $x^2$ :red[x].
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="there is no Chromium to drive"),
]
Open = Callable[..., Page]


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
    with log.open("w") as told:
        process = subprocess.Popen(
            [sys.executable, "-m", "ui", "--port", str(port)],
            env=environment,
            stdout=told,
            stderr=told,
        )
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
    told = log.read_text()
    assert "Traceback" not in told, told[-3000:]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as tool:
        chromium = tool.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser: Browser, site: str) -> Iterator[Open]:
    """Opens a page of the app; an error of a script fails the test, and so does an outside call."""
    contexts, errors, outside = [], [], []

    def open_page(path: str = "", *, phone: bool = False, dark: bool = False) -> Page:
        context = browser.new_context(
            viewport=PHONE if phone else LAPTOP, color_scheme="dark" if dark else "light"
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on(
            "request",
            lambda asked: (
                outside.append(asked.url)
                if not asked.url.startswith((site, site.replace("http", "ws"), "data:", "blob:"))
                else None
            ),
        )
        page.goto(f"{site}/{path}")
        page.wait_for_selector("h1", timeout=30_000)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []
    assert outside == []


@pytest.fixture(scope="module")
def reviewed(site: str, browser: Browser) -> str:
    """The whole way to a review, as somebody new goes it; the query of its address."""
    page = browser.new_page(viewport=LAPTOP)
    page.goto(site)
    page.get_by_label("Name of the group").fill("Night owls")
    page.get_by_role("button", name="Make the group").click()
    expect(page.get_by_role("heading", name="Night owls")).to_be_visible()
    page.get_by_role("button", name="Go to the design").click()
    page.get_by_role("button", name="Start from").click()
    page.get_by_role("button", name="Dynamic pricing with reasons").click()
    expect(page.get_by_text("points are there")).not_to_contain_text("0 of")
    area = page.locator("textarea#text").first
    area.click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" Marked by a browser.")
    expect(page.locator(".state").first).to_have_text("saved", timeout=8_000)
    page.get_by_role("button", name="Ask for the review").click()
    page.wait_for_selector(".root .finding", timeout=60_000)
    query = page.url.split("?", 1)[1]
    page.close()
    return query


def _settled(page: Page) -> None:
    page.wait_for_selector(".root .finding", timeout=30_000)
    page.wait_for_timeout(300)


def test_what_was_typed_is_in_the_review(opened: Open, reviewed: str) -> None:
    page = opened(f"review?{reviewed}")
    _settled(page)
    expect(page.locator(".text")).to_contain_text("Marked by a browser.")


def test_finding_and_text_lead_to_each_other(opened: Open, reviewed: str) -> None:
    page = opened(f"review?{reviewed}")
    _settled(page)
    badge = page.locator(".text .badge").first
    number = badge.inner_text()
    badge.click()
    card = page.locator(f"#finding-{number}")
    expect(card).to_have_class(re.compile("selected"))
    expect(card.locator(".body")).to_be_visible()
    page.wait_for_url(re.compile("finding="))
    again = opened(page.url.split("/", 3)[3])
    _settled(again)
    expect(again.locator(f"#finding-{number}")).to_have_class(re.compile("selected"))
    card.locator("blockquote .link").first.click()
    expect(page.locator(".text .flash")).to_be_in_viewport()


def test_filters_and_tabs(opened: Open, reviewed: str) -> None:
    page = opened(f"review?{reviewed}")
    _settled(page)
    page.locator("[data-chip=compliance]").click()
    shown = page.locator(".cards .finding:visible")
    assert {shown.nth(k).get_attribute("data-role") for k in range(shown.count())} == {"compliance"}
    page.locator("[data-chip='']").click()
    page.locator("#tab-diagram").click()
    page.locator(".map-badge").first.click()
    expect(page.locator(".finding.selected")).to_have_count(1)
    page.locator("#tab-numbers").click()
    page.locator(".numbers .link").first.click()
    expect(page.locator(".factrow[open] .formula").first).to_be_visible()
    page.locator("#tab-drill").click()
    expect(page.locator(".drill .lead")).to_contain_text("backs up first", timeout=15_000)
    page.locator(".drill input[type=range]").first.press("End")
    expect(page.locator(".drill output").first).to_contain_text("48", timeout=15_000)


def test_an_answer_stays(opened: Open, reviewed: str) -> None:
    page = opened(f"review?{reviewed}")
    _settled(page)
    page.locator(".first button").first.click()
    card = page.locator(".finding.selected")
    card.get_by_role("button", name="Disagree").click()
    card.locator("textarea").fill("We <b>remove</b> it.")
    card.get_by_role("button", name="Save").click()
    expect(card.locator(".answered")).to_have_text("You disagree")
    page.wait_for_timeout(800)
    page.reload()
    _settled(page)
    expect(page.locator(".finding.selected .reply")).to_contain_text("We <b>remove</b> it.")


def test_exports_are_what_they_say(opened: Open, reviewed: str, tmp_path: Path) -> None:
    page = opened(f"review?{reviewed}")
    _settled(page)
    page.get_by_role("button", name="Export").click()
    begins = {
        "PDF": b"%PDF",
        "Word (DOCX)": b"PK",
        "JSON, for programs": b"{",
        "Web page": b"<!doctype",
    }
    for name, start in begins.items():
        with page.expect_download() as coming:
            page.get_by_role("button", name=name).click()
        coming.value.save_as(tmp_path / "file")
        assert (tmp_path / "file").read_bytes().startswith(start), name


def test_a_revision_is_compared_and_a_reply_stays(opened: Open, reviewed: str) -> None:
    group = reviewed.split("group=")[1].split("&")[0]
    page = opened(f"design?group={group}")
    area = page.locator("textarea#text").first
    area.click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" Names are replaced by tokens before a prompt leaves the company.")
    expect(page.locator(".state").first).to_have_text("saved", timeout=8_000)
    page.get_by_role("button", name="Ask for the review").click()
    page.wait_for_url(re.compile("/review"))
    _settled(page)
    page = opened(f"revise?group={group}")
    expect(page.get_by_text("Score by version")).to_be_visible()
    expect(page.get_by_text("statements changed")).to_be_visible()
    page = opened(f"reflect?group={group}")
    area = page.locator("textarea#text").first
    area.click()
    page.keyboard.type("I would have blamed the model, and the nightly export was the reason.")
    expect(page.get_by_text("What your reply touches", exact=True)).to_be_visible(timeout=20_000)
    page.reload()
    expect(page.locator("textarea#text").first).to_have_value(re.compile("nightly export"))


def test_hostile_text_is_shown_as_text(opened: Open, reviewed: str) -> None:
    page = opened(f"?{reviewed}")
    page.get_by_role("button", name="New group or course").click()
    page.get_by_label("Name of the group").fill("<img src=x onerror=window.evil=1>")
    page.get_by_role("button", name="Make the group").click()
    page.wait_for_function(
        "(before) => !location.search.includes(before)", arg=reviewed.split("&")[0]
    )
    group = page.url.split("group=")[1].split("&")[0]
    page = opened(f"design?group={group}")
    page.get_by_role("button", name="Upload a file").click()
    page.locator("input[type=file]").set_input_files(
        {"name": "evil.md", "mimeType": "text/markdown", "buffer": EVIL.encode()}
    )
    page.get_by_role("button", name="Review the file as it is").click()
    _settled(page)
    expect(page.locator(".text")).to_contain_text("<script>window.evil=1</script>")
    assert page.evaluate("window.evil") is None
    assert page.locator("img[src=x]").count() == 0


@pytest.mark.parametrize("path", PAGES)
def test_nothing_scrolls_sideways_on_a_phone(opened: Open, reviewed: str, path: str) -> None:
    page = opened(f"{path}?{reviewed}", phone=True)
    page.wait_for_timeout(1_200)
    width = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert width <= PHONE["width"]


@pytest.mark.parametrize("path", PAGES)
def test_no_page_has_a_serious_barrier(opened: Open, reviewed: str, path: str) -> None:
    for dark in (False, True):
        page = opened(f"{path}?{reviewed}", dark=dark)
        page.wait_for_timeout(1_500)
        found = Axe().run(page)
        serious = [
            (v["id"], [n["html"][:140] for n in v["nodes"][:3]])
            for v in found.response["violations"]
            if v["impact"] in ("serious", "critical")
        ]
        assert serious == []
