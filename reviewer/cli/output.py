"""What commands share: the service, JSON on stdout, files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

import click

from reviewer.errors import InputError
from reviewer.service import FORMATS, ReviewService

service = ReviewService()

as_json_option = click.option("--json", "as_json", is_flag=True, help="Print data as JSON.")


def print_json(data: Any) -> None:
    """Prints data for programs."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))


def format_of(out: Path | None) -> str | None:
    """The format that a file's ending asks for; the terminal view where there is no file."""
    if out is None:
        return None
    ending = out.suffix.lstrip(".").lower()
    known = {"markdown": "md", "htm": "html"}.get(ending, ending)
    if known not in FORMATS:
        raise InputError(
            f"{out} has no ending that names a format ({', '.join(FORMATS)}).",
            hint="Give --format.",
        )
    return known


def check_writable(out: Path) -> None:
    """Before work that may cost money or time: can its result be written?"""
    if out.is_dir():
        raise InputError(f"{out} is a folder.", hint="Give the name of a file.")
    if not out.parent.is_dir():
        raise InputError(f"The folder {out.parent} does not exist.", hint="Make it first.")
    if not os.access(out if out.exists() else out.parent, os.W_OK):
        raise InputError(f"{out} cannot be written.", hint="Choose another place with --out.")


def write_text(out: Path, text: str) -> None:
    """Writes the whole file or leaves what was there; a text that finds no place is printed."""
    try:
        write_bytes(out, text.encode())
    except InputError as error:
        click.echo(text, nl=False)
        raise InputError(str(error), hint="It was printed instead, so nothing is lost.") from None


def write_bytes(out: Path, data: bytes) -> None:
    """Writes the whole file or leaves what was there."""
    part = out.with_name(f".{out.name}.part")
    try:
        part.write_bytes(data)
        part.replace(out)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise InputError(f"{out} could not be written ({error.strerror}).") from None


def pairs(settings: tuple[str, ...]) -> dict[str, str]:
    """NAME=VALUE arguments as a mapping."""
    found = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise InputError(f"--set {setting}: expected NAME=VALUE, as in duration=4h.")
        found[name.strip()] = value.strip()
    return found
