"""What samplings do to a truth that is known: a logistic regression on what they draw, beside that truth.

The table of docs/sampling.md; it measures no time.
"""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score

from scarce.decision.arrays import expit
from scarce.resampling.catalog import parse

N_ROWS, INTERCEPT, SLOPES = 60_000, -5.5, np.repeat([0.8, 0.0], [4, 16])
SAMPLINGS = ("undersample:ratio=10", "oversample:ratio=1", "tomek", "smote", "adasyn", "nearmiss")
SEEDS = 5


def main() -> None:
    """Print slopes, calibration ratios and average precision, means over the seeds."""
    print(f"log-odds {INTERCEPT} + 0.8 (x1 + x2 + x3 + x4), 16 more columns, {N_ROWS:,} rows, {SEEDS} seeds")
    print(f"{'rows':<22}{'slope':>8}{'as it is':>10}{'recovered':>11}{'AP':>8}")
    found = {name: [_seen(name, seed) for seed in range(SEEDS)] for name in ("all", *SAMPLINGS)}
    for name, seen in found.items():
        slope, plain, recovered, precision = np.mean(seen, axis=0)
        print(f"{name:<22}{slope:>8.2f}{plain:>10.2f}{recovered:>11.2f}{precision:>8.3f}")


def _rows(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    features = rng.normal(size=(N_ROWS, SLOPES.size))
    return features, (rng.random(N_ROWS) < expit(INTERCEPT + features @ SLOPES)).astype(np.uint8)


def _seen(name: str, seed: int) -> tuple[float, float, float, float]:
    """Return the slope, predicted over expected positives without and with the undo, and the ranking."""
    rng = np.random.default_rng(seed)
    (features, target), (new, positive) = _rows(rng), _rows(rng)
    offset = 0.0
    if name != "all":
        drawn = parse(name).draw(features, target, (), seed=0)
        features = features[drawn.rows] if drawn.features is None else drawn.features
        target, offset = drawn.target, drawn.offset
    model = LogisticRegression(C=np.inf).fit(features, target)
    log_odds = model.decision_function(new)
    expected = expit(INTERCEPT + new @ SLOPES).sum()
    ratios = [float(expit(log_odds + shift).sum() / expected) for shift in (0.0, offset)]
    return float(model.coef_[0, :4].mean()), *ratios, float(average_precision_score(positive, log_odds))
