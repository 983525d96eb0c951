"""Several balanced draws are one model: the mean of theirs, the same along the path as when it is kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import lightgbm
import numpy as np
import pytest

from scarce.decision.arrays import expit
from scarce.learners.base import Fitted, TrainingRows, Treatment
from scarce.learners.stored.trees import Trees
from scarce.losses import get
from scarce.resampling import BalancedBagging, UnderSampler
from scarce.resampling.bagging import Bagged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scarce.losses import SigmoidLoss

INTERCEPT, SLOPES = -4.0, np.array([1.0, -0.7])


@dataclass(frozen=True)
class Line:
    """A stored linear model."""

    slopes: np.ndarray

    kind = "line"
    n_features = 2

    def logits(self, features: np.ndarray) -> np.ndarray:
        return features @ self.slopes[1:] + self.slopes[0]

    def to_parts(self):
        return {}, {"slopes": self.slopes}

    @classmethod
    def mean(cls, members: Sequence[Line]) -> Line:
        return cls(np.mean([member.slopes for member in members], axis=0))


class Newton:
    """A learner whose path is Newton's steps of a linear model, under any loss."""

    name, summary, steps = "newton", "a line", (1.0, 2.0, 3.0, 4.0, 5.0, 6.0)

    def takes(self, treatment: Treatment) -> bool:
        return treatment.sampling is None or treatment.sampling.exact

    def undoes(self, treatment: Treatment) -> bool:
        return True

    def grown(self, step: float, factor: float) -> float:
        return step

    def prepare(self, rows: TrainingRows) -> NewtonFold:
        return NewtonFold(rows)


class NewtonFold:
    def __init__(self, rows: TrainingRows) -> None:
        self.rows = rows

    def follow(self, treatment, watch) -> None:
        for step in Newton.steps:
            fitted = self.fit(treatment, step)
            logits = fitted.logits(self.rows.features[self.rows.held])
            if not watch(step, logits, fitted.log_odds(logits)):
                return

    def fit(self, treatment: Treatment, step: float) -> Fitted:
        rows = self.rows
        features, target = rows.features[rows.fit], rows.target[rows.fit]
        weight = np.ones(target.size) if rows.training_weight is None else rows.training_weight[rows.fit]
        offset = rows.offset
        if treatment.sampling is not None:
            drawn = treatment.sampling.draw(features, target, (), rows.seed)
            features, target, weight = features[drawn.rows], drawn.target, weight[drawn.rows]
            offset += drawn.offset
        counts = np.bincount(target, weight, minlength=2)
        loss: SigmoidLoss = treatment.loss.resolve(treatment.loss.class_counts or counts)
        start = float(loss.base_score(counts[1] / counts.sum()))
        columns, slopes = np.column_stack([np.ones(target.size), features]), np.zeros(3)
        for _ in range(int(step)):
            logits = start + columns @ slopes
            gradient = columns.T @ (weight * loss.gradient(logits, target))
            curvature = weight * loss.hessian(logits, target, kind="expected")
            slopes = slopes - np.linalg.solve((columns.T * curvature) @ columns + 0.1 * np.eye(3), gradient)
        return Fitted(Line(slopes), loss, start, offset)


def fold(weighted: bool = False, rows: int = 8_000) -> TrainingRows:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(rows, 2))
    target = (rng.random(rows) < expit(INTERCEPT + features @ SLOPES)).astype(np.uint8)
    weight = rng.uniform(0.5, 2.0, rows) if weighted else None
    half = rows // 2
    return TrainingRows(
        features=features,
        names=("a", "b"),
        categorical=(),
        target=target,
        training_weight=weight,
        offset=-0.25,
        fit=np.arange(half),
        held=np.arange(half, rows),
        seed=3,
    )


LOSSES = ("cross_entropy", "focal:gamma=1", "weighted_cross_entropy", "logit_adjusted")


def treatment(loss: str, n: int = 5) -> Treatment:
    from scarce.losses.catalog import parse

    return Treatment(parse(loss), BalancedBagging(n))


