"""One training with a binary loss, whatever the engine: what it is looked at with, where it starts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from scarce.boosting.booster import RareBooster, objective_of
from scarce.errors import ScarceError
from scarce.losses.domains import refuse_setting

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from scarce.boosting.booster import Engine
    from scarce.boosting.objective import Hessian
    from scarce.losses.sigmoid import SigmoidLoss


class Watch(Protocol):
    """Whoever looks on while the trees grow."""

    def __call__(self, rounds: int, raw: NDArray[np.floating[Any]]) -> bool:
        """Take the raw scores of the validation rows, base score included, and say whether to go on.

        Parameters
        ----------
        rounds : int
            How many there have been.
        raw : ndarray, shape (n_rows,)
            The watch's own: it may keep them.
        """
        ...


class Look(NamedTuple):
    """How a training is looked at: all that `train` of an engine's module passes on."""

    valid_sets: Sequence[Any]
    valid_names: Sequence[str] | None
    early_stopping_rounds: int | None
    callbacks: Sequence[Any]
    watch: Watch | None

    def check(self) -> None:
        """Refuse what would do nothing.

        Raises
        ------
        ScarceError
            E609 for stopping without rows to look at, E529 for names without datasets, E611 for a watch that
            has not exactly one dataset, or a metric beside it.
        """
        if self.early_stopping_rounds and not self.valid_sets:
            raise ScarceError("E609")
        if self.valid_names is not None and len(self.valid_names) != len(self.valid_sets):
            reason = f"there are {len(self.valid_sets)} valid_sets"
            refuse_setting("valid_names", self.valid_names, reason, "give one name for each of valid_sets")
        if self.watch is not None and (len(self.valid_sets) != 1 or self.early_stopping_rounds):
            raise ScarceError("E611", count=len(self.valid_sets), stopping=self.early_stopping_rounds)


class Training(NamedTuple):
    """A training, ready for an engine: raw scores have no base score in them, the functions add it."""

    settings: dict[str, Any]
    train_set: Any
    rounds: int
    gradient_hessian: Callable[[NDArray[np.floating[Any]], Any], tuple[NDArray[np.float32], ...]]
    log_loss: Callable[[NDArray[np.floating[Any]], Any], float]
    look: Look


def trained(
    engine: Engine,
    settings: dict[str, Any],
    train_set: Any,
    loss: SigmoidLoss | str,
    *,
    rounds: int,
    hessian: Hessian,
    threads: int,
    look: Look,
    step_cap: bool,
) -> RareBooster:
    """Train an engine with a binary loss; see `scarce.boosting.lightgbm.train`.

    Parameters
    ----------
    engine : Engine
    settings : dict
        Checked, with defaults.
    train_set : dataset of the engine
        Nothing is written on it, so that several threads may train on it.
    loss, rounds, hessian, threads
        As in an engine's `train`.
    look : Look
        Checked.
    step_cap : bool
        Whether to let the loss cap the step of a leaf.

    Notes
    -----
    The base score is added by the loss: ``scale (raw + base score) + shift`` is another shift. No dataset
    has to hold it, and it costs nothing.
    """
    for dataset in (train_set, *look.valid_sets):
        if engine.has_start(dataset):
            which = "training" if dataset is train_set else "validation"
            raise ScarceError("E604", which=which, start=engine.start_field)
    rows = engine.rows(train_set)
    goal = objective_of(engine, loss, rows.label, rows.weight, hessian, threads)
    start = goal.base_score()
    moved = replace(goal.rows, loss=_starting_at(goal.rows.loss, start))
    if step_cap and goal.rows.step_cap:
        settings["max_delta_step"] = goal.rows.step_cap
    held = [(dataset, engine.rows(dataset)) for dataset in look.valid_sets if look.watch is None]

    def gradient_hessian(raw: NDArray[Any], _: Any) -> tuple[NDArray[np.float32], ...]:
        return moved.gradient_hessian(raw, rows.label, rows.weight, out=(rows.gradient, rows.hessian))

    def log_loss(raw: NDArray[Any], dataset: Any) -> float:
        seen = next(held_rows for one, held_rows in held if one is dataset)
        return moved.log_loss(raw, seen.label, seen.weight)

    if look.watch is not None:
        look = look._replace(watch=_with_base_score(look.watch, start))
    training = Training(settings, train_set, rounds, gradient_hessian, log_loss, look)
    booster, history = engine.grow(training)
    return RareBooster(booster, goal, start, history)


def _starting_at(loss: SigmoidLoss, base_score: float) -> SigmoidLoss:
    """Return the loss of raw scores that lack the base score."""
    scale = 1.0 if loss.logit_scale is None else float(loss.logit_scale)
    shift = 0.0 if loss.logit_shift is None else float(loss.logit_shift)
    return replace(loss, logit_shift=shift + scale * base_score)


def _with_base_score(watch: Watch, base_score: float) -> Watch:
    return lambda rounds, raw: watch(rounds, np.asarray(raw, np.float64) + base_score)
