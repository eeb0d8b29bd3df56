"""Documentation that cannot drift: commands, settings, roles and checks are described as they are."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from reviewer.cli import commands
from reviewer.service import ReviewService
from reviewer.settings import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readme_names_every_command() -> None:
    for name in commands.commands:
        assert re.search(rf"`(?:reviewer )?{name}\b|reviewer {name}\b", README), name


def test_every_option_and_setting_has_a_description() -> None:
    for command in commands.commands.values():
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, f"{command.name} {parameter.name}"
    for name, field in Settings.model_fields.items():
        assert field.description, name


def test_the_models_page_names_every_setting() -> None:
    page = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    for name, field in Settings.model_fields.items():
        wanted = str(field.validation_alias or f"REVIEWER_{name.upper()}")
        assert wanted in page or wanted in README, wanted


def test_links_of_the_docs_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), ROOT / "CHANGELOG.md"]:
        text = page.read_text(encoding="utf-8")
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", text):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def readme_commands() -> list[str]:
    block = README.split("## A first run")[1].split("```sh")[1].split("```")[0]
    lines = [line.split("#")[0].strip() for line in block.splitlines()]
    return [line for line in lines if line.startswith("reviewer ")]


def test_the_commands_of_the_readme_run(tmp_path: Path) -> None:
    assert len(readme_commands()) >= 5
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    for line in readme_commands():
        done = subprocess.run(
            [sys.executable, "-m", "reviewer.cli", *shlex.split(line)[1:]],
            cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, f"{line}: {done.stderr}"


def test_explain_tells_all_of_a_check() -> None:
    service = ReviewService()
    with pytest.raises(KeyError):
        service.questionnaire.check("ZZZ-99")
    for check in service.questionnaire.checks:
        assert check.question.endswith("?"), check.id
        assert check.why, check.id
        assert check.remedy, check.id
