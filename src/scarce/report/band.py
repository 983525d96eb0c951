"""Bootstrap bands of whole curves, from the same draws over rows as every other interval of the report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scarce.evaluation.intervals import Bootstrap

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from scarce.report.scored import Scored

    FloatArray = npt.NDArray[np.float64]
    Band = tuple[FloatArray, FloatArray]

_REPLICATES = 1000


@dataclass(frozen=True)
class Bands:
    """95 % intervals, point by point: lower and upper ends.

    Attributes
    ----------
    precision : pair of ndarray
        At each recall asked for.
    caught, hits : pair of ndarray
        Recall and precision at each share of rows looked at.
    """

    precision: Band
    caught: Band
    hits: Band


def bands(rows: Scored, recall: FloatArray, share: FloatArray, seed: int) -> Bands:
    """Resample rows within each class and return the bands of the curves.

    Parameters
    ----------
    rows : Scored
    recall, share : ndarray
        Where the bands are wanted, rising, in [0, 1].
    seed : int
        Same seed, same bands.
    """
    curves = _Curves(recall, share)
    count = recall.size + 2 * share.size
    found = Bootstrap(_REPLICATES, seed=seed).ranking(
        rows.target, rows.log_odds, {str(i): curves.point(i) for i in range(count)}, rows.weight, rows.unit
    )
    ends = np.array([(found[str(i)].low, found[str(i)].high) for i in range(count)]).T
    first, second = recall.size, recall.size + share.size
    return Bands(*((low, high) for low, high in np.split(ends, [first, second], axis=1)))


class _Curves:
    """All points of the three curves for a block of replicates, computed once and asked for one by one."""

    def __init__(self, recall: FloatArray, share: FloatArray) -> None:
        self._recall = recall
        self._share = share
        self._seen: FloatArray | None = None
        self._points = np.zeros(0)

    def point(self, index: int) -> Callable[[FloatArray, FloatArray], FloatArray]:
        def value(positive: FloatArray, negative: FloatArray) -> FloatArray:
            if positive is not self._seen:
                self._seen = positive
                self._points = self._all(positive, negative)
            return self._points[..., index]

        return value

    def _all(self, positive: FloatArray, negative: FloatArray) -> FloatArray:
        if positive.ndim == 1:
            return self._one(positive, negative)
        return np.stack([self._one(p, n) for p, n in zip(positive, negative, strict=True)])

    def _one(self, positive: FloatArray, negative: FloatArray) -> FloatArray:
        caught = np.cumsum(positive)
        flags = caught + np.cumsum(negative)
        precision = np.divide(caught, flags, out=np.ones_like(caught), where=flags > 0)
        recall, share = caught / caught[-1], flags / flags[-1]
        return np.concatenate(
            (
                np.interp(self._recall, recall, precision),
                np.interp(self._share, share, recall),
                np.interp(self._share, share, precision),
            )
        )
