"""Binary losses in LightGBM: five lines of anybody's training script.

>>> import lightgbm, numpy
>>> from scarce.boosting.lightgbm import train
>>> X, y = numpy.random.default_rng(1).normal(size=(500, 3)), numpy.arange(500) % 10 == 0
>>> model = train({"verbosity": -1}, lightgbm.Dataset(X, y), "focal:gamma=2", num_boost_round=5)
>>> model.predict_proba(X).shape
(500, 2)

`train` sets what LightGBM leaves to the user when the objective is one's own: the base score, a curvature
that is positive, a metric on probabilities, and the way back from raw scores. `objective` gives the same
pieces one by one, for `lightgbm.train` and `lightgbm.cv`.
"""

from __future__ import annotations

import re
import threading
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.boosting.booster import METRIC, Objective, RareBooster, Rows, check_rows, objective_of, rows_of
from scarce.boosting.lightgbm_parameters import parameters
from scarce.boosting.look import Look, Training
from scarce.boosting.training import trained
from scarce.errors import ScarceError

try:
    import lightgbm
except ModuleNotFoundError as missing:
    raise ScarceError("E701", needs="lightgbm", extra="trial") from missing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from scarce.boosting.look import Watch
    from scarce.boosting.objective import Hessian
    from scarce.losses.sigmoid import SigmoidLoss

__all__ = ["METRIC", "Objective", "RareBooster", "objective", "train"]

DEFAULTS: Mapping[str, Any] = {"deterministic": True, "force_col_wise": True, "verbosity": -1}


def objective(
    loss: SigmoidLoss | str,
    target: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    *,
    hessian: Hessian = "auto",
    threads: int = 0,
) -> Objective:
    """Return a loss as an objective for `lightgbm.train` and `lightgbm.cv`.

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

    Raises
    ------
    ScarceError
        E601 if the loss is not a binary one, E529 if a reduction, an ignored label or weights without a
        target would do nothing, E602 or E605 if the labels are not both 0 and 1, E515 if a weight is negative
        or not finite, E608 if `hessian` is unknown, E507 if the loss depends on the class counts and there is
        no target.

    Notes
    -----
    Give the datasets ``init_score=np.full(n_rows, objective.base_score())`` and add the same number to
    ``booster.predict(X, raw_score=True)``: LightGBM does neither for an objective that is not its own.

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
    train_set: lightgbm.Dataset,
    loss: SigmoidLoss | str = "focal",
    *,
    num_boost_round: int = 100,
    valid_sets: Sequence[lightgbm.Dataset] = (),
    valid_names: Sequence[str] | None = None,
    early_stopping_rounds: int | None = None,
    hessian: Hessian = "auto",
    callbacks: Sequence[Callable[..., Any]] = (),
    watch: Watch | None = None,
) -> RareBooster:
    """Train LightGBM with a binary loss, from its best constant to recovered probabilities.

    Parameters
    ----------
    params : mapping
        LightGBM's own, without objective and metric. ``deterministic`` and ``force_col_wise`` are on unless
        set, so that the trees do not depend on the number of threads, and so is ``max_delta_step=2`` for
        any loss but cross-entropy.
    train_set : lightgbm.Dataset
        Labels 0 and 1; weights, if any, are row weights. No init_score. Nothing is written on it once it is
        constructed: several losses can share its bins, and several threads train on them at once.
    loss : SigmoidLoss or str, default "focal"
        As in `objective`; class weights by name are worked out from the labels and weights of `train_set`.
    num_boost_round : int, default 100
        At most this many trees.
    valid_sets : sequence of lightgbm.Dataset, optional
        Evaluated each round by the recovered log-loss.
    valid_names : sequence of str, optional
        Their names in `RareBooster.history`; ``valid_0``, ``valid_1``, ... by default.
    early_stopping_rounds : int, optional
        Stop when no validation set has improved for this many rounds.
    hessian : {"auto", "expected", "exact"}, default "auto"
        See `scarce.boosting.objective.BinaryObjective`.
    callbacks : sequence of callable, optional
        LightGBM callbacks.
    watch : callable, optional
        Called each round with the number of rounds and the raw scores, base score included, of the one
        validation set; training ends when it returns False. In place of the metric.

    Returns
    -------
    RareBooster

    Raises
    ------
    ScarceError
        E601 to E611, E515 for a weight, E529 for what would do nothing: each says what to change.

    Notes
    -----
    A loss with a small gradient also has a small Hessian: ``lambda_l2`` and ``min_sum_hessian_in_leaf`` weigh
    more than with the log-loss.

    Examples
    --------
    >>> X, y = np.random.default_rng(0).normal(size=(400, 2)), np.arange(400) % 20 == 0
    >>> model = train({"num_leaves": 4}, lightgbm.Dataset(X, y), "cross_entropy", num_boost_round=3)
    >>> float(model.posterior(X).mean().round(2))
    0.05
    """
    settings = _settings(params)
    look = Look(valid_sets, valid_names, early_stopping_rounds, callbacks, watch)
    look.check()
    for dataset in (train_set, *valid_sets):
        if dataset.label is not None:  # a file, or a subset that is not yet drawn, is checked once it is read
            check_rows(dataset.label, _finite(dataset.weight))
    train_set._update_params(settings).construct()  # as lightgbm.train does: its parameters bin the data
    for dataset in valid_sets:
        if dataset is not train_set:
            dataset.set_reference(train_set).construct()
    return trained(
        ENGINE,
        settings,
        train_set,
        loss,
        rounds=num_boost_round,
        hessian=hessian,
        threads=parameters().threads(settings, "num_threads"),
        look=look,
        step_cap=not parameters().given(settings, "max_delta_step"),
    )


@dataclass(frozen=True)
class LightGBM:
    """LightGBM as an engine."""

    start_field = "an init_score"

    def rows(self, dataset: lightgbm.Dataset) -> Rows:
        """Return labels, weights and room for results, made and checked once a version and a thread.

        Fresh memory every round would cost more than the arithmetic.
        """
        version, rows = _SEEN.rows.get(dataset, (None, None))
        if rows is None or version != dataset.version:
            rows = rows_of(dataset.get_field("label"), _finite(dataset.get_field("weight")))
            _SEEN.rows[dataset] = (dataset.version, rows)
        return rows

    def scored(self, log_loss: float) -> tuple[str, float, bool]:
        """Return name, value, and that higher is not better."""
        return METRIC, log_loss, False

    def has_start(self, dataset: lightgbm.Dataset) -> bool:
        """Whether the dataset has an init_score."""
        return dataset.get_init_score() is not None

    def grow(self, training: Training) -> tuple[lightgbm.Booster, dict[str, list[float]]]:
        """Train."""
        look, settings = training.look, training.settings
        history: dict[str, dict[str, list[float]]] = {}
        callbacks = [*look.callbacks, lightgbm.record_evaluation(history)]
        if look.early_stopping_rounds:
            least = settings.get("early_stopping_min_delta", 0.0)
            callbacks.append(
                lightgbm.early_stopping(look.early_stopping_rounds, verbose=False, min_delta=least)
            )
        watched = _Watched(look.watch) if look.watch is not None else None
        grown = lightgbm.train(
            {**settings, "objective": training.gradient_hessian, "metric": "none"},
            training.train_set,
            training.rounds,
            valid_sets=list(look.valid_sets) or None,
            valid_names=None if look.valid_names is None else list(look.valid_names),
            feval=watched or (lambda raw, dataset: self.scored(training.log_loss(raw, dataset))),
            callbacks=[*look.callbacks, watched.stop] if watched else callbacks,
        )
        return grown, {name: scores[METRIC] for name, scores in history.items()}

    def trees_score(self, booster: lightgbm.Booster, X: Any, **options: Any) -> NDArray[np.float64]:
        """Return the sum of the trees; options are those of `lightgbm.Booster.predict`."""
        return booster.predict(X, raw_score=True, **options)  # type: ignore[return-value]

    def best_iteration(self, booster: lightgbm.Booster) -> int:
        """Return how many rounds predictions use."""
        return booster.best_iteration or booster.current_iteration()

    def text(self, booster: lightgbm.Booster) -> str:
        """Return LightGBM's text less the line that says how many threads there were."""
        return re.sub(r"^\[num_threads: .*\]\n", "", booster.model_to_string(), flags=re.MULTILINE)


