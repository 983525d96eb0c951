from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import lightgbm
import numpy as np
import pyarrow as pa
import pytest
from tests.learners.stored.conftest import SETTINGS

from scarce.bundle.member import Member
from scarce.bundle.model import Model
from scarce.calibration import PenalisedLogistic
from scarce.data.encoding import Encoder
from scarce.decision.costs import CostSpec
from scarce.decision.rules import CostRule
from scarce.learners.base import Fitted
from scarce.learners.stored.trees import Trees
from scarce.losses import catalog

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Made:
    """A model packed from a booster trained here, and what the training itself says of its rows."""

    model: Model
    booster: lightgbm.Booster
    table: pa.Table
    odd: pa.Table
    log_odds: np.ndarray


def make_transactions(n_rows: int, seed: int) -> pa.Table:
    rng = np.random.default_rng(seed)
    shops = np.array([f"shop {i}" for i in range(12)] + ["rare 1", "rare 2"])
    share = np.array([1.0] * 12 + [0.005, 0.005])
    when = np.datetime64("2024-01-01") + rng.integers(0, 10**13, n_rows).astype("timedelta64[us]")
    return pa.table(
        {
            "amount": rng.exponential(40.0, n_rows),
            "age": pa.array(rng.normal(40, 12, n_rows), mask=rng.random(n_rows) < 0.2),
            "shop": pa.array(
                rng.choice(shops, n_rows, p=share / share.sum()), mask=rng.random(n_rows) < 0.05
            ),
            "abroad": rng.random(n_rows) < 0.3,
            "when": pa.array(when.astype("datetime64[us]")),
            "visits": rng.integers(0, 9, n_rows),
        }
    )


def make_frauds(table: pa.Table, seed: int) -> np.ndarray:
    shop = np.array([word in ("shop 3", "shop 7") for word in table["shop"].to_pylist()])
    abroad, amount = table["abroad"].to_numpy(), table["amount"].to_numpy()
    score = 2.0 * shop + abroad + amount / 50.0 + table["age"].is_null().to_numpy() - 4.5
    return (np.random.default_rng(seed).random(table.num_rows) < 1 / (1 + np.exp(-score))).astype(np.uint8)


def odd_transactions() -> pa.Table:
    table = make_transactions(400, seed=9)
    amounts = np.resize([0.0, 1e-300, 1e300, np.nan, 5e-324], 400)
    shops = np.resize(["shop 3", "never seen", "", "rare 1", None], 400).tolist()
    table = table.set_column(1, "age", pa.array(amounts)).set_column(2, "shop", pa.array(shops, pa.string()))
    return table.set_column(3, "abroad", pa.nulls(400, pa.bool_()))


@pytest.fixture(scope="session")
def made() -> Made:
    table = make_transactions(3_000, seed=7)
    target = make_frauds(table, seed=8)
    encoder = Encoder.fit(table)
    counts = (float((target == 0).sum()), float(target.sum()))
    loss = catalog.parse("focal:gamma=2").resolve(class_counts=counts)
    base_score = float(loss.base_score(target.mean()))

    def objective(raw: np.ndarray, data: lightgbm.Dataset) -> tuple[np.ndarray, np.ndarray]:
        gradient = loss.gradient(raw, target)
        return gradient, 3.0 / (1.0 + np.exp(-np.abs(raw))) * np.abs(gradient)

    X = encoder.encode(table)
    data = lightgbm.Dataset(
        X,
        target,
        init_score=np.full(len(X), base_score),
        categorical_feature=list(encoder.categorical),
        params={"verbose": -1},
    )
    booster = lightgbm.train({**SETTINGS, "objective": objective}, data, 30)
    calibration = PenalisedLogistic(0.1, 1.2, int(target.sum()))
    fitted = Fitted(Trees.from_booster(booster), loss, base_score, -0.3)
    model = Model(
        encoder=encoder,
        members=(Member(fitted),),
        calibration=calibration,
        rule=CostRule(0.0, CostSpec(fn="amount", fp=5.0)),
        labels=("fine", "fraud"),
        prior=float(target.mean()),
        card={"rows": len(X)},
    )
    raw = base_score + booster.predict(X, raw_score=True)
    return Made(model, booster, table, odd_transactions(), calibration.log_odds(loss.log_odds(raw) - 0.3))


@pytest.fixture(scope="session")
def transactions() -> Callable[[int, int], pa.Table]:
    return make_transactions


@pytest.fixture(scope="session")
def frauds() -> Callable[[pa.Table, int], np.ndarray]:
    return make_frauds
