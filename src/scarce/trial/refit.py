"""What is kept: trained on all rows, calibrated and cut on all out-of-fold rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from threadpoolctl import threadpool_limits

from scarce.bundle.member import Member
from scarce.bundle.model import Model
from scarce.bundle.row_sketch import RowSketch
from scarce.bundle.size import fitting
from scarce.bundle.training_summary import TrainingSummary
from scarce.data.encoding import Encoder
from scarce.kernels.threads import available_threads
from scarce.learners.base import TrainingRows
from scarce.trial.saved_rule import fit_saved_rule

if TYPE_CHECKING:
    import numpy.typing as npt

    from scarce.calibration import Calibration
    from scarce.decision.rules import Rule
    from scarce.learners.base import Fitted
    from scarce.trial.blend import Weighed
    from scarce.trial.design import Design
    from scarce.trial.journal import Journal
    from scarce.trial.lineup import Standing

    FloatArray = npt.NDArray[np.float64]

_LARGE = 1_000_000
"""Numbers in a table from which on an engine's own threads are worth having (`benchmarks.trial`)."""

_ASKED = 20_000  # negatives that the model itself is asked about


def refit(
    design: Design, winner: Standing, card: dict[str, Any], journal: Journal
) -> tuple[Model | None, Rule, str]:
    """Return the model that goes into the file, None where no file can hold it, the rule, and a note.

    Parameters
    ----------
    design : Design
    winner : Standing
        What is kept: one arm, or several that are blended.
    card : dict
        What the model file says of its making; JSON-able.
    journal : Journal
        Keeps what each member is trained to.
    """
    dataset, judged = design.dataset, design.judged
    entry = winner.entry
    calibration, rule = fit_saved_rule(
        judged,
        entry.scores.recovered,
        entry.spread,
        design.units,
        by_episode=design.dataset.entity is not None,
    )
    if not entry.storable:
        return None, rule, ""
    encoder = Encoder.fit(dataset.features, missing_tokens=dataset.missing_tokens, cells=dataset.cells)
    trained = _Refits(design, encoder, journal)
    members = [Member(trained.fitted(member), member.calibration, member.weight) for member in winner.members]
    features = trained.rows.features
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
    model = replace(
        model,
        summary=TrainingSummary.of(
            encoder,
            features,
            _unseen(entry.scores.recovered[0], calibration),
            _own(model, features, dataset.target),
            dataset.target,
            design.population.weight,
            dataset.costs,
        ),
    )
    kept, note = fitting(model)
    return kept, rule, note


@dataclass(frozen=True)
class _Refits:
    """Trains on all rows what the journal does not hold; they are encoded when first asked for."""

    design: Design
    encoder: Encoder
    journal: Journal

    def fitted(self, member: Weighed) -> Fitted:
        """Return an arm trained on all rows."""
        n_train = np.mean([split.train.size for split in self.design.splits])  # all folds chose the step
        arm, threads = member.arm, self._threads
        step = arm.learner.grown(member.scores.step, self.design.dataset.n_rows / float(n_train))
        key = {**arm.key, "step": step, "threads": threads}
        found = self.journal.find_refit(**key) if arm.is_nameable else None
        if found is not None:
            return found
        with threadpool_limits(1, "blas"):  # as in the folds
            fitted = arm.learner.prepare(self.rows).fit(arm.treatment, step)
        if arm.is_nameable:
            self.journal.keep_refit(fitted, **key)
        return fitted

    @property
    def _threads(self) -> int:
        size = self.design.dataset.n_rows * self.encoder.n_features
        return available_threads() if size > _LARGE else 1

    @cached_property
    def rows(self) -> TrainingRows:
        """All rows, encoded."""
        dataset, population = self.design.dataset, self.design.population
        everything = np.arange(dataset.n_rows)
        return TrainingRows(
            features=self.encoder.encode(dataset.features),
            names=self.encoder.feature_names,
            categorical=self.encoder.categorical,
            target=dataset.target,
            training_weight=population.training_weight,
            offset=population.offset,
            fit=everything,
            held=everything[:0],
            seed=self.design.training_seed(),
            threads=self._threads,
        )


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
