"""Fewer points for the same picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scarce.decision.arrays import FloatArray, IntArray

MOST_POINTS = 300
"""Of a curve, unless more or fewer are asked for."""


def corners(x: FloatArray, y: FloatArray, most: int) -> IntArray:
    """Return the points that draw the same line: in each narrow strip the first, last, lowest, highest.

    Parameters
    ----------
    x, y : ndarray of float64, shape (n_points,)
        As drawn, x monotone.
    most : int
        At least 8.

    Returns
    -------
    ndarray of int64
        Rising positions, at most `most`.

    Examples
    --------
    >>> corners(np.arange(100.0), np.arange(100.0) == 37, most=12)
    array([ 0, 32, 33, 37, 65, 66, 99])
    """
    if x.size <= most:
        return np.arange(x.size, dtype=np.int64)
    strips = max(most // 4, 1)
    low, high = float(x.min()), float(x.max())
    strip = np.floor((x - low) / max(high - low, np.finfo(float).tiny) * strips)
    strip = np.minimum(strip, strips - 1)
    first = np.flatnonzero(np.concatenate(([True], strip[1:] != strip[:-1])))
    last = np.append(first[1:], x.size) - 1
    order = np.lexsort((y, strip if x[0] <= x[-1] else -strip))
    return np.unique(np.concatenate([first, last, order[first], order[last]])).astype(np.int64)


def slider_positions(caught: FloatArray, flagged: FloatArray, wanted: IntArray, most: int) -> IntArray:
    """Return positions in a falling table of cuts: both ends, the wanted ones, and an even spread.

    Parameters
    ----------
    caught, flagged : ndarray of float64, shape (n_cuts,)
        Rising.
    wanted : ndarray of int64
        Positions that must be there.
    most : int

    Returns
    -------
    ndarray of int64
        Rising, at most ``max(most, 2 + len(wanted))``.

    Examples
    --------
    >>> flagged = np.arange(1001.0)
    >>> slider_positions(np.zeros(1001), flagged, np.array([77]), most=9)
    array([   0,    1,   32,   77, 1000])
    """
    fixed = np.concatenate([[0, flagged.size - 1], wanted])
    if flagged.size <= most:
        return np.arange(flagged.size, dtype=np.int64)
    free = max(most - fixed.size, 0)
    smallest = flagged[np.argmax(flagged > 0.0)]
    last = float(flagged[-1])
    shares = np.geomspace(max(float(smallest), last * 1e-9), last, free - free // 2, dtype=np.float64)
    recalls = np.linspace(0.0, float(caught[-1]), free // 2, dtype=np.float64)
    spread = np.concatenate([np.searchsorted(flagged, shares), np.searchsorted(caught, recalls)])
    return np.unique(np.concatenate([fixed, np.minimum(spread, flagged.size - 1)])).astype(np.int64)
