"""Many people at once: each writes and reviews in a browser of their own; nothing may cross or be lost.

    python benchmarks/app_people.py [--people 20] [--minutes 5]

Every person has a group, types marked sentences into its scenario, and asks for reviews. Afterwards
each draft has to hold all sentences of its person, and no page may ever have shown a mark of another.
Prints JSON with the memory of the server per session.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app_speed import CHROMIUM, FLAGS, environment, free_port, waited
from playwright.async_api import Browser, Page, async_playwright

from reviewer.service import ReviewService
from reviewer.settings import Settings

_PAUSE = (1.0, 4.0)  # seconds between two sentences
_REVIEW_EVERY = 4


@dataclass
class Person:
    """Somebody at the app: what they wrote, and marks of others that their pages have shown."""

    number: int
    group: str
    written: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    reviews: int = 0
    troubles: list[str] = field(default_factory=list)

    @property
    def mark(self) -> str:
        """What tells this person's text from that of all others."""
        return f"mark{self.number:03d}x"

    def look(self, text: str, everybody: list[Person]) -> None:
        """Notes marks of others in what this person was shown."""
        self.foreign += [p.mark for p in everybody if p is not self and p.mark in text]


def groups(home: Path, people: int) -> list[Person]:
    service = ReviewService(Settings(home=home))
    desk = service.app_desk
    me = desk.arrive("Course", "Person").id
    course = desk.place(None, None).course.id
    fields = desk.fields(desk.example("dynamic-pricing.md"))
    found = []
    for number in range(people):
        group = desk.add_group(course, f"Group {number}", me)
        desk.save(group.id, {**fields, "scenario": f"Start mark{number:03d}x."}, {}, me)
        found.append(Person(number, group.id))
    service.store.close()
    return found


async def work(
    browser: Browser, site: str, me: Person, everybody: list[Person], until: float
) -> None:
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    page = await context.new_page()
    rounds = 0
    while time.time() < until:
        rounds += 1
        try:
            await write(page, site, me, everybody)
            if rounds % _REVIEW_EVERY == 0:
                await review(page, me, everybody)
        except Exception as error:  # noqa: BLE001  # one trouble is a figure, not the end
            me.troubles.append(f"{type(error).__name__}: {str(error)[:120]}")
        await asyncio.sleep(random.uniform(*_PAUSE))
    await context.close()


async def write(page: Page, site: str, me: Person, everybody: list[Person]) -> None:
    if "/design" not in page.url:
        await page.goto(f"{site}/design?group={me.group}")
    area = page.locator("textarea#text").first
    await area.wait_for(timeout=60_000)
    me.look(await area.input_value(), everybody)
    sentence = f" Sentence {len(me.written)} of {me.mark}."
    await area.click()
    await page.keyboard.press("Control+End")
    await page.keyboard.type(sentence)
    me.written.append(sentence.strip())
    await page.wait_for_function(SAVED, timeout=60_000)


SAVED = """() => [...document.querySelectorAll('*')].some((e) =>
  e.shadowRoot?.querySelector('.state')?.dataset.state === 'saved')"""


async def review(page: Page, me: Person, everybody: list[Person]) -> None:
    await page.get_by_role("button", name="Ask for the review").click()
    await page.locator(".root .finding").first.wait_for(timeout=240_000)
    text = await page.locator(".text").inner_text()
    me.look(text, everybody)
    if me.mark in text:
        me.reviews += 1


def memory(process: subprocess.Popen[bytes]) -> float:
    """Resident memory in MB."""
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


async def main_work(site: str, people: list[Person], minutes: float) -> None:
    async with async_playwright() as tool:
        browser = await tool.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        until = time.time() + minutes * 60
        await asyncio.gather(*(work(browser, site, p, people, until) for p in people))
        await browser.close()


def checked(home: Path, people: list[Person]) -> dict[str, Any]:
    desk = ReviewService(Settings(home=home)).app_desk
    lost = 0
    for person in people:
        text = str(desk.draft(person.group).values["scenario"])
        person.look(text, people)
        lost += sum(1 for sentence in person.written if sentence not in text)
    return {
        "people": len(people),
        "sentences": sum(len(p.written) for p in people),
        "lost": lost,
        "reviews": sum(p.reviews for p in people),
        "marks_of_others": sum(len(p.foreign) for p in people),
        "troubles": [trouble for p in people for trouble in p.troubles][:10],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=5.0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        people = groups(home, asked.people)
        port = free_port()
        process = subprocess.Popen(
            [sys.executable, "-m", "ui", "--port", str(port)],
            env=environment(home),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            waited(port)
            time.sleep(10)  # the worker is up
            site = f"http://127.0.0.1:{port}"
            asyncio.run(main_work(site, people[:1], 0.4))  # models are loaded at the first review
            before = memory(process)
            asyncio.run(main_work(site, people, asked.minutes))
            grown = memory(process) - before
        finally:
            process.terminate()
            process.wait(20)
        found = checked(home, people)
    found["memory_mb"] = round(before + grown)
    found["memory_per_session_mb"] = round(grown / asked.people, 1)
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
