"""The confusion matrix and what is read off it."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as sk

from scarce.decision import Costs
from scarce.evaluation import Confusion, CostSummary, expected_cost
from scarce.evaluation.decisions import CELL_METRICS, cells_of_rows


def rows(seed=0, n=500):
    rng = np.random.default_rng(seed)
    target = rng.random(n) < 0.1
    return target, rng.random(n) < 0.05 + 0.5 * target, rng.exponential(size=n)


@pytest.mark.parametrize("seed", range(3))
def test_scikit_learn_agrees(seed):
    target, flagged, weight = rows(seed)
    table = Confusion.of(target, flagged, weight)
    pair = {"y_true": target, "y_pred": flagged, "sample_weight": weight}
    assert table.precision == pytest.approx(sk.precision_score(**pair), rel=1e-12)
    assert table.recall == pytest.approx(sk.recall_score(**pair), rel=1e-12)
    assert table.f1 == pytest.approx(sk.f1_score(**pair), rel=1e-12)
    assert table.mcc == pytest.approx(sk.matthews_corrcoef(**pair), rel=1e-12)
    assert table.balanced_accuracy == pytest.approx(sk.balanced_accuracy_score(**pair), rel=1e-12)
    specificity = sk.recall_score(~target, ~flagged, sample_weight=weight)
    assert table.g_mean == pytest.approx(np.sqrt(table.recall * specificity), rel=1e-12)
    assert table.false_positive_rate == pytest.approx(1 - specificity, rel=1e-12)
    assert table.flagged_share == pytest.approx(np.average(flagged, weights=weight), rel=1e-12)


UNDEFINED = {
    "nothing flagged": ([1, 0], [0, 0], {"precision": np.nan, "recall": 0.0, "f1": 0.0, "mcc": 0.0}),
    "everything flagged": ([1, 0], [1, 1], {"precision": 0.5, "recall": 1.0, "mcc": 0.0}),
    "no positives": ([0, 0], [1, 0], {"precision": 0.0, "recall": np.nan, "g_mean": np.nan, "mcc": 0.0}),
    "no positives, none flagged": ([0, 0], [0, 0], {"f1": np.nan, "balanced_accuracy": np.nan}),
}


@pytest.mark.parametrize(("target", "flagged", "expected"), UNDEFINED.values(), ids=UNDEFINED.keys())
def test_undefined_figures_are_as_documented(target, flagged, expected):
    table = Confusion.of(target, flagged)
    for name, value in expected.items():
        np.testing.assert_equal(getattr(table, name), value, err_msg=name)


def test_mcc_does_not_overflow():
    assert Confusion(1e90, 1e80, 1e80, 1e90).mcc == pytest.approx(1.0)


def test_every_metric_of_cells_works_on_many_tables_at_once():
    cells = np.random.default_rng(0).poisson(3.0, (7, 4)).astype(float)
    for name, of in CELL_METRICS.items():
        np.testing.assert_array_equal(of(cells), [of(line) for line in cells], err_msg=name)
        np.testing.assert_equal(float(of(cells[0])), getattr(Confusion(*cells[0]), name))


def test_cells_of_rows_add_up_to_the_confusion_matrix():
    target, flagged, weight = rows()
    table = Confusion.of(target, flagged, weight)
    sums = cells_of_rows(target, flagged, weight).sum(axis=0)
    np.testing.assert_allclose(sums, [table.tp, table.fp, table.fn, table.tn])
    np.testing.assert_allclose(sums.sum(), weight.sum())


def test_expected_cost_is_the_plain_sum():
    target, flagged, weight = rows()
    money = np.random.default_rng(1).exponential(80.0, target.size)
    costs = Costs(fn=money, fp=5.0, tp=np.minimum(money, 1.0))
    total = 0.0
    for y, flag, w, amount, hit in zip(target, flagged, weight, money, costs.tp, strict=True):
        total += w * ((hit if flag else amount) if y else (5.0 if flag else 0.0))
    assert expected_cost(target, flagged, costs, weight) == pytest.approx(1e4 * total / weight.sum())
    summary = CostSummary.of(target, flagged, costs, weight)
    assert summary.cost == pytest.approx(1e4 * total / weight.sum())
    assert summary.flag_nothing == pytest.approx(1e4 * np.average(target * money, weights=weight))
    assert summary.flag_nothing - summary.cost == pytest.approx(
        1e4 * np.average(np.where(flagged, np.where(target, money - costs.tp, -5.0), 0.0), weights=weight)
    )
    assert summary.saving == min(summary.flag_nothing, summary.flag_everything) - summary.cost > 0.0
