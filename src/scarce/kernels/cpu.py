"""One fused pass over the rows of a binary loss: value, gradient, Hessian and recovered log-loss, in float32.

The formulas are those of `scarce.losses.formulas`, word for word, bound to the float32 vocabulary, and
`scarce.kernels.rows` has the loops. Machine code is kept on disk: only the first user of a modulation waits
for the compiler.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import sys
import types
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from scarce.kernels import blocks, parameters, polynomials, rows, vocabulary
from scarce.kernels.threads import share_rows
from scarce.kernels.vocabulary import VOCABULARY, word
from scarce.losses.formulas import decay, point, point_of, tail_of, unbounded
from scarce.losses.modulation import parameter_table
from scarce.losses.primitives import bind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from scarce.losses.modulation import Formulas
    from scarce.losses.sigmoid import SigmoidLoss


ROWS_WORTH_A_THREAD = 131_072  # with fewer, waiting for a busy core costs more than a second one gives


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
        loop = _soft_loop if soft or self.loss.label_smoothing else _hard_loop
        loop = loop(self.loss.modulation.formulas, len(self._negative), self.curvature.kind)
        arguments = (raw, target, weight, *self._numbers, value, gradient, hessian)
        self._share(functools.partial(loop, *arguments), raw.size)

    def log_loss(
        self,
        raw: NDArray[np.floating[Any]],
        target: NDArray[np.float32],
        weight: NDArray[np.float32] | None = None,
    ) -> float:
        """Return the sum of weight times the log-loss of the recovered posterior, clipped at 1e-15."""
        unsmoothed = "without_smoothing" if self.loss.label_smoothing else "as_stated"
        loop = _log_loss_loop(self.loss.modulation.formulas, len(self._negative), unsmoothed)
        sums = np.zeros(-(-raw.size // rows.BLOCK))
        arguments = (raw, target, weight, *self._numbers, sums)
        self._share(functools.partial(loop, *arguments), raw.size)
        return float(sums.sum())

    def _share(self, work: Callable[[int, int], object], n_rows: int) -> None:
        share_rows(work, n_rows, rows.BLOCK, self.threads, ROWS_WORTH_A_THREAD)

    @functools.cached_property
    def _negative(self) -> tuple[np.float32, ...]:
        return _float32s(parameter_table(self.loss.modulation, 2)[:, 0])

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
        positive = _float32s(parameter_table(loss.modulation, 2)[:, 1])
        return (scale, shift), _float32s(shared), self._negative, positive


def _float32s(numbers: Any) -> tuple[np.float32, ...]:
    return tuple(np.float32(number) for number in numbers)


@functools.cache
def _hard_loop(formulas: Formulas, n_parameters: int, curvature: str) -> Callable[..., None]:
    words = _words(formulas, n_parameters)
    convex = _with(getattr(rows, curvature), words)
    return _over_blocks(rows.every_row, rows.hard_rows, {**words, "convex": convex})


@functools.cache
def _soft_loop(formulas: Formulas, n_parameters: int, curvature: str) -> Callable[..., None]:
    words = _words(formulas, n_parameters)
    convex = _with(getattr(rows, curvature), words)
    return _over_blocks(rows.every_row, rows.soft_rows, {**words, "convex": convex})


@functools.cache
def _log_loss_loop(formulas: Formulas, n_parameters: int, unsmoothed: str) -> Callable[..., None]:
    words = _words(formulas, n_parameters)
    recovered = {"unsmoothed": _with(getattr(rows, unsmoothed), words)}
    return _over_blocks(rows.every_sum, rows.log_loss_rows, {**words, **recovered})


def _over_blocks(template: Any, loop: Any, words: Mapping[str, Any]) -> Any:
    """Return a template that takes blocks of rows through two loops: the steps to the points, and `loop`."""
    stages = {"approach": _with(rows.approach, words), "rows": _with(loop, words)}
    return _with(template, stages, cache=True)


def _words(formulas: Formulas, n_parameters: int, words: Mapping[str, Any] | None = None) -> dict[str, Any]:
    words = VOCABULARY if words is None else words
    steps = {function.__name__: function for function in (point, point_of, decay, tail_of, unbounded)}
    named = {**steps, **formulas._asdict()}
    bound = {
        name: bind(formula, words, constant=np.float32, decorate=word) for name, formula in named.items()
    }
    return {**bound, "choose": parameters.choose(n_parameters)}


def _with(template: Any, words: Mapping[str, Any], *, cache: bool = False) -> Any:
    """Compile a copy of a template in which the free names are `words`.

    numba's disk cache looks at a function's own bytecode and at the date of its file, and sees neither its
    globals nor other files. So the copy's ``__qualname__``, which names the cache file, ends in a hash of
    all it reaches.
    """
    reached = [f"{name}={value.py_func.__qualname__}" for name, value in sorted(words.items())]
    origins = [*(_source(sys.modules[name]) for name in _neighbours(template)), *reached]
    digest = hashlib.sha256("\n".join(origins).encode()).hexdigest()[:16]
    copy = types.FunctionType(template.__code__, {**template.__globals__, **words}, template.__name__)
    copy.__qualname__ = f"{template.__name__}_{digest}"
    if not cache:
        return word(copy)
    try:
        return vocabulary.numba.njit(cache=True, **vocabulary.OPTIONS)(copy)
    except (
        RuntimeError
    ):  # neither the package's folder nor the user's can be written: compile in each process
        return vocabulary.numba.njit(**vocabulary.OPTIONS)(copy)


def _neighbours(template: Any) -> list[str]:
    """Return the kernel modules whose text a template's machine code may be made of."""
    used = (getattr(value, "__module__", None) for value in template.__globals__.values())
    kernels = {name for name in used if name and name.startswith(__package__)}
    always = {module.__name__ for module in (blocks, parameters, polynomials, rows, vocabulary)}
    return sorted({template.__module__, *always, *kernels})


@functools.cache
def _source(module: types.ModuleType) -> str:
    return inspect.getsource(module)
