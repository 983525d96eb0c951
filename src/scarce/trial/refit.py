"""What is kept: trained on all rows, calibrated and cut on all out-of-fold rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from threadpoolctl import threadpool_limits

from scarce.bundle.member import Member
from scarce.bundle.model import Model
from scarce.bundle.size import fitting
from scarce.bundle.training_summary import TrainingSummary
from scarce.data.encoding import Encoder
from scarce.kernels.threads import available_threads
from scarce.learners.base import TrainingRows

if TYPE_CHECKING:
    import numpy.typing as npt

    from scarce.calibration import Calibration
    from scarce.decision.rules import Rule
    from scarce.trial.design import Design
    from scarce.trial.lineup import Standing

    FloatArray = npt.NDArray[np.float64]

_LARGE = 1_000_000
"""Numbers in a table from which on an engine's own threads are worth having (`benchmarks.trial`)."""


_ASKED = 20_000


def refit(design: Design, winner: Standing, card: dict[str, Any]) -> tuple[Model | None, Rule, str]:
    """Return the model that goes into the file, None where no file can hold it, the rule, and a note.

    Parameters
    ----------
    design : Design
    winner : Standing
        What is kept: one arm, or several that are blended.
    card : dict
        What the model file says of its making; JSON-able.
    """
    dataset, population, judged = design.dataset, design.population, design.judged
    calibration, rule = judged.fit_all(winner.entry.scores.recovered, winner.entry.spread)
    if not winner.entry.storable:
        return None, rule, ""
    encoder = Encoder.fit(dataset.features, missing_tokens=dataset.missing_tokens)
    features, everything = encoder.encode(dataset.features), np.arange(dataset.n_rows)
    rows = TrainingRows(
        features=features,
        names=encoder.feature_names,
        categorical=encoder.categorical,
        target=dataset.target,
        training_weight=population.training_weight,
        offset=population.offset,
        fit=everything,
        held=everything[:0],
        seed=design.training_seed(),
        threads=available_threads() if features.size > _LARGE else 1,
    )
    n_train, _ = design.rows_a_fold()
    members = []
    for member in winner.members:
        learner = member.arm.learner
        step = learner.grown(member.scores.step, dataset.n_rows / n_train)
        with threadpool_limits(1, "blas"):  # as in the folds
            fitted = learner.prepare(rows).fit(member.arm.treatment, step)
        members.append(Member(fitted, member.calibration, member.weight))
    model = Model(
        encoder=encoder,
        members=tuple(members),
        calibration=calibration,
        rule=rule,
        labels=dataset.labels,
        prior=design.prevalence,
        card=card,
    )
    model = replace(
        model,
        summary=TrainingSummary.of(
            encoder,
            features,
            _unseen(winner.entry.scores.recovered[0], calibration),
            _own(model, features, dataset.target),
            dataset.target,
            population.weight,
            dataset.costs,
        ),
    )
    kept, note = fitting(model)
    return kept, rule, note


def _unseen(recovered: FloatArray, calibration: Calibration) -> FloatArray:
    """Return what the models of the first repeat say of the rows they had not seen, NaN of the others."""
    found, tested = np.full(recovered.size, np.nan), np.isfinite(recovered)
    found[tested] = calibration.log_odds(recovered[tested])
    return found


def _own(model: Model, features: FloatArray, target: npt.NDArray[np.uint8]) -> FloatArray:
    """Return what the model itself says of some thousand negatives, NaN of the others."""
    found, negative = np.full(target.size, np.nan), np.flatnonzero(target == 0)
    some = negative[:: max(negative.size // _ASKED, 1)]
    found[some] = model.log_odds_of_features(features[some])
    return found
