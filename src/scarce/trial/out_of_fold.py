"""What an arm said of rows that it did not learn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from scarce.trial.fold_trace import FoldTrace

    FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class OutOfFold:
    """One arm's out-of-fold outputs.

    Attributes
    ----------
    raw, recovered : ndarray, shape (n_repeats, n_rows)
        NaN where no fold tests the row.
    steps : tuple of float
        Where on the learner's path each split's training ended; empty where there is none.
    step : float
        Where all folds together would end it.
    seconds : float
        Fitting time, all splits.
    traces : tuple of FoldTrace
        Each split's whole training, where an open arm is held against it; else empty.
    """

    raw: FloatArray
    recovered: FloatArray
    steps: tuple[float, ...]
    step: float
    seconds: float
    traces: tuple[FoldTrace, ...] = ()
