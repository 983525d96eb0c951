"""``scarce.plan``: from a table in memory, from numbers, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

import scarce
from scarce.decision.costs import Costs


def test_data_in_memory_is_a_pilot() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(500, 2))
    target = features[:, 0] + rng.normal(size=500) > 1.8
    plan = scarce.plan((features, target))
    assert (plan.rows, plan.positives) == (500, int(target.sum()))
    assert "average precision" in str(plan)


def test_costs_of_rows_need_their_rows() -> None:
    with pytest.raises(scarce.ScarceError) as refused:
        scarce.plan(rows=1_000, positives=20, cost=Costs(fn=np.array([1.0, 2.0]), fp=0.5))
    assert refused.value.code == "E390"


def test_a_table_knows_how_many_rows_it_has() -> None:
    with pytest.raises(scarce.ScarceError) as refused:
        scarce.plan({"x": [1.0], "y": [1]}, "y", prevalence=0.1)
    assert refused.value.code == "E387"
