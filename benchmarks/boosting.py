"""Whole trainings, a process each: LightGBM's own log-loss, our objective, and the NumPy closed form."""

from __future__ import annotations

import subprocess
import sys
import time

import numpy as np

from benchmarks.timing import interleaved_minima, print_machine, print_table

N_ROWS, N_FEATURES, N_TREES = 1_000_000, 20, 100
RIVALS = ("built-in binary", "scarce cross_entropy", "scarce focal", "NumPy focal")
PARAMS = {
    "num_leaves": 31,
    "learning_rate": 0.05,
    "deterministic": True,
    "force_col_wise": True,
    "verbosity": -1,
}


def main(repeats: int = 3) -> None:
    """Print the time of each whole process: import, data, bins and trees."""
    processes = {name: lambda name=name: _run(name) for name in RIVALS}
    seconds = interleaved_minima(processes, repeats)
    title = f"LightGBM, {N_ROWS:,} x {N_FEATURES}, {N_TREES} trees, deterministic: whole process"
    print_table(title, seconds, unit=1.0, against="built-in binary")


def train_once(rival: str) -> None:
    """Make the data, train, and print how long the training alone took."""
    import lightgbm

    rng = np.random.default_rng(0)
    X = rng.normal(size=(N_ROWS, N_FEATURES)).astype(np.float32)
    y = rng.random(N_ROWS) < 1 / (1 + np.exp(5.0 - X[:, 0] - X[:, 1] * X[:, 2]))
    data = lightgbm.Dataset(X, y.astype(np.float32))
    start = time.perf_counter()
    if rival == "built-in binary":
        lightgbm.train({**PARAMS, "objective": "binary"}, data, N_TREES)
    elif rival == "NumPy focal":
        lightgbm.train({**PARAMS, "objective": _numpy_focal()}, data, N_TREES)
    else:
        from scarce.boosting.lightgbm import train

        loss = rival.removeprefix("scarce ")
        train(PARAMS, data, loss, num_boost_round=N_TREES)
    print(f"{rival}: {time.perf_counter() - start:.2f} s for bins and trees")


def _numpy_focal():
    from scarce.losses import catalog

    loss = catalog.get("focal", gamma=2.0)

    def gradient_hessian(raw, data):
        gradient = loss.gradient(raw, data.get_label())
        return gradient, 3.0 * np.abs(gradient) / (1.0 + np.exp(-np.abs(raw)))

    return gradient_hessian


def _run(rival: str) -> None:
    command = [sys.executable, "-m", "benchmarks.boosting", rival]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    if sys.argv[1:]:
        train_once(sys.argv[1])
    else:
        print_machine()
        main()
