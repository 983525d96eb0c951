from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from tests.campaign import share
from tests.learners.test_posterior_table import SOUND

from scarce.bundle.member import Member
from scarce.bundle.model import Model
from scarce.bundle.row_sketch import RowSketch
from scarce.bundle.serialization import from_bytes, to_bytes
from scarce.calibration import PenalisedBeta, PenalisedLogistic
from scarce.data.cells.date_notation import DateNotation
from scarce.data.cells.notations import Cells
from scarce.data.cells.number_notation import NumberNotation
from scarce.data.encoding import Encoder
from scarce.decision.costs import CostSpec
from scarce.decision.rules import CostRule
from scarce.learners.base import Fitted
from scarce.learners.stored.linear import COLUMN_ARRAYS, LinearColumns, LinearModel
from scarce.learners.stored.posterior_table import PosteriorTable
from scarce.learners.stored.trees import DTYPES, Trees
from scarce.losses import catalog

if TYPE_CHECKING:
    from collections.abc import Callable

BATCHES = 4

TREES = {
    "num_leaves": [3, 1, 2],
    "num_cat": [1, 0, 0],
    "shrinkage": [0.1, 1.0, 0.1],
    "split_feature": [0, 1, 2],
    "threshold": [0.5, 0.0, np.inf],
    "decision_type": [2, 9, 10],
    "left_child": [-1, -2, -1],
    "right_child": [1, -3, -2],
    "split_gain": [3.0, 2.0, 1.0],
    "internal_count": [10, 6, 10],
    "leaf_value": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6],
    "leaf_count": [4, 3, 3, 10, 5, 5],
    "cat_words": [2],
    "cat_bits": [1, 2],
}


@dataclass(frozen=True)
class Victim:
    """A model file, rows to ask whatever becomes of it about, and how many of its kind to try.

    Only what a model holds differs from kind to kind: what the others share is tried on the `first` alone.
    """

    data: bytes
    table: pa.Table
    mutants: int
    first: bool


@pytest.fixture(params=range(BATCHES), ids=lambda batch: f"batch {batch}")
def seeds(request: pytest.FixtureRequest, victim: Victim, tally: Callable[[str, int], None]) -> range:
    """The seeds of one batch: of a campaign, or of its 2 % slice."""
    size = share(victim.mutants) // BATCHES
    tally("models", size)
    return range(request.param * size, (request.param + 1) * size)


def trees(averaged: float | None = None) -> Trees:
    arrays = {name: np.array(TREES[name], dtype) for name, dtype in DTYPES.items()}
    return Trees(3, averaged=averaged, **arrays)


def linear() -> LinearModel:
    arrays = {
        "number": [0, 2],
        "low": [0.0, -1.0],
        "high": [1e100, 5.0],
        "exponent": [333, 3],
        "centre": [0.25, 0.125],
        "scale": [0.5, 0.25],
        "ramp": [0, 0],
        "ramp_low": [0.0, 0.25],
        "ramp_high": [0.25, 0.5],
        "missing": [1, 2],
        "category": [1, 1],
        "code": [-1, 2],
    }
    typed = {name: np.array(arrays[name], dtype) for name, dtype in COLUMN_ARRAYS.items()}
    columns = LinearColumns(3, **typed)
    return LinearModel(columns, np.linspace(-2.0, 2.0, columns.n_columns), 0.5)


FOCAL = catalog.parse("focal:gamma=2,class_weight=balanced").resolve(class_counts=(90, 10))
PLAIN = catalog.parse("cross_entropy").resolve(class_counts=(90, 10))
BOOSTER = Member(Fitted(trees(), FOCAL, -1.5, -0.25))
FOREST = Member(Fitted(trees(0.1), PLAIN, 0.0, 0.0))
LINEAR = Member(Fitted(linear(), FOCAL, -1.5, 0.0))
OWN = Member(Fitted(trees(), PosteriorTable.from_dict(SOUND), -1.5, -0.25))
KINDS = {
    "booster": ((BOOSTER,), 50_000),
    "a user's loss": ((OWN,), 10_000),
    "forest": ((FOREST,), 20_000),
    "linear": ((LINEAR,), 20_000),
    "blend": (
        (
            replace(BOOSTER, weight=0.5),
            replace(LINEAR, weight=0.25),
            replace(FOREST, calibration=PenalisedLogistic(0.5, 0.9), weight=0.25),
        ),
        20_000,
    ),
}


of_one_kind = pytest.mark.parametrize("victim", ["booster"], indirect=True)
"""For what is the same whatever a model holds."""


@pytest.fixture(scope="session", params=list(KINDS))
def victim(request: pytest.FixtureRequest) -> Victim:
    members, mutants = KINDS[request.param]
    words = ["shop 1", "shop 2", "shop 3", None] * 10
    table = pa.table(
        {
            "amount": [0.0, 1.0, 7.5, 1e100] * 10,
            "shop": pa.array(words, pa.string()),
            "age": [5.0, None, -1.0, 2.0] * 10,
        }
    )
    ways = {"paid": NumberNotation(",", ".", "EUR"), "when": DateNotation("DD/MM/YYYY")}
    model = Model(
        encoder=Encoder.fit(table, cells=Cells(",", ("unknown",), None, ways)),
        members=members,
        calibration=PenalisedBeta(-0.5, 0.75, 1.25, 1_200),
        rule=CostRule(0.1, CostSpec(fn="amount", fp=5.0), 77),
        labels=("fine", "fraud"),
        prior=0.1,
        card={"rows": 40, "scores": {"AP": [0.1, 0.2]}, "note": '[{"é'},
        sketch=RowSketch.of(Encoder.fit(table).encode(table)) if len(members) == 1 else None,
    )
    data = to_bytes(model)
    assert to_bytes(from_bytes(data)) == data
    return Victim(data, table.slice(0, 4), mutants, request.param == next(iter(KINDS)))
