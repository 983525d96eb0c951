"""Compare treatments with the control on identical folds, without fooling oneself.

Folds share training rows, so their differences are correlated and a plain t-test calls differences that
are not there. Nadeau and Bengio (2003) correct the variance: over J folds,
``t = mean / sqrt((1/J + n_test/n_train) * variance)`` with J - 1 degrees of freedom. Holm's step-down
procedure then keeps the chance of any false call, over all treatments, at the level.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scarce.decision.arrays import FloatArray, Numbers

Call: TypeAlias = Literal["better", "worse", "tied"]

LEVEL = 0.05
POWER = 0.8
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


@dataclass(frozen=True)
class Comparison:
    """One treatment against the control, among several.

    Parameters
    ----------
    name : str
    test : CorrectedTest
    adjusted_p : float
        After Holm, over all treatments compared together.
    call : {"better", "worse", "tied"}
        Tied unless ``adjusted_p`` is at most the level.

    Examples
    --------
    >>> folds = {"focal": [0.02, 0.01, 0.03, 0.02, 0.02]}
    >>> compare(folds, n_train=80, n_test=20)[0].call
    'better'
    """

    name: str
    test: CorrectedTest
    adjusted_p: float
    call: Call


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


def compare(
    differences: Mapping[str, Numbers],
    *,
    n_train: float,
    n_test: float,
    level: float = LEVEL,
    lower_is_better: bool = False,
    scale: float = 1.0,
) -> list[Comparison]:
    """Compare several treatments with the control, on one primary metric.

    Parameters
    ----------
    differences : mapping of str to array-like of float, shape (n_folds,)
        Treatment minus control, fold by fold.
    n_train, n_test : float
        Rows fitted on and scored in one fold.
    level : float
        Chance of any false call, over all treatments.
    lower_is_better : bool
        True for costs and losses.
    scale : float
        About how large the figures are, as in `corrected_test`.

    Returns
    -------
    list of Comparison
        In the order given. Each test's `visible` is at ``level / n_treatments``, the strictest step of
        Holm's procedure.

    Raises
    ------
    ScarceError
        As `corrected_test`.

    Examples
    --------
    >>> folds = {"weighted": [0.02, -0.01, 0.0, 0.01, -0.02], "focal": [0.2, 0.19, 0.21, 0.2, 0.2]}
    >>> [(one.name, one.call) for one in compare(folds, n_train=80, n_test=20, lower_is_better=True)]
    [('weighted', 'tied'), ('focal', 'worse')]
    """
    tests = [
        corrected_test(values, n_train=n_train, n_test=n_test, level=level, scale=scale)
        for values in differences.values()
    ]
    adjusted = holm([test.p_value for test in tests])
    shared = level / max(len(tests), 1)
    found: list[Comparison] = []
    for name, test, p in zip(differences, tests, adjusted, strict=True):
        gain = -test.difference if lower_is_better else test.difference
        call: Call = "tied" if p > level else ("better" if gain > 0.0 else "worse")
        found.append(Comparison(name, _with_visible(test, shared), float(p), call))
    return found


def _with_visible(test: CorrectedTest, level: float) -> CorrectedTest:
    freedom = test.folds - 1
    quantiles = _t_quantile(freedom, 1.0 - 0.5 * level) + _t_quantile(freedom, POWER)
    return replace(test, visible=quantiles * test.standard_error)


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
