"""What every learner is given and gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from scarce.learners.base import Sampling
    from scarce.losses.sigmoid import SigmoidLoss

    FloatArray = npt.NDArray[np.float64]
    IndexArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class TrainingRows:
    """The rows of one fold, shared by every arm.

    Attributes
    ----------
    features : ndarray of float64, shape (n_rows, n_features)
        Encoded rows; NaN where missing.
    names : tuple of str
        A name for each feature.
    categorical : tuple of int
        Which features hold category codes.
    target : ndarray of uint8, shape (n_rows,)
        1 where positive.
    training_weight : ndarray or None
        Row weights that enter the fit.
    weight : ndarray or None
        Population weights, which early stopping is measured with.
    offset : float
        Added to log-odds learnt from these rows, so that they speak of the population.
    fit, valid : ndarray of int64
        Rows to fit on, and rows that early stopping watches (empty to train a given number of rounds).
    seed : int
        Decides bagging and undersampling.
    """

    features: FloatArray
    names: tuple[str, ...]
    categorical: tuple[int, ...]
    target: npt.NDArray[np.uint8]
    training_weight: FloatArray | None
    weight: FloatArray | None
    offset: float
    fit: IndexArray
    valid: IndexArray
    seed: int


@dataclass(frozen=True)
class Budget:
    """How long an arm may train: at most `rounds`, ending `patience` rounds after the best one."""

    rounds: int
    patience: int


class Fitted(Protocol):
    """A trained arm."""

    iterations: int

    def raw(self, features: FloatArray) -> FloatArray:
        """Return raw outputs, on the scale the loss was trained on, shape (n_rows,)."""
        ...

    def recover(self, raw: FloatArray) -> FloatArray:
        """Return the population's log-odds of the positive class behind raw outputs."""
        ...


class Prepared(Protocol):
    """One fold, ready to be fitted by any number of treatments."""

    def fit(self, loss: SigmoidLoss, sampling: Sampling | None, budget: Budget) -> Fitted:
        """Train one treatment."""
        ...
