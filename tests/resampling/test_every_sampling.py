"""Laws of all samplings: training rows alone, by the seed alone, and a constant model comes back."""

from __future__ import annotations

import numpy as np
import pytest
from tests.resampling.samplings import NAMES, SYNTHETIC, every_sampling, features_of, mixed, sampling


def log_odds(target: np.ndarray) -> float:
    return float(np.log(target.sum()) - np.log(target.size - target.sum()))


@every_sampling
def test_a_constant_model_of_what_was_drawn_comes_back_as_that_of_the_rows(name):
    features, target, categorical = mixed()
    drawn = sampling(name).draw(features, target, categorical, 3)
    assert log_odds(drawn.target) + drawn.offset == pytest.approx(log_odds(target), abs=1e-12)


@every_sampling
def test_the_seed_decides(name):
    features, target, categorical = mixed()
    drawn, again = (sampling(name).draw(features, target, categorical, 3) for _ in range(2))
    np.testing.assert_array_equal(drawn.target, again.target)
    np.testing.assert_array_equal(features_of(drawn, features), features_of(again, features))


@pytest.mark.parametrize("name", ["undersample:ratio=3", "oversample:ratio=1", "one bag of several", "smote"])
def test_another_seed_draws_other_rows(name):
    features, target, categorical = mixed()
    drawn, other = (
        features_of(sampling(name).draw(features, target, categorical, seed), features) for seed in (3, 4)
    )
    assert not np.array_equal(drawn, other, equal_nan=True)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in SYNTHETIC])
def test_nothing_is_drawn_but_training_rows(name):
    features, target, categorical = mixed()
    drawn = sampling(name).draw(features, target, categorical, 3)
    assert drawn.features is None
    assert drawn.rows.dtype == np.int64
    assert (np.diff(drawn.rows) >= 0).all()
    assert drawn.rows[0] >= 0
    assert drawn.rows[-1] < target.size
    np.testing.assert_array_equal(drawn.target, target[drawn.rows])


@pytest.mark.parametrize("name", SYNTHETIC)
def test_nothing_is_made_up_but_what_lies_between_training_rows(name):
    """Rows that were not given, outside the range of those that were, leave no trace."""
    features, target, categorical = mixed()
    drawn = sampling(name).draw(features, target, categorical, 3)
    assert drawn.rows is None
    assert set(drawn.features[:, 2][~np.isnan(drawn.features[:, 2])]) <= {1.0, 2.0, 7.0}
    for column in (0, 1, 3):
        values = drawn.features[:, column]
        known = features[:, column]
        slack = 1e-12 * np.nanmax(np.abs(known))
        if name == "svm_smote":  # goes on beyond the outermost positives, by half of the way to them
            slack = 0.5 * np.ptp(known[~np.isnan(known)])
        assert np.nanmin(values) >= np.nanmin(known) - slack
        assert np.nanmax(values) <= np.nanmax(known) + slack


@every_sampling
def test_what_was_given_stays_as_it_was(name):
    features, target, categorical = mixed()
    before = features.copy(), target.copy()
    sampling(name).draw(features, target, categorical, 3)
    np.testing.assert_array_equal(features, before[0])
    np.testing.assert_array_equal(target, before[1])
