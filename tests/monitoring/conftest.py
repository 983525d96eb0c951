"""A small model of payments, and the payments that come after its training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import scarce

if TYPE_CHECKING:
    from collections.abc import Callable

    from scarce.bundle.model import Model

    Payments = dict[str, np.ndarray]


def make_payments(rows: int, seed: int, rate: float = 0.1) -> Payments:
    rng = np.random.default_rng(seed)
    fraud = rng.random(rows) < rate
    return {
        "amount": np.exp(rng.normal(3.0 + fraud, 1.0)),
        "hour": rng.normal(14.0 + 3.0 * fraud, 4.0),
        "channel": np.where(rng.random(rows) < 0.2 + 0.4 * fraud, "phone", "web"),
        "day": np.arange(rows) // 100,
        "fraud": np.where(fraud, "yes", "no"),
    }


@pytest.fixture(scope="session")
def payments() -> Callable[..., Payments]:
    return make_payments


@pytest.fixture(scope="session")
def model() -> Model:
    trial = scarce.run(
        make_payments(3_000, seed=101),
        "fraud",
        cost="fn=amount,fp=5",
        drop=["day"],
        learners=["linear"],
        methods=["brier"],
        folds=3,
        replicates=50,
        progress=False,
    )
    assert trial.model is not None
    return trial.model
