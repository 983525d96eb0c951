"""Rows drawn at random by their label alone: the change of the prior is known, and undone exactly.

Keeping negatives at rate `b` multiplies the odds of every row by ``1/b``; on the log-odds scale the
undo is one addition, ``log_odds + log(b)``, the same as ``p -> b p / (b p - p + 1)`` (Dal Pozzolo et
al. 2015) without its loss of digits next to 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from scarce.decision.arrays import FloatArray, IntArray, Numbers, as_scores, as_target
from scarce.errors import ScarceError
from scarce.learners.base import Sampled
from scarce.number_grammar import spelled

if TYPE_CHECKING:
    import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Sample:
    """Which rows were drawn, and how to undo what that did to the prior.

    Parameters
    ----------
    rows : ndarray of int64, shape (n_drawn,)
        Rising; a row drawn twice is there twice. Row weights go with their rows, unchanged.
    log_rate : float
        Log of (rate of negatives / rate of positives), in rows.

    Examples
    --------
    >>> Sample(np.array([0, 1]), math.log(0.1)).undo([0.0]).round(4)
    array([-2.3026])
    """

    rows: IntArray
    log_rate: float

    def undo(self, log_odds: Numbers) -> FloatArray:
        """Return log-odds at the prevalence before sampling.

        Parameters
        ----------
        log_odds : array-like of float, shape (n_rows,)
            Of a model fitted to the sample.

        Returns
        -------
        ndarray of float64, shape (n_rows,)
        """
        return as_scores(log_odds) + self.log_rate

    def of(self, target: npt.NDArray[np.uint8]) -> Sampled:
        """Return the sample as a learner takes it."""
        return Sampled(self.rows, None, target[self.rows], self.log_rate)


@dataclass(frozen=True)
class UnderSampler:
    """Keep every positive, and negatives at random without replacement.

    Parameters
    ----------
    ratio : float, optional
        Negatives kept for each positive row, above 0. More than there are keeps all.
    rate : float, optional
        Share of the negatives kept, in (0, 1]. Give one of the two.

    Raises
    ------
    ScarceError
        E354 unless exactly one of the two is given, inside its domain.

    Notes
    -----
    The undo uses the share that was in fact kept, so the log-odds of a constant model come back exactly.
    SMOTE and other synthesis have no such undo.

    Examples
    --------
    >>> target = np.arange(1000) < 10
    >>> sample = UnderSampler(ratio=9.0).sample(target, np.random.default_rng(0))
    >>> sample.rows.size, round(math.exp(sample.log_rate), 4)
    (100, 0.0909)
    """

    ratio: float | None = None
    rate: float | None = None

    exact: ClassVar[bool] = True

    @property
    def method(self) -> str:
        """What it is called among the methods of a trial."""
        if self.rate is not None:
            return f"undersample:rate={spelled(self.rate)}"
        return f"undersample:ratio={spelled(_of(self.ratio))}"

    @property
    def summary(self) -> str:
        """One line for the report."""
        kept = f"{_of(self.ratio):g} random negatives for each positive"
        if self.rate is not None:
            kept = f"a share of {self.rate:g} of the negatives, at random"
        return f"keeps {kept}"

    def __post_init__(self) -> None:
        if (self.ratio is None) == (self.rate is None):
            raise ScarceError(
                "E354", reason="give either a ratio or a rate", suggestion="UnderSampler(ratio=10)"
            )
        if self.ratio is not None and not (math.isfinite(self.ratio) and self.ratio > 0.0):
            raise ScarceError("E354", reason=f"ratio is {self.ratio!r}", suggestion="choose a ratio above 0")
        if self.rate is not None and not 0.0 < self.rate <= 1.0:
            raise ScarceError(
                "E354", reason=f"rate is {self.rate!r}", suggestion="choose a rate above 0 and at most 1"
            )

    def sample(self, target: Numbers, rng: np.random.Generator) -> Sample:
        """Draw.

        Parameters
        ----------
        target : array-like of 0/1, shape (n_rows,)
        rng : numpy.random.Generator

        Returns
        -------
        Sample

        Raises
        ------
        ScarceError
            E354 without both classes.
        """
        positives, negatives = _classes(target)
        wanted = self.rate * negatives.size if self.rate is not None else _of(self.ratio) * positives.size
        count = max(round(min(wanted, negatives.size)), 1)
        kept = rng.choice(negatives, count, replace=False, shuffle=False)
        return Sample(np.sort(np.concatenate([positives, kept])), math.log(count) - math.log(negatives.size))

    def draw(
        self,
        features: FloatArray,
        target: npt.NDArray[np.uint8],
        categorical: tuple[int, ...],
        seed: int,
    ) -> Sampled:
        """Draw from the rows of a fold, as a `scarce.learners.base.Sampling` does: by the target alone."""
        return self.sample(target, np.random.default_rng(seed)).of(target)


@dataclass(frozen=True)
class OverSampler:
    """Keep every row, and draw positives again with replacement until they reach a ratio.

    Parameters
    ----------
    ratio : float
        Negatives for each positive row afterwards, above 0. A larger ratio than there is draws none.

    Raises
    ------
    ScarceError
        E354 for a ratio that is not above 0.

    Notes
    -----
    Copies of a positive carry no new information. Draw inside a training fold only: a copy on the other
    side of a split is a leak.

    Examples
    --------
    >>> target = np.arange(1000) < 10
    >>> sample = OverSampler(ratio=9.0).sample(target, np.random.default_rng(0))
    >>> sample.rows.size, round(math.exp(-sample.log_rate), 6)
    (1100, 11.0)
    """

    ratio: float = 1.0

    exact: ClassVar[bool] = True

    @property
    def method(self) -> str:
        """What it is called among the methods of a trial."""
        return f"oversample:ratio={spelled(self.ratio)}"

    @property
    def summary(self) -> str:
        """One line for the report."""
        return f"draws positives again until {self.ratio:g} negatives are left for each"

    def __post_init__(self) -> None:
        if not (math.isfinite(self.ratio) and self.ratio > 0.0):
            raise ScarceError("E354", reason=f"ratio is {self.ratio!r}", suggestion="choose a ratio above 0")

    def sample(self, target: Numbers, rng: np.random.Generator) -> Sample:
        """Draw.

        Parameters
        ----------
        target : array-like of 0/1, shape (n_rows,)
        rng : numpy.random.Generator

        Returns
        -------
        Sample

        Raises
        ------
        ScarceError
            E354 without both classes.
        """
        positives, negatives = _classes(target)
        extra = max(round(negatives.size / self.ratio) - positives.size, 0)
        again = rng.choice(positives, extra, replace=True)
        rows = np.sort(np.concatenate([positives, again, negatives]))
        return Sample(rows, math.log(positives.size) - math.log(positives.size + extra))

    def draw(
        self,
        features: FloatArray,
        target: npt.NDArray[np.uint8],
        categorical: tuple[int, ...],
        seed: int,
    ) -> Sampled:
        """Draw from the rows of a fold, as a `scarce.learners.base.Sampling` does: by the target alone."""
        return self.sample(target, np.random.default_rng(seed)).of(target)


def _classes(target: Numbers) -> tuple[IntArray, IntArray]:
    array: npt.NDArray[np.generic] = np.asarray(target)
    positive = as_target(array, array.size)
    positives, negatives = (np.flatnonzero(rows).astype(np.int64) for rows in (positive, ~positive))
    if positives.size == 0 or negatives.size == 0:
        raise ScarceError(
            "E354",
            reason=f"{positives.size} positives and {negatives.size} negatives",
            suggestion="give rows of both classes",
        )
    return positives, negatives


def _of(ratio: float | None) -> float:
    return 1.0 if ratio is None else ratio
