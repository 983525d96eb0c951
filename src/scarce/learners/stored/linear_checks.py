"""Whether flat arrays describe a linear model: every index in range, every number finite and bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.errors.refusal import require

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scarce.learners.stored.linear import LinearColumns, LinearModel

MAX_FEATURES = 100_000
MAX_COLUMNS = 200_000
LEAST_SCALE = 1e-25
LARGEST = 1e100  # of a coefficient: over all columns, their sum stays finite

_OF_NUMBERS = ("low", "high", "exponent", "centre", "scale")
_INDEXES = ("number", "missing", "category")


def check_columns(columns: LinearColumns, dtypes: Mapping[str, str]) -> None:
    """Refuse arrays that are no columns of a linear model.

    Parameters
    ----------
    columns : LinearColumns
    dtypes : mapping of str to str
        The type of each array.

    Raises
    ------
    RefusalError
        With what is wrong.
    """
    count = columns.n_features
    require(type(count) is int and 1 <= count <= MAX_FEATURES, "the number of features is out of range")
    for name, dtype in dtypes.items():
        _check_flat(name, getattr(columns, name), dtype)
    require(columns.n_columns <= MAX_COLUMNS, f"{columns.n_columns} columns are more than {MAX_COLUMNS}")
    for name in _OF_NUMBERS:
        require(
            getattr(columns, name).size == columns.number.size, f"{name} does not have one entry a number"
        )
    for name in ("ramp_low", "ramp_high"):
        require(getattr(columns, name).size == columns.ramp.size, f"{name} does not have one entry a ramp")
    require(columns.code.size == columns.category.size, "the categories' arrays disagree on their number")
    for name in _INDEXES:
        _check_within(name, getattr(columns, name), count)
    _check_within("ramp", columns.ramp, columns.number.size)
    _check_numbers(columns)
    _check_order(columns)


def check_model(model: LinearModel) -> None:
    """Refuse coefficients that are not one finite number a column."""
    _check_flat("coefficient", model.coefficient, "float64")
    require(model.coefficient.size == model.columns.n_columns, "there is not one coefficient a column")
    require(np.all(np.abs(model.coefficient) <= LARGEST), "a coefficient is not finite")
    intercept = model.intercept
    require(type(intercept) is float and abs(intercept) <= LARGEST, "the intercept is not a finite number")


def _check_flat(name: str, array: Any, dtype: str) -> None:
    require(isinstance(array, np.ndarray) and array.ndim == 1, f"{name} is not a flat array")
    require(array.dtype == np.dtype(dtype), f"{name} is {array.dtype}, not {dtype}")


def _check_within(name: str, index: Any, count: int) -> None:
    require(np.all((index >= 0) & (index < count)), f"{name} names a column that is not there")


def _check_numbers(columns: LinearColumns) -> None:
    require(np.all(np.abs(columns.exponent) <= 1_100), "an exponent is out of range")
    for name in ("low", "high"):
        scaled = np.ldexp(getattr(columns, name), -columns.exponent)
        require(np.all(np.abs(scaled) <= 1.0), f"{name} is not within its power of two")
    require(np.all(columns.low < columns.high), "a number's range is empty")
    require(np.all(np.abs(columns.centre) <= 1.0), "centre is out of range")
    require(np.all((columns.scale >= LEAST_SCALE) & (columns.scale <= 1.0)), "scale is out of range")
    require(np.all(np.abs(columns.ramp_low) <= 1.0), "a ramp's knot is out of range")
    require(np.all(np.abs(columns.ramp_high) <= 1.0), "a ramp's knot is out of range")
    require(np.all(columns.ramp_low < columns.ramp_high), "a ramp does not rise")
    require(np.all(columns.code >= -1), "a category's code is out of range")


def _check_order(columns: LinearColumns) -> None:
    """Codes ascend within their feature, so that one can be looked up."""
    pairs = columns.category.astype(np.int64) * 2**32 + columns.code
    require(np.all(np.diff(pairs) > 0), "the categories are not in order")
    for name in ("number", "missing"):
        require(np.all(np.diff(getattr(columns, name)) > 0), f"{name} is not in order")
