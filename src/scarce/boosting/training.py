"""One training with a binary loss, whatever the engine, and where it starts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.boosting.booster import RareBooster, objective_of
from scarce.boosting.look import Training
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from scarce.boosting.booster import Engine
    from scarce.boosting.look import Look, Watch
    from scarce.boosting.objective import Hessian
    from scarce.losses.sigmoid import SigmoidLoss


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
