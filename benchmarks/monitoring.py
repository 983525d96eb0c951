"""How often evidence alarms without reason, and how many rows it takes until a change is seen.

The tables of docs/monitoring.md; it measures no time.
"""

from __future__ import annotations

import numpy as np

from scarce.decision.arrays import expit
from scarce.monitoring.evidence import Evidence

LEVEL, TOLERANCE = 0.05, 0.1
SERIES, LOOKS = 500, 10_000
CHANGES, BATCH, MOST = 200, 500, 2_000_000
RATES = (0.001, 0.05)


def main() -> None:
    """Print both tables."""
    print(f"series of {SERIES:,} that alarm within {LOOKS:,} looks, a look a row; level {LEVEL}")
    print(f"{'rate':>8}{'truth':>10}{'calibration':>14}{'money':>10}")
    for rate in RATES:
        for factor in (1.0 - TOLERANCE, 1.0, 1.0 + TOLERANCE):
            shares = _false_alarms(rate, factor)
            print(f"{rate:>8}{f'{factor:g} p':>10}{shares[0]:>14.3f}{shares[1]:>10.3f}", flush=True)
    print(f"\nrows until a change is seen, of {CHANGES} series, looked at every {BATCH} rows")
    print(f"{'rate':>8}{'truth':>10}{'half':>12}{'nine in ten':>14}{'positives, half':>18}")
    for rate, factor in ((1e-3, 2.0), (1e-3, 3.0), (1e-3, 0.5), (1e-2, 2.0), (1e-2, 1.5), (1e-2, 0.5)):
        rows = np.array([_rows_until(rate, factor, seed) for seed in range(CHANGES)])
        half, most = np.quantile(rows, [0.5, 0.9])
        found = half * rate * factor
        print(f"{rate:>8}{f'{factor:g} p':>10}{half:>12,.0f}{most:>14,.0f}{found:>18,.0f}", flush=True)


def _drawn(rng: np.random.Generator, rows: int, rate: float) -> tuple[np.ndarray, np.ndarray]:
    """Return log-odds as a good model has them of rare rows, of this mean rate, and what rows can cost."""
    odds = rng.lognormal(0.0, 1.5, rows)
    probability = np.minimum(rate * odds / np.exp(0.5 * 1.5**2), 0.8)
    stakes = np.minimum(rng.lognormal(0.0, 1.5, rows) / np.exp(1.5 * 2.33), 1.0)
    return np.log(probability) - np.log1p(-probability), stakes


def _false_alarms(rate: float, factor: float) -> tuple[float, float]:
    """Return the share of series that alarm, by calibration and by money: p is right but for a factor."""
    alarms = np.zeros(2)
    for seed in range(SERIES):
        rng = np.random.default_rng([1, seed])
        log_odds, stakes = _drawn(rng, LOOKS, rate)
        positive = rng.random(LOOKS) < factor * expit(log_odds)
        for place, share in enumerate((None, stakes)):
            found = Evidence().after(log_odds, positive, share, TOLERANCE)
            alarms[place] += found.most >= 1.0 / LEVEL
    return float(alarms[0] / SERIES), float(alarms[1] / SERIES)


def _rows_until(rate: float, factor: float, seed: int) -> int:
    rng = np.random.default_rng([2, seed])
    evidence = Evidence()
    for rows in range(BATCH, MOST, BATCH):
        log_odds, _ = _drawn(rng, BATCH, rate)
        positive = rng.random(BATCH) < factor * expit(log_odds)
        evidence = evidence.after(log_odds, positive, tolerance=TOLERANCE)
        if evidence.most >= 1.0 / LEVEL:
            return rows
    return MOST


if __name__ == "__main__":
    main()
