"""Which columns a linear model makes of a fold's rows: learnt from the rows it is fitted on alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.learners.stored.linear import COLUMN_ARRAYS, LEAST_SCALE, MISSING_CODE, LinearColumns

if TYPE_CHECKING:
    from scarce.learners.base import FloatArray

RAMPS = 6
"""Of a number, at most: their knots are its extremes and the quantiles between."""

MOST_CATEGORIES = 1_000
"""Columns of categories; the commonest, where there are more."""


def linear_columns(
    features: FloatArray, categorical: tuple[int, ...], weight: FloatArray | None, *, ramps: int = 0
) -> LinearColumns:
    """Learn the columns of encoded rows.

    Parameters
    ----------
    features : ndarray of float64, shape (n_rows, n_features)
        NaN where missing.
    categorical : tuple of int
        Features that hold category codes.
    weight : ndarray or None
        Row weights.
    ramps : int
        Of each number; none by default.

    Returns
    -------
    LinearColumns
    """
    weight = np.ones(len(features)) if weight is None else weight
    found: dict[str, list[Any]] = {name: [] for name in COLUMN_ARRAYS}
    for feature in range(features.shape[1]):
        if feature not in categorical:
            _add_number(found, feature, features[:, feature], weight, ramps)
    for feature, code in _categories(features, categorical, weight):
        found["category"].append(feature)
        found["code"].append(code)
    arrays = {name: np.array(found[name], dtype=dtype) for name, dtype in COLUMN_ARRAYS.items()}
    return LinearColumns(n_features=features.shape[1], **arrays)


def _add_number(
    found: dict[str, list[Any]], feature: int, values: FloatArray, weight: FloatArray, ramps: int
) -> None:
    present = ~np.isnan(values)
    if 0 < present.sum() < values.size:
        found["missing"].append(feature)
    finite = np.isfinite(values) & (weight > 0.0)
    if not finite.any():
        return
    low, high = values[finite].min(), values[finite].max()
    exponent = int(np.frexp(max(abs(low), abs(high)))[1])
    scaled, share = np.ldexp(values[finite], -exponent), weight[finite] / weight[finite].sum()
    centre = float(share @ scaled)
    scale = float(np.sqrt(share @ (scaled - centre) ** 2))
    if not (low < high and scale >= LEAST_SCALE):
        return
    own = {"number": feature, "low": low, "high": high, "exponent": exponent, "centre": centre}
    for name, value in {**own, "scale": scale}.items():
        found[name].append(value)
    if ramps:
        at = np.linspace(0.0, 1.0, ramps + 1)
        knots = np.unique(np.quantile(scaled, at, method="inverted_cdf", weights=share))
        if knots.size > 2:  # between two knots a ramp is the number itself
            found["ramp"] += [len(found["number"]) - 1] * (knots.size - 1)
            found["ramp_low"] += knots[:-1].tolist()
            found["ramp_high"] += knots[1:].tolist()


def _categories(
    features: FloatArray, categorical: tuple[int, ...], weight: FloatArray
) -> list[tuple[int, int]]:
    """Return pairs of a feature and a code, in order, of the commonest if there are too many."""
    counted: list[tuple[float, int, int]] = []
    for feature in categorical:
        values = features[:, feature]
        codes, which = np.unique(np.where(np.isnan(values), MISSING_CODE, values), return_inverse=True)
        if codes.size > 1:
            masses = np.bincount(which, weight)
            counted += [(mass, feature, int(code)) for mass, code in zip(masses, codes, strict=True)]
    commonest = sorted(counted, key=lambda entry: (-entry[0], *entry[1:]))[:MOST_CATEGORIES]
    return sorted((feature, code) for _, feature, code in commonest)
