"""Equal rows so common that new data will hold them too: they are no copies, and need not stay together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scarce.data.duplicates import duplicate_groups

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    IntArray = npt.NDArray[np.int64]
    FloatArray = npt.NDArray[np.float64]

_FEW = 10
_SHARE = 0.005


def common_rows(
    features: pa.Table, duplicates: IntArray, target: npt.NDArray[np.uint8]
) -> npt.NDArray[np.bool_]:
    """Tell which rows are equal to others because such rows are common, not because they were copied.

    A model that is used will have met a common row. One that is tested on it must have met it too, or what
    is calibrated is a guess about rows that it will never have to guess.

    Parameters
    ----------
    features : pyarrow.Table
    duplicates : ndarray of int64, shape (n_rows,)
        As from `duplicate_groups`.
    target : ndarray of uint8, shape (n_rows,)

    Returns
    -------
    ndarray of bool, shape (n_rows,)
        True in a set of more than ten equal rows that is more than half a percent of the table, or of which
        more than ten were expected if the columns had nothing to do with one another: three yes-or-no
        questions have eight answers.

    Notes
    -----
    Where most positives lie in large sets without any negative, each was repeated to balance the classes, as
    oversampling does: these sets are copies, however large.

    Examples
    --------
    >>> import pyarrow as pa
    >>> answer = pa.table({"answer": [0, 1] * 50})
    >>> bool(common_rows(answer, duplicate_groups(answer), np.zeros(100, dtype=np.uint8)).all())
    True
    """
    size = np.bincount(duplicates)
    large = size > max(_FEW, _SHARE * len(duplicates))
    positives = np.bincount(duplicates, weights=target)
    only_positive = large & (positives == size)
    if 2 * positives[only_positive].sum() > positives.sum():
        large &= ~only_positive
    return (large | _expected(features, duplicates, size))[duplicates]


def _expected(features: pa.Table, duplicates: IntArray, size: IntArray) -> npt.NDArray[np.bool_]:
    """Tell of which sets more than a few rows are expected by how common their values are."""
    candidates = np.flatnonzero(size > 1)
    row = np.unique(duplicates, return_index=True)[1]
    expected = np.full(len(candidates), float(len(duplicates)))
    for name in features.column_names:
        if not len(candidates):
            break
        value = duplicate_groups(features.select([name]))
        if value.max() >= len(size):
            continue  # an id, which was passed over when the rows were compared
        expected *= np.bincount(value)[value[row[candidates]]] / len(duplicates)
        candidates, expected = candidates[expected > _FEW], expected[expected > _FEW]
    return np.isin(np.arange(len(size)), candidates)
