from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import lightgbm
import numpy as np
import pyarrow as pa
import pytest

from scarce.bundle.model import Model
from scarce.calibration import PenalisedLogistic
from scarce.data.encoding import Encoder
from scarce.decision.costs import CostSpec
from scarce.decision.rules import CostRule
from scarce.losses import catalog

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Trained:
    """A booster with every kind of split, and awkward rows to ask it about."""

    booster: lightgbm.Booster
    rows: np.ndarray


def features(n_rows: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    gaps = np.where(rng.random(n_rows) < 0.2, np.nan, rng.normal(size=n_rows))
    zeros = np.where(rng.random(n_rows) < 0.5, 0.0, rng.exponential(size=n_rows) * 1e250)
    many = np.where(rng.random(n_rows) < 0.05, np.nan, rng.integers(0, 70, n_rows))
    few = rng.integers(0, 4, n_rows)
    tiny = rng.normal(size=n_rows) * 1e-30
    return np.column_stack([rng.normal(size=n_rows), gaps, many, zeros, few, tiny])


def target(X: np.ndarray, seed: int) -> np.ndarray:
    score = X[:, 0] + 2.0 * (X[:, 2] % 7 == 3) + (X[:, 3] == 0) + np.isnan(X[:, 1]) + (X[:, 5] > 1e-30) - 3.0
    return (np.random.default_rng(seed).random(len(X)) < 1.0 / (1.0 + np.exp(-score))).astype(float)


def awkward(X: np.ndarray, seed: int) -> np.ndarray:
    """Return rows with values no training row had: huge, tiny, infinite, missing, unseen codes."""
    rng = np.random.default_rng(seed)
    scattered = rng.normal(size=X.shape) * 10.0 ** rng.integers(-320, 308, X.shape)
    rows = np.where(rng.random(X.shape) < 0.3, scattered, X)
    for value in (np.nan, 0.0, -0.0, np.inf, -np.inf, 1e-35, -1e-36, 2.0**31, -1.0, 5e-324):
        rows[rng.random(X.shape) < 0.02] = value
    return rows


def logistic(raw: np.ndarray, data: lightgbm.Dataset) -> tuple[np.ndarray, np.ndarray]:
    posterior = 1.0 / (1.0 + np.exp(-raw))
    return posterior - data.get_label(), posterior * (1.0 - posterior)


SETTINGS = {
    "objective": logistic,
    "num_leaves": 15,
    "verbose": -1,
    "num_threads": 1,
    "max_delta_step": 2.0,
    "min_data_per_group": 5,
    "cat_smooth": 1.0,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "seed": 3,
}


def train(settings: dict[str, object], rounds: int = 40) -> Trained:
    X = features(3_000, seed=1)
    data = lightgbm.Dataset(X, target(X, seed=2), categorical_feature=[2, 4], params={"verbose": -1})
    booster = lightgbm.train({**SETTINGS, **settings}, data, rounds)
    return Trained(booster, awkward(features(5_000, seed=4), seed=5))


KINDS = {
    "custom": {},
    "built-in": {"objective": "binary"},
    "zero as missing": {"zero_as_missing": True},
    "no missing": {"use_missing": False},
    "one-hot categories": {"max_cat_to_onehot": 100},
    "extra trees": {"extra_trees": True},
    "dart": {"boosting": "dart", "bagging_freq": 0},
    "goss": {"data_sample_strategy": "goss", "bagging_freq": 0},
    "stumps of one leaf": {"min_gain_to_split": 1e9},
    "deep": {"num_leaves": 200, "min_child_samples": 1},
}


@pytest.fixture(scope="session")
def trained() -> Trained:
    return train({})


@pytest.fixture(scope="session", params=list(KINDS.values()), ids=list(KINDS))
def trained_of_each_kind(request: pytest.FixtureRequest) -> Trained:
    return train(request.param, rounds=20)


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
    model = Model.of_booster(
        booster,
        encoder=encoder,
        loss=loss,
        base_score=base_score,
        offset=-0.3,
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
