"""How long the trial takes with 1, 2 and all cores: the demo, a small table and card fraud, warm.

Wanted on two cores with one learner: demo at most 20 s, card fraud at most 115 s, the small table at most
6 s; with the whole portfolio card fraud at most 15 minutes, and 30,000 x 25 at most 8 times one LightGBM arm.
``python -m benchmarks.trial DATA [TABLE ...]`` looks for creditcard.parquet in DATA.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from scarce.data import embedded
from scarce.data.dataset import Dataset
from scarce.data.files.reading import read
from scarce.kernels.threads import available_threads
from scarce.trial.config import TrialConfig
from scarce.trial.run import run_trial

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DATA = Path(__file__).parent.parent.parent / "shared" / "data"
ONE = ("lightgbm",)


def made(rows: int, columns: int, seed: int = 0) -> Dataset:
    """Return normal columns, of which a product and a sum tell the target; 3 % positive."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, columns))
    y = x[:, 0] * x[:, 1] + x[:, 2] + rng.normal(size=rows) > 3.2
    return Dataset.prepare(pa.table({**{f"x{k}": x[:, k] for k in range(columns)}, "y": y.astype(int)}), "y")


def card_fraud(data: Path) -> Dataset | None:
    """Return the full table of card fraud, None where it is not there."""
    path = data / "creditcard.parquet"
    return Dataset.prepare(read(path), "Class", cost="fn=Amount,fp=5") if path.exists() else None


def seconds(dataset: Dataset, config: TrialConfig, jobs: int) -> tuple[float, dict[str, float]]:
    """Return the wall time of a whole trial, and what each candidate's fits took."""
    start = time.perf_counter()
    result, _ = run_trial(dataset, config, jobs=jobs)
    return time.perf_counter() - start, {one.name: one.seconds for one in result.candidates}


def main(data: Path = DATA, tables: Sequence[str] = ()) -> None:
    """Print a line for each table and number of fits at a time."""
    wanted: dict[str, tuple[Callable[[], Dataset | None], TrialConfig]] = {
        "small": (lambda: made(4_819, 5), TrialConfig(learners=ONE)),
        "demo": (embedded.load, TrialConfig(learners=ONE)),
        "demo, portfolio": (embedded.load, TrialConfig()),
        "30,000 x 25, portfolio": (lambda: made(30_000, 25), TrialConfig(("control",))),
        "card fraud": (lambda: card_fraud(data), TrialConfig(learners=ONE)),
        "card fraud, portfolio": (lambda: card_fraud(data), TrialConfig()),
    }
    cores = available_threads()
    run_trial(made(600, 3), TrialConfig(folds=2, max_rounds=10))  # compiles what is compiled
    print(f"{'table':<24}{'fits at a time':>15}{'seconds':>10}   fits of each candidate, seconds in all")
    for name, (load, config) in wanted.items():
        if tables and name not in tables:
            continue
        dataset = load()
        if dataset is None:
            print(f"{name:<24}  skipped: no creditcard.parquet in {data}")
            continue
        for jobs in sorted({1, min(2, cores), cores}):
            if name == "card fraud, portfolio" and jobs == 1 < cores:
                continue
            wall, fits = seconds(dataset, config, jobs)
            told = ", ".join(f"{one} {spent:.1f}" for one, spent in fits.items() if spent == spent)
            print(f"{name:<24}{jobs:>15}{wall:>10.1f}   {told}", flush=True)


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:2]), tables=sys.argv[2:])
