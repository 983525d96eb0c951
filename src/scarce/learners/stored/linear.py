"""Linear models as checked arrays: which columns they make of encoded rows, and a coefficient for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.errors.refusal import require

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    FloatArray = NDArray[np.float64]
    Matrix = FloatArray | csr_array

COLUMN_ARRAYS: dict[str, str] = {
    "number": "int32",
    "low": "float64",
    "high": "float64",
    "exponent": "int32",
    "centre": "float64",
    "scale": "float64",
    "ramp": "int32",
    "ramp_low": "float64",
    "ramp_high": "float64",
    "missing": "int32",
    "category": "int32",
    "code": "int32",
}
"""The arrays of `LinearColumns` and their types."""

MISSING_CODE = -1
_DENSE_CATEGORIES = 64
_ROWS_AT_A_TIME = 65_536
MAX_FEATURES = 100_000
MAX_COLUMNS = 200_000
LEAST_SCALE = 1e-25
LARGEST = 1e100  # of a coefficient: over all columns, their sum stays finite

_OF_NUMBERS = ("low", "high", "exponent", "centre", "scale")
_INDEXES = ("number", "missing", "category")


@dataclass(frozen=True, eq=False)
class LinearColumns:
    """What a linear model makes of encoded rows: numbers, or their ramps, gaps and categories, in that order.

    A number is brought into the range seen in training, scaled by a power of two so that no difference of
    two overflows, filled with its mean where missing, and standardised; or it enters by ramps alone, which
    rise from 0 to 1 between two of its knots. Gaps and categories are 0 or 1; a category never seen is 0
    everywhere.

    Parameters
    ----------
    n_features : int
        Columns of the encoded rows.
    number : ndarray of int32
        Features that are numbers.
    low, high : ndarray of float64
        The range of each.
    exponent : ndarray of int32
        ``2**exponent`` bounds the number's absolute value.
    centre, scale : ndarray of float64
        Mean and standard deviation, after that scaling.
    ramp : ndarray of int32
        Positions among the numbers.
    ramp_low, ramp_high : ndarray of float64
        The knots of each ramp, after that scaling.
    missing : ndarray of int32
        Features whose gaps are a column.
    category, code : ndarray of int32
        A feature and one of its codes, ascending; -1 where missing.

    Raises
    ------
    RefusalError
        When the arrays do not describe columns.
    """

    n_features: int
    number: NDArray[np.int32]
    low: FloatArray
    high: FloatArray
    exponent: NDArray[np.int32]
    centre: FloatArray
    scale: FloatArray
    ramp: NDArray[np.int32]
    ramp_low: FloatArray
    ramp_high: FloatArray
    missing: NDArray[np.int32]
    category: NDArray[np.int32]
    code: NDArray[np.int32]

    def __post_init__(self) -> None:
        _check_columns(self)

    @property
    def n_columns(self) -> int:
        """Width of the matrix."""
        straight = self.number.size - np.unique(self.ramp).size
        return straight + self.ramp.size + self.missing.size + self.category.size

    def matrix(self, features: FloatArray) -> Matrix:
        """Return the columns of encoded rows.

        Parameters
        ----------
        features : ndarray of float64, shape (n_rows, n_features)

        Returns
        -------
        ndarray or csr_array of float64, shape (n_rows, n_columns)
            Sparse where there are many categories.
        """
        raw = features[:, self.number]
        bounded = np.ldexp(np.clip(raw, self.low, self.high), -self.exponent)
        filled = np.where(np.isnan(raw), self.centre, bounded)
        lower, upper = self.ramp_low, self.ramp_high
        ramps = (np.clip(filled[:, self.ramp], lower, upper) - lower) / (upper - lower)
        gaps = np.isnan(features[:, self.missing])
        whole = ~np.isin(np.arange(self.number.size), self.ramp)  # ramps make up their number
        straight = ((filled - self.centre) / self.scale)[:, whole]
        dense = np.hstack([straight, ramps, gaps.astype(np.float64)])
        if not self.category.size:
            return dense
        chosen = self._categories(features)
        if self.category.size <= _DENSE_CATEGORIES:
            return np.hstack([dense, chosen.toarray()])
        from scipy.sparse import csr_array, hstack

        return hstack([csr_array(dense), chosen], format="csr")

    def _categories(self, features: FloatArray) -> csr_array:
        """Return a column a category: 1 where the row has it."""
        from scipy.sparse import csr_array

        rows, columns = [], []
        for feature in np.unique(self.category):
            own = np.flatnonzero(self.category == feature)
            values = features[:, feature]
            values = np.where(np.isnan(values), MISSING_CODE, values)
            codes = self.code[own].astype(np.float64)
            nearest = np.minimum(np.searchsorted(codes, values), codes.size - 1)
            found = np.flatnonzero(codes[nearest] == values)
            rows.append(found)
            columns.append(own[nearest[found]])
        place = (np.concatenate(rows), np.concatenate(columns))
        return csr_array((np.ones(place[0].size), place), shape=(len(features), self.category.size))


@dataclass(frozen=True, eq=False)
class LinearModel:
    """A linear model over encoded rows.

    Parameters
    ----------
    columns : LinearColumns
    coefficient : ndarray of float64, shape (n_columns,)
    intercept : float

    Raises
    ------
    RefusalError
        When the numbers are not one a column, or not finite.

    Notes
    -----
    Beyond the range seen in training a number counts as the nearest that was seen: no row, however odd, has
    an infinite logit.
    """

    columns: LinearColumns
    coefficient: FloatArray
    intercept: float

    kind = "linear"

    def __post_init__(self) -> None:
        _check_model(self)

    @property
    def n_features(self) -> int:
        """Columns of the encoded rows."""
        return self.columns.n_features

    def logits(self, features: FloatArray) -> FloatArray:
        """Return raw outputs without a base score, shape (n_rows,)."""
        starts = range(0, len(features), _ROWS_AT_A_TIME)
        products = [
            self.columns.matrix(features[start : start + _ROWS_AT_A_TIME]) @ self.coefficient
            for start in starts
        ]
        return self.intercept + np.concatenate([np.zeros(0), *products])

    def to_parts(self) -> tuple[dict[str, Any], dict[str, NDArray[np.generic]]]:
        """Return what is written into a model file: facts for the card, and arrays."""
        arrays = {name: getattr(self.columns, name) for name in COLUMN_ARRAYS}
        facts = {"n_features": self.n_features, "intercept": self.intercept}
        return facts, {**arrays, "coefficient": self.coefficient}

    @classmethod
    def from_parts(cls, facts: Mapping[str, Any], arrays: Mapping[str, NDArray[np.generic]]) -> LinearModel:
        """Rebuild the model from what `to_parts` gave, trusting neither part."""
        require(set(facts) == {"n_features", "intercept"}, "the learner has unknown entries")
        require(set(arrays) == {*COLUMN_ARRAYS, "coefficient"}, "the linear model's arrays are not its own")
        own = {name: arrays[name] for name in COLUMN_ARRAYS}
        columns = LinearColumns(n_features=facts["n_features"], **own)  # type: ignore[arg-type]
        return cls(columns, arrays["coefficient"], facts["intercept"])  # type: ignore[arg-type]


def _check_columns(columns: LinearColumns) -> None:
    """Refuse arrays that are no columns of a linear model."""
    count = columns.n_features
    require(type(count) is int and 1 <= count <= MAX_FEATURES, "the number of features is out of range")
    for name, dtype in COLUMN_ARRAYS.items():
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


def _check_model(model: LinearModel) -> None:
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
