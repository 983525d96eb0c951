"""Whole trials on tables of nothing but noise: nothing is called better or worse oftener than promised."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats
from tests.campaign import share

from scarce.data.dataset import Dataset
from scarce.trial.config import TrialConfig
from scarce.trial.run import run_trial

if TYPE_CHECKING:
    from collections.abc import Callable

METHODS = ("weighted_cross_entropy", "focal:gamma=2", "undersample:ratio=5")
SIZES = [(20, 400), (50, 1000), (100, 500), (200, 2000)]  # positives, rows
LEVEL = 0.05  # of any false call in a trial, over its treatments


def noise(positives: int, rows: int, rng: np.random.Generator) -> pa.Table:
    columns = {f"x{i}": rng.normal(size=rows) for i in range(3)}
    columns["kind"] = rng.choice(["web", "shop", "phone"], rows)
    columns["amount"] = rng.lognormal(3.0, 1.0, rows).round(2)
    return pa.table({**columns, "fraud": np.where(rng.permutation(rows) < positives, "yes", "no")})


@pytest.mark.campaign
@pytest.mark.parametrize("cost", [None, "fn=amount,fp=5"], ids=["average precision", "costs"])
@pytest.mark.parametrize(("positives", "rows"), SIZES, ids=[f"{size[0]} of {size[1]}" for size in SIZES])
def test_noise_is_called_no_oftener_than_promised(
    positives: int, rows: int, cost: str | None, tally: Callable[[str, int], None]
) -> None:
    trials, called = share(25), 0
    for seed in range(trials):
        rng = np.random.default_rng([positives, seed])
        dataset = Dataset.prepare(noise(positives, rows, rng), target="fraud", positive="yes", cost=cost)
        config = TrialConfig(METHODS, ("lightgbm",), max_rounds=20, replicates=50, seed=seed)
        result, _ = run_trial(dataset, config)
        called += any(difference.outcome in {"better", "worse"} for difference in result.differences)
    tally("noise", trials * len(METHODS))
    assert called <= stats.binom.ppf(0.999, trials, LEVEL)
