"""How good flags are: the weighted confusion matrix and expected cost.

There is no accuracy here: at a prevalence of 1 in 1,000 flagging nothing is 99.9 % accurate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scarce.decision.arrays import FloatArray, Numbers, as_target, as_weight

if TYPE_CHECKING:
    from collections.abc import Callable

    from scarce.decision.costs import Costs

PER_ROWS = 10_000.0


@dataclass(frozen=True)
class Confusion:
    """Weighted counts of the four outcomes.

    Parameters
    ----------
    tp, fp, fn, tn : float
        Sums of row weights.

    Notes
    -----
    Undefined figures: precision is NaN when nothing is flagged; recall, G-mean and balanced accuracy are
    NaN when a class they need is absent; MCC is 0 when a row or column of the table is empty.

    Examples
    --------
    >>> table = Confusion.of([1, 1, 0, 0], [True, False, False, False])
    >>> table.precision, table.recall, table.f1.__round__(3)
    (1.0, 0.5, 0.667)
    """

    tp: float
    fp: float
    fn: float
    tn: float

    @classmethod
    def of(cls, target: Numbers, flagged: Numbers, weight: Numbers | None = None) -> Confusion:
        """Count.

        Parameters
        ----------
        target : array-like of 0/1, shape (n_rows,)
        flagged : array-like of bool, shape (n_rows,)
        weight : array-like of float, shape (n_rows,), optional

        Returns
        -------
        Confusion
        """
        return cls(*(float(part) for part in cells_of_rows(target, flagged, weight).sum(axis=0)))

    @property
    def precision(self) -> float:
        """Share of the flagged that are positive; NaN when nothing is flagged."""
        return float(precision_of_cells(self._cells()))

    @property
    def recall(self) -> float:
        """Share of the positives that are flagged."""
        return float(recall_of_cells(self._cells()))

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall, ``2 TP / (2 TP + FP + FN)``."""
        return float(f1_of_cells(self._cells()))

    @property
    def false_positive_rate(self) -> float:
        """Share of the negatives that are flagged."""
        return 1.0 - float(specificity_of_cells(self._cells()))

    @property
    def flagged_share(self) -> float:
        """Share of all rows that are flagged."""
        return float(flagged_share_of_cells(self._cells()))

    @property
    def mcc(self) -> float:
        """Matthews correlation of flag and target, in [-1, 1]."""
        return float(mcc_of_cells(self._cells()))

    @property
    def g_mean(self) -> float:
        """Geometric mean of recall and specificity."""
        return float(g_mean_of_cells(self._cells()))

    @property
    def balanced_accuracy(self) -> float:
        """Mean of recall and specificity."""
        return float(balanced_accuracy_of_cells(self._cells()))

    def _cells(self) -> FloatArray:
        return np.array([self.tp, self.fp, self.fn, self.tn])


def cells_of_rows(target: Numbers, flagged: Numbers, weight: Numbers | None = None) -> FloatArray:
    """Return each row's weight in the column of its outcome: tp, fp, fn, tn.

    Parameters
    ----------
    target : array-like of 0/1, shape (n_rows,)
    flagged : array-like of bool, shape (n_rows,)
    weight : array-like of float, shape (n_rows,), optional

    Returns
    -------
    ndarray of float64, shape (n_rows, 4)

    Examples
    --------
    >>> cells_of_rows([1, 0], [True, True])
    array([[1., 0., 0., 0.],
           [0., 1., 0., 0.]])
    """
    positive = as_target(target, len(target))
    flags = as_target(flagged, positive.size)
    weights = as_weight(weight, positive.size)
    masks = (positive & flags, ~positive & flags, positive & ~flags, ~positive & ~flags)
    return np.stack([np.where(mask, weights, 0.0) for mask in masks], axis=1)


def expected_cost(
    target: Numbers,
    flagged: Numbers,
    costs: Costs,
    weight: Numbers | None = None,
    *,
    per: float = PER_ROWS,
) -> float:
    """Return the mean cost of the decisions, per 10,000 (weighted) rows.

    Parameters
    ----------
    target : array-like of 0/1, shape (n_rows,)
    flagged : array-like of bool, shape (n_rows,)
    costs : Costs
    weight : array-like of float, shape (n_rows,), optional
    per : float
        Number of rows the figure is quoted for.

    Returns
    -------
    float
        In the unit of the costs; NaN when there are no rows.

    Notes
    -----
    A rule tuned on these rows looks cheaper here than it will be: quote it on others.

    Examples
    --------
    >>> from scarce.decision import Costs
    >>> expected_cost([1, 0, 0, 0], [False, True, False, False], Costs(fn=100.0, fp=5.0))
    262500.0
    """
    positive = as_target(target, len(target))
    flags = as_target(flagged, positive.size)
    weights = as_weight(weight, positive.size)
    total = float(weights.sum())
    cost = float((weights * costs.of_rows(positive, flags)).sum())
    return per * cost / total if total > 0.0 else float("nan")


