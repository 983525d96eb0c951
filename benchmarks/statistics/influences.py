"""The metrics of an arm, fold by fold, and what each row does to them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from scarce.evaluation.influence import influence_on_average_precision
from scarce.evaluation.ranking import average_precision

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

METRICS = ("log-loss", "cost", "AP")
LOWER_IS_BETTER = METRICS[:2]


def of_rows(
    log_odds: FloatArray, positive: BoolArray, amount: FloatArray, fold_of: npt.NDArray[np.int64]
) -> tuple[FloatArray, FloatArray]:
    """Return the metrics of each fold, shape (3, folds), and each row's influence on their mean, (3, rows).

    The influences of a metric are those on the mean over folds: their squares add up to its variance.
    """
    wrong = np.where(positive, -log_odds, log_odds)
    losses = np.maximum(wrong, 0.0) + np.log(1.0 + np.exp(-np.abs(wrong)))
    flagged = log_odds > -np.log(amount)
    costs = np.where(positive, np.where(flagged, 0.0, amount), flagged)
    folds = int(fold_of.max()) + 1
    scores = np.empty((len(METRICS), folds))
    influences = np.empty((len(METRICS), positive.size))
    for fold in range(folds):
        rows = np.flatnonzero(fold_of == fold)
        for place, terms in enumerate((losses, costs)):
            scores[place, fold] = terms[rows].mean()
            influences[place, rows] = (terms[rows] - terms[rows].mean()) / rows.size
        scores[2, fold] = average_precision(positive[rows], log_odds[rows])
    influences[2] = folds * influence_on_average_precision(positive, log_odds, None, fold_of)
    return scores, influences / folds
