"""Many penalised logistic fits of one table at a time, by Newton's method."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

RIDGE = 1.0
_STEPS = 30
_NEAR = 1e-4  # expected fall of the summed log-loss


def sigmoid(log_odds: FloatArray) -> FloatArray:
    """Return probabilities; NumPy's exponential is several times faster than a function of SciPy's."""
    return 1.0 / (1.0 + np.exp(-np.clip(log_odds, -500.0, 500.0)))


@dataclass(frozen=True)
class Logistic:
    """``sum weight * log-loss(offset + design @ point) + penalty * point^2 / 2``, several weights at once."""

    design: FloatArray
    positive: BoolArray
    penalty: FloatArray
    offset: FloatArray | float = 0.0

    def fit(self, weights: FloatArray, point: FloatArray) -> FloatArray:
        """Return the point of each column of weights, from a start, both of shape (columns, fits)."""
        size = self.design.shape[1]
        upper = np.triu_indices(size)
        products = self.design[:, upper[0]] * self.design[:, upper[1]]
        target = self.positive[:, None].astype(np.float64)
        for _ in range(_STEPS):
            p = sigmoid(self.offset + self.design @ point)
            gradient = self.design.T @ (weights * (p - target)) + self.penalty[:, None] * point
            entries = products.T @ (weights * p * (1.0 - p))
            hessian = np.empty((point.shape[1], size, size))
            hessian[:, upper[0], upper[1]] = hessian[:, upper[1], upper[0]] = entries.T
            hessian += np.diag(self.penalty)
            step = -np.linalg.solve(hessian, gradient.T[:, :, None])[:, :, 0].T
            point = point + step
            if np.abs(gradient * step).sum(axis=0).max() < _NEAR:
                break
        return point


def log_odds(features: FloatArray, positive: BoolArray, weights: FloatArray) -> FloatArray:
    """Return the log-odds of every row by every fit, shape (rows, fits).

    Parameters
    ----------
    features : ndarray, shape (rows, columns)
    positive : ndarray of bool, shape (rows,)
    weights : ndarray, shape (rows, fits)
        What each fit is trained on.
    """
    design = np.column_stack([np.ones(positive.size), features])
    model = Logistic(design, positive, np.array([1e-6, *[RIDGE] * features.shape[1]]))
    start = np.zeros((design.shape[1], 1))
    start[0] = np.log(positive.mean() / (1.0 - positive.mean()))
    start = model.fit(weights.mean(axis=1, keepdims=True), start)
    return design @ model.fit(weights, np.repeat(start, weights.shape[1], axis=1))


def calibrated(
    scores: FloatArray, positive: BoolArray, fold_of: npt.NDArray[np.int64], spread: tuple[float, float]
) -> FloatArray:
    """Return log-odds after a shrunk line that the other folds' rows gave, as in a trial; shape (rows,)."""
    near = sigmoid(scores) * sigmoid(-scores)
    centre = float(near @ scores / near.sum())
    design = np.stack([np.ones(scores.size), scores - centre], axis=1)
    model = Logistic(design, positive, 1.0 / np.square(spread), scores[:, None])
    folds = int(fold_of.max()) + 1
    weights = (fold_of[:, None] != np.arange(folds)).astype(np.float64)
    lines = model.fit(weights, np.zeros((2, folds)))
    return scores + (design * lines[:, fold_of].T).sum(axis=1)
