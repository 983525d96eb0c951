"""Scores of rows that a classifier was not fitted to."""

from __future__ import annotations

from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import check_cv
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _check_method_params

from scarce.errors import ScarceError
from scarce.estimators.scores import scores_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]


def out_of_fold(
    estimator: Any,
    X: Any,
    y: NDArray[Any],
    positive: Any,
    cv: Any,
    *,
    fit_params: Mapping[str, Any],
    split_params: Mapping[str, Any],
) -> FloatArray:
    """Return the score of each row by a clone that was fitted to the other folds' rows.

    Parameters
    ----------
    estimator : estimator
    X : array-like or dataframe of shape (n_rows, n_features)
    y : ndarray of shape (n_rows,)
        Two labels.
    positive : label
        The scarce class.
    cv : int, splitter or iterable of (train, test)
        A number is reduced to that of the rarer class's rows.
    fit_params, split_params : mapping
        Metadata for the fits, one value a row, and for the splitter.

    Returns
    -------
    ndarray of float64, shape (n_rows,)

    Raises
    ------
    ScarceError
        E805 with fewer than 2 rows of a class, E806 where a fold trains on one class, E808 unless each row is
        in one test fold.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> X, y = np.arange(12.0).reshape(-1, 1), np.arange(12) > 7
    >>> out_of_fold(LogisticRegression(), X, y, True, 2, fit_params={}, split_params={}).shape
    (12,)
    """
    scores = np.full(y.size, np.nan)
    times = np.zeros(y.size, dtype=np.int64)
    folds = _splitter(cv, y, type(estimator).__name__)
    for fold, (train, test) in enumerate(folds.split(X, y, **split_params)):
        seen = y[train]
        if (seen == seen[0]).all():
            absent = next(label for label in np.unique(y).tolist() if label != seen[0])
            raise ScarceError("E806", fold=fold, label=absent)
        params = _check_method_params(X, dict(fit_params), indices=train)
        fitted = clone(estimator).fit(_safe_indexing(X, train), seen, **params)
        scores[test] = scores_of(fitted, _safe_indexing(X, test), positive)
        np.add.at(times, test, 1)
    if (times != 1).any():
        raise ScarceError("E808", count=int((times != 1).sum()))
    return scores


def _splitter(cv: Any, y: NDArray[Any], name: str) -> Any:
    if not isinstance(cv, Integral) and cv is not None:
        return check_cv(cv, y, classifier=True)
    labels, counts = np.unique(y, return_counts=True)
    least = int(counts.min())
    if least < 2:
        label = labels.tolist()[int(counts.argmin())]
        raise ScarceError("E805", count=least, label=label, name=name)
    return check_cv(min(5 if cv is None else int(cv), least), y, classifier=True)
