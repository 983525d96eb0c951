"""Models of every shape that an export meets, small, with a column of every kind."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import lightgbm
import numpy as np
import pytest
from tests.bundle.conftest import SETTINGS, make_frauds, make_transactions

from scarce.bundle.member import Member
from scarce.bundle.model import Model
from scarce.calibration import IDENTITY, PenalisedBeta, PenalisedLogistic
from scarce.data.encoding import Encoder
from scarce.decision.costs import CostSpec
from scarce.decision.rules import CostRule
from scarce.learners.base import Fitted
from scarce.learners.stored.linear import LinearColumns, LinearModel
from scarce.learners.stored.trees import Trees
from scarce.losses import catalog

if TYPE_CHECKING:
    import pyarrow as pa

ROUNDS = 12


@dataclass(frozen=True)
class Trained:
    """A booster on a table with numbers, gaps, categories, truth values and dates."""

    encoder: Encoder
    trees: Trees
    table: pa.Table
    target: np.ndarray


def train(rounds: int = ROUNDS, without: tuple[str, ...] = (), **settings: object) -> Trained:
    table = make_transactions(2_000, seed=3)
    target = make_frauds(table, seed=4)
    table = table.drop_columns(list(without))
    encoder = Encoder.fit(table)
    data = lightgbm.Dataset(
        encoder.encode(table),
        target.astype(float),
        categorical_feature=list(encoder.categorical),
        params={"verbose": -1},
    )
    booster = lightgbm.train({**SETTINGS, **settings}, data, rounds)
    return Trained(encoder, Trees.from_booster(booster), table, target)


@pytest.fixture(scope="session")
def trained() -> Trained:
    return train()


def of_loss(name: str) -> object:
    return catalog.parse(name).resolve(class_counts=(1_900, 100))


def model_of(trained: Trained, *members: Member, calibration: object = IDENTITY) -> Model:
    return Model(
        encoder=trained.encoder,
        members=members,
        calibration=calibration,
        rule=CostRule(0.1, CostSpec(fn="amount", fp=5.0), 77),
        labels=("fine", "fraud"),
        prior=0.05,
        card={"data": {"name": "payments.csv", "target": "fraud"}, "rows": 2_000, "positives": 100},
    )


LINE = PenalisedLogistic(0.25, 1.1, 30)
CURVE = PenalisedBeta(-0.5, 0.75, 1.25, 1_200)


@pytest.fixture(scope="session")
def booster(trained: Trained) -> Model:
    fitted = Fitted(trained.trees, of_loss("focal:gamma=2,class_weight=balanced"), -1.5, -0.25)
    return model_of(trained, Member(fitted), calibration=LINE)


def forest_member(trained: Trained) -> Member:
    shares = 1.0 / (1.0 + np.exp(-trained.trees.leaf_value))
    forest = replace(trained.trees, leaf_value=shares, averaged=0.05)
    return Member(Fitted(forest, of_loss("cross_entropy"), 0.0, 0.0), CURVE, 0.4)


@pytest.fixture(scope="session")
def forest(trained: Trained) -> Model:
    return model_of(trained, forest_member(trained))


def linear_model(trained: Trained) -> LinearModel:
    """Return a linear model of the table's numbers, with ramps, gaps and categories."""
    rng = np.random.default_rng(1)
    categorical = trained.encoder.categorical
    features = trained.encoder.encode(trained.table)
    number = np.array([i for i in range(features.shape[1]) if i not in categorical], np.int32)
    low, high = np.nanmin(features[:, number], axis=0), np.nanmax(features[:, number], axis=0)
    exponent = np.frexp(np.maximum(abs(low), abs(high)))[1].astype(np.int32)
    codes = range(-1, 14)
    columns = LinearColumns(
        features.shape[1],
        number=number,
        low=low,
        high=high,
        exponent=exponent,
        centre=rng.uniform(0.0, 0.5, number.size),
        scale=rng.uniform(0.1, 0.5, number.size),
        ramp=np.array([0, 0, 1, 4], np.int32),
        ramp_low=np.array([0.0, 0.25, 0.125, -0.5]),
        ramp_high=np.array([0.25, 0.5, 0.75, 0.875]),
        missing=np.array([1, 3], np.int32),
        category=np.full(len(codes), categorical[0], np.int32),
        code=np.array(codes, np.int32),
    )
    return LinearModel(columns, rng.normal(size=columns.n_columns), -2.0)


@pytest.fixture(scope="session")
def linear(trained: Trained) -> Model:
    fitted = Fitted(linear_model(trained), of_loss("focal:gamma=1"), 0.0, 0.0)
    return model_of(trained, Member(fitted), calibration=LINE)


@pytest.fixture(scope="session")
def blend(trained: Trained) -> Model:
    fitted = Fitted(trained.trees, of_loss("cross_entropy"), -3.0, 0.0)
    line = Member(Fitted(linear_model(trained), of_loss("cross_entropy"), 0.0, 0.0), weight=0.2)
    return model_of(trained, Member(fitted, LINE, 0.4), line, forest_member(trained), calibration=LINE)
