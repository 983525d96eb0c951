"""What is calibrated is what will be met: the ratio on new rows of a table with many equal rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from tests.campaign import FULL, share

from scarce.data.dataset import Dataset
from scarce.trial.config import TrialConfig
from scarce.trial.run import run_trial

if TYPE_CHECKING:
    from collections.abc import Callable

CONFIG = TrialConfig(methods=("control",), learners=("lightgbm",), folds=3, replicates=50, max_rounds=100)
NEW = 50_000
BIAS = 0.02  # boosting itself is that far off on the continuous rows, with or without equal ones
FEATURES = [f"x{i}" for i in range(5)]


def table(rng: np.random.Generator, rows: int, share_equal: float, rate: float, blocks: int = 1) -> pa.Table:
    """Rows of which a share falls on a few points, where `rate` are positive, and 5 % or so of the others."""
    x = rng.normal(size=(rows, 5))
    positive = rng.random(rows) < 1.0 / (1.0 + np.exp(3.0 - 1.2 * x[:, 0] - 0.8 * x[:, 1] * x[:, 2]))
    equal = rng.random(rows) < share_equal
    points = np.random.default_rng(7).normal(size=(blocks, 5)) * (blocks > 1)
    x[equal] = points[rng.integers(0, blocks, rows)[equal]]
    positive[equal] = rng.random(int(equal.sum())) < rate
    return pa.table(dict(zip(FEATURES, x.T, strict=True)) | {"y": positive.astype(int)})


def ratio(seed: int, share_equal: float, rate: float, blocks: int) -> tuple[float, float]:
    """Return the log of expected over observed positives on new rows, and its variance by chance."""
    rng = np.random.default_rng(seed)
    learnt = table(rng, 6000, share_equal, rate, blocks)
    _, model = run_trial(Dataset.prepare(learnt, "y", positive="1"), CONFIG)
    new = table(rng, NEW, share_equal, rate, blocks)
    expected, observed = model.posterior(new.select(FEATURES)).sum(), np.sum(new["y"].to_numpy())
    return float(np.log(expected / observed)), 1.0 / np.sum(learnt["y"].to_numpy()) + 1.0 / observed


FEW = [(0.3, 0.15, 1), (0.3, 0.2, 10)]
MANY = [(share, rate, 1) for share in (0.005, 0.01, 0.02, 0.1, 0.5) for rate in (0.001, 0.05, 0.3, 0.9)]
MANY += [(0.3, 0.005, 1), (0.3, 0.2, 30), (0.5, 0.1, 80)]


@pytest.mark.campaign
@pytest.mark.parametrize("case", FEW + MANY * FULL, ids=str)
def test_the_calibration_ratio_on_new_rows_is_one(
    case: tuple[float, float, int], tally: Callable[[str, int], None]
) -> None:
    found = np.array([ratio(seed, *case) for seed in range(max(2, share(10)))])
    tally("truths", len(found))
    error = np.sqrt(found[:, 1].sum()) / len(found)
    assert abs(found[:, 0].mean()) < 3.0 * error + BIAS
