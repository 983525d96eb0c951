"""One fused pass over the rows of a binary loss: value, gradient, Hessian and recovered log-loss, in float32.

The loops are those of `scarce.kernels.binary_rows`, over the formulas as they stand. Machine code is kept on
disk: only the first user of a modulation waits for the compiler.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from scarce.kernels import cpu_words
from scarce.kernels.binary_rows import (
    BLOCK,
    curvatures,
    every_row,
    hard_rows,
    log_loss_rows,
    soft_rows,
)
from scarce.kernels.class_parameters import choose
from scarce.kernels.threads import share_rows
from scarce.losses.modulation import parameter_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from scarce.losses.modulation import Formulas
    from scarce.losses.sigmoid import SigmoidLoss


ROWS_WORTH_A_THREAD = 65_536  # about 65 microseconds of work: more than what handing it over costs


@dataclass(frozen=True)
class Curvature:
    """Which second derivative a pass writes, in terms of ``slope``, minus the derivative in the margin.

    Parameters
    ----------
    kind : {"exact", "floored", "bounded", "expected"}
        The second derivative itself, which may be negative; the same with a floor; ``factor * p * slope``,
        for focal losses; or the mean of both classes' second derivatives at the posterior, with a floor.
    factor : float
        For "bounded": ``1 + gamma``.
    least : float
        For "floored" and "expected": the floor, in units of the slope, so that no row asks for a longer step
        than ``1 / least``.
    """

    kind: Literal["exact", "floored", "bounded", "expected"] = "exact"
    factor: float = 1.0
    least: float = 0.0


@dataclass(frozen=True)
class BinaryPass:
    """The fused passes of one binary loss.

    Parameters
    ----------
    loss : SigmoidLoss
        Resolved: all its parameters are numbers.
    curvature : Curvature
        What `run` writes as the Hessian. The plain exact one, which may be negative, by default.
    threads : int, default 0
        At most this many; 0 means as many as there are cores. The numbers do not depend on it.
    offset : float, default 0.0
        Added to the recovered log-odds of `log_loss`: a sampling of the rows, undone.

    Notes
    -----
    A target is a label, 0 or 1; probabilities want ``soft=True``, which costs twice the time.
    """

    loss: SigmoidLoss
    curvature: Curvature = Curvature()
    threads: int = 0
    offset: float = 0.0

    def run(
        self,
        raw: NDArray[np.floating[Any]],
        target: NDArray[np.float32],
        weight: NDArray[np.float32] | None = None,
        *,
        value: NDArray[np.float32] | None = None,
        gradient: NDArray[np.float32] | None = None,
        hessian: NDArray[np.float32] | None = None,
        soft: bool = False,
    ) -> None:
        """Write value, gradient and Hessian in the raw score into those arrays that are given.

        Parameters
        ----------
        raw : array of float64 or float32, shape (n_rows,)
            Raw scores (logits), contiguous.
        target : array of float32, shape (n_rows,)
            Labels, or probabilities if `soft`.
        weight : array of float32, shape (n_rows,), optional
            Sample weights.
        value, gradient, hessian : array of float32, shape (n_rows,), optional
            Where to write. The arrays must not overlap.
        soft : bool
            Whether targets are probabilities. Label smoothing implies it.
        """
        soft = soft or self.loss.label_smoothing > 0.0
        negative = self._numbers[2]
        loop = row_kernel(self.loss.modulation.formulas, len(negative), self.curvature.kind, soft)
        self._share(loop, raw, target, weight, self._numbers, value, gradient, hessian, None)

    def log_loss(
        self,
        raw: NDArray[np.floating[Any]],
        target: NDArray[np.float32],
        weight: NDArray[np.float32] | None = None,
    ) -> float:
        """Return the sum of weight times the log-loss of the recovered posterior, clipped at 1e-15."""
        smoothed = self.loss.label_smoothing > 0.0
        loop = log_loss_kernel(self.loss.modulation.formulas, smoothed)
        sums = np.zeros(-(-raw.size // BLOCK))
        self._share(loop, raw, target, weight, self._numbers, None, None, None, sums)
        return float(sums.sum())

    def _share(self, loop: Callable[..., None], raw: NDArray[np.floating[Any]], *rest: Any) -> None:
        share_rows(functools.partial(loop, raw, *rest), raw.size, BLOCK, self.threads, ROWS_WORTH_A_THREAD)

    @functools.cached_property
    def _numbers(self) -> tuple[tuple[Any, ...], ...]:
        """Return the affine map to the logits, the shared numbers, and each class's parameters."""
        loss = self.loss
        scale = 1.0 if loss.logit_scale is None else float(loss.logit_scale)
        shift = 0.0 if loss.logit_shift is None else float(loss.logit_shift)
        weights = (1.0, 1.0) if loss.class_weight is None else loss.class_weight
        shared = (
            *weights,
            scale,
            scale * scale,
            self.curvature.least,
            self.curvature.factor,
            loss.label_smoothing,
            np.log(weights[1]) - np.log(weights[0]),
            self.offset,
        )
        negative, positive = parameter_table(loss.modulation, 2).T
        return (scale, shift), *(tuple(map(np.float32, group)) for group in (shared, negative, positive))


@functools.cache
def row_kernel(formulas: Formulas, n_parameters: int, curvature: str, soft: bool) -> Callable[..., None]:
    """Return the kernel of a modulation that writes value, gradient and a second derivative."""
    rows = soft_rows if soft else hard_rows
    convex = curvatures(cpu_words, formulas)[curvature]
    return every_row(rows(cpu_words, formulas, choose(n_parameters), convex))


@functools.cache
def log_loss_kernel(formulas: Formulas, smoothed: bool) -> Callable[..., None]:
    """Return the kernel of a modulation that adds up the log-loss of its posterior."""
    return every_row(log_loss_rows(cpu_words, formulas, smoothed=smoothed))
