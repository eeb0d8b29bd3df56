"""The reviewer does not get worse: a small evaluation against stored figures."""

from __future__ import annotations

import pytest

from benchmarks.evaluation_gate import TOLERANCE, measured, stored, worse


def test_no_figure_is_worse_than_the_stored_one() -> None:
    assert worse(measured(), stored()) == []


@pytest.mark.parametrize("name", sorted(TOLERANCE))
def test_the_gate_sees_what_gets_worse(name: str) -> None:
    before = dict.fromkeys(TOLERANCE, 0.5)
    down = 1 if TOLERANCE[name] > 0 else -1
    assert worse({**before, name: 0.5 + 0.2 * down}, before)
    assert not worse({**before, name: 0.5 - 0.2 * down}, before)
    assert not worse(before, before)
