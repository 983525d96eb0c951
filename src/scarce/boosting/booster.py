"""What every boosting library needs of us: an objective, and a booster that gives probabilities.

An `Engine` says what differs between the libraries; `scarce.boosting.lightgbm` and `scarce.boosting.xgboost`
have one each.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from scarce.boosting.objective import BinaryObjective, class_counts, resolved
from scarce.errors import ScarceError
from scarce.losses.domains import refuse_setting
from scarce.losses.inputs import checked_sample_weight

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from scarce.boosting.look import Training
    from scarce.boosting.objective import Hessian
    from scarce.losses.sigmoid import SigmoidLoss

METRIC = "recovered_log_loss"
"""What the evaluation metric is called in an engine's logs and in `RareBooster.history`."""


class Rows(NamedTuple):
    """Labels and weights of a dataset, and room for what a round computes."""

    label: NDArray[np.float32]
    weight: NDArray[np.float32] | None
    gradient: NDArray[np.float32]
    hessian: NDArray[np.float32]


def rows_of(label: NDArray[np.float32], weight: NDArray[np.float32] | None) -> Rows:
    """Return the rows of a dataset, checked.

    Raises
    ------
    ScarceError
        E602 for a label that is neither 0 nor 1, E515 for a weight that is none.
    """
    check_rows(label, weight)
    return Rows(label, weight, np.empty_like(label), np.empty_like(label))


def check_rows(label: ArrayLike, weight: ArrayLike | None) -> None:
    """Refuse labels other than 0 and 1, and weights that are none."""
    labels = np.asarray(label, np.float32).ravel()
    odd = np.flatnonzero((labels != 0.0) & (labels != 1.0))
    if odd.size:
        raise ScarceError("E602", value=f"{labels[odd[0]]:g}", row=int(odd[0]))
    if weight is not None:
        weights = np.asarray(weight, np.float32).ravel()
        checked_sample_weight(weights, labels.shape, weights.dtype)


class Engine(Protocol):
    """What differs between the boosting libraries."""

    start_field: str
    """What a starting score that the user gave the dataset is called."""

    def rows(self, dataset: Any) -> Rows:
        """Return labels and weights of a dataset, checked."""
        ...

    def scored(self, log_loss: float) -> tuple[Any, ...]:
        """Return the metric as the engine wants it."""
        ...

    def has_start(self, dataset: Any) -> bool:
        """Whether the dataset brings a starting score."""
        ...

    def grow(self, training: Training) -> tuple[Any, dict[str, list[float]]]:
        """Return a booster without a base score, and the recovered log-loss by dataset and round."""
        ...

    def trees_score(self, booster: Any, X: Any, **options: Any) -> NDArray[np.float64]:
        """Return raw scores without the base score."""
        ...

    def best_iteration(self, booster: Any) -> int:
        """Return how many rounds predictions use."""
        ...

    def text(self, booster: Any) -> str:
        """Return the trees as the engine writes them, the same for any number of threads."""
        ...


@dataclass(frozen=True)
class Objective:
    """A loss as a boosting library calls it, from its own `train` or `cv`; `metric` is its custom metric.

    It can be pickled and copied; it keeps no data. Make one with the `objective` of an engine's module.

    Parameters
    ----------
    engine : Engine
        What calls it.
    rows : BinaryObjective
        The loss over rows.
    prior : float, optional
        The weighted share of positives in the training data, if it was told.
    """

    engine: Engine
    rows: BinaryObjective
    prior: float | None = None

    def __call__(
        self, raw: NDArray[np.floating[Any]], dataset: Any
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return gradient and Hessian of the dataset's rows, in the type the engine takes without a copy."""
        rows = self.engine.rows(dataset)
        return self.rows.gradient_hessian(raw, rows.label, rows.weight, out=(rows.gradient, rows.hessian))

    def metric(self, raw: NDArray[np.floating[Any]], dataset: Any) -> tuple[Any, ...]:
        """Return name and value, the mean log-loss of the recovered posterior, as the engine wants them."""
        rows = self.engine.rows(dataset)
        return self.engine.scored(self.rows.log_loss(raw, rows.label, rows.weight))

    def base_score(self, prior: float | None = None) -> float:
        """Return the raw score to start from: the one whose posterior is the prior.

        Parameters
        ----------
        prior : float, optional
            By default that of the labels `objective` was given.
        """
        return self.rows.base_score(self.prior if prior is None else prior)

    def posterior(self, raw: ArrayLike) -> NDArray[np.floating[Any]]:
        """Return the probability of class 1; `raw` includes the base score."""
        return self.rows.posterior(raw)

    def log_odds(self, raw: ArrayLike) -> NDArray[np.floating[Any]]:
        """Return the log-odds of class 1, which do not saturate; `raw` includes the base score."""
        return self.rows.log_odds(raw)


def objective_of(
    engine: Engine,
    loss: SigmoidLoss | str,
    target: ArrayLike | None,
    weight: ArrayLike | None,
    hessian: Hessian,
    threads: int,
) -> Objective:
    """Return a loss as an objective of an engine; see `scarce.boosting.lightgbm.objective`."""
    label = None if target is None else np.asarray(target, np.float32)
    row_weight = None if weight is None else np.asarray(weight, np.float32)
    prior = None
    if label is None and row_weight is not None:
        reason = "it is only there to count the classes"
        refuse_setting("weight", weight, reason, "pass target= too")
    if label is not None:
        negatives, positives = class_counts(label, row_weight)
        prior = positives / (negatives + positives)
    rows = BinaryObjective(resolved(loss, label, row_weight), hessian, threads)
    return Objective(engine, rows, prior)


@dataclass(frozen=True)
class RareBooster:
    """A trained booster together with what turns its raw scores into probabilities.

    Parameters
    ----------
    booster : lightgbm.Booster or xgboost.Booster
        The trees; its own scores lack the base score.
    objective : Objective
        The loss it was trained with, all numbers.
    base_score : float
        The raw score every row started from.
    history : dict
        The recovered log-loss by dataset, one number a round.

    Notes
    -----
    `X` is whatever the engine's own ``Booster.predict`` takes, and options are the options of that.
    """

    booster: Any
    objective: Objective
    base_score: float
    history: dict[str, list[float]] = field(default_factory=dict)

    @property
    def best_iteration(self) -> int:
        """The number of rounds that predictions use."""
        return self.objective.engine.best_iteration(self.booster)

    def raw_score(self, X: Any, **options: Any) -> NDArray[np.float64]:
        """Return raw scores with the base score."""
        return self.objective.engine.trees_score(self.booster, X, **options) + self.base_score

    def log_odds(self, X: Any, **options: Any) -> NDArray[np.float64]:
        """Return the log-odds of class 1, which do not saturate: rank and cut by these."""
        return self.objective.log_odds(self.raw_score(X, **options))

    def posterior(self, X: Any, **options: Any) -> NDArray[np.float64]:
        """Return the probability of class 1, shape (n_rows,)."""
        return self.objective.posterior(self.raw_score(X, **options))

    def predict_proba(self, X: Any, **options: Any) -> NDArray[np.float64]:
        """Return both classes' probabilities in scikit-learn's layout, shape (n_rows, 2)."""
        positive = self.posterior(X, **options)
        return np.column_stack([1.0 - positive, positive])

    def model_text(self) -> str:
        """Return the trees as the engine's text, less what depends on the number of threads."""
        return self.objective.engine.text(self.booster)
