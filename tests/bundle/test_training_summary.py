"""What a model file keeps of its training rows: shares that add up, and nothing a stranger can bend."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from scarce.bundle import strict_json
from scarce.bundle.histogram import Histogram
from scarce.bundle.serialization import from_bytes, to_bytes
from scarce.bundle.training_summary import TrainingSummary
from scarce.data.encoding import Encoder
from scarce.decision.costs import Costs
from scarce.errors import ScarceError
from scarce.errors.refusal import RefusalError

if TYPE_CHECKING:
    from conftest import Made


@pytest.fixture(scope="module")
def summary() -> TrainingSummary:
    rng = np.random.default_rng(0)
    target = (rng.random(3_000) < 0.05).astype(np.uint8)
    table = pa.table(
        {
            "amount": rng.exponential(40.0, 3_000),
            "shop": rng.choice(["a", "b", "c"], 3_000, p=[0.6, 0.3, 0.1]),
            "when": pa.array(np.datetime64("2026-01-01", "us") + np.arange(3_000)),
            "few": pa.array(np.where(rng.random(3_000) < 0.7, 0.0, 7.0), mask=rng.random(3_000) < 0.1),
        }
    )
    encoder = Encoder.fit(table)
    unseen = rng.normal(-3.0 + 2.0 * target, 1.0)
    costs = Costs(fn=table["amount"].to_numpy(), fp=5.0)
    return TrainingSummary.of(encoder, encoder.encode(table), unseen, unseen, target, None, costs)


def test_shares_are_those_of_the_rows(summary: TrainingSummary) -> None:
    assert list(summary.columns) == ["amount", "shop", "few"]  # a later batch has later dates
    for histogram in summary.columns.values():
        assert sum(histogram.shares) == pytest.approx(1.0, abs=1e-5)
    assert summary.columns["shop"].shares == pytest.approx((0.0, 0.6, 0.3, 0.1, 0.0), abs=0.03)
    assert summary.columns["few"].shares == pytest.approx((0.0, 0.63, 0.27, 0.1), abs=0.03)
    assert summary.negatives.rows + summary.positives.rows == summary.rows == 3_000
    assert summary.stake == pytest.approx(40.0 * np.log(100.0), rel=0.15)


def test_weights_move_shares_and_make_no_evidence() -> None:
    encoder = Encoder.fit(pa.table({"x": [1.0, 2.0]}))
    features, target = (
        np.repeat([[1.0], [2.0]], 100, axis=0),
        np.resize(np.array([1, 0], dtype=np.uint8), 200),
    )
    scores, weight = np.resize([0.0, -1.0], 200), np.repeat([1.0, 9.0], 100)
    plain, weighed = (
        TrainingSummary.of(encoder, features, scores, scores, target, given, None) for given in (None, weight)
    )
    two = [[share for share in one.columns["x"].shares if share] for one in (plain, weighed)]
    assert two == [[0.5, 0.5], [0.1, 0.9]]
    assert weighed.rows < plain.rows == 200
    assert weighed.positives.rows < plain.positives.rows == 100


@pytest.mark.parametrize("beyond", [34.53877, 34.6, 40.0, 700.0])
def test_a_summary_of_rows_that_are_all_but_certain_can_be_read_again(beyond: float) -> None:
    encoder = Encoder.fit(pa.table({"x": [1.0, 2.0]}))
    target = np.resize(np.array([1, 0], dtype=np.uint8), 200)
    features = 2.0 - target[:, None]
    scores = np.where(target == 1, beyond, -beyond) * np.linspace(0.9, 1.0, 200)
    summary = TrainingSummary.of(encoder, features, scores, scores, target, None, None)
    assert TrainingSummary.from_dict(json.loads(json.dumps(summary.to_dict()))) == summary


def test_a_value_lies_in_the_bin_that_its_cuts_say() -> None:
    histogram = Histogram((1.0, 2.0), (0.25, 0.25, 0.25, 0.25))
    assert histogram.bins(np.array([0.5, 1.0, 1.5, 2.0, np.inf, np.nan])).tolist() == [0, 1, 1, 2, 2, 3]


def test_no_value_of_a_row_is_in_it(summary: TrainingSummary) -> None:
    """Cuts are quantiles rounded to six digits, so that none is a row's own number."""
    rng = np.random.default_rng(0)
    rng.random(3_000)
    amounts = set(rng.exponential(40.0, 3_000).tolist())
    assert amounts.isdisjoint(summary.columns["amount"].cuts)
    assert len(strict_json.dumps(summary.to_dict())) < 4_000


def test_it_comes_back_with_its_model(made: Made, summary: TrainingSummary) -> None:
    own = replace(summary, columns={"amount": summary.columns["amount"]})
    data = to_bytes(replace(made.model, summary=own))
    assert from_bytes(data).summary == own
    assert to_bytes(from_bytes(data)) == data
    strange = replace(summary, columns={"no column": summary.columns["amount"]})
    with pytest.raises(ScarceError, match="its summary is of other columns"):
        from_bytes(to_bytes(replace(made.model, summary=strange)))


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in below for place in places(item, (*path, key)))]


VALUES: tuple[Any, ...] = (None, True, -1, 0, 10**19, -0.5, 1e308, float("nan"), "x", [], {}, [1.0], {"a": 1})


def test_whatever_is_put_in_it_is_refused_or_means_something(summary: TrainingSummary) -> None:
    known = json.loads(strict_json.dumps(summary.to_dict()))
    refused = 0
    for place in places(known)[1:]:
        for value in VALUES:
            changed = json.loads(json.dumps(known))
            holder = changed
            for key in place[:-1]:
                holder = holder[key]
            holder[place[-1]] = value
            try:
                read = TrainingSummary.from_dict(changed)
            except (ScarceError, RefusalError):
                refused += 1
            else:
                assert all(np.isfinite(one.shares).all() for one in read.columns.values())
    assert refused > 1_000
