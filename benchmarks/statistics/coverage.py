"""How often the bootstrap's interval of fixed scores holds the figure of the whole population.

``python -m benchmarks.statistics.coverage --tables 1000``. Scores are the true log-odds of two normal
classes, costs have heavy tails; the truth is that of a large sample.
"""

from __future__ import annotations

import argparse
from functools import cache

import numpy as np

from benchmarks.statistics.tables import HEAVY, FloatArray
from scarce.decision.costs import Costs
from scarce.evaluation.intervals import Bootstrap
from scarce.trial.scoring import Rows

METRICS = ("average_precision", "log_loss", "brier", "expected_cost", "calibration_ratio", "recall", "mcc")
APART = (1.5, 2.5, 3.5)
"""Standard deviations between the classes: weak, fair and strong scores."""

CELLS = ((20, 0.01), (20, 0.001), (50, 0.01), (100, 0.01), (100, 0.001), (500, 0.01))
_LARGE = 4_000_000


def rows(n_rows: int, prevalence: float, apart: float, rng: np.random.Generator) -> Rows:
    """Draw rows with their true log-odds, decided by the costs."""
    target = (rng.random(n_rows) < prevalence).astype(np.uint8)
    scores = rng.normal(size=n_rows) + apart * target
    log_odds = apart * scores - 0.5 * apart**2 + np.log(prevalence / (1.0 - prevalence))
    costs = Costs(fn=0.3 / prevalence * np.exp(HEAVY * rng.normal(size=n_rows)), fp=1.0)
    return Rows(target, log_odds, costs.score(log_odds) > 0.0, None, costs)


@cache
def truth(prevalence: float, apart: float) -> dict[str, float]:
    """Return the figures of a large sample."""
    return rows(_LARGE, prevalence, apart, np.random.default_rng(12345)).values()


def coverage(positives: int, prevalence: float, apart: float, tables: int) -> tuple[FloatArray, FloatArray]:
    """Return for each metric the shares of intervals that hold the truth, and of those that lie above it."""
    true = truth(prevalence, apart)
    held, above = np.zeros(len(METRICS)), np.zeros(len(METRICS))
    for number in range(tables):
        rng = np.random.default_rng([number, positives, round(1 / prevalence), round(10 * apart)])
        drawn = rows(round(positives / prevalence), prevalence, apart, rng)
        found = drawn.estimates(Bootstrap(seed=number))
        low, high = (np.array([getattr(found[name], end) for name in METRICS]) for end in ("low", "high"))
        wanted = np.array([true[name] for name in METRICS])
        held += (low <= wanted) & (wanted <= high)
        above += low > wanted
    return held / tables, above / tables


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.statistics.coverage", description=__doc__)
    parser.add_argument("--tables", type=int, default=200)
    parser.add_argument("--positives", type=int, nargs="*", default=(), help="only these")
    given = parser.parse_args()
    print(f"{'positives':>9}{'prevalence':>11}{'apart':>6}" + "".join(f"{name:>20}" for name in METRICS))
    for positives, prevalence in CELLS:
        for apart in APART if not given.positives or positives in given.positives else ():
            held, above = coverage(positives, prevalence, apart, given.tables)
            shown = "".join(
                f"{100 * one:>12.1f} ({100 * over:.1f})" for one, over in zip(held, above, strict=True)
            )
            print(f"{positives:>9}{prevalence:>11g}{apart:>6}{shown}", flush=True)


if __name__ == "__main__":
    main()
