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

import difflib
import functools
import re
import weakref
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from scarce.boosting.objective import BinaryObjective, class_counts, resolved
from scarce.errors import ScarceError
from scarce.losses.domains import refuse_setting
from scarce.losses.inputs import checked_sample_weight

try:
    import lightgbm
except ModuleNotFoundError as missing:
    raise ScarceError("E701", needs="lightgbm", extra="trial") from missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from scarce.boosting.objective import Hessian
    from scarce.losses.sigmoid import SigmoidLoss

METRIC = "recovered_log_loss"
"""What the evaluation metric is called in LightGBM's logs and in `RareBooster.history`."""

DEFAULTS: Mapping[str, Any] = {"deterministic": True, "force_col_wise": True, "verbosity": -1}


@dataclass(frozen=True)
class Objective:
    """A loss as LightGBM calls it: pass it as ``params["objective"]`` and its `metric` as ``feval``.

    It can be pickled and copied; it keeps no data. Make one with `objective`.

    Parameters
    ----------
    rows : BinaryObjective
        The loss over rows.
    prior : float, optional
        The weighted share of positives in the training data, if it was told.
    """

    rows: BinaryObjective
    prior: float | None = None

    def __call__(
        self, raw: NDArray[np.float64], dataset: lightgbm.Dataset
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return gradient and Hessian of the dataset's rows, in the type LightGBM takes without a copy.

        They lie in arrays that the next call on the same dataset writes again: fresh memory every round would
        cost more than the arithmetic.
        """
        rows = _labels(dataset)
        return self.rows.gradient_hessian(raw, rows.label, rows.weight, out=(rows.gradient, rows.hessian))

    def metric(self, raw: NDArray[np.float64], dataset: lightgbm.Dataset) -> tuple[str, float, bool]:
        """Return the name, the mean log-loss of the recovered posterior, and that higher is not better."""
        rows = _labels(dataset)
        return METRIC, self.rows.log_loss(raw, rows.label, rows.weight), False

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
    return Objective(rows, prior)


@dataclass(frozen=True)
class RareBooster:
    """A trained booster together with what turns its raw scores into probabilities.

    Parameters
    ----------
    booster : lightgbm.Booster
        The trees; its own scores lack the base score.
    objective : Objective
        The loss it was trained with, all numbers.
    base_score : float
        The raw score every row started from.
    history : dict
        The recovered log-loss by dataset, one number a round.
    """

    booster: lightgbm.Booster
    objective: Objective
    base_score: float
    history: dict[str, list[float]] = field(default_factory=dict)

    @property
    def best_iteration(self) -> int:
        """The number of rounds that predictions use."""
        return self.booster.best_iteration or self.booster.current_iteration()

    def raw_score(self, X: Any, **options: Any) -> NDArray[np.float64]:
        """Return raw scores with the base score; options are those of `lightgbm.Booster.predict`."""
        return self.booster.predict(X, raw_score=True, **options) + self.base_score

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
        """Return the trees as LightGBM's text, less the line that says how many threads there were."""
        return re.sub(r"^\[num_threads: .*\]\n", "", self.booster.model_to_string(), flags=re.MULTILINE)


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
) -> RareBooster:
    """Train LightGBM with a binary loss, from its best constant to recovered probabilities.

    Parameters
    ----------
    params : mapping
        LightGBM's own, without objective and metric. ``deterministic`` and ``force_col_wise`` are on unless
        set, so that the trees do not depend on the number of threads, and so is ``max_delta_step=2`` for
        any loss but cross-entropy.
    train_set : lightgbm.Dataset
        Labels 0 and 1; weights, if any, are row weights. No init_score. It is given back as it came, so that
        several losses can share its bins.
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

    Returns
    -------
    RareBooster

    Raises
    ------
    ScarceError
        E601 to E610, E515 for a weight, E529 for what would do nothing: each says what to change.

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
    if early_stopping_rounds and not valid_sets:
        raise ScarceError("E609")
    if valid_names is not None and len(valid_names) != len(valid_sets):
        reason = f"there are {len(valid_sets)} valid_sets"
        refuse_setting("valid_names", valid_names, reason, "give one name for each of valid_sets")
    for dataset in (train_set, *valid_sets):
        _check_rows(dataset.label, dataset.weight)
    train_set._update_params(settings).construct()  # as lightgbm.train does: its parameters bin the data
    rows = _labels(train_set)
    goal = objective(loss, rows.label, rows.weight, hessian=hessian, threads=_threads(settings))
    start = goal.base_score()
    if goal.rows.step_cap and not _given(settings, "max_delta_step"):
        settings["max_delta_step"] = goal.rows.step_cap
    history: dict[str, dict[str, list[float]]] = {}
    watchers = [*callbacks, lightgbm.record_evaluation(history)]
    if early_stopping_rounds:
        least = settings.get("early_stopping_min_delta", 0.0)
        watchers.append(lightgbm.early_stopping(early_stopping_rounds, verbose=False, min_delta=least))
    _check_unstarted(train_set, valid_sets)
    with starting_at(start, train_set, *valid_sets):
        booster = lightgbm.train(
            {**settings, "objective": goal, "metric": "none"},
            train_set,
            num_boost_round,
            valid_sets=list(valid_sets) or None,
            valid_names=None if valid_names is None else list(valid_names),
            feval=goal.metric,
            callbacks=watchers,
        )
    return RareBooster(booster, goal, start, {name: scores[METRIC] for name, scores in history.items()})


def _check_unstarted(train_set: lightgbm.Dataset, valid_sets: Sequence[lightgbm.Dataset]) -> None:
    """Bin the validation rows as the training rows are, and raise E604 where a dataset has an init_score."""
    others = [dataset for dataset in valid_sets if dataset is not train_set]
    for dataset in others:
        dataset.set_reference(train_set).construct()
    for dataset in (train_set, *others):
        if dataset.get_init_score() is not None:
            raise ScarceError("E604", which="training" if dataset is train_set else "validation")


@contextmanager
def starting_at(start: float, *datasets: lightgbm.Dataset) -> Iterator[None]:
    """Let datasets start at a base score for the length of a training, and give them back as they came.

    Parameters
    ----------
    start : float
        The base score.
    *datasets : lightgbm.Dataset
        Constructed; each may be named more than once.

    Notes
    -----
    An init_score that stays on a dataset shifts the next training on it without a word.

    Examples
    --------
    >>> data = lightgbm.Dataset(np.eye(3), [0, 1, 0], params={"verbosity": -1}).construct()
    >>> with starting_at(-1.5, data):
    ...     data.get_init_score()
    array([-1.5, -1.5, -1.5])
    >>> data.get_init_score() is None
    True
    """
    for dataset in datasets:
        dataset.set_init_score(np.full(dataset.num_data(), start))
    try:
        yield
    finally:
        for dataset in datasets:
            dataset.set_init_score(None).set_field("init_score", None)  # the first forgets, the second frees


LIGHTGBM_INFINITY = np.float32(1e38)
"""What LightGBM keeps in place of infinity."""

NO_METRIC = ("none", "null", "custom", "na", "")
INSTEAD = {
    "objective": "pass it as loss=",
    "num_class": "code the rare class as 1, the others as 0",
    "is_unbalance": "use loss='cross_entropy:class_weight=balanced'",
    "scale_pos_weight": "use a loss with class_weight=[1, w]",
    "boost_from_average": "the base score is always the loss's own",
}
"""What a loss decides, and how to tell it."""

OF_AN_OBJECTIVE = (
    *("alpha", "fair_c", "objective_seed", "poisson_max_delta_step", "reg_sqrt", "sigmoid"),
    *("lambdarank_norm", "lambdarank_position_bias_regularization", "lambdarank_truncation_level"),
    *("label_gain", "tweedie_variance_power"),
)
NO_EFFECT = {
    **dict.fromkeys(OF_AN_OBJECTIVE, "a loss's own parameters go with its name, as in loss='focal:gamma=2'"),
    "pos_bagging_fraction": "weigh the classes with a loss that has class_weight=[1, w]",
    "neg_bagging_fraction": "weigh the classes with a loss that has class_weight=[1, w]",
    **dict.fromkeys(
        ("eval_at", "multi_error_top_k", "auc_mu_weights"), "the metric is the recovered log-loss"
    ),
    "metric_freq": "pass callbacks=[lightgbm.log_evaluation(period)]",
    "is_provide_training_metric": "pass the training data among valid_sets",
}
"""What LightGBM looks at beside its own objectives and metrics only, and what to do instead."""


@functools.cache
def _names() -> Mapping[str, str]:
    """Return the parameters of LightGBM: each of its names, aliases included, with the main one."""
    table = lightgbm.basic._ConfigAliases._get_all_param_aliases()
    return {alias: name for name, aliases in table.items() for alias in aliases}


def _settings(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters with ours filled in; refuse those that LightGBM would silently not apply."""
    for given, value in params.items():
        name = _names().get(given)
        if name is None:
            near = difflib.get_close_matches(given, _names(), n=1)
            other = "a loss's own go with its name, as in loss='focal:gamma=2'"
            suggestion = f"did you mean {near[0]!r}?" if near else other
            raise ScarceError("E610", name=given, suggestion=suggestion)
        if name in INSTEAD:
            raise ScarceError("E606", name=given, value=value, instead=INSTEAD[name])
        if name in NO_EFFECT:
            raise ScarceError("E607", name=given, instead=NO_EFFECT[name])
        if name == "metric" and str(value or "").lower() not in NO_METRIC:
            raise ScarceError("E603", metric=value)
    settings = {given: value for given, value in params.items() if _names()[given] != "metric"}
    defaults = {name: value for name, value in DEFAULTS.items() if not _given(settings, name)}
    if settings.get("force_row_wise"):
        del defaults["force_col_wise"]
    return {**defaults, **settings}


