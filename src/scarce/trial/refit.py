"""What is kept: trained on all rows, calibrated and cut on all out-of-fold rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
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
    from scarce.learners.base import Fitted
    from scarce.trial.blend import Weighed
    from scarce.trial.design import Design
    from scarce.trial.journal import Journal
    from scarce.trial.lineup import Standing

_LARGE = 1_000_000
"""Numbers in a table from which on an engine's own threads are worth having (`benchmarks.trial`)."""


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
    calibration, rule = fit_saved_rule(judged, entry.scores.recovered, entry.spread, design.units)
    if not entry.storable:
        return None, rule, ""
    encoder = Encoder.fit(dataset.features, missing_tokens=dataset.missing_tokens)
    trained = _Refits(design, encoder, journal)
    members = [Member(trained.fitted(member), member.calibration, member.weight) for member in winner.members]
    model = Model(
        encoder=encoder,
        members=tuple(members),
        calibration=calibration,
        rule=rule,
        labels=dataset.labels,
        prior=design.prevalence,
        card=card,
        labelled_share=design.config.labelled_share,
        sketch=RowSketch.of(trained.rows.features),
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
        n_train, _ = self.design.rows_a_fold()
        arm, threads = member.arm, self._threads
        step = arm.learner.grown(member.scores.step, self.design.dataset.n_rows / n_train)
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
