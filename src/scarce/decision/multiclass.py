"""Decide among several actions by expected cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scarce.errors import ScarceError

if TYPE_CHECKING:
    from scarce.decision.arrays import FloatArray, IntArray


def least_expected_cost(posterior: FloatArray, cost: FloatArray) -> IntArray:
    """Return the action with the least expected cost, ``argmin_a sum_k P(k) cost[a, k]``.

    Parameters
    ----------
    posterior : ndarray of float64, shape (n_rows, n_classes)
        Calibrated.
    cost : ndarray of float64, shape (n_actions, n_classes) or (n_rows, n_actions, n_classes)
        What an action costs when a class is true; the right decision need not cost 0, nor need there be
        as many actions as classes ("ask a person" is one more row).

    Returns
    -------
    ndarray of int64, shape (n_rows,)
        Of equal costs the first action.

    Raises
    ------
    ScarceError
        E251 for a negative or non-finite cost, E258 for shapes that do not match, E259 for a posterior
        that is not a number.

    Notes
    -----
    Rows are classes in many libraries' cost matrices: here rows are actions, columns the truth.

    Examples
    --------
    >>> posterior = np.array([[0.9, 0.1], [0.99, 0.01]])
    >>> ignore_or_review = np.array([[0.0, 100.0], [5.0, 5.0]])
    >>> least_expected_cost(posterior, ignore_or_review)
    array([1, 0])
    """
    if posterior.ndim != 2:
        raise ScarceError("E258", name="posterior", got=f"shape {posterior.shape}", expected="rows x classes")
    rows, classes = posterior.shape
    if cost.ndim not in (2, 3) or cost.shape[-1] != classes or cost.shape[:-2] not in ((), (rows,)):
        raise ScarceError(
            "E258", name="cost", got=f"shape {cost.shape}", expected=f"actions x {classes} classes"
        )
    wrong = ~(np.isfinite(cost) & (cost >= 0.0))
    if wrong.any():
        place = tuple(int(index) for index in np.argwhere(wrong)[0])
        raise ScarceError("E251", name="matrix", value=float(cost[place]), where=f" at {place}")
    missing = np.isnan(posterior).any(axis=1)
    if missing.any():
        raise ScarceError("E259", name="posterior", count=int(missing.sum()), row=int(missing.argmax()))
    expected = np.matmul(cost, posterior[:, :, None])[..., 0]
    return np.argmin(expected, axis=1).astype(np.int64)
