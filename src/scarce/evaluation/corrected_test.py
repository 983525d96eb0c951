"""The corrected resampled t-test over folds, and Holm's procedure.

Folds share training rows, so their differences are correlated and a plain t-test calls differences that
are not there. Nadeau and Bengio (2003) correct the variance: over J folds,
``t = mean / sqrt((1/J + n_test/n_train) * variance)`` with J - 1 degrees of freedom. It needs no row's
score, only each fold's; where rows are at hand, `scarce.evaluation.comparison` sees smaller differences.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scarce.errors import ScarceError
from scarce.evaluation.comparison import LEVEL, POWER

if TYPE_CHECKING:
    from scarce.decision.arrays import FloatArray, Numbers

_ROUNDING = 1e-12  # of a figure: an arm that predicts what the control predicts differs from it by this much


@dataclass(frozen=True)
class CorrectedTest:
    """The corrected resampled t-test of one set of fold differences.

    Parameters
    ----------
    difference : float
        Mean over folds of treatment minus control.
    standard_error : float
        Corrected.
    low, high : float
        Confidence interval at 1 - level.
    p_value : float
        Two-sided; 1 when the mean is 0 but for rounding (1e-12 of `scale`).
    visible : float
        Smallest true difference that this test, with this spread, would call with probability `POWER`
        (0.8): ``(t_{1-level/2} + t_{power}) * standard_error``.
    folds : int
        Number of differences used.

    Examples
    --------
    >>> corrected_test([0.02, 0.01, 0.03, 0.02, 0.02], n_train=80, n_test=20).p_value.__round__(3)
    0.014
    """

    difference: float
    standard_error: float
    low: float
    high: float
    p_value: float
    visible: float
    folds: int


def corrected_test(
    differences: Numbers, *, n_train: float, n_test: float, level: float = LEVEL, scale: float = 1.0
) -> CorrectedTest:
    """Test whether the mean of correlated fold differences is 0.

    Parameters
    ----------
    differences : array-like of float, shape (n_folds,)
        Treatment minus control on each fold of each repeat, same folds for both. NaN (a fold without
        positives) is left out.
    n_train, n_test : float
        Rows fitted on and scored in one fold; only their ratio counts.
    level : float
        Of the interval and of `visible`, in (0, 1).
    scale : float
        About how large the figures are: what differs by 1e-12 of it is the same.

    Returns
    -------
    CorrectedTest

    Raises
    ------
    ScarceError
        E353 with fewer than two differences, E255 for a level or a size outside its domain.

    Notes
    -----
    With one repeat of five folds there are four degrees of freedom: only large differences can be seen.
    Read `visible` before you conclude that there is none.

    References
    ----------
    Nadeau and Bengio (2003), Inference for the generalization error, Machine Learning 52.

    Examples
    --------
    >>> test = corrected_test([0.1, -0.1, 0.0, 0.1, -0.1], n_train=80, n_test=20)
    >>> test.difference, test.p_value
    (0.0, 1.0)
    """
    _check_open("level", level)
    if not (n_train > 0 and n_test > 0 and math.isfinite(n_test / n_train)):
        raise ScarceError("E255", name="n_test / n_train", allowed="above 0", value=(n_test, n_train))
    values = np.asarray(differences, dtype=np.float64)
    values = values[~np.isnan(values)]
    folds = values.size
    if folds < 2:
        raise ScarceError("E353", folds=folds)
    mean = float(values.mean())
    error = math.sqrt((1.0 / folds + n_test / n_train) * float(values.var(ddof=1)))
    freedom = folds - 1
    quantile = _t_quantile(freedom, 1.0 - 0.5 * level)
    return CorrectedTest(
        difference=mean,
        standard_error=error,
        low=mean - quantile * error,
        high=mean + quantile * error,
        p_value=_p_value(mean, error, freedom, _ROUNDING * scale),
        visible=(quantile + _t_quantile(freedom, POWER)) * error,
        folds=folds,
    )


def holm(p_values: Numbers) -> FloatArray:
    """Return p-values adjusted by Holm's step-down procedure.

    Parameters
    ----------
    p_values : array-like of float, shape (n_tests,)

    Returns
    -------
    ndarray of float64, shape (n_tests,)
        Call a difference when its adjusted p is at most the level.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    array([0.03, 0.06, 0.06])
    """
    values = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    factors = np.arange(values.size, 0, -1)
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(np.maximum.accumulate(values[order] * factors), 1.0)
    return adjusted


def _p_value(mean: float, error: float, freedom: int, rounding: float) -> float:
    if abs(mean) <= rounding:
        return 1.0
    if error == 0.0:
        return 0.0
    from scipy.special import stdtr  # pyright: ignore[reportMissingTypeStubs] # 0.2 s, and only needed here

    return 2.0 * float(stdtr(freedom, -abs(mean) / error))


def _t_quantile(freedom: int, probability: float) -> float:
    from scipy.special import stdtrit  # pyright: ignore[reportMissingTypeStubs]

    return float(stdtrit(freedom, probability))


def _check_open(name: str, value: float) -> None:
    if not 0.0 < value < 1.0:
        raise ScarceError("E255", name=name, allowed="between 0 and 1", value=value)