@pytest.mark.parametrize("weighted", [False, True], ids=["all rows alike", "weighted"])
@pytest.mark.parametrize("loss", LOSSES)
def test_the_outputs_along_the_path_are_those_of_the_model_that_is_kept(loss, weighted):
    rows = fold(weighted)
    prepared = Bagged(Newton()).prepare(rows)
    seen = {}

    def watch(step, logits, log_odds):
        seen[step] = logits, log_odds
        return step < 4.0

    prepared.follow(treatment(loss), watch)
    assert list(seen) == [1.0, 2.0, 3.0, 4.0]
    for step, (logits, log_odds) in seen.items():
        fitted = prepared.fit(treatment(loss), step)
        kept = fitted.logits(rows.features[rows.held])
        np.testing.assert_allclose(kept, logits, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(fitted.log_odds(kept), log_odds, rtol=1e-9, atol=1e-9)


def test_it_is_the_mean_of_models_on_different_negatives():
    rows = fold()
    bagged = Bagged(Newton()).prepare(rows).fit(treatment("cross_entropy", 3), 6.0)
    single = [
        Newton().prepare(rows).fit(Treatment(get("cross_entropy"), bag), 6.0)
        for bag in BalancedBagging(3).bags
    ]
    outputs = [one.log_odds(one.logits(rows.features)) for one in single]
    assert not np.allclose(outputs[0], outputs[1])
    np.testing.assert_allclose(
        bagged.log_odds(bagged.logits(rows.features)), np.mean(outputs, axis=0), rtol=1e-9, atol=1e-9
    )


@pytest.mark.parametrize("loss", LOSSES)
def test_the_truth_comes_back_from_balanced_draws(loss):
    rows = fold(rows=80_000)  # 1,400 positives to learn from
    fitted = Bagged(Newton()).prepare(rows).fit(treatment(loss, 10), 6.0)
    held = rows.features[rows.held]
    log_odds = fitted.log_odds(fitted.logits(held)) - rows.offset
    truth = INTERCEPT + held @ SLOPES
    assert expit(log_odds).mean() == pytest.approx(expit(truth).mean(), rel=0.08)
    assert np.abs(log_odds - truth).mean() < 0.15


def test_all_else_is_left_to_the_learner():
    rows = fold()
    bagged, alone = Bagged(Newton()), Newton()
    assert (bagged.name, bagged.summary, bagged.steps) == (alone.name, alone.summary, alone.steps)
    assert bagged.grown(3.0, 1.25) == 3.0
    assert bagged.takes(treatment("focal"))
    assert bagged.undoes(treatment("focal"))
    for sampling in (None, UnderSampler(2.0)):
        plain = Treatment(get("focal"), sampling)
        ours, theirs = bagged.prepare(rows).fit(plain, 3.0), alone.prepare(rows).fit(plain, 3.0)
        np.testing.assert_array_equal(ours.logits(rows.features), theirs.logits(rows.features))


def test_a_learner_that_takes_no_sampling_takes_no_bags():
    class Choosy(Newton):
        def takes(self, treatment):
            return treatment.sampling is None

    assert not Bagged(Choosy()).takes(treatment("focal"))


def test_votes_are_not_averaged_as_log_odds():
    class Votes(Newton):
        steps = (1.0,)

    assert not Bagged(Votes()).takes(treatment("cross_entropy"))
    assert Bagged(Votes()).takes(Treatment(get("cross_entropy"), UnderSampler(2.0)))


def test_a_learner_that_knows_nothing_of_bags_does_not_train_on_one_of_them():
    with pytest.raises(TypeError, match="Bagged"):
        Newton().prepare(fold()).fit(treatment("cross_entropy"), 3.0)


def test_the_mean_of_trees_is_the_mean_of_their_outputs():
    rng = np.random.default_rng(0)
    features = np.column_stack([rng.normal(size=(500, 3)), rng.integers(0, 9, 500)])
    features[::7, 0] = np.nan
    members = []
    for seed, rounds in ((0, 3), (1, 10), (2, 1)):
        label = (rng.random(500) < expit(features[:, 1] + (features[:, 3] > 4))).astype(float)
        data = lightgbm.Dataset(features, label=label, categorical_feature=[3])
        settings = {
            "objective": "binary",
            "seed": seed,
            "verbosity": -1,
            "num_leaves": 7,
            "boost_from_average": False,
        }
        members.append(Trees.from_booster(lightgbm.train(settings, data, rounds)))
    mean = Trees.mean(members)
    assert mean.n_trees == 14
    expected = np.mean([member.logits(features) for member in members], axis=0)
    np.testing.assert_allclose(mean.logits(features), expected, rtol=1e-12, atol=1e-12)
    again = Trees.from_parts(*mean.to_parts())
    np.testing.assert_array_equal(again.logits(features), mean.logits(features))


def test_the_unit_of_the_row_weights_does_not_decide_what_a_class_weighs():
    """Weights by the effective number of rows depend on how many there are, not on what each stands for."""
    treatment = Treatment(get("class_balanced"), BalancedBagging(2))
    weights = []
    for unit in (1.0, 100.0):
        rows = fold(weighted=True, rows=2_000)
        rows = replace(rows, training_weight=unit * rows.training_weight)
        weights.append(Bagged(Newton()).prepare(rows).fit(treatment, 1.0).loss.class_weight)
    np.testing.assert_allclose(weights[0], weights[1], rtol=1e-9)
