"""The worker killed in the middle of a batch: nothing is lost, paid twice, or changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.jobs_kills import measure
from tests.databases import database, postgres

__all__ = ["database", "postgres"]  # fixtures


@pytest.mark.slow
def test_a_batch_survives_kills_of_its_worker(tmp_path: Path, database: str | None) -> None:
    reviews, kills = (20, 3) if database is None else (8, 2)
    found = measure(tmp_path / "home", database, reviews=reviews, kills=kills, seed=7, compared=2)
    assert found["problems"] == []
    assert found["at work"] == kills
