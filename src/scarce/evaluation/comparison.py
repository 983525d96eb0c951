"""Arms against a control on the same rows: one simultaneous interval each, and what it says.

Two things make a difference uncertain: which rows are scored, and which rows were trained on. The first is
in the rows themselves: the sum of the squared influences of each row on the difference
(`scarce.evaluation.influence`). The second is not, as the folds' models share most of their rows: the
variance is taken larger by ``1 + n_test / n_train``, after Nadeau and Bengio (2003), and where the
cross-validation was repeated the spread of the repeats is added. docs/statistics.md shows by simulation what
that is worth. All arms share one level: the chance that any of the intervals misses is `LEVEL`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scarce.evaluation.sums import drawn_sums

if TYPE_CHECKING:
    import numpy.typing as npt

    from scarce.decision.arrays import FloatArray


LEVEL = 0.05
POWER = 0.8

_LEAST_FREEDOM = 4.0  # that of five folds
_MANY = 50  # units of the scarcer class
_DRAWS = 20_000  # of normal vectors behind the level that arms share
_ROUNDING = 1e-12  # of a figure: what differs by less is the same


@dataclass(frozen=True)
class Interval:
    """What is known of one arm's difference to the control.

    Attributes
    ----------
    value : float
        Arm minus control, the mean over repeats.
    low, high : float
        Simultaneous over all arms compared together.
    error : float
        Standard error.
    quantile : float
        Of Student's t, at the level that the arms share: ``high = value + quantile * error``.
    split_share : float
        Part of the variance that comes from how the rows were dealt to folds; 0 with one repeat, which cannot
        show it.
    """

    value: float
    low: float
    high: float
    error: float
    quantile: float
    split_share: float

    @property
    def visible(self) -> float:
        """The least true difference that would be called with probability `POWER`."""
        return (self.quantile + _POWER_QUANTILE) * self.error


_POWER_QUANTILE = 0.8416212335729143  # of the normal distribution, at POWER


def simultaneous(
    values: FloatArray,
    influences: FloatArray,
    *,
    few: int,
    n_train: float,
    n_test: float,
    scale: float = 1.0,
    level: float = LEVEL,
) -> list[Interval]:
    """Return an interval for each arm's difference to the control, all of them at one level together.

    Parameters
    ----------
    values : ndarray of float64, shape (n_arms, n_repeats)
        Arm minus control in each repeat of the cross-validation.
    influences : ndarray of float64, shape (n_arms, n_units)
        Of each row, or of what is drawn with it, on the difference; the mean over repeats.
    few : int
        Units of the scarcer class.
    n_train, n_test : float
        Rows fitted on and scored in one fold; only their ratio counts, and an infinite n_train is of scores
        that no training varies.
    scale : float
        About how large the figures are: what differs by 1e-12 of it is the same.
    level : float
        Chance that any interval misses the truth.

    Returns
    -------
    list of Interval
        In the order given. An arm that differs in no row has the interval from 0 to 0.

    Notes
    -----
    The level of one interval comes from the joint distribution of the largest standardised difference
    (single-step max-t), so that arms that say nearly the same cost little. Degrees of freedom are one less
    than there are units of the scarcer class. With fewer than 50 of those they are at most those of the
    variance itself, ``2 / (sum of fourth powers / (sum of squares)^2 - 1 / n)``, which are few where few rows
    decide; with more, that would halve the power for costs with heavy tails and save no false call. They are
    never fewer than 4, those of five folds.

    References
    ----------
    Bayle, Bayle, Janson and Mackey, "Cross-validation confidence intervals for test error", NeurIPS 2020.
    Hothorn, Bretz and Westfall, "Simultaneous inference in general parametric models", 2008.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> noise = rng.normal(size=(2, 1_000)) / 1_000
    >>> found = simultaneous(np.array([[0.2], [0.01]]), noise, few=100, n_train=800, n_test=200)
    >>> [(round(one.low, 2), round(one.high, 2)) for one in found]
    [(0.12, 0.28), (-0.07, 0.09)]
    """
    n_arms, n_repeats = values.shape
    if n_arms == 0:
        return []
    n_units = influences.shape[1]
    unit = float(max(np.abs(influences).max(initial=0.0), np.abs(values).max())) or 1.0
    values, influences = values / unit, influences / unit  # or squares of figures in the 1e160s are infinite
    mean = values.mean(axis=1)
    rows = influences @ influences.T * (n_units / max(n_units - 1, 1) * (1.0 + n_test / n_train))
    split = np.zeros((n_arms, n_arms))
    if n_repeats > 1:
        split = np.cov(values).reshape(n_arms, n_arms) / n_repeats
    covariance = rows + split
    error = np.sqrt(np.diag(covariance))
    shared = _shared_level(covariance, level)
    found: list[Interval] = []
    for arm in range(n_arms):
        if max(float(error[arm]), abs(float(mean[arm]))) <= _ROUNDING * scale / unit:
            found.append(Interval(0.0, 0.0, 0.0, 0.0, 0.0, 0.0))
            continue
        quantile = _t_quantile(_freedom(influences[arm], few), 1.0 - 0.5 * shared)
        value, spread = unit * float(mean[arm]), unit * float(error[arm])
        reach = quantile * spread
        share = float(split[arm, arm] / covariance[arm, arm]) if error[arm] > 0.0 else 0.0
        found.append(Interval(value, value - reach, value + reach, spread, quantile, share))
    return found


def times_best(
    values: FloatArray,
    influences: FloatArray,
    replicates: int,
    seed: int,
    *,
    lower_is_better: bool,
) -> npt.NDArray[np.int64]:
    """Return in how many joint resamples of the rows each arm is the best; the control first.

    Parameters
    ----------
    values : ndarray of float64, shape (n_arms,)
        Arm minus control.
    influences : ndarray of float64, shape (n_arms, n_units)
    replicates : int
    seed : int
    lower_is_better : bool

    Returns
    -------
    ndarray of int64, shape (1 + n_arms,)
        An arm that says what an arm before it says counts with that one.

    Examples
    --------
    >>> sharp = np.random.default_rng(0).normal(size=(2, 500)) / 5_000
    >>> times_best(np.array([-1.0, 0.3]), sharp, 100, 0, lower_is_better=True)
    array([  0, 100,   0])
    """
    rng = np.random.default_rng(seed)
    moved = drawn_sums(np.ascontiguousarray(influences.T), replicates, rng)
    drawn = np.column_stack([np.zeros(replicates), values + moved])
    best = np.argmin(drawn if lower_is_better else -drawn, axis=1)
    # sums of the same influences may differ by rounding, which must not choose among copies
    first: dict[bytes, int] = {}
    same = [0, *(first.setdefault(one.tobytes(), arm) for arm, one in enumerate(influences, start=1))]
    return np.bincount(np.array(same)[best], minlength=drawn.shape[1])


def _shared_level(covariance: FloatArray, level: float) -> float:
    """Return the two-sided level of each interval at which all together keep `level`."""
    spread = np.sqrt(np.diag(covariance))
    arms = np.flatnonzero(spread > 0.0)
    if arms.size < 2:
        return level
    correlation = covariance[np.ix_(arms, arms)] / np.outer(spread[arms], spread[arms])
    roots, vectors = np.linalg.eigh(correlation)
    noise = np.random.default_rng(0).standard_normal((_DRAWS, arms.size))
    largest = np.abs(noise @ (vectors * np.sqrt(np.maximum(roots, 0.0))).T).max(axis=1)
    return min(
        level, max(level / arms.size, math.erfc(float(np.quantile(largest, 1.0 - level)) / math.sqrt(2.0)))
    )


def _freedom(influence: FloatArray, few: int) -> float:
    """Return the degrees of freedom of a variance that is a sum of squares."""
    squares = float((influence**2).sum())
    if squares == 0.0 or few >= _MANY:
        return max(few - 1.0, _LEAST_FREEDOM)
    concentration = float((influence**4).sum()) / squares**2
    own = 2.0 / max(concentration - 1.0 / influence.size, 1e-12)
    return max(min(own, few - 1.0), _LEAST_FREEDOM)


def _t_quantile(freedom: float, probability: float) -> float:
    from scipy.special import stdtrit  # pyright: ignore[reportMissingTypeStubs] # 0.2 s, and only needed here

    return float(stdtrit(freedom, probability))
