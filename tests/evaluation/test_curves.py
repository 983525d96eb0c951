"""Curves: every point is a point of the full curve, and no corner is lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from scarce.decision import CostRule, Costs, fit_cost_rule
from scarce.decision.arrays import expit
from scarce.evaluation import Confusion, CostSummary, average_precision, expected_cost
from scarce.evaluation.cost_curve import cost_curve
from scarce.evaluation.curves import capacity_curve, precision_recall_curve
from scarce.evaluation.every_cut import explorer_table
from scarce.evaluation.reliability import reliability_curve
from scarce.evaluation.thinning import corners, slider_positions


def rows(n=40_000, seed=0, prior=-6.0):
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(prior, 2.0, n)
    return rng.random(n) < expit(log_odds), log_odds, rng.exponential(size=n)


def test_precision_and_recall_are_scikit_learns():
    target, score, weight = rows(200)
    curve = precision_recall_curve(target, score, weight)
    precision, recall, _ = sk.precision_recall_curve(target, score, sample_weight=weight)
    np.testing.assert_allclose(curve.recall, recall[:-1][::-1], rtol=1e-12)
    np.testing.assert_allclose(curve.precision, precision[:-1][::-1], rtol=1e-12)


def test_a_thinned_curve_keeps_its_points_and_its_area():
    target, score, weight = rows()
    full = precision_recall_curve(target, score, weight, most=10**9)
    thin = precision_recall_curve(target, score, weight)
    assert thin.recall.size <= 300 < full.recall.size
    points = set(zip(full.recall, full.precision, strict=True))
    assert points.issuperset(zip(thin.recall, thin.precision, strict=True))
    assert thin.average_precision == full.average_precision
    assert thin.average_precision == pytest.approx(average_precision(target, score, weight))
    area = np.trapezoid(thin.precision, thin.recall)
    assert area == pytest.approx(np.trapezoid(full.precision, full.recall), abs=0.01)
    assert thin.prevalence == pytest.approx(np.average(target, weights=weight))


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=400), st.integers(8, 60))
@settings(max_examples=100, deadline=None)
def test_thinning_keeps_ends_and_extremes(values, most):
    y = np.array(values)
    kept = corners(np.arange(y.size, dtype=float), y, most)
    assert kept.size <= max(most, 4)
    assert (np.diff(kept) > 0).all()
    assert {0, y.size - 1} <= set(kept.tolist())
    assert y[kept].min() == y.min()
    assert y[kept].max() == y.max()
    falling = corners(-np.arange(y.size, dtype=float), y, most)
    assert y[falling].max() == y.max()


def test_calibrated_rows_lie_on_the_diagonal():
    target, score, weight = rows(200_000)
    curve = reliability_curve(target, score, weight)
    inside = (curve.low <= curve.predicted) & (curve.predicted <= curve.high)
    assert inside.mean() > 0.8
    assert (np.diff(curve.predicted) > 0).all()
    assert curve.rows.sum() == target.size
    assert curve.positives.sum() == target.sum()
    assert curve.predicted[0] < 1e-3 < 0.3 < curve.predicted[-1]


def test_a_bin_is_the_rows_between_two_scores():
    target, score, weight = rows(3000)
    curve = reliability_curve(target, score, weight)
    order = np.argsort(score)
    first = order[: int(curve.rows[0])]
    p = expit(score[first])
    assert curve.predicted[0] == pytest.approx(np.average(p, weights=weight[first]))
    assert curve.observed[0] == pytest.approx(np.average(target[first], weights=weight[first]))


def test_wilson_intervals_are_the_textbooks():
    from scipy import stats

    curve = reliability_curve([1] * 3 + [0] * 7, [0.0] * 10)
    low, high = stats.binomtest(3, 10).proportion_ci(method="wilson")
    assert (curve.low[0], curve.high[0]) == pytest.approx((low, high))
    # weights that differ are worth fewer rows
    wide = reliability_curve([1] * 3 + [0] * 7, [0.0] * 10, [9, 1, 1, 1, 1, 1, 1, 9, 1, 1])
    assert wide.high[0] - wide.low[0] > high - low


def test_equal_scores_are_one_bin():
    curve = reliability_curve([1, 0, 0, 0] * 50, [0.0] * 200)
    assert curve.rows.tolist() == [200.0]


def test_capacity_is_recall_against_share():
    target, score, weight = rows(300)
    curve = capacity_curve(target, score, weight)
    for share, recall, precision in zip(curve.share, curve.recall, curve.precision, strict=True):
        order = np.argsort(-score)
        count = np.argmin(np.abs(np.cumsum(weight[order]) / weight.sum() - share)) + 1
        top = order[:count]
        assert recall == pytest.approx((weight * target)[top].sum() / (weight * target).sum())
        assert precision == pytest.approx(np.average(target[top], weights=weight[top]))


@pytest.mark.parametrize("per_row", [True, False], ids=["cost column", "numbers"])
def test_each_line_of_the_explorer_is_what_its_cut_does(per_row):
    target, score, weight = rows(3000)
    money = np.where(np.arange(3000) % 50 == 0, 0.0, np.random.default_rng(1).exponential(90.0, 3000))
    costs = Costs(fn=money if per_row else 90.0, fp=5.0, tp=0.0)
    table = explorer_table(target, score, weight, costs=costs, at=(0.0, 1.2345), most=60)
    assert table.cut.size <= 60
    assert (np.diff(table.cut) < 0).all()
    for line in range(0, table.cut.size, 7):
        flags = CostRule(float(table.cut[line])).flag(score, costs)
        confusion = Confusion.of(target, flags, weight)
        found = (table.tp[line], table.fp[line], table.fn[line], table.tn[line])
        expected = (confusion.tp, confusion.fp, confusion.fn, confusion.tn)
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)
        assert table.cost[line] == pytest.approx(expected_cost(target, flags, costs, weight), rel=1e-9)


@pytest.mark.parametrize("cut", [-1.5, 0.0, 0.7, 40.0, -40.0])
def test_the_rules_own_cut_is_in_the_explorer(cut):
    target, score, weight = rows(3000)
    costs = Costs(fn=np.random.default_rng(1).exponential(90.0, 3000), fp=5.0)
    table = explorer_table(target, score, weight, costs=costs, at=(cut,), most=20)
    flags = CostRule(cut).flag(score, costs)
    (line,) = np.flatnonzero(table.cut == cut)
    assert table.tp[line] + table.fp[line] == pytest.approx(weight[flags].sum(), rel=1e-9, abs=1e-9)


def test_the_cost_curve_holds_its_landmarks():
    target, score, weight = rows()
    costs = Costs(fn=np.random.default_rng(1).exponential(90.0, target.size), fp=5.0)
    curve = cost_curve(target, score, weight, costs=costs)
    assert curve.cut.size <= 300
    rule = fit_cost_rule(score, target, costs, weight)
    assert curve.best == pytest.approx(expected_cost(target, rule.flag(score, costs), costs, weight))
    assert curve.cost.min() == pytest.approx(curve.best)
    bayes = CostSummary.of(target, CostRule().flag(score, costs), costs, weight)
    assert curve.bayes == pytest.approx(bayes.cost)
    assert curve.nothing == pytest.approx(bayes.flag_nothing)
    assert curve.everything == pytest.approx(bayes.flag_everything)
    assert curve.cost[0] == pytest.approx(curve.nothing)
    assert curve.cost[-1] == pytest.approx(curve.everything)


def test_slider_positions_fit_the_number_asked_for():
    tp, fp = np.sort(np.random.default_rng(0).random((2, 5000)) * 50, axis=1)
    kept = slider_positions(tp, fp, np.array([17, 4000]), 100)
    assert kept.size <= 100
    assert {0, 17, 4000, 4999} <= set(kept.tolist())


@pytest.mark.parametrize(
    "curve",
    [precision_recall_curve, capacity_curve],
    ids=["precision-recall", "capacity"],
)
def test_without_positives_a_curve_is_empty(curve):
    assert curve([0, 0], [0.0, 1.0]).recall.size == 0


def test_no_rows_make_no_bins_and_no_cuts():
    assert reliability_curve([], []).rows.size == 0
    table = explorer_table([1, 0], [np.inf, -np.inf])
    assert table.tp.tolist() == [1.0]
