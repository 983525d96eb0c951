"""Whole trainings, bins and trees: each engine's own log-loss, our objectives, and the NumPy closed form."""

from __future__ import annotations

import sys
from functools import partial

import numpy as np

from benchmarks.timing import interleaved_minima, print_machine, print_table

N_ROWS, N_FEATURES, N_TREES = 1_000_000, 20, 100
BUILT_IN = "built-in log-loss"
LOSSES = ("cross_entropy", "focal")


def main(engines: tuple[str, ...] = ("lightgbm", "xgboost"), repeats: int = 3) -> None:
    """Print the time of each training, the data already in memory."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N_ROWS, N_FEATURES)).astype(np.float32)
    y = (rng.random(N_ROWS) < 1 / (1 + np.exp(5.0 - X[:, 0] - X[:, 1] * X[:, 2]))).astype(np.float32)
    for engine in engines:
        seconds = interleaved_minima(TRAININGS[engine](X, y), repeats)
        title = f"{engine}, {N_ROWS:,} x {N_FEATURES}, {N_TREES} trees: bins and trees"
        print_table(title, seconds, unit=1.0, against=BUILT_IN)


def lightgbm_trainings(X, y):
    import lightgbm

    from scarce.boosting.lightgbm import train

    params = {
        "num_leaves": 31,
        "learning_rate": 0.05,
        "deterministic": True,
        "force_col_wise": True,
        "verbosity": -1,
    }

    def built_in(objective):
        lightgbm.train({**params, "objective": objective}, lightgbm.Dataset(X, y), N_TREES)

    def ours(loss):
        train(params, lightgbm.Dataset(X, y), loss, num_boost_round=N_TREES)

    return {
        BUILT_IN: partial(built_in, "binary"),
        **{f"scarce {loss}": partial(ours, loss) for loss in LOSSES},
        "NumPy focal": partial(built_in, _numpy_focal()),
    }


def xgboost_trainings(X, y):
    import xgboost

    from scarce.boosting.xgboost import train

    params = {"max_depth": 6, "learning_rate": 0.05}

    def built_in(**options):
        more = options.pop("more")
        xgboost.train({**params, **more}, xgboost.QuantileDMatrix(X, y), N_TREES, **options)

    def ours(loss):
        train(params, xgboost.QuantileDMatrix(X, y), loss, num_boost_round=N_TREES)

    return {
        BUILT_IN: partial(built_in, more={"objective": "binary:logistic"}),
        **{f"scarce {loss}": partial(ours, loss) for loss in LOSSES},
        "NumPy focal": partial(built_in, more={"base_score": 0.0}, obj=_numpy_focal()),
    }


TRAININGS = {"lightgbm": lightgbm_trainings, "xgboost": xgboost_trainings}


def _numpy_focal():
    from scarce.losses import catalog

    loss = catalog.get("focal", gamma=2.0)

    def gradient_hessian(raw, data):
        gradient = loss.gradient(raw, data.get_label())
        return gradient, 3.0 * np.abs(gradient) / (1.0 + np.exp(-np.abs(raw)))

    return gradient_hessian


if __name__ == "__main__":
    print_machine()
    main(tuple(sys.argv[1:]) or tuple(TRAININGS))
