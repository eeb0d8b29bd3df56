"""Reads DOCX and PDF in a process of its own, with limits on time and memory.

A hostile file can end that process (`reviewer.intake.extraction`), not the review.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from reviewer.errors import UnreadableDesign
from reviewer.intake.plaintext import Block

_SECONDS = 30


def extract(path: Path, kind: str) -> tuple[list[Block], str, list[str]]:
    """Blocks, title and warnings of a DOCX or PDF file. Raises `UnreadableDesign`."""
    name = path.name
    command = [sys.executable, "-m", "reviewer.intake.extraction", kind, str(path.resolve())]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
        )
    except subprocess.TimeoutExpired:
        raise UnreadableDesign(
            f"{name} could not be read within {_SECONDS} seconds: it is damaged or far too large."
        ) from None
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        raise UnreadableDesign(f"{name} is damaged: reading it failed.") from None
    if "error" in answer:
        raise UnreadableDesign(f"{name} {answer['error']}")
    blocks = [Block(kind, text, level) for kind, text, level in answer["blocks"]]
    return blocks, answer["title"], answer["warnings"]
