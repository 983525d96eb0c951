"""What is kept: trained on all rows, calibrated and cut on all out-of-fold rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from threadpoolctl import threadpool_limits

from scarce.bundle.member import Member
from scarce.bundle.model import Model
from scarce.bundle.row_sketch import RowSketch
from scarce.bundle.size import fitting
from scarce.data.encoding import Encoder
from scarce.kernels.threads import available_threads
from scarce.learners.base import TrainingRows
from scarce.trial.saved_rule import fit_saved_rule

if TYPE_CHECKING:
    from scarce.decision.rules import Rule
    from scarce.trial.design import Design
    from scarce.trial.lineup import Standing

_LARGE = 1_000_000
"""Numbers in a table from which on an engine's own threads are worth having (`benchmarks.trial`)."""


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
    entry = winner.entry
    calibration, rule = fit_saved_rule(judged, entry.scores.recovered, entry.spread, design.units)
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
        labelled_share=design.config.labelled_share,
        sketch=RowSketch.of(features),
    )
    kept, note = fitting(model)
    return kept, rule, note
