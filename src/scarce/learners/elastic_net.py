"""Linear models under any binary loss and an elastic-net penalty, along a path of penalties.

Each step minimises a second-order model of the loss under the penalty, and goes along that direction as far
as the loss falls. Where the loss is not convex the second derivative is its expectation over the label, which
is never negative.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from scarce.boosting.objective import LEAST_CURVATURE
from scarce.kernels.binary_pass import BinaryPass, Curvature
from scarce.kernels.cpu_compiler import numba

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from scarce.learners.stored.linear import FloatArray, Matrix
    from scarce.losses.sigmoid import SigmoidLoss

MOST_STEPS = 40
TOLERANCE = 1e-6
"""Of the slope that is left in any coefficient, relative to a row's mean slope at the start."""

_BLOCK = 16_384  # rows whose products stay in a cache
_LEAST_RATIO = 0.1  # below it the strongest penalty would grow without bound


class Coefficients(NamedTuple):
    """An intercept, relative to the base score, and a coefficient a column."""

    intercept: float
    slopes: FloatArray


@dataclass(frozen=True)
class ElasticNet:
    """The mean loss of a linear model plus ``penalty (l1_ratio |b|_1 + (1 - l1_ratio) |b|^2 / 2)``.

    Parameters
    ----------
    matrix : ndarray or csr_array, shape (n_rows, n_columns)
    target : ndarray of float32
        0 or 1.
    weight : ndarray of float32 or None
    loss : SigmoidLoss
        Resolved.
    base_score : float
        The constant that coefficients of 0 stand for. The intercept, added to it, is not penalised.
    l1_ratio : float
        From 0 to 1.
    threads : int
    """

    matrix: Matrix
    target: NDArray[np.float32]
    weight: NDArray[np.float32] | None
    loss: SigmoidLoss
    base_score: float
    l1_ratio: float
    threads: int = 1

    def path(self, shares: Iterable[float]) -> Iterator[Coefficients]:
        """Yield the minimum at each penalty, a share of `largest_penalty`; the strongest comes first."""
        now = Coefficients(0.0, np.zeros(self.matrix.shape[1]))
        for share in shares:
            now = self._minimum(now, share * self.largest_penalty)
            yield now

    @cached_property
    def largest_penalty(self) -> float:
        """The least penalty that leaves no coefficient, or for a small `l1_ratio` next to none."""
        slope, _ = self._derivatives(self._start)
        steepest = np.abs(self.matrix.T @ slope).max(initial=0.0)
        return float(steepest) / max(self.l1_ratio, _LEAST_RATIO)

    @property
    def _start(self) -> FloatArray:
        return np.full(self.target.size, self.base_score)

    @cached_property
    def _tolerance(self) -> float:
        return TOLERANCE * float(np.abs(self._derivatives(self._start)[0]).sum())

    @cached_property
    def _pass(self) -> BinaryPass:
        kind = "floored" if self.loss.modulation.is_convex else "expected"
        return BinaryPass(self.loss, Curvature(kind, least=LEAST_CURVATURE), self.threads)

    @cached_property
    def _rows(self) -> float:
        return float(self.target.size if self.weight is None else self.weight.sum(dtype=np.float64))

    def _derivatives(self, logits: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return each row's slope and curvature, as a part of the mean loss."""
        slope, curvature = np.empty(logits.size, np.float32), np.empty(logits.size, np.float32)
        self._pass.run(logits, self.target, self.weight, gradient=slope, hessian=curvature)
        return slope / self._rows, curvature / self._rows

    def _value(self, logits: FloatArray, slopes: FloatArray, penalty: float) -> float:
        value = np.empty(logits.size, np.float32)
        self._pass.run(logits, self.target, self.weight, value=value)
        l1, l2 = penalty * self.l1_ratio, penalty * (1.0 - self.l1_ratio)
        return value.sum(dtype=np.float64) / self._rows + l1 * np.abs(slopes).sum() + l2 / 2 * slopes @ slopes

    def _minimum(self, now: Coefficients, penalty: float) -> Coefficients:
        intercept, slopes = now
        l1 = np.r_[0.0, np.full(slopes.size, penalty * self.l1_ratio)]
        l2 = np.r_[0.0, np.full(slopes.size, penalty * (1.0 - self.l1_ratio))]
        at = np.r_[intercept, slopes]
        logits = self.base_score + intercept + self.matrix @ slopes
        value = self._value(logits, slopes, penalty)
        size, before, seen = 1.0, np.inf, True
        for _ in range(MOST_STEPS):
            slope, curvature = self._derivatives(logits)
            gradient = np.r_[slope.sum(), self.matrix.T @ slope] + l2 * at
            left = steepest_descent(gradient, at, l1)
            if left <= self._tolerance:
                break
            if left > 0.9 * before and not seen:  # too long, by less than values show: it would go to and fro
                size = max(0.5 * size, 1.0 / 16.0)
            before = left
            bend = curvature_matrix(self.matrix, curvature)
            bend[np.diag_indices_from(bend)] += l2 + _jitter(bend)
            step = _newton_step(bend, gradient, at, l1)
            along = step[0] + self.matrix @ step[1:]
            expected = gradient @ step + l1 @ (np.abs(at + step) - np.abs(at))
            for halvings in range(30):
                part = size * 0.5**halvings
                tried, there = logits + part * along, at + part * step
                reached = self._value(tried, there[1:], penalty)
                # values are summed from single precision: a fall of less cannot be seen
                if reached <= value + 1e-4 * part * expected + 1e-8 * abs(value):
                    break
            else:
                break
            seen = value - reached > 1e-7 * abs(value)
            at, logits, value = there, tried, reached
        return Coefficients(float(at[0]), at[1:])


def steepest_descent(gradient: FloatArray, at: FloatArray, l1: FloatArray) -> float:
    """Return the largest slope of any coefficient towards less; 0 at a minimum of a convex loss.

    Examples
    --------
    >>> steepest_descent(np.array([0.5, -3.0]), np.array([0.0, 1.0]), np.array([1.0, 1.0]))
    2.0
    """
    inactive = np.maximum(np.abs(gradient) - l1, 0.0)
    return float(np.where(at == 0.0, inactive, np.abs(gradient + l1 * np.sign(at))).max())


def curvature_matrix(matrix: Matrix, curvature: FloatArray) -> FloatArray:
    """Return ``[1 X]' diag(curvature) [1 X]``."""
    n_columns = matrix.shape[1]
    total = np.zeros((n_columns + 1, n_columns + 1))
    total[0, 0] = curvature.sum()
    total[0, 1:] = total[1:, 0] = matrix.T @ curvature
    for first in range(0, len(curvature), _BLOCK):
        block, own = matrix[first : first + _BLOCK], curvature[first : first + _BLOCK, None]
        if isinstance(block, np.ndarray):
            total[1:, 1:] += block.T @ (block * own)
        else:
            total[1:, 1:] += (block.T @ block.multiply(own)).toarray()
    return total


def _jitter(bend: FloatArray) -> float:
    """Return what makes a matrix that rounding made singular regular, and changes no result."""
    return 1e-12 * float(np.diag(bend).max()) + 1e-300


def _newton_step(bend: FloatArray, gradient: FloatArray, at: FloatArray, l1: FloatArray) -> FloatArray:
    """Return the step to the minimum of the second-order model plus the absolute values' penalty."""
    if not l1.any():
        return np.linalg.solve(bend, -gradient)
    return coordinate_descent(bend, gradient, at, l1)


@numba.njit(nogil=True, cache=True)
def coordinate_descent(bend, gradient, at, l1):
    """Return the step d that minimises ``gradient d + d bend d / 2 + l1 |at + d|``, coordinate by coordinate.

    Parameters
    ----------
    bend : ndarray, shape (n, n)
        Positive definite.
    gradient, at, l1 : ndarray, shape (n,)

    Returns
    -------
    ndarray, shape (n,)
    """
    step, slope = np.zeros(at.size), gradient.copy()
    for _ in range(2_000):
        largest, moved = 0.0, 0.0
        for j in range(at.size):
            aim = at[j] + step[j] - slope[j] / bend[j, j]
            new = np.sign(aim) * max(abs(aim) - l1[j] / bend[j, j], 0.0)
            change = new - at[j] - step[j]
            if change != 0.0:
                step[j] += change
                slope += change * bend[j]
            scale = np.sqrt(bend[j, j])
            largest = max(largest, abs(change) * scale)
            moved = max(moved, abs(step[j]) * scale)
        if largest <= 1e-9 * moved:
            break
    return step