ENGINE = LightGBM()


class _Seen(threading.local):
    """What a thread has read of datasets, with their version; two threads must not write the same rows."""

    def __init__(self) -> None:
        self.rows: weakref.WeakKeyDictionary[lightgbm.Dataset, tuple[int, Rows]] = weakref.WeakKeyDictionary()


_SEEN = _Seen()


class _Watched:
    """Whoever watches, as a metric that measures nothing and a callback that ends the training."""

    def __init__(self, watch: Watch) -> None:
        self._watch, self._rounds, self._go_on = watch, 0, True

    def __call__(self, raw: NDArray[np.float64], _: lightgbm.Dataset) -> list[Any]:
        self._rounds += 1
        self._go_on = self._watch(self._rounds, raw)
        return []

    def stop(self, environment: lightgbm.callback.CallbackEnv) -> None:
        """End the training once enough was seen."""
        if not self._go_on:
            raise lightgbm.callback.EarlyStopException(environment.iteration, [])


LIGHTGBM_INFINITY = np.float32(1e38)
"""What LightGBM keeps in place of infinity."""


def _settings(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters with ours filled in; refuse those that LightGBM would silently not apply."""
    settings = parameters().checked(params)
    defaults = {name: value for name, value in DEFAULTS.items() if not parameters().given(settings, name)}
    if settings.get("force_row_wise"):
        del defaults["force_col_wise"]
    return {**defaults, **settings}


def _finite(weight: ArrayLike | None) -> NDArray[np.float32] | None:
    """Return weights with what LightGBM keeps in place of infinity called infinite again."""
    if weight is None:
        return None
    weights = np.asarray(weight, np.float32)
    return np.where(weights >= LIGHTGBM_INFINITY, np.float32(np.inf), weights)
