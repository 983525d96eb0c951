"""How the gamma of a focal loss moves during training, by rows that the network was not fitted to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scarce.errors import ScarceError
from scarce.losses.signed_focal import STEEPEST

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def adafocal(
    gammas: Floats,
    confidence: Floats,
    is_right: Floats,
    *,
    rate: float,
    switch: float,
    lowest: float,
    highest: float,
) -> tuple[Floats, Floats]:
    """Return AdaFocal's gammas after an epoch, and the edges between the bins that they belong to.

    The bins hold equal numbers of rows by confidence. With ``gap = mean confidence - accuracy`` of a bin,
    ``gamma <- gamma exp(rate gap)`` if gamma > 0, else ``gamma exp(-rate gap)``; a gamma of less than
    ``switch`` in size changes its sign at that size; then it is clipped.

    Parameters
    ----------
    gammas : ndarray of float64, shape (n_bins,)
        From the least confident bin to the most.
    confidence : ndarray of float64, shape (n_rows,)
        The largest probability of each validation row; at least one row, none of them NaN.
    is_right : ndarray of float64, shape (n_rows,)
        1 where the class of that probability is the row's, else 0.
    rate : float
        The paper's lambda, above 0.
    switch : float
        Above 0.
    lowest, highest : float
        The clip.

    Returns
    -------
    gammas : ndarray of float64, shape (n_bins,)
    edges : ndarray of float64, shape (n_bins - 1,)
        A probability at an edge belongs to the bin above: `bin_of`.

    Notes
    -----
    Bins end between two rows, by interpolation. One without a row, as where many rows are equally confident,
    has no gap.

    Examples
    --------
    >>> sure, right = np.array([0.6, 0.6, 0.9, 0.9]), np.array([1.0, 0.0, 1.0, 0.0])
    >>> gammas, edges = adafocal(np.ones(2), sure, right, rate=1.0, switch=0.2, lowest=-2.0, highest=20.0)
    >>> gammas.round(3), edges
    (array([1.105, 1.492]), array([0.9]))

    References
    ----------
    Ghosh, Schaaf and Gormley, "AdaFocal: calibration-aware adaptive focal loss", NeurIPS 2022, algorithm 1.
    """
    bins, n = gammas.size, confidence.size
    edges = np.interp(np.arange(1, bins) * n / bins, np.arange(n), np.sort(confidence))
    place = bin_of(confidence, edges)
    rows = np.maximum(np.bincount(place, minlength=bins), 1)
    gap = np.bincount(place, confidence - is_right, bins) / rows
    moved = gammas * np.exp(rate * np.where(gammas > 0.0, gap, -gap))
    moved = np.where(np.abs(moved) < switch, np.where(moved > 0.0, -switch, switch), moved)
    return np.clip(moved, lowest, highest), edges


def bin_of(p: Floats, edges: Floats) -> NDArray[np.intp]:
    """Return which bin holds each probability; one at an edge is in the bin above.

    Examples
    --------
    >>> bin_of(np.array([0.1, 0.5, 0.9]), np.array([0.5]))
    array([0, 1, 1])
    """
    return np.searchsorted(edges, p, side="right")


def check_clip(gamma: float, lowest: float, highest: float) -> None:
    """Refuse a clip whose loss would rise with p, or that does not hold the gamma at the start: E501."""
    if not STEEPEST < lowest < highest:
        allowed = f"above {STEEPEST} and below highest={highest:g}"
        raise ScarceError("E501", parameter="lowest", value=f"{lowest:g}", allowed=allowed)
    if not lowest <= gamma <= highest:
        allowed = f"from lowest={lowest:g} to highest={highest:g}"
        raise ScarceError("E501", parameter="gamma", value=f"{gamma:g}", allowed=allowed)
