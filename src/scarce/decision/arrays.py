"""What a score, a target and a weight must be: checked once, float64 afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Sequence

FloatArray: TypeAlias = npt.NDArray[np.float64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]
IntArray: TypeAlias = npt.NDArray[np.int64]
Numbers: TypeAlias = "npt.NDArray[np.generic] | Sequence[float] | Sequence[int] | Sequence[bool]"


def as_scores(values: Numbers, name: str = "log_odds") -> FloatArray:
    """Return scores as a 1-d float64 array; infinities pass, NaN does not.

    Parameters
    ----------
    values : array-like of float, shape (n_rows,)
        Log-odds, or any score that grows with them.
    name : str
        What the error calls them.

    Returns
    -------
    ndarray of float64, shape (n_rows,)

    Raises
    ------
    ScarceError
        E258 if not one-dimensional, E259 for a NaN.

    Examples
    --------
    >>> as_scores([0, 1])
    array([0., 1.])
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise ScarceError("E258", name=name, got=f"shape {array.shape}", expected="one value a row")
    missing = np.isnan(array)
    if missing.any():
        raise ScarceError("E259", name=name, count=int(missing.sum()), row=int(missing.argmax()))
    return array


def as_target(values: Numbers, n_rows: int) -> BoolArray:
    """Return the target as booleans, True for the positive class.

    Parameters
    ----------
    values : array-like of 0/1 or bool, shape (n_rows,)
    n_rows : int
        Expected length.

    Returns
    -------
    ndarray of bool, shape (n_rows,)

    Raises
    ------
    ScarceError
        E258 for another length, E350 for a value other than 0 and 1.

    Examples
    --------
    >>> as_target([0, 1], 2)
    array([False,  True])
    """
    array = np.asarray(values)
    if array.shape != (n_rows,):
        raise ScarceError("E258", name="target", got=f"shape {array.shape}", expected=f"shape ({n_rows},)")
    if array.dtype == np.bool_:
        return array.astype(np.bool_, copy=False)
    positive = np.equal(array, 1)
    other = ~(positive | np.equal(array, 0))
    if other.any():
        row = int(other.argmax())
        raise ScarceError("E350", value=array[row], row=row)
    return positive


def as_weight(values: Numbers | None, n_rows: int) -> FloatArray:
    """Return row weights; ones when there are none.

    Parameters
    ----------
    values : array-like of float, shape (n_rows,), or None
        How many rows of the population each row stands for.
    n_rows : int
        Expected length.

    Returns
    -------
    ndarray of float64, shape (n_rows,)

    Raises
    ------
    ScarceError
        E258 for another length, E352 for a negative or non-finite weight.

    Examples
    --------
    >>> as_weight(None, 2)
    array([1., 1.])
    """
    if values is None:
        return np.ones(n_rows)
    array = np.asarray(values, dtype=np.float64)
    if array.shape != (n_rows,):
        raise ScarceError("E258", name="weight", got=f"shape {array.shape}", expected=f"shape ({n_rows},)")
    wrong = ~(np.isfinite(array) & (array >= 0))
    if wrong.any():
        row = int(wrong.argmax())
        raise ScarceError("E352", value=float(array[row]), row=row)
    return array


def both_classes(target: BoolArray, purpose: str) -> None:
    """Raise E351 unless both classes are present.

    Parameters
    ----------
    target : ndarray of bool, shape (n_rows,)
    purpose : str
        What cannot be done without both, for the message.

    Raises
    ------
    ScarceError
        E351 if a class has no row.

    Examples
    --------
    >>> both_classes(np.array([True, False]), "fit a cut")
    """
    positives = int(np.count_nonzero(target))
    if 0 < positives < target.size:
        return
    missing = "positive" if positives == 0 else "negative"
    raise ScarceError("E351", purpose=purpose, missing=missing, rows=target.size)


def log_odds_of(posterior: Numbers) -> FloatArray:
    """Return log(p/(1-p)); 0 and 1 give -inf and +inf.

    Parameters
    ----------
    posterior : array-like of float in [0, 1], shape (n_rows,)

    Returns
    -------
    ndarray of float64, shape (n_rows,)

    Notes
    -----
    A posterior next to 1 has already lost its digits: carry log-odds wherever you can.

    Examples
    --------
    >>> log_odds_of([0.5, 1.0])
    array([ 0., inf])
    """
    p = as_scores(posterior, "posterior")
    with np.errstate(divide="ignore"):
        return np.log(p) - np.log1p(-p)


def expit(log_odds: FloatArray) -> FloatArray:
    """Return the probability 1/(1+exp(-z)) without overflow.

    Parameters
    ----------
    log_odds : ndarray of float64

    Returns
    -------
    ndarray of float64, same shape

    Examples
    --------
    >>> expit(np.array([0.0, -1e4]))
    array([0.5, 0. ])
    """
    small = np.exp(-np.abs(log_odds))
    return np.where(log_odds >= 0, 1.0, small) / (1.0 + small)
