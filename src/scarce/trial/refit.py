"""The arm that is kept: trained on all rows, calibrated and cut on all out-of-fold rows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.bundle.model import Model
from scarce.bundle.trees import Trees
from scarce.data.encoding import Encoder
from scarce.learners.old_base import Budget, TrainingRows
from scarce.learners.boosted import BoostedFold

if TYPE_CHECKING:
    from scarce.trial.arms import Arm
    from scarce.trial.design import Design
    from scarce.trial.out_of_fold import OutOfFold


def rounds_for_all(iterations: tuple[int, ...], folds: int, most: int) -> int:
    """Return the rounds to train on all rows: the median best one, for more data in proportion, capped.

    Examples
    --------
    >>> rounds_for_all((90, 100, 120), folds=5, most=600)
    125
    """
    return max(1, min(most, math.ceil(float(np.median(iterations)) / (1.0 - 1.0 / folds))))


def refit(design: Design, arm: Arm, scores: OutOfFold, card: dict[str, Any]) -> Model:
    """Return the model that goes into the file.

    Parameters
    ----------
    design : Design
    arm : Arm
        The one that is kept.
    scores : OutOfFold
        The arm's outputs, on which calibration and rule are fitted.
    card : dict
        What the model file says of its making; JSON-able.
    """
    dataset, population, judged, config = design.dataset, design.population, design.judged, design.config
    encoder = Encoder.fit(dataset.features, missing_tokens=dataset.missing_tokens)
    everything = np.arange(dataset.n_rows)
    prepared = BoostedFold(
        TrainingRows(
            features=encoder.encode(dataset.features),
            names=encoder.feature_names,
            categorical=encoder.categorical,
            target=dataset.target,
            training_weight=population.training_weight,
            weight=population.weight,
            offset=population.offset,
            fit=everything,
            valid=everything[:0],
            seed=config.seed,
        )
    )
    folds = int(judged.fold_of.max()) + 1
    rounds = rounds_for_all(scores.iterations, folds, config.max_rounds)
    fitted = prepared.fit(arm.loss, arm.negatives_per_positive, Budget(rounds, rounds))
    calibration, rule = judged.fit_all(scores.recovered)
    return Model(
        encoder=encoder,
        learner=Trees.from_booster(fitted.booster, fitted.iterations),
        loss=fitted.loss,
        base_score=fitted.base_score,
        offset=fitted.offset,
        calibration=calibration,
        rule=rule,
        labels=dataset.labels,
        prior=design.prevalence,
        card=card,
    )
