"""Every score of an arm beside the metric's own function, pooled and by fold."""

from __future__ import annotations

import numpy as np
import pytest

from scarce import evaluation
from scarce.decision.costs import Costs
from scarce.evaluation.intervals import Bootstrap
from scarce.trial.scoring import Rows, metrics_of

COSTS = Costs(fn=np.linspace(1.0, 90.0, 2000), fp=5.0)


def rows(weighted: bool = False) -> Rows:
    rng = np.random.default_rng(5)
    log_odds = rng.normal(-3.0, 2.0, 2000)
    target = (rng.random(2000) < 1.0 / (1.0 + np.exp(-log_odds))).astype(np.uint8)
    weight = np.where(target == 1, 1.0, 7.0) if weighted else None
    return Rows(target, log_odds, COSTS.score(log_odds) > 0.0, weight, COSTS, None, np.arange(2000) % 4)


def by_hand(given: Rows) -> dict[str, float]:
    """Return the ranking metrics of rows that belong together, by the public functions."""
    data = (given.target, given.log_odds, given.weight)
    k = float(given.target.sum() if given.weight is None else given.weight[given.target == 1].sum())
    return {
        "average_precision": evaluation.average_precision(*data),
        "roc_auc": evaluation.roc_auc(*data),
        "partial_auc": evaluation.partial_auc(*data, max_fpr=0.01),
        "recall_at_precision": evaluation.recall_at_precision(*data, precision=0.5),
        "precision_at_k": evaluation.precision_at_k(*data, k=k),
    }


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
def test_one_fold_has_the_functions_own_values(weighted):
    fold = rows(weighted).take(np.arange(0, 2000, 4))
    found = fold.values()
    for name, value in by_hand(fold).items():
        assert found[name] == pytest.approx(value, rel=1e-12), name


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
def test_ranking_is_the_mean_over_folds(weighted):
    given = rows(weighted)
    found = given.estimates(Bootstrap(50))
    folds = [by_hand(given.take(np.flatnonzero(given.part == k))) for k in range(4)]
    for name in folds[0]:
        # k is the same in every fold, and the folds' numbers of positives differ a little
        close = 0.05 if name == "precision_at_k" else 1e-9
        assert found[name].value == pytest.approx(np.mean([f[name] for f in folds]), rel=close), name


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
def test_everything_else_is_over_all_rows(weighted):
    given = rows(weighted)
    data = (given.target, given.log_odds, given.weight)
    counts = evaluation.Confusion.of(given.target, given.flagged, given.weight)
    expected = {
        "log_loss": evaluation.log_loss(*data),
        "brier": evaluation.brier(*data),
        "calibration_ratio": evaluation.calibration_ratio(*data),
        "calibration_slope": evaluation.calibration_line(*data).slope,
        "expected_cost": evaluation.expected_cost(given.target, given.flagged, COSTS, given.weight),
        **{name: getattr(counts, name) for name in ("mcc", "f1", "precision", "recall", "g_mean")},
        "balanced_accuracy": counts.balanced_accuracy,
    }
    found = given.estimates(Bootstrap(50))
    assert {m.name for m in metrics_of(COSTS)} == set(expected) | set(by_hand(given))
    for name, value in expected.items():
        assert found[name].value == pytest.approx(value, rel=1e-9), name
        assert found[name].low < value < found[name].high


def test_influences_give_the_slope_its_bootstrap_spread():
    given = rows()
    found = given.estimates(Bootstrap(400))["calibration_slope"]
    rng = np.random.default_rng(1)
    positive, negative = (np.flatnonzero(given.target == label) for label in (1, 0))
    slopes = []
    for _ in range(100):
        drawn = np.concatenate([rng.choice(positive, positive.size), rng.choice(negative, negative.size)])
        slopes.append(evaluation.calibration_line(given.target[drawn], given.log_odds[drawn]).slope)
    assert (found.high - found.low) / (2 * 1.96) == pytest.approx(np.std(slopes), rel=0.25)
