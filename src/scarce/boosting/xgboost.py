"""Binary losses in XGBoost: five lines of anybody's training script.

>>> import numpy, xgboost
>>> from scarce.boosting.xgboost import train
>>> X, y = numpy.random.default_rng(1).normal(size=(500, 3)), numpy.arange(500) % 10 == 0
>>> model = train({"max_depth": 3}, xgboost.QuantileDMatrix(X, y), "focal:gamma=2", num_boost_round=5)
>>> model.predict_proba(xgboost.DMatrix(X)).shape
(500, 2)

`train` sets what XGBoost leaves to the user when the objective is one's own: the base score, a curvature
that is positive, a metric on probabilities with all its digits, and the way back from raw scores.
`objective` gives the same pieces one by one, for `xgboost.train` and `xgboost.cv`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.boosting.booster import METRIC, Objective, RareBooster, Rows, objective_of, rows_of
from scarce.boosting.look import Look, Training
from scarce.boosting.training import trained
from scarce.boosting.xgboost_parameters import parameters
from scarce.errors import ScarceError

try:
    import xgboost
except ModuleNotFoundError as missing:
    raise ScarceError("E701", needs="xgboost", extra="xgboost") from missing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from scarce.boosting.look import Watch
    from scarce.boosting.objective import Hessian
    from scarce.losses.sigmoid import SigmoidLoss

__all__ = ["METRIC", "Objective", "RareBooster", "objective", "train"]


def objective(
    loss: SigmoidLoss | str,
    target: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    *,
    hessian: Hessian = "auto",
    threads: int = 0,
) -> Objective:
    """Return a loss as an objective for `xgboost.train` and `xgboost.cv`: their ``obj``.

    Parameters
    ----------
    loss : SigmoidLoss or str
        A binary loss, or its name in the catalogue with parameters: ``"focal:gamma=3"``.
    target : array_like of {0, 1}, shape (n_rows,), optional
        The training labels: for the prior, and for weights and shifts that depend on the class counts.
    weight : array_like, shape (n_rows,), optional
        The training rows' weights: class counts are their sums.
    hessian : {"auto", "expected", "exact"}, default "auto"
        See `scarce.boosting.objective.BinaryObjective`.
    threads : int, default 0
        At most this many; 0 means as many as there are cores.

    Returns
    -------
    Objective
        Its `metric` is the ``custom_metric``.

    Raises
    ------
    ScarceError
        E601 if the loss is not a binary one, E529 if a reduction, an ignored label or weights without a
        target would do nothing, E602 or E605 if the labels are not both 0 and 1, E515 if a weight is negative
        or not finite, E608 if `hessian` is unknown, E507 if the loss depends on the class counts and there is
        no target.

    Notes
    -----
    Give ``base_score=0`` in the parameters, the matrices ``base_margin=np.full(n_rows,
    objective.base_score())``, and the rows to predict the same: without it every row starts at a margin of
    one half, whatever the classes, and what is left out of a prediction is lost. XGBoost prints and records a
    custom metric with six decimals.

    Examples
    --------
    >>> focal = objective("focal:gamma=2", target=[0] * 99 + [1])
    >>> round(focal.base_score(), 3)
    -1.706
    >>> float(focal.posterior(focal.base_score()).round(6))
    0.01
    """
    return objective_of(ENGINE, loss, target, weight, hessian, threads)


def train(
    params: Mapping[str, Any],
    train_set: xgboost.DMatrix,
    loss: SigmoidLoss | str = "focal",
    *,
    num_boost_round: int = 100,
    valid_sets: Sequence[xgboost.DMatrix] = (),
    valid_names: Sequence[str] | None = None,
    early_stopping_rounds: int | None = None,
    hessian: Hessian = "auto",
    callbacks: Sequence[xgboost.callback.TrainingCallback] = (),
    watch: Watch | None = None,
) -> RareBooster:
    """Train XGBoost with a binary loss, from its best constant to recovered probabilities.

    Parameters
    ----------
    params : mapping
        XGBoost's own, without objective, metric and base score. ``max_delta_step=2`` is on unless set for any
        loss but cross-entropy.
    train_set : xgboost.DMatrix
        Labels 0 and 1; weights, if any, are row weights. No base_margin. Nothing is written on it. A
        `xgboost.QuantileDMatrix` has its bins at once, so that several trainings, in several threads too, can
        share them.
    loss : SigmoidLoss or str, default "focal"
        As in `objective`; class weights by name are worked out from the labels and weights of `train_set`.
    num_boost_round : int, default 100
        At most this many rounds.
    valid_sets : sequence of xgboost.DMatrix, optional
        Evaluated each round by the recovered log-loss.
    valid_names : sequence of str, optional
        Their names in `RareBooster.history`; ``valid_0``, ``valid_1``, ... by default.
    early_stopping_rounds : int, optional
        Stop when the last validation set has not improved for this many rounds.
    hessian : {"auto", "expected", "exact"}, default "auto"
        See `scarce.boosting.objective.BinaryObjective`.
    callbacks : sequence of xgboost.callback.TrainingCallback, optional
        XGBoost callbacks.
    watch : callable, optional
        Called each round with the number of rounds and the raw scores, base score included, of the one
        validation set; training ends when it returns False. In place of the metric.

    Returns
    -------
    RareBooster
        Its predictions take a `xgboost.DMatrix`.

    Raises
    ------
    ScarceError
        E601 to E611, E515 for a weight, E529 for what would do nothing: each says what to change.

    Notes
    -----
    A loss with a small gradient also has a small Hessian: ``lambda`` and ``min_child_weight`` weigh more than
    with the log-loss.

    Examples
    --------
    >>> X, y = np.random.default_rng(0).normal(size=(400, 2)), np.arange(400) % 20 == 0
    >>> model = train({"max_depth": 2}, xgboost.QuantileDMatrix(X, y), "cross_entropy", num_boost_round=3)
    >>> float(model.posterior(xgboost.DMatrix(X)).mean().round(2))
    0.05
    """
    settings = {**parameters().checked(params), **_START}
    look = Look(valid_sets, valid_names, early_stopping_rounds, callbacks, watch)
    look.check()
    return trained(
        ENGINE,
        settings,
        train_set,
        loss,
        rounds=num_boost_round,
        hessian=hessian,
        threads=parameters().threads(settings, "nthread"),
        look=look,
        step_cap="max_delta_step" not in settings,
    )


_START: Mapping[str, Any] = {"base_score": 0.0, "disable_default_eval_metric": True}
"""XGBoost would start at .5, a probability that a custom objective takes for a margin."""


@dataclass(frozen=True)
class XGBoost:
    """XGBoost as an engine."""

    start_field = "a base_margin"

    def rows(self, dataset: xgboost.DMatrix) -> Rows:
        """Return labels, weights and room for results; a matrix does not tell when its labels change."""
        weight = dataset.get_weight()
        return rows_of(dataset.get_label(), weight if weight.size else None)

    def scored(self, log_loss: float) -> tuple[str, float]:
        """Return name and value."""
        return METRIC, log_loss

    def has_start(self, dataset: xgboost.DMatrix) -> bool:
        """Whether the matrix has a base_margin."""
        return dataset.get_base_margin().size > 0

    def grow(self, training: Training) -> tuple[xgboost.Booster, dict[str, list[float]]]:
        """Train."""
        history: dict[str, list[float]] = {}
        look = training.look
        callbacks = [_Evaluation(training, history), *look.callbacks]
        if look.early_stopping_rounds:
            callbacks.append(
                xgboost.callback.EarlyStopping(rounds=look.early_stopping_rounds, metric_name=METRIC)
            )
        booster = xgboost.train(
            training.settings,
            training.train_set,
            training.rounds,
            obj=training.gradient_hessian,
            callbacks=callbacks,
        )
        return booster, history

    def trees_score(self, booster: xgboost.Booster, X: Any, **options: Any) -> NDArray[np.float64]:
        """Return the sum of the trees; options are those of `xgboost.Booster.predict`."""
        chosen = {"iteration_range": (0, self.best_iteration(booster)), **options}
        return booster.predict(X, output_margin=True, **chosen).astype(np.float64)

    def best_iteration(self, booster: xgboost.Booster) -> int:
        """Return how many rounds predictions use."""
        best = booster.attr("best_iteration")
        return booster.num_boosted_rounds() if best is None else int(best) + 1

    def text(self, booster: xgboost.Booster) -> str:
        """Return XGBoost's JSON, in which no number of threads stands."""
        return booster.save_raw("json").decode()


ENGINE = XGBoost()


class _Evaluation(xgboost.callback.TrainingCallback):
    """Look at the validation sets after each round.

    In place of ``evals`` and ``custom_metric``, which write a log-loss with six decimals and read it back: of
    a rare class the fourth digit is then gone, and early stopping sees rounds that are equal.
    """

    def __init__(self, training: Training, history: dict[str, list[float]]) -> None:
        self._log_loss, self._look = training.log_loss, training.look
        names = self._look.valid_names or [f"valid_{i}" for i in range(len(self._look.valid_sets))]
        self._named = dict(zip(names, self._look.valid_sets, strict=True))
        self._history = history

    def after_iteration(self, model: xgboost.Booster, epoch: int, evals_log: dict[str, Any]) -> bool:
        """Note each set's log-loss, where the other callbacks look for it too, or show the raw scores."""
        for name, dataset in self._named.items():
            raw = model.predict(dataset, output_margin=True)
            if self._look.watch is not None:
                return not self._look.watch(epoch + 1, raw)
            self._history.setdefault(name, []).append(self._log_loss(raw, dataset))
            evals_log.setdefault(name, {METRIC: self._history[name]})
        return False
