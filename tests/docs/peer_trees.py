"""What XGBoost does, by its documentation, where the features tell a handful of groups apart.

The leaves are then the groups: each takes Newton steps from its base margin, ``-G / (H + lambda)`` times the
learning rate. Held once to XGBoost itself, in the version that docs/switching.md names.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

LEARNING_RATE, LAMBDA = 0.3, 1.0  # XGBoost's defaults


class DMatrix:
    """Rows with labels and a base margin, by their group."""

    def __init__(self, data: Any, label: Any = None, base_margin: Any = None) -> None:
        self.data = np.asarray(data)[:, 0]
        self.label = None if label is None else np.asarray(label, np.float32)
        self.base_margin = np.zeros(self.data.size) if base_margin is None else base_margin

    def get_label(self) -> NDArray[np.float32]:
        assert self.label is not None
        return self.label


class Booster(NamedTuple):
    """The sum of every group's leaves."""

    leaves: dict[float, float]

    def predict(self, data: DMatrix, output_margin: bool = False) -> NDArray[np.float32]:
        margin = data.base_margin + np.array([self.leaves[group] for group in data.data])
        return np.float32(margin if output_margin else 1.0 / (1.0 + np.exp(-margin)))


def train(
    params: dict[str, Any],
    data: DMatrix,
    rounds: int,
    obj: Callable[[NDArray[np.float32], DMatrix], tuple[Any, Any]] | None = None,
) -> Booster:
    """Take the Newton steps; without an objective, those of the weighted log-loss."""

    def weighted(margin: NDArray[np.float32], data: DMatrix) -> tuple[Any, Any]:
        label, p = data.get_label(), 1.0 / (1.0 + np.exp(-margin))
        weight = np.where(label == 1.0, params["scale_pos_weight"], 1.0)
        return weight * (p - label), weight * p * (1.0 - p)

    booster = Booster(dict.fromkeys(np.unique(data.data).tolist(), 0.0))
    cap = params.get("max_delta_step", 0.0) or np.inf
    for _ in range(rounds):
        gradient, hessian = (obj or weighted)(booster.predict(data, output_margin=True), data)
        for group in booster.leaves:
            inside = data.data == group
            step = -float(gradient[inside].sum()) / (float(hessian[inside].sum()) + LAMBDA)
            booster.leaves[group] += LEARNING_RATE * float(np.clip(step, -cap, cap))
    return booster


PEERS = {"xgboost": SimpleNamespace(DMatrix=DMatrix, train=train)}
"""What the page's lines call, by the name they call it by."""
