"""Who the rows stand for: population weights, training weights, and the exact offset between the two.

Row weights describe the population. Only what they say within a class enters the training: leaves of one row
take no notice of a class's mean weight. That is undone in the log-odds instead, as for a case-control sample,
``logit P(y=1|x) = logit P_sample(y=1|x) + log(w_pos / w_neg)`` (theory: Elkan 2001; Dal Pozzolo et al. 2015).
Weights of one value a class then say nothing more, and the model trains on the rows as they are. A prior
named by the user multiplies each class by one factor, so it is undone in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Population:
    """How training rows relate to the population that the figures are about.

    Attributes
    ----------
    weight : ndarray of shape (n_rows,) or None
        Enters metrics, rules, calibration and priors. None means 1 everywhere.
    training_weight : ndarray of shape (n_rows,) or None
        Enters the fit, with mean 1 in each class. None means 1 everywhere.
    offset : float
        Added to the log-odds learnt from the training rows.
    note : str
        What was done, in words; empty where there was nothing to do.
    """

    weight: FloatArray | None
    training_weight: FloatArray | None
    offset: float
    note: str

    @classmethod
    def of(
        cls, target: npt.NDArray[np.uint8], row_weight: FloatArray | None, prior: float | None
    ) -> Population:
        """Derive the population from row weights and a prior the user may have named.

        Examples
        --------
        >>> target = np.array([1, 0, 0], dtype=np.uint8)
        >>> sampled = Population.of(target, np.array([1.0, 10.0, 10.0]), None)
        >>> round(sampled.offset, 4), sampled.training_weight is None
        (-2.3026, True)
        """
        offset, notes = 0.0, []
        weight, training_weight = row_weight, None
        if row_weight is not None:
            negative, positive = (_mean(row_weight[target == label]) for label in (0, 1))
            offset += float(np.log(positive / negative))
            within = row_weight / np.where(target == 1, positive, negative)
            training_weight = None if (within == 1.0).all() else within
            means = f"{positive:g} positive, {negative:g} negative"
            undone = f"undone exactly in the log-odds ({offset:+.3f})"
            if training_weight is None:
                notes.append(
                    f"row weights have one value a class ({means}): trained on the rows as they are, the "
                    f"sampling rate {undone}"
                )
            else:
                notes.append(
                    f"row weights vary within a class (mean {means}): they enter the training divided by the "
                    f"mean, which is {undone}"
                )
        if prior is not None:
            weight, shift, note = moved_to(prior, target, weight)
            offset += shift
            notes.append(note)
        return cls(weight, training_weight, offset, "; ".join(notes))

    @classmethod
    def of_scores(
        cls, target: npt.NDArray[np.uint8], row_weight: FloatArray | None, prior: float | None
    ) -> Population:
        """Derive the population for scores that were made elsewhere: they speak of the rows as weighted.

        Examples
        --------
        >>> target = np.array([1, 0, 0], dtype=np.uint8)
        >>> Population.of_scores(target, np.array([1.0, 10.0, 10.0]), None).offset
        0.0
        """
        if prior is None:
            return cls(row_weight, None, 0.0, "")
        weight, shift, note = moved_to(prior, target, row_weight)
        return cls(weight, None, shift, note)

    def training_counts(self, target: npt.NDArray[np.uint8]) -> tuple[float, float]:
        """Return the negatives and the positives that an arm trains on, by weight; together the rows."""
        if self.training_weight is None:
            positive = float(target.sum())
        else:
            positive = float(np.average(target, weights=self.training_weight)) * target.size
        return target.size - positive, positive

    def prevalence(self, target: npt.NDArray[np.uint8]) -> float:
        """Return the population's share of positives."""
        return float(np.average(target, weights=self.weight))


def _mean(weight: FloatArray) -> float:
    """Return the mean, without rounding where all are the same."""
    return float(weight[0] if np.ptp(weight) == 0.0 else weight.mean())


def moved_to(
    prior: float, target: npt.NDArray[np.uint8], weight: FloatArray | None
) -> tuple[FloatArray, float, str]:
    """Return the weights that bring the prevalence to `prior`, what that does to log-odds, and the remark."""
    today = float(np.average(target, weights=weight))
    negative, positive = (1.0 - prior) / (1.0 - today), prior / today
    moved = np.where(target == 1, positive, negative) * (1.0 if weight is None else weight)
    shift = float(np.log(positive / negative))
    note = f"figures stand for a population with {prior:.4g} positives (log-odds {shift:+.3f})"
    return moved, shift, note
