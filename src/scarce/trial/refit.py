"""The arm that is kept: trained on all rows, calibrated and cut on all out-of-fold rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.bundle.model import Model
from scarce.data.encoding import Encoder
from scarce.learners.base import TrainingRows

if TYPE_CHECKING:
    from scarce.trial.arms import Arm
    from scarce.trial.crossfit import OutOfFold
    from scarce.trial.design import Design


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
    dataset, population, judged = design.dataset, design.population, design.judged
    encoder = Encoder.fit(dataset.features, missing_tokens=dataset.missing_tokens)
    everything = np.arange(dataset.n_rows)
    prepared = arm.learner.prepare(
        TrainingRows(
            features=encoder.encode(dataset.features),
            names=encoder.feature_names,
            categorical=encoder.categorical,
            target=dataset.target,
            training_weight=population.training_weight,
            offset=population.offset,
            fit=everything,
            held=everything[:0],
            seed=design.config.seed,
        )
    )
    folds = int(judged.fold_of.max()) + 1
    step = arm.learner.grown(scores.step, 1.0 / (1.0 - 1.0 / folds))
    fitted = prepared.fit(arm.treatment, step)
    calibration, rule = judged.fit_all(scores.recovered)
    return Model(
        encoder=encoder,
        learner=fitted.stored,
        loss=fitted.loss,
        base_score=fitted.base_score,
        offset=fitted.offset,
        calibration=calibration,
        rule=rule,
        labels=dataset.labels,
        prior=design.prevalence,
        card=card,
    )
