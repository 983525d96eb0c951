"""Equal rows so common that new data will hold them too: they are no copies, and need not stay together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scarce.data.folds.duplicates import duplicate_groups
from scarce.data.suggestion import counted

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    IntArray = npt.NDArray[np.int64]
    FloatArray = npt.NDArray[np.float64]

_FEW = 10
_SHARE = 0.005
_FREQUENT = 0.6  # positives oversampled to as many as the negatives are still the rare label


def copies(features: pa.Table, target: npt.NDArray[np.uint8]) -> tuple[IntArray, list[str]]:
    """Return a number a row that copies share, and what to say of equal rows that are no copies.

    Parameters
    ----------
    features : pyarrow.Table
    target : ndarray of uint8, shape (n_rows,)

    Returns
    -------
    numbers : ndarray of int64, shape (n_rows,)
        0, 1, ...; a common row has one of its own.
    notes : list of str
    """
    duplicates = duplicate_groups(features)
    common = common_rows(features, duplicates, target)
    if not common.any():
        return duplicates, []
    sets = len(np.unique(duplicates[common]))
    apart = np.where(common, len(target) + np.arange(len(target)), duplicates)
    note = (
        f"{common.sum():,} rows agree in every feature with many others "
        f"({counted(sets, 'kind of row', 'kinds of row')}): new data will hold such rows too, so "
        "they are not kept on one side of the splits"
    )
    return np.unique(apart, return_inverse=True)[1].astype(np.int64), [note]


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
    A large set of nothing but positives shows that labels were copied with the rows, as oversampling and
    joins do: then every set of one label is a copy, however large. Where the table has more positives than
    that, a set of nothing but negatives shows it.

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
    only_rare = positives == (size if target.mean() < _FREQUENT else 0)
    if (large & only_rare).any():
        large &= (positives > 0) & (positives < size)
    return large[duplicates] | expected_rows(features, duplicates)


def expected_rows(features: pa.Table, duplicates: IntArray) -> npt.NDArray[np.bool_]:
    """Tell which rows are equal to others because their values are common: no one need ask who copied them.

    Parameters
    ----------
    features : pyarrow.Table
    duplicates : ndarray of int64, shape (n_rows,)
        As from `duplicate_groups`.

    Returns
    -------
    ndarray of bool, shape (n_rows,)
        True in a set of equal rows of which more than ten are expected by how common each of its values is in
        the other rows, if the columns have nothing to do with one another.

    Examples
    --------
    >>> import pyarrow as pa
    >>> answers = pa.table({"first": [0, 1] * 120, "second": [0, 0, 1] * 80})
    >>> bool(expected_rows(answers, duplicate_groups(answers)).all())
    True
    """
    size = np.bincount(duplicates)
    candidates = np.flatnonzero(size > 1)
    row = np.unique(duplicates, return_index=True)[1]
    expected = np.full(len(candidates), float(len(duplicates)))
    for name in features.column_names:
        if not len(candidates):
            break
        value = duplicate_groups(features.select([name]))
        if value.max() >= len(size):
            continue  # an id, which was passed over when the rows were compared
        of_others = np.bincount(value)[value[row[candidates]]] - size[candidates]
        expected *= of_others / np.maximum(1, len(duplicates) - size[candidates])
        candidates, expected = candidates[expected > _FEW], expected[expected > _FEW]
    return np.isin(duplicates, candidates)
