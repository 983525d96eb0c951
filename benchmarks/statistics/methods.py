"""Ways to call a difference: which arms of each simulated trial each method calls, and how wide it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, stdtr, stdtrit

from benchmarks.statistics.cells import FIGURES, FOLDS, Cell
from benchmarks.statistics.influences import LOWER_IS_BETTER, METRICS
from scarce.evaluation import holm

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from benchmarks.statistics.tables import FloatArray

LEVEL = 0.05
_DRAWS = 2_000


@dataclass(frozen=True)
class Method:
    """A way to call differences.

    Attributes
    ----------
    name : str
    repeats : int
        Of the five folds.
    inflation : float or None
        Of the rows' variance; None is the corrected test of the folds' differences.
    splits : bool
        Whether the variance between repeats, over their number, is added.
    own_freedom_below : int
        With fewer positives the degrees of freedom are those of the sum of squared influences, where they are
        fewer than the positives less one; 4 at least.
    or_folds : bool
        Whether the variance that the folds' differences give is taken where it is larger than the rows'.
    """

    name: str
    repeats: int
    inflation: float | None = None
    splits: bool = False
    own_freedom_below: int = 0
    or_folds: bool = False

    def standard_errors(self, figures: FloatArray) -> FloatArray:
        """Return the standard error of figures, shape (..., figures)."""
        of = {name: figures[..., place] for place, name in enumerate(FIGURES)}
        if self.inflation is None:
            return np.sqrt((1.0 / (FOLDS * self.repeats) + 1.0 / (FOLDS - 1)) * of["folds"])
        split = of["splits"] / self.repeats if self.splits else 0.0
        rows = np.maximum(of["rows"], of["folds"] / FOLDS) if self.or_folds else of["rows"]
        return np.sqrt(self.inflation * rows + split)

    def freedom(self, figures: FloatArray, positives: npt.NDArray[np.int64]) -> FloatArray:
        """Return the degrees of freedom of each table's arms."""
        known = FOLDS * self.repeats if self.inflation is None else positives[:, None]
        most = np.broadcast_to(known - 1.0, figures.shape[:-1])
        rows, fourth = (figures[..., FIGURES.index(name)] for name in ("rows", "fourth"))
        own = np.clip(2.0 * rows**2 / fourth, 4.0, np.maximum(most, 4.0))
        return np.where(positives[:, None] < self.own_freedom_below, own, most)

    def alone(self, figures: FloatArray, positives: npt.NDArray[np.int64]) -> FloatArray:
        """Return what is called of each arm alone, as the sign of its difference, (tables, arms)."""
        ratio = figures[..., 0] / self.standard_errors(figures)
        quantile = stdtrit(self.freedom(figures, positives), 1.0 - 0.5 * LEVEL)
        return np.where(np.abs(ratio) > quantile, np.sign(ratio), 0.0)

    def together(
        self, figures: FloatArray, correlations: FloatArray, positives: npt.NDArray[np.int64]
    ) -> FloatArray:
        """Return the same of all arms at one level: Holm for folds, single-step max-t for rows."""
        ratio = figures[..., 0] / self.standard_errors(figures)
        freedom = self.freedom(figures, positives)
        if self.inflation is None:
            p_values = 2.0 * stdtr(freedom, -np.abs(ratio))
            called = np.apply_along_axis(holm, 1, p_values) <= LEVEL
        else:
            called = np.abs(ratio) > stdtrit(freedom, 1.0 - 0.5 * _shared_level(correlations)[:, None])
        return np.where(called, np.sign(ratio), 0.0)


def _shared_level(correlations: FloatArray) -> FloatArray:
    """Return the level of each arm at which the largest of their correlated differences keeps 5 %."""
    normal = np.random.default_rng(0).normal(size=(_DRAWS, correlations.shape[-1]))
    values, vectors = np.linalg.eigh(correlations)
    roots = vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :]
    largest = [np.quantile(np.abs(normal @ root.T).max(axis=1), 1.0 - LEVEL) for root in roots]
    return 2.0 * ndtr(-np.array(largest))


FOLD_TEST, FOLD_TEST_3 = Method("folds, 1 x 5", 1), Method("folds, 3 x 5", 3)
FEW = 50
ROWS = Method("rows, 1 x 5", 1, 1.25, own_freedom_below=FEW)
ROWS_OR_FOLDS = Method("rows or folds, 1 x 5", 1, 1.25, own_freedom_below=FEW, or_folds=True)
ROWS_3 = Method("rows and splits, 3 x 5", 3, 1.25, splits=True, own_freedom_below=FEW)
SHOWN = (FOLD_TEST, ROWS, ROWS_OR_FOLDS, FOLD_TEST_3, ROWS_3)
"""What the page about it shows."""

METHODS = (
    *SHOWN,
    Method("folds, 10 x 5", 10),
    *(
        Method(
            f"rows x {inflation:.4g}{' + splits' if splits else ''}{', own freedom' if below else ''}, "
            f"{repeats} x 5",
            repeats,
            inflation,
            splits,
            below,
        )
        for repeats, splits in ((1, False), (3, False), (3, True), (10, True))
        for inflation in (1.0, 1.25, 1.15**2, 1.25**2, 1.5**2)
        for below in (0, 1_000_000)
    ),
)
"""Everything that was compared."""


def rates(cell: Cell, found: Mapping[str, FloatArray], metric: int, method: Method) -> dict[str, float]:
    """Return the shares of tables with a call, one arm alone and all at one level, and how wide it is.

    Where an arm is better these are the right calls of that arm, elsewhere all calls.
    """
    place = cell.repeats.index(method.repeats)
    figures = found["figures"][:, metric, place]
    positives = found["positives"]
    alone = method.alone(figures, positives)
    together = method.together(figures, found["correlations"][:, metric, place], positives)
    quantile = stdtrit(method.freedom(figures, positives), 1.0 - 0.5 * LEVEL)
    errors = method.standard_errors(figures)
    better = -1.0 if METRICS[metric] in LOWER_IS_BETTER else 1.0
    right = cell.kind == "better"
    return {
        "alone": float((alone[:, 0] == better).mean() if right else (alone != 0.0).mean()),
        "together": float(
            (together[:, 0] == better).mean() if right else (together != 0.0).any(axis=1).mean()
        ),
        "half-width": float((quantile * errors).mean()),
        "spread": float(figures[..., 0].std(axis=0).mean() / errors.mean()),
    }
