"""What a treatment's parameters come to on the data at hand, for the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.learners.base import PLAIN
from scarce.resampling.bagging import BalancedBagging

if TYPE_CHECKING:
    import numpy.typing as npt

    from scarce.data.dataset import Dataset
    from scarce.learners.base import Sampling
    from scarce.trial.arms import Arm
    from scarce.trial.population import Population

_UNKNOWN = "no formula undoes it with this learner: the log-odds are only calibrated"


def details_of(arm: Arm, dataset: Dataset, population: Population) -> dict[str, Any]:
    """Return resolved weights and shift, whether they are undone, the base score, and what it loses there.

    Counts are those of all rows, as the arm would train on them (drawn where it draws by the label). "A
    weight of .75 is 75 % of the loss" is a common mistake: the share is ``n_c w_c l_c`` over its sum.
    """
    negative, positive = population.training_counts(dataset.target)
    found: dict[str, Any] = {}
    if arm.chosen:
        found |= {"chosen": arm.chosen[0], "chosen_for_folds": list(arm.chosen[1:]), "fits": arm.tried}
    sampling = arm.treatment.sampling
    if sampling is not None and not sampling.exact:
        return {"sampling": _UNKNOWN}
    if arm.learner is not None and arm.treatment != PLAIN and not arm.learner.undoes(arm.treatment):
        found["weighting" if sampling is None else "sampling"] = _UNKNOWN
    elif sampling is not None:
        found["sampling"] = "undone exactly in the log-odds"
    if sampling is not None:
        all_negative, all_positive = negative, positive
        negative, positive = _drawn(sampling, dataset.target, (negative, positive))
        if negative < all_negative:
            found["negatives_kept"] = f"{negative:,.0f} of {all_negative:,.0f}"
        if positive > all_positive:
            found["positives_drawn"] = f"{positive:,.0f} of {all_positive:,.0f}"
    loss = arm.treatment.loss
    loss = loss.resolve(loss.class_counts or (negative, positive))
    base_score = float(loss.base_score(positive / (negative + positive)))
    at_start = np.asarray(loss.value(np.full(2, base_score), np.array([0, 1])), dtype=np.float64)
    shares = np.array([negative, positive]) * at_start
    found |= {"base_score": base_score, "loss_share": float(shares[1] / shares.sum())}
    if loss.class_weight is not None:
        found["class_weight"] = [float(w) for w in np.asarray(loss.class_weight)]
    if loss.logit_shift is not None:
        found["logit_shift"] = [0.0, float(np.asarray(loss.logit_shift))]
    return found


def _drawn(
    sampling: Sampling, target: npt.NDArray[np.uint8], weights: tuple[float, float]
) -> tuple[float, float]:
    """Return the weights of negatives and positives after a draw by the label: one of several, if several."""
    once = sampling.bags[0] if isinstance(sampling, BalancedBagging) else sampling
    drawn = once.draw(np.empty((target.size, 0)), target, (), seed=0)
    negative, positive = np.bincount(drawn.target, minlength=2) / np.bincount(target, minlength=2) * weights
    return float(negative), float(positive)
