"""Which columns say nearly the same: they can stand in for one another, and are judged together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

TOGETHER = 0.7
"""Mean rank correlation, up or down, from which columns are taken together."""

_MOST_ROWS = 2_000


def correlated(features: FloatArray, column: Sequence[int]) -> list[tuple[int, ...]]:
    """Group columns by the rank correlation of their features (average linkage), missing ranking lowest.

    Parameters
    ----------
    features : ndarray of float64, shape (n_rows, n_features)
        Encoded rows, of which some 2,000 are looked at.
    column : sequence of int
        The column that each feature is made of, 0, 1, ... ascending: a date makes three.

    Returns
    -------
    list of tuple of int
        Columns, ascending, groups in the order of their first.

    Examples
    --------
    >>> x, y = np.random.default_rng(0).normal(size=(2, 500))
    >>> correlated(np.column_stack([x, y, -np.exp(x)]), [0, 1, 2])
    [(0, 2), (1,)]
    """
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform
    from scipy.stats import rankdata

    some = features[:: max(1, len(features) // _MOST_ROWS)]
    ranks = rankdata(np.where(np.isnan(some), -np.inf, some), axis=0)
    ranks -= ranks.mean(axis=0)
    size = np.sqrt((ranks**2).sum(axis=0))
    ranks /= np.where(size > 0.0, size, np.inf)  # a constant is like nothing
    starts = np.flatnonzero(np.diff(column, prepend=-1))
    if starts.size == 1:
        return [(0,)]
    alike = np.abs(ranks.T @ ranks)
    alike = np.maximum.reduceat(np.maximum.reduceat(alike, starts, axis=0), starts, axis=1)
    apart = np.clip(1.0 - alike, 0.0, 1.0)
    np.fill_diagonal(apart, 0.0)
    tree = linkage(squareform(apart, checks=False), "average")
    label = fcluster(tree, 1.0 - TOGETHER, "distance")
    first = dict.fromkeys(label.tolist())
    return [tuple(np.flatnonzero(label == one).tolist()) for one in first]
