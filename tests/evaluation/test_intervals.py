"""Bootstrap: the fast replicates are the slow ones, and the intervals cover."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from scipy import stats
from tests.campaign import share

from scarce.evaluation import Bootstrap, Estimate, average_precision, roc_auc
from scarce.evaluation.decisions import cells_of_rows, recall_of_cells
from scarce.evaluation.drawn_steps import steps_between_positives, steps_plan
from scarce.evaluation.ranking_of_steps import (
    average_precision_of_steps,
    partial_auc_of_steps,
    precision_at_k_of_steps,
    precision_at_recall_of_steps,
    recall_at_precision_of_steps,
    roc_auc_of_steps,
)
from scarce.evaluation.sums import LARGE, drawn_sums

METRICS = {
    "average precision": average_precision_of_steps,
    "roc auc": roc_auc_of_steps,
    "partial auc": partial(partial_auc_of_steps, max_fpr=0.1),
    "recall at precision": partial(recall_at_precision_of_steps, precision=0.3),
    "precision at recall": partial(precision_at_recall_of_steps, recall=0.5),
    "precision at k": partial(precision_at_k_of_steps, k=12),
}


def rows(n=600, seed=0, *, ties=False):
    rng = np.random.default_rng(seed)
    target = np.arange(n) < 25
    score = rng.normal(size=n) + 1.5 * target
    return target, np.round(score, 1) if ties else score


WEIGHTS = {
    "plain": lambda rng, n: None,
    "two weights": lambda rng, n: np.where(rng.random(n) < 0.5, 1.0, 10.0),
    "own weights": lambda rng, n: rng.exponential(size=n),
}
UNITS = {
    "rows": lambda rng, n: None,
    "pairs": lambda rng, n: np.arange(n) // 2,
    "groups": lambda rng, n: rng.integers(0, 60, n),
    "names": lambda rng, n: rng.choice(["a", "b", "c"], n),
}


@pytest.mark.parametrize("ties", [False, True], ids=["distinct", "ties"])
@pytest.mark.parametrize("weigh", WEIGHTS.values(), ids=WEIGHTS.keys())
@pytest.mark.parametrize("join", UNITS.values(), ids=UNITS.keys())
def test_joining_rows_between_positives_loses_nothing(join, weigh, ties):
    """Metrics of the compressed steps equal those of the rows, for the data itself."""
    rng = np.random.default_rng(0)
    target, score = rows(ties=ties)
    weight, unit = weigh(rng, target.size), join(rng, target.size)
    found = Bootstrap(20).ranking(target, score, METRICS, weight, unit)
    assert found["average precision"].value == pytest.approx(average_precision(target, score, weight))
    assert found["roc auc"].value == pytest.approx(roc_auc(target, score, weight))


@pytest.mark.parametrize("ties", [False, True], ids=["distinct", "ties"])
@pytest.mark.parametrize("unit", [None, np.arange(600) // 3], ids=["rows", "triples"])
def test_fast_replicates_have_the_distribution_of_slow_ones(unit, ties):
    """Against drawing units one by one: same mean, spread and shape, for every metric."""
    target, score = rows(ties=ties)
    weight = np.where(np.arange(600) % 2 == 0, 1.0, 3.0)
    member = np.arange(600) if unit is None else unit
    holds = np.unique(member[target])
    others = np.setdiff1d(np.unique(member), holds)
    rng = np.random.default_rng(1)
    slow = {name: [] for name in METRICS}
    order = np.argsort(-score, kind="stable")
    starts = np.flatnonzero(np.concatenate(([True], np.diff(score[order]) != 0)))
    for _ in range(1500):
        drawn = np.concatenate([rng.choice(holds, holds.size), rng.choice(others, others.size)])
        counts = np.bincount(drawn, minlength=600)[member] * weight
        positive = np.add.reduceat((counts * target)[order], starts)
        negative = np.add.reduceat((counts * ~target)[order], starts)
        for name, metric in METRICS.items():
            slow[name].append(float(metric(positive, negative)))
    plan = steps_plan(steps_between_positives(score, target), target, weight, unit)
    steps = [
        np.concatenate(parts) for parts in zip(*plan.replicates(1500, np.random.default_rng(2)), strict=True)
    ]
    for name, metric in METRICS.items():
        fast = metric(*steps)
        assert stats.ks_2samp(fast, slow[name]).pvalue > 1e-4, name


def test_replicates_hold_as_many_units_as_there_are():
    target, score = rows()
    plan = steps_plan(steps_between_positives(score, target), target, np.ones(600), None)
    for positive, negative in plan.replicates(50, np.random.default_rng(0)):
        np.testing.assert_allclose(positive.sum(axis=1), 25.0)
        np.testing.assert_allclose(negative.sum(axis=1), 575.0)


def test_large_sums_are_drawn_from_the_right_distribution():
    rng = np.random.default_rng(0)
    n = LARGE + 5000
    money = np.where(rng.random(n) < 0.001, rng.pareto(1.5, n) * 100.0, 0.0)
    columns = np.stack([rng.random(n) * 1e-6, money, (rng.random(n) < 0.3) * 1.0, np.ones(n)], axis=1)
    drawn = drawn_sums(columns, 3000, rng)
    slow = np.array([columns[rng.integers(0, n, n)].sum(axis=0) for _ in range(400)])
    np.testing.assert_allclose(drawn[:, 3], n)
    for column in range(3):
        assert stats.ks_2samp(drawn[:, column], slow[:, column]).pvalue > 1e-3
    np.testing.assert_allclose(drawn.mean(axis=0), columns.sum(axis=0), rtol=0.02)
    spread = np.sqrt(n * columns.var(axis=0))
    np.testing.assert_allclose(drawn.std(axis=0)[:3], spread[:3], rtol=0.06)


@pytest.mark.parametrize("n", [50, LARGE + 3_000])
def test_sums_of_some_rows_are_those_of_a_table_of_them(n: int):
    rng = np.random.default_rng(n)
    columns = rng.lognormal(sigma=2.0, size=(2 * n, 4))
    columns[:, 2] = 1.0
    before, rows = columns.copy(), np.sort(rng.choice(2 * n, n, replace=False))
    found = drawn_sums(columns, 30, np.random.default_rng(1), rows)
    np.testing.assert_array_equal(found, drawn_sums(columns[rows], 30, np.random.default_rng(1)))
    np.testing.assert_array_equal(columns, before)


def test_groups_widen_the_interval_when_rows_repeat_each_other():
    target, score = rows(200)
    target, score = np.repeat(target, 10), np.repeat(score, 10)
    unit = np.repeat(np.arange(200), 10)
    rowwise = Bootstrap(300).ranking(target, score, METRICS)["average precision"]
    grouped = Bootstrap(300).ranking(target, score, METRICS, unit=unit)["average precision"]
    assert grouped.value == rowwise.value
    assert grouped.high - grouped.low > 2.0 * (rowwise.high - rowwise.low)


def test_units_that_lie_in_several_parts_are_drawn_whole():
    """Against drawing entities one by one: parts drawn apart would give an interval of half the width."""
    rng = np.random.default_rng(0)
    unit, part = np.tile(np.arange(120), 4), np.repeat(np.arange(4), 120)
    target = (unit < 40) & (rng.random(480) < 0.9)
    score = (1.2 * target + rng.normal(size=120)[unit] + 0.1 * rng.normal(size=480)).round(2)
    found = Bootstrap(600).ranking(target, score, METRICS, None, unit, part)
    holds = np.unique(unit[target])
    others = np.setdiff1d(np.arange(120), holds)
    plain = {"average precision": average_precision, "roc auc": roc_auc}
    slow = {name: [] for name in plain}
    for _ in range(600):
        drawn = np.concatenate([rng.choice(holds, holds.size), rng.choice(others, others.size)])
        weight = np.bincount(drawn, minlength=120)[unit].astype(float)
        for name, metric in plain.items():
            inside = [metric(target[part == k], score[part == k], weight[part == k]) for k in range(4)]
            slow[name].append(np.mean(inside))
    for name, metric in plain.items():
        value = np.mean([metric(target[part == k], score[part == k]) for k in range(4)])
        assert found[name].value == pytest.approx(value, rel=1e-12)
        half = (found[name].high - found[name].low) / (2 * 1.96)
        assert half == pytest.approx(np.std(slow[name]), rel=0.15), name
    apart = Bootstrap(600).ranking(target, score, METRICS, None, 120 * part + unit, part)["roc auc"]
    whole = found["roc auc"]
    assert apart.high - apart.low < 0.7 * (whole.high - whole.low)


def test_a_difference_over_parts_that_share_units_draws_them_whole():
    rng = np.random.default_rng(0)
    unit, part = np.tile(np.arange(120), 4), np.repeat(np.arange(4), 120)
    target = (unit < 40) & (rng.random(480) < 0.9)
    first = 1.2 * target + rng.normal(size=120)[unit]
    second = 1.2 * target + rng.normal(size=120)[unit]
    found = Bootstrap(600).ranking_difference(target, first, second, roc_auc_of_steps, None, unit, part)
    slow = []
    for _ in range(600):
        drawn = np.concatenate([rng.choice(40, 40), 40 + rng.choice(80, 80)])
        weight = np.bincount(drawn, minlength=120)[unit].astype(float)
        ranked = [
            np.mean([roc_auc(target[part == k], of[part == k], weight[part == k]) for k in range(4)])
            for of in (first, second)
        ]
        slow.append(ranked[0] - ranked[1])
    assert (found.high - found.low) / (2 * 1.96) == pytest.approx(np.std(slow), rel=0.15)


def test_the_same_seed_gives_the_same_interval_and_rows_may_be_shuffled():
    target, score = rows()
    first = Bootstrap(50, seed=3).ranking(target, score, METRICS)
    assert Bootstrap(50, seed=3).ranking(target, score, METRICS) == first
    assert Bootstrap(50, seed=4).ranking(target, score, METRICS) != first
    shuffled = np.random.default_rng(0).permutation(600)
    again = Bootstrap(50, seed=3).ranking(target[shuffled], score[shuffled], METRICS)
    assert again["roc auc"].low == pytest.approx(first["roc auc"].low, rel=1e-12)


@pytest.mark.parametrize("ties", [False, True], ids=["distinct", "ties"])
@pytest.mark.parametrize("weigh", WEIGHTS.values(), ids=WEIGHTS.keys())
@pytest.mark.parametrize("join", UNITS.values(), ids=UNITS.keys())
def test_a_difference_is_that_of_the_two_figures(join, weigh, ties):
    rng = np.random.default_rng(0)
    target, score = rows(ties=ties)
    other, part = score + rng.normal(size=600), np.arange(600) % 2
    weight, unit = weigh(rng, 600), join(rng, 600)
    for name, metric in METRICS.items():
        figures = (
            Bootstrap(20).ranking(target, of, {name: metric}, weight, unit, part)[name].value
            for of in (score, other)
        )
        found = Bootstrap(20).ranking_difference(target, score, other, metric, weight, unit, part)
        assert found.value == pytest.approx(float(np.subtract(*figures)), abs=1e-12), name


def test_a_difference_of_kindred_scores_is_sharper_than_their_figures():
    target, score = rows()
    metric = average_precision_of_steps
    same = Bootstrap(300).ranking_difference(target, score, 3.0 * score, metric)
    assert (same.low, same.value, same.high) == (0.0, 0.0, 0.0)
    kindred = score + 0.3 * np.random.default_rng(1).normal(size=600)
    gain = Bootstrap(300).ranking_difference(target, score, kindred, metric)
    figure = Bootstrap(300).ranking(target, score, {"": metric})[""]
    assert gain.high - gain.low < 0.5 * (figure.high - figure.low)


@pytest.mark.campaign
def test_differences_of_two_equally_good_scores_are_covered(tally):
    tables = share(400)
    outside = 0
    for seed in range(tables):
        rng = np.random.default_rng([seed, 1])
        target, score = rows(seed=seed)
        noisy = (score + 0.5 * rng.normal(size=600) for _ in range(2))
        found = Bootstrap(300, seed=seed).ranking_difference(target, *noisy, average_precision_of_steps)
        outside += not found.low <= 0.0 <= found.high
    assert outside <= 0.05 * tables + 3.0 * np.sqrt(0.05 * 0.95 * tables)
    tally("truths", tables)


def test_what_is_undefined_has_no_interval():
    found = Bootstrap(20).ranking([0, 0, 0], [1.0, 2.0, 3.0], METRICS)["average precision"]
    assert np.isnan([found.value, found.low, found.high]).all()
    one = Bootstrap(20).ranking([1, 0, 0], [1.0, 2.0, 3.0], METRICS)["average precision"]
    assert one.value == pytest.approx(1 / 3)
    assert np.isnan([one.low, one.high]).all()
    none = Bootstrap(20).ranking([], [], METRICS)["roc auc"]
    assert np.isnan(none.value)
    assert none.to_dict() == {"value": None, "low": None, "high": None, "level": 0.95}
    assert str(Estimate(0.5, 0.25, 0.75)) == "0.5 [0.25, 0.75]"


def coverage(interval, truth, trials):
    """Return the share of simulated intervals that hold the truth."""
    hits = 0
    for seed in range(trials):
        low, high = interval(seed)
        hits += low <= truth <= high
    return hits / trials


def at_least(nominal, trials):
    """Return what a coverage of `nominal` falls below once in a thousand campaigns."""
    return stats.binom.ppf(1e-3, trials, nominal) / trials


@pytest.mark.campaign
@pytest.mark.parametrize(
    ("positives", "promised"), [(10, 0.87), (20, 0.90), (50, 0.92), (200, 0.93)], ids=lambda x: str(x)
)
@pytest.mark.parametrize("distance", [2.0, 4.0], ids=["hard", "easy"])
def test_average_precision_is_covered_as_documented(positives, promised, distance, tally):
    negatives, trials = 4000, share(2_000)
    tally("truths", trials)
    prior = positives / (positives + negatives)
    t = np.linspace(-8.0, 8.0 + distance, 100_001)
    caught, alarms = stats.norm.sf(t - distance), stats.norm.sf(t)
    precision = prior * caught / (prior * caught + (1 - prior) * alarms)
    truth = np.trapezoid(stats.norm.pdf(t - distance) * precision, t)
    target = np.arange(positives + negatives) < positives

    def interval(seed):
        rng = np.random.default_rng(seed)
        score = rng.normal(size=target.size) + distance * target
        ap = {"ap": average_precision_of_steps}
        found = Bootstrap(300, seed=seed).ranking(target, score, ap)["ap"]
        return found.low, found.high

    assert coverage(interval, truth, trials) >= at_least(promised, trials)


@pytest.mark.campaign
def test_recall_is_covered(tally):
    trials = share(2_000)
    tally("truths", trials)
    target = np.arange(2000) < 40

    def interval(seed):
        flags = np.random.default_rng(seed).random(2000) < np.where(target, 0.7, 0.02)
        found = Bootstrap(300, seed=seed).sums(
            target, cells_of_rows(target, flags), {"recall": recall_of_cells}
        )["recall"]
        return found.low, found.high

    assert coverage(interval, 0.7, trials) >= at_least(0.92, trials)


@pytest.mark.campaign
def test_the_ratio_of_predicted_to_observed_positives_is_covered(tally):
    """It is no surer than the number of positives, of which other rows would have more or fewer."""
    trials = share(2_000)
    tally("truths", trials)

    def interval(seed):
        rng = np.random.default_rng(seed)
        probability = 1.0 / (1.0 + np.exp(4.0 - 2.0 * rng.normal(size=2000)))
        target = rng.random(2000) < probability
        columns = np.stack([probability, target], axis=1)
        ratio = {"ratio": lambda sums: sums[..., 0] / sums[..., 1]}
        found = Bootstrap(300, seed=seed).sums(target, columns, ratio)["ratio"]
        return found.low, found.high

    assert coverage(interval, 1.0, trials) >= at_least(0.93, trials)


BAD = {
    "replicates": (
        lambda: Bootstrap(3),
        "error[E255]: replicates must be at least 20, got 3\nhint: choose replicates at least 20",
    ),
    "level": (
        lambda: Bootstrap(level=95.0),
        "error[E255]: level must be between 0 and 1, got 95.0\nhint: choose level between 0 and 1",
    ),
}


@pytest.mark.parametrize(("make", "lines"), BAD.values(), ids=BAD.keys())
def test_a_bootstrap_outside_its_domain_is_refused(make, lines):
    with pytest.raises(ValueError, match="must be") as caught:
        make()
    assert caught.value.two_lines() == lines
