from __future__ import annotations

import re
from pathlib import Path

from reviewer.domain.facts import FACT_NAMES

DOC = Path(__file__).parent.parent / "docs" / "facts.md"


def test_every_fact_is_documented_and_nothing_else() -> None:
    rows = re.findall(r"^\| `([a-z_.]+)` \|", DOC.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(FACT_NAMES)
