"""Bootstrap replicates of column sums over many rows, without drawing every row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scarce.decision.arrays import BoolArray, FloatArray, IntArray

LARGE = 20_000
_NOTABLE = 2_000


def drawn_sums(
    columns: FloatArray, replicates: int, rng: np.random.Generator, rows: IntArray | None = None
) -> FloatArray:
    """Return sums over n rows drawn with replacement, once for each replicate.

    Up to 20,000 rows every row is drawn. Above, the 2,000 largest rows of each column (the false alarms,
    the dearest misses, the worst losses) are drawn one by one; how often the rest is drawn is binomial,
    and the sum of that many rows of the rest is normal with their mean and covariance. Over 18,000 or
    more rows, none of them notable, the central limit theorem leaves nothing to see.

    Parameters
    ----------
    columns : ndarray of float64, shape (n_rows, n_columns)
    replicates : int
    rng : numpy.random.Generator
    rows : ndarray of int64, optional
        The rows to draw from, ascending; all unless given.

    Returns
    -------
    ndarray of float64, shape (replicates, n_columns)

    Examples
    --------
    >>> drawn_sums(np.ones((7, 1)), 2, np.random.default_rng(0))
    array([[7.],
           [7.]])
    """
    drawn: IntArray = np.arange(columns.shape[0], dtype=np.int64) if rows is None else rows
    n = drawn.size
    rest = ~_notable(columns, drawn) if n > LARGE else np.zeros(n, dtype=np.bool_)
    apart = columns[drawn[~rest]]
    n_rest = np.count_nonzero(rest)
    n_from_rest = rng.binomial(n, n_rest / n, replicates) if n_rest else np.zeros(replicates, dtype=np.int64)
    sums = np.zeros((replicates, columns.shape[1]))
    counts: list[int] = (n - n_from_rest).tolist()
    for line, count in enumerate(counts):
        if count:
            picks = rng.integers(0, len(apart), count, dtype=np.int32)
            sums[line] = np.bincount(picks, minlength=len(apart)) @ apart
    if n_rest:
        sums += _normal_sums(columns[drawn[rest]], n_from_rest.astype(np.float64), rng)
    return sums


def _notable(columns: FloatArray, rows: IntArray) -> BoolArray:
    """Return which of some rows are among the largest of any column."""
    chosen = np.zeros(rows.size, dtype=np.bool_)
    for column in columns.T:
        chosen[np.argpartition(-np.abs(column[rows]), _NOTABLE)[:_NOTABLE]] = True
    return chosen


def _normal_sums(columns: FloatArray, counts: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return sums of so many rows by their normal limit; the columns, which nobody else needs, are scaled."""
    mean = columns.mean(axis=0)
    columns -= mean
    # to unit scale first: a Brier term is 1e-6 and a cost can be 1e6, too far apart for one decomposition
    spread = np.sqrt(np.square(columns).mean(axis=0))
    columns /= np.where(spread > 0.0, spread, 1.0)
    values, vectors = np.linalg.eigh(columns.T @ columns / len(columns))
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    noise = rng.standard_normal((counts.size, mean.size)) @ root.T * spread
    return counts[:, None] * mean + np.sqrt(counts)[:, None] * noise