@dataclass(frozen=True)
class CostSummary:
    """The cost of some decisions beside the two that need no model, all per `per` rows.

    Parameters
    ----------
    cost, flag_nothing, flag_everything : float
        Expected cost, in the unit of the costs.
    per : float
        Number of rows the figures are quoted for.

    Examples
    --------
    >>> CostSummary(cost=525.0, flag_nothing=2100.0, flag_everything=50_000.0).saving
    1575.0
    """

    cost: float
    flag_nothing: float
    flag_everything: float
    per: float = PER_ROWS

    @classmethod
    def of(
        cls,
        target: Numbers,
        flagged: Numbers,
        costs: Costs,
        weight: Numbers | None = None,
        *,
        per: float = PER_ROWS,
    ) -> CostSummary:
        """Add up.

        Parameters
        ----------
        target : array-like of 0/1, shape (n_rows,)
        flagged : array-like of bool, shape (n_rows,)
        costs : Costs
        weight : array-like of float, shape (n_rows,), optional
        per : float
            Number of rows the figures are quoted for.

        Returns
        -------
        CostSummary
        """
        nothing = np.zeros(len(target), dtype=np.bool_)
        return cls(
            expected_cost(target, flagged, costs, weight, per=per),
            expected_cost(target, nothing, costs, weight, per=per),
            expected_cost(target, ~nothing, costs, weight, per=per),
            per,
        )

    @property
    def saving(self) -> float:
        """What the decisions save against the cheaper of flagging nothing and flagging everything."""
        return min(self.flag_nothing, self.flag_everything) - self.cost


def precision_of_cells(cells: FloatArray) -> FloatArray:
    """Return TP / (TP + FP) of cells (tp, fp, fn, tn) along the last axis, NaN when nothing is flagged."""
    return _share(cells[..., 0], cells[..., 1])


def recall_of_cells(cells: FloatArray) -> FloatArray:
    """Return TP / (TP + FN), NaN without positives."""
    return _share(cells[..., 0], cells[..., 2])


def specificity_of_cells(cells: FloatArray) -> FloatArray:
    """Return TN / (TN + FP), NaN without negatives."""
    return _share(cells[..., 3], cells[..., 1])


def flagged_share_of_cells(cells: FloatArray) -> FloatArray:
    """Return the share of all rows that is flagged, NaN without rows."""
    return _share(cells[..., 0] + cells[..., 1], cells[..., 2] + cells[..., 3])


def f1_of_cells(cells: FloatArray) -> FloatArray:
    """Return 2 TP / (2 TP + FP + FN), NaN when nothing is flagged and nothing is positive."""
    return _share(2.0 * cells[..., 0], cells[..., 1] + cells[..., 2])


def g_mean_of_cells(cells: FloatArray) -> FloatArray:
    """Return the geometric mean of recall and specificity, NaN unless both classes are present."""
    return np.sqrt(recall_of_cells(cells) * specificity_of_cells(cells))


def balanced_accuracy_of_cells(cells: FloatArray) -> FloatArray:
    """Return the mean of recall and specificity, NaN unless both classes are present."""
    return 0.5 * (recall_of_cells(cells) + specificity_of_cells(cells))


def mcc_of_cells(cells: FloatArray) -> FloatArray:
    """Return the Matthews correlation, 0 when a row or column of the table is empty."""
    tp, fp, fn, tn = (cells[..., index] for index in range(4))
    # square roots first: the product of four sums of weights can overflow
    scale = np.sqrt(tp + fp) * np.sqrt(tp + fn) * (np.sqrt(tn + fp) * np.sqrt(tn + fn))
    value = np.zeros(scale.shape)
    np.divide(tp * tn - fp * fn, scale, out=value, where=scale > 0.0)
    return value


CELL_METRICS: dict[str, Callable[[FloatArray], FloatArray]] = {
    "precision": precision_of_cells,
    "recall": recall_of_cells,
    "f1": f1_of_cells,
    "mcc": mcc_of_cells,
    "g_mean": g_mean_of_cells,
    "balanced_accuracy": balanced_accuracy_of_cells,
    "flagged_share": flagged_share_of_cells,
}


def _share(part: FloatArray, rest: FloatArray) -> FloatArray:
    total = part + rest
    value = np.full(np.shape(total), np.nan)
    np.divide(part, total, out=value, where=total > 0.0)
    return value
