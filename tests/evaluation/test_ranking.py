"""Ranking metrics equal scikit-learn's, ties and weights included, and their own definition."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from scarce.evaluation import (
    average_precision,
    partial_auc,
    precision_at_k,
    precision_at_recall,
    recall_at_precision,
    roc_auc,
)
from scarce.evaluation.ranking_of_steps import average_precision_of_steps

METRICS = {
    "average precision": average_precision,
    "roc auc": roc_auc,
    "partial auc": partial(partial_auc, max_fpr=0.3),
    "recall at precision": partial(recall_at_precision, precision=0.6),
    "precision at recall": partial(precision_at_recall, recall=0.7),
    "precision at k": partial(precision_at_k, k=5),
}


def rows(seed, *, n=400, ties=False, weighted=True):
    rng = np.random.default_rng(seed)
    target = rng.random(n) < 0.05
    target[:2] = True, False
    score = rng.normal(size=n) + 1.5 * target
    weight = rng.exponential(size=n) if weighted else None
    return target, np.round(score, 1) if ties else score, weight


@pytest.mark.parametrize("ties", [False, True], ids=["distinct", "ties"])
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("seed", range(5))
def test_scikit_learn_agrees(seed, ties, weighted):
    target, score, weight = rows(seed, ties=ties, weighted=weighted)
    expected = sk.average_precision_score(target, score, sample_weight=weight)
    assert average_precision(target, score, weight) == pytest.approx(expected, rel=1e-12)
    expected = sk.roc_auc_score(target, score, sample_weight=weight)
    assert roc_auc(target, score, weight) == pytest.approx(expected, rel=1e-12)
    for most in (0.01, 0.1, 0.5, 1.0):
        expected = sk.roc_auc_score(target, score, sample_weight=weight, max_fpr=most)
        assert partial_auc(target, score, weight, max_fpr=most) == pytest.approx(expected, rel=1e-9)
    precision, recall, _ = sk.precision_recall_curve(target, score, sample_weight=weight)
    reached = recall[:-1][precision[:-1] >= 0.3].max(initial=0.0)
    assert recall_at_precision(target, score, weight, precision=0.3) == pytest.approx(reached, rel=1e-12)
    reached = precision[recall >= 0.5 - 1e-12].max()
    assert precision_at_recall(target, score, weight, recall=0.5) == pytest.approx(reached, rel=1e-12)


def test_precision_at_k_is_the_mean_over_random_orders_of_ties():
    rng = np.random.default_rng(0)
    target, score, _ = rows(1, n=60, ties=True, weighted=False)
    found = []
    for _ in range(4000):
        order = np.lexsort((rng.random(score.size), -score))
        found.append(target[order[:7]].mean())
    assert precision_at_k(target, score, k=7) == pytest.approx(np.mean(found), abs=0.01)
    assert precision_at_k(target, score, k=1e9) == pytest.approx(target.mean())


SMALL = st.lists(st.tuples(st.integers(-3, 3), st.booleans(), st.integers(1, 3)), min_size=2, max_size=12)


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS.keys())
@given(items=SMALL, seed=st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_weight_2_is_the_row_twice_and_order_means_nothing(metric, items, seed):
    score, target, weight = (np.array(column, dtype=float) for column in zip(*items, strict=True))
    assume(0 < target.sum() < target.size)
    twice = np.random.default_rng(seed).permutation(np.repeat(np.arange(score.size), weight.astype(int)))
    expected = metric(target, score, weight)
    assert metric(target[twice], score[twice]) == pytest.approx(expected, rel=1e-12, abs=1e-15)
    assert metric(target, np.exp(score), weight) == pytest.approx(expected, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS.keys())
def test_without_positives_there_is_no_figure(metric):
    value = metric([0, 0, 0], [1.0, 2.0, 3.0])
    assert np.isnan(value) or metric is METRICS["precision at k"]


def test_a_random_ranking_scores_the_prevalence():
    rng = np.random.default_rng(0)
    target = rng.random(200_000) < 0.01
    assert average_precision(target, rng.random(target.size)) == pytest.approx(0.01, rel=0.1)
    assert average_precision(target, np.zeros(target.size)) == pytest.approx(target.mean(), rel=1e-12)


def test_many_replicates_at_once_are_each_alone():
    rng = np.random.default_rng(0)
    positive, negative = rng.poisson(1.0, (5, 30)).astype(float), rng.poisson(9.0, (5, 30)).astype(float)
    together = average_precision_of_steps(positive, negative)
    alone = [average_precision_of_steps(p, n) for p, n in zip(positive, negative, strict=True)]
    np.testing.assert_array_equal(together, alone)
