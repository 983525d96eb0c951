"""Linear models as checked arrays: which columns they make of encoded rows, and a coefficient for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.errors.refusal import require
from scarce.learners.stored.linear_checks import check_columns, check_model

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


@dataclass(frozen=True, eq=False)
class LinearColumns:
    """What a linear model makes of encoded rows: numbers, or their ramps, gaps and categories, in that order.

    A number is brought into the range seen in training, scaled by a power of two so that no difference of
    two overflows, filled with its mean where missing, and standardised; or it enters by ramps alone, which rise
    from 0 to 1 between two of its knots. Gaps and categories are 0 or 1; a category never seen is 0 everywhere.

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
        check_columns(self, COLUMN_ARRAYS)

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
        check_model(self)

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
