"""How often drift alarms without reason over many looks, and what the check of label shift sees.

Tables of docs/monitoring.md; it measures no time.
"""

from __future__ import annotations

import numpy as np

from scarce.bundle.histogram import Histogram, quantile_cuts
from scarce.bundle.training_summary import TrainingSummary
from scarce.calibration.logistic import SPREAD
from scarce.data.encoding import Encoder
from scarce.evaluation import holm
from scarce.evaluation.recalibration import fit_line
from scarce.monitoring.drift import SMALL, Part, drift
from scarce.monitoring.looks import over_looks
from scarce.monitoring.prevalence import prevalence, score_drift

LEVEL, RATE, APART = 0.05, 0.05, 2.0
TRAINING, BATCH, COLUMNS = 4_000, 2_000, 3
SERIES, LOOKS = 200, 200
FEW_SERIES, FEW_LOOKS = 40, 20  # of the prevalence, which takes a third of a second a look
CHANGES = ((0.2, 2_000), (0.3, 500), (0.3, 2_000), (0.5, 500))
"""By how much of its spread one column moves, and how many rows a look has."""


def main() -> None:
    """Print the tables."""
    print(f"series that alarm, looks at {BATCH:,} rows against {TRAINING:,}; level {LEVEL}")
    print(f"{'watch':>12}{'truth':>22}{'series':>9}{'looks':>7}{'each at the level':>20}{'over looks':>12}")
    _told("inputs", "at the allowance", np.array([_inputs(SMALL, seed, LOOKS) for seed in range(SERIES)]))
    _told("scores", "as in training", np.array([_scores(seed, LOOKS) for seed in range(SERIES)]))
    found = np.array([_prevalences(seed, FEW_LOOKS) for seed in range(FEW_SERIES)])
    _told("prevalence", "as in training", found)
    print(f"\nlooks until one of {COLUMNS} columns that moves is seen, of {SERIES} series")
    print(f"{'moves by':>10}{'rows a look':>13}{'at look':>9}{'half':>7}{'nine in ten':>13}")
    for change, rows in CHANGES:
        for begin in (1, 101):
            half, most = np.quantile([_wait(change, rows, begin, seed) for seed in range(SERIES)], [0.5, 0.9])
            print(f"{change:>8} s{rows:>13,}{begin:>9}{half:>7.0f}{most:>13.0f}", flush=True)


def _told(watch: str, truth: str, p_values: np.ndarray) -> None:
    """Print the shares of series with an alarm; p-values are those of each look alone, (series, looks)."""
    at = np.arange(1, p_values.shape[1] + 1)
    shares = [(p_values * times <= LEVEL).any(axis=1).mean() for times in (1.0, at * (at + 1))]
    size = f"{p_values.shape[0]:>9}{p_values.shape[1]:>7}"
    print(f"{watch:>12}{truth:>22}{size}{shares[0]:>20.3f}{shares[1]:>12.3f}", flush=True)


def _columns(rng: np.random.Generator) -> list[Histogram]:
    values = rng.normal(size=(COLUMNS, TRAINING))
    return [Histogram.of(one, np.ones(TRAINING), quantile_cuts(one)) for one in values]


def _least_p(columns: list[Histogram], rng: np.random.Generator, rows: int, shifts: np.ndarray) -> float:
    """Return the least p-value of a batch over its columns, after Holm."""
    found = [
        drift(one.counts(rng.normal(size=rows) + shift), [Part(1.0, np.array(one.shares), TRAINING)]).p_value
        for one, shift in zip(columns, shifts, strict=True)
    ]
    return float(holm(found).min())


def _inputs(shift: float, seed: int, looks: int) -> list[float]:
    rng = np.random.default_rng([3, seed])
    columns, shifts = _columns(rng), np.full(COLUMNS, shift)
    return [_least_p(columns, rng, BATCH, shifts) for _ in range(looks)]


def _wait(change: float, rows: int, begin: int, seed: int) -> int:
    """Return how many looks after a change it alarms, that at the look where it begins being 1."""
    rng = np.random.default_rng([4, seed])
    columns, shifts = _columns(rng), np.array([change, *np.zeros(COLUMNS - 1)])
    for look in range(begin, begin + LOOKS):
        if over_looks(_least_p(columns, rng, rows, shifts), look) <= LEVEL:
            return look - begin + 1
    return LOOKS


def _drawn(rng: np.random.Generator, rows: int, rate: float = RATE) -> tuple[np.ndarray, np.ndarray]:
    """Return the true log-odds of rows, and which are positive."""
    positive = rng.random(rows) < rate
    apart = np.log(RATE / (1.0 - RATE)) - 0.5 * APART**2
    return APART * (rng.normal(size=rows) + APART * positive) + apart, positive


class _Scorer:
    """A line that a training of its own calibrated, and what is kept of the training."""

    def __init__(self, rng: np.random.Generator) -> None:
        log_odds, positive = _drawn(rng, TRAINING)
        self.line = fit_line(log_odds, positive.astype(np.float64), np.ones(TRAINING), SPREAD)
        self.prior = float(positive.mean())
        own, target, none = self.log_odds(log_odds), positive.astype(np.uint8), np.empty((TRAINING, 0))
        no_columns = Encoder(columns=())
        self.summary = TrainingSummary.of(no_columns, none, own, own, target, None, None)

    def log_odds(self, log_odds: np.ndarray) -> np.ndarray:
        return self.line.intercept + self.line.slope * log_odds


def _scores(seed: int, looks: int) -> list[float]:
    rng = np.random.default_rng([5, seed])
    scorer = _Scorer(rng)
    return [
        score_drift(scorer.log_odds(_drawn(rng, BATCH)[0]), scorer.prior, scorer.summary, free=False).p_value
        for _ in range(looks)
    ]


def _prevalences(seed: int, looks: int) -> list[float]:
    rng = np.random.default_rng([6, seed])
    scorer = _Scorer(rng)
    return [
        prevalence(scorer.log_odds(_drawn(rng, BATCH)[0]), scorer.prior, scorer.summary, LEVEL).p_value
        for _ in range(looks)
    ]


if __name__ == "__main__":
    main()
