"""What a treatment's parameters come to on the data at hand, for the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from scarce.data.dataset import Dataset
    from scarce.trial.arms import Arm
    from scarce.trial.population import Population


def details_of(arm: Arm, dataset: Dataset, population: Population) -> dict[str, Any]:
    """Return resolved weights and shift, the base score, and the positives' share of the loss there.

    Counts are those of all rows, as the arm would train on them (undersampled where it undersamples). "A
    weight of .75 is 75 % of the loss" is a common mistake: the share is ``n_c w_c l_c`` over its sum.
    """
    negative, positive = population.training_counts(dataset.target)
    found: dict[str, Any] = {}
    if arm.negatives_per_positive is not None:
        kept = min(negative, max(arm.negatives_per_positive * positive, 1.0))
        found["negatives_kept"] = f"{kept:,.0f} of {negative:,.0f}"
        negative = kept
    loss = arm.loss.resolve(arm.loss.class_counts or (negative, positive))
    base_score = float(loss.base_score(positive / (negative + positive)))
    at_start = np.asarray(loss.value(np.full(2, base_score), np.array([0, 1])), dtype=np.float64)
    shares = np.array([negative, positive]) * at_start
    found |= {"base_score": base_score, "loss_share": float(shares[1] / shares.sum())}
    if loss.class_weight is not None:
        found["class_weight"] = [float(w) for w in np.asarray(loss.class_weight)]
    if loss.logit_shift is not None:
        found["logit_shift"] = [0.0, float(np.asarray(loss.logit_shift))]
    return found
