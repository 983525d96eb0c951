"""The path of a learner that has nothing to choose along it: one step."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scarce.learners.base import Prepared, TrainingRows, Treatment, Watch

ONE_STEP = (1.0,)


def show_one_step(prepared: Prepared, rows: TrainingRows, treatment: Treatment, watch: Watch) -> None:
    """Train once, and show the held rows' outputs."""
    (step,) = ONE_STEP
    fitted = prepared.fit(treatment, step)
    logits = fitted.logits(rows.features[rows.held])
    watch(step, logits, fitted.log_odds(logits))