def _given(params: Mapping[str, Any], name: str) -> list[Any]:
    """Return what is given for a parameter, under any of its names."""
    return [value for given, value in params.items() if _names()[given] == name]


def _threads(params: Mapping[str, Any]) -> int:
    return max(0, *(int(given) for given in _given(params, "num_threads")), 0)


class _Rows(NamedTuple):
    label: NDArray[np.float32]
    weight: NDArray[np.float32] | None
    gradient: NDArray[np.float32]
    hessian: NDArray[np.float32]


_ROWS: weakref.WeakKeyDictionary[lightgbm.Dataset, tuple[int, _Rows]] = weakref.WeakKeyDictionary()


def _labels(dataset: lightgbm.Dataset) -> _Rows:
    """Return labels, weights and room for results, made and checked once for each version of a dataset."""
    version, labels = _ROWS.get(dataset, (None, None))
    if labels is None or version != dataset.version:
        label = dataset.get_field("label")
        labels = _Rows(label, dataset.get_field("weight"), np.empty_like(label), np.empty_like(label))
        _check_rows(labels.label, labels.weight)
        _ROWS[dataset] = (dataset.version, labels)
    return labels


def _check_rows(label: ArrayLike | None, weight: ArrayLike | None) -> None:
    """Refuse labels other than 0 and 1, and weights that are none; LightGBM would read NaN as 0."""
    if label is None:  # a file, or a subset that is not yet drawn
        return
    labels = np.asarray(label, np.float32).ravel()
    odd = np.flatnonzero((labels != 0.0) & (labels != 1.0))
    if odd.size:
        raise ScarceError("E602", value=f"{labels[odd[0]]:g}", row=int(odd[0]))
    if weight is not None:
        weights = np.asarray(weight, np.float32).ravel()
        weights = np.where(weights >= LIGHTGBM_INFINITY, np.inf, weights)
        checked_sample_weight(weights, labels.shape, weights.dtype)
