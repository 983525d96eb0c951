"""Samplers of imbalanced-learn: its own lists, holes, categories, few positives, refusals."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from tests.resampling.samplings import mixed

from scarce.errors import ScarceError
from scarce.resampling import ImbalancedLearn
from scarce.resampling.catalog import parse
from scarce.resampling.complete_rows import CompleteRows
from scarce.resampling.imbalanced_learn import SAMPLERS

imblearn = pytest.importorskip("imblearn")
OURS = {"RandomUnderSampler", "RandomOverSampler"}  # undersample and oversample, whose undo is exact
TOLD = {"SMOTENC", "SMOTEN"}  # want to be told which columns hold categories


def test_every_sampler_that_imbalanced_learn_lists_has_a_name():
    from imblearn import combine, over_sampling, under_sampling

    listed = {name for room in (over_sampling, under_sampling, combine) for name in room.__all__}
    assert {kind for kind, _ in SAMPLERS.values()} == listed - OURS - TOLD


def test_rows_that_are_training_rows_keep_their_holes_and_made_up_ones_have_none():
    features, target, categorical = mixed()
    drawn = parse("smote").draw(features, target, categorical, 0)
    np.testing.assert_array_equal(drawn.features[: target.size], features)
    np.testing.assert_array_equal(drawn.target[: target.size], target)
    assert drawn.target[target.size :].all()
    assert not np.isnan(drawn.features[target.size :][:, (0, 1, 3)]).any()
    assert np.isnan(drawn.features[target.size :][:, 2]).any()  # a missing category is one of them


def test_a_made_up_row_lies_between_two_positives():
    rng = np.random.default_rng(0)
    target = (np.arange(60) < 3).astype(np.uint8)
    features = rng.normal(size=(60, 2)) * (1.0, 100.0)
    drawn = parse("smote").draw(features, target, (), 0)
    corners = features[:3]
    for row in drawn.features[60:]:
        gaps = []
        for a, b in ((0, 1), (0, 2), (1, 2)):
            step, to = (corners[b] - corners[a]) / (1.0, 100.0), (row - corners[a]) / (1.0, 100.0)
            along = np.clip(step @ to / (step @ step), 0.0, 1.0)
            gaps.append(np.abs(to - along * step).max())
        assert min(gaps) < 1e-9


def test_neighbours_do_not_depend_on_the_units():
    features, target, categorical = mixed()
    metres = parse("nearmiss").draw(features, target, categorical, 0)
    scaled = features * (1e6, 1.0, 1.0, 1e-3)
    np.testing.assert_array_equal(parse("nearmiss").draw(scaled, target, categorical, 0).rows, metres.rows)


def test_two_different_categories_lie_one_deviation_apart():
    features = np.array([[0.0, 1.0], [0.0, 7.0], [2.0, 1.0], [2.0, np.nan]])
    rows = CompleteRows.of(features, (1,)).complete(features)
    gaps = np.linalg.norm(rows[:, None] - rows[None], axis=2)
    assert gaps[0, 1] == pytest.approx(1.0)
    assert gaps[0, 2] == pytest.approx(2.0)  # the numbers' deviation is 1
    assert gaps[2, 3] == pytest.approx(1.0)


def test_complete_rows_come_back_as_they_were_but_for_the_holes():
    features, _, categorical = mixed()
    shape = CompleteRows.of(features, categorical)
    complete = shape.complete(features)
    assert np.isfinite(complete).all()
    assert complete.shape == (400, shape.width) == (400, 3 + 4)
    back = shape.encoded(complete)
    np.testing.assert_array_equal(back[:, 2], features[:, 2])
    for column in (0, 1, 3):
        known = ~np.isnan(features[:, column])
        np.testing.assert_allclose(back[known, column], features[known, column], rtol=1e-9, atol=1e-9)
        np.testing.assert_array_equal(back[~known, column], np.median(features[known, column]))


def test_a_column_without_any_number_and_one_without_any_difference_are_no_obstacle():
    features, target, categorical = mixed()
    features[:, 0], features[:, 1] = np.nan, 5.0
    drawn = parse("smote").draw(features, target, categorical, 0)
    assert (drawn.features[:, 1] == 5.0).all()
    assert np.isnan(drawn.features[: target.size, 0]).all()


@pytest.mark.parametrize(
    "name", ["smote", "borderline_smote", "adasyn", "smote_enn", "smote_tomek", "nearmiss"]
)
def test_fewer_positives_than_neighbours_take_all_the_others(name):
    features, target, categorical = mixed(60, 3)
    drawn = parse(name).draw(features, target, categorical, 0)
    assert 0 < drawn.target.sum() < drawn.target.size


@pytest.mark.parametrize(
    ("method", "rows", "positives", "reason"),
    [
        ("smote", 60, 1, "Expected n_neighbors <= n_samples_fit, but n_neighbors = 2"),
        ("kmeans_smote", 60, 2, "No clusters found with sufficient samples of class 1"),
        (
            "nearmiss:version=7",
            60,
            20,
            "The 'version' parameter of NearMiss must be an int in the range [1, 3]",
        ),
        ("smote:ratio=100", 60, 20, "The specified ratio required to remove samples"),
    ],
)
def test_rows_that_a_sampler_refuses_are_refused_in_two_lines(method, rows, positives, reason):
    features, target, categorical = mixed(rows, positives)
    with pytest.raises(ScarceError) as caught:
        parse(method).draw(features, target, categorical, 0)
    first, second = caught.value.two_lines().split("\n")
    assert first.startswith(
        f"error[E324]: {method} cannot draw from {rows} rows with {positives} positive(s): {reason}"
    )
    assert second == (
        "hint: leave it out of --methods, or change its parameters; undersample:ratio=10 takes any rows"
    )


class Keeps:
    """A sampler that keeps the rows of one class."""

    def __init__(self, label=0):
        self.label = label

    def get_params(self, deep=True):
        return {"label": self.label}

    def set_params(self, **settings):
        return self

    def fit_resample(self, X, y):
        return X[y == self.label], y[y == self.label]


@pytest.mark.parametrize(("label", "gone"), [(0, "positives"), (1, "negatives")])
def test_a_sampler_that_leaves_one_class_is_refused(label, gone):
    features, target, categorical = mixed(60, 20)
    with pytest.raises(ScarceError, match=f"with 20 positive.s.: it leaves no {gone}") as caught:
        ImbalancedLearn("mine", Keeps(label)).draw(features, target, categorical, 0)
    assert caught.value.code == "E324"


def test_categories_too_many_to_stand_side_by_side_are_refused_before_they_fill_the_memory():
    rows = 20_000
    features = np.arange(rows, dtype=float)[:, None]
    target = (np.arange(rows) < 50).astype(np.uint8)
    with pytest.raises(ScarceError, match=r"its table of 20,000 columns is too large") as caught:
        parse("tomek").draw(features, target, (0,), 0)
    assert caught.value.code == "E324"


def test_a_samplers_own_seed_has_its_effect_and_a_missing_one_takes_the_folds():
    from imblearn.over_sampling import SMOTE

    features, target, categorical = mixed()
    own = [ImbalancedLearn.of(SMOTE(random_state=5)).draw(features, target, categorical, s) for s in (0, 1)]
    np.testing.assert_array_equal(own[0].features, own[1].features)
    folds = [ImbalancedLearn.of(SMOTE()).draw(features, target, categorical, s) for s in (5, 1)]
    np.testing.assert_array_equal(folds[0].features, own[0].features)
    assert not np.array_equal(folds[1].features, own[0].features, equal_nan=True)


def test_a_sampler_that_wants_to_be_told_of_categories_is_refused():
    from imblearn.over_sampling import SMOTENC

    with pytest.raises(ScarceError) as caught:
        ImbalancedLearn.of(SMOTENC(categorical_features=[0]))
    assert caught.value.two_lines() == (
        "error[E323]: cannot read the method 'SMOTENC(categorical_features=[0])': which columns hold "
        "categories is known here, and it wants to be told\n"
        "hint: write smote: it takes categories from the rows that it mixes"
    )


def test_without_imbalanced_learn_one_is_told_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "imblearn", None)
    with pytest.raises(ScarceError) as caught:
        parse("smote")
    assert caught.value.two_lines() == (
        "error[E701]: smote is drawn by imbalanced-learn (undersample, oversample and balanced_bagging are "
        "not), which is not installed\nhint: pip install 'scarce[samplers]'"
    )
