"""What an arm said of rows that it did not learn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class OutOfFold:
    """One arm's out-of-fold outputs.

    Attributes
    ----------
    raw, recovered : ndarray, shape (n_repeats, n_rows)
        NaN where no fold tests the row.
    iterations : tuple of int
        One a split.
    seconds : float
        Fitting time, all splits.
    """

    raw: FloatArray
    recovered: FloatArray
    iterations: tuple[int, ...]
    seconds: float
