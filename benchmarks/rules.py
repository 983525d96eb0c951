"""What a rule costs on fresh rows above the best cut of the same model, at a prevalence of 0.5 %.

    python -m benchmarks rules

Rows come from a known truth that a logistic regression follows nearly. Each repeat draws a training table,
fits the regression, and chooses a cut for its scores in four ways; a million fresh rows say what each costs.
The best is the cut that those million rows would choose themselves.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import make_scorer
from sklearn.model_selection import StratifiedKFold, TunedThresholdClassifierCV

from scarce.decision import CostRule, Costs, fit_cost_rule
from scarce.decision.arrays import log_odds_of
from scarce.trial.deciding import Judged
from scarce.trial.saved_rule import fit_saved_rule

if TYPE_CHECKING:
    import numpy.typing as npt

    from scarce.calibration import Calibration

    FloatArray = npt.NDArray[np.float64]
    BoolArray = npt.NDArray[np.bool_]

FN, FP = 400.0, 1.0
COSTS = Costs(fn=FN, fp=FP)
FRESH, REPEATS, FOLDS = 1_000_000, 200, 5
SIZES = (10_000, 20_000, 50_000)
SLOPES = np.array([1.0, 0.7, 0.5, 0.0, 0.0])
INTERCEPT = -6.33  # 0.5 % positive

SAVED = "scarce: the saved rule"
OWN = "  at the costs' own cut"
TUNED = "  with the tuned cut always"
SKLEARN = "scikit-learn: TunedThresholdClassifierCV"
RULES = (SAVED, OWN, TUNED, SKLEARN)


def drawn(n: int, rng: np.random.Generator) -> tuple[FloatArray, BoolArray]:
    """Draw rows of a truth with a bend that the regression does not have."""
    x = rng.normal(size=(n, SLOPES.size))
    log_odds = INTERCEPT + x @ SLOPES + 0.15 * (x[:, 0] ** 2 - 1.0)
    return x, rng.random(n) < 1.0 / (1.0 + np.exp(-log_odds))


def spent(target: npt.NDArray[np.integer] | BoolArray, flagged: npt.NDArray[np.integer] | BoolArray) -> float:
    """Return the cost of decisions."""
    positive, flag = np.asarray(target) == 1, np.asarray(flagged) == 1
    return FN * float((positive & ~flag).sum()) + FP * float((~positive & flag).sum())


SCORER = make_scorer(spent, greater_is_better=False)


@dataclass(frozen=True)
class Fresh:
    """Fresh rows' scores of either class, sorted: what any cut costs is two look-ups."""

    positive: FloatArray
    negative: FloatArray

    @classmethod
    def of(cls, model: LogisticRegression, rows: tuple[FloatArray, BoolArray]) -> Fresh:
        """Score the rows."""
        scores = model.decision_function(rows[0])
        return cls(np.sort(scores[rows[1]]), np.sort(scores[~rows[1]]))

    def cost(self, cut: float | FloatArray) -> FloatArray:
        """Return what flagging above a cut costs."""
        alarms = self.negative.size - np.searchsorted(self.negative, cut, side="right")
        return FN * np.searchsorted(self.positive, cut, side="right") + FP * alarms

    @property
    def least(self) -> float:
        """What the best cut costs: it lies just below a positive."""
        return float(self.cost(np.nextafter(self.positive, -np.inf)).min())


def of_one_table(n: int, seed: int, rows: tuple[FloatArray, BoolArray]) -> dict[str, float]:
    """Return each rule's cost on the fresh rows, as a share above the best cut of the same scores."""
    x, y = drawn(n, np.random.default_rng([seed, n]))
    folds, recovered = np.empty(n, dtype=np.int64), np.empty(n)
    splitter = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    for fold, (train, test) in enumerate(splitter.split(x, y)):
        folds[test] = fold
        recovered[test] = LogisticRegression().fit(x[train], y[train]).decision_function(x[test])
    judged = Judged(y.astype(np.uint8), None, COSTS, folds[None], ordered=False)
    calibration, rule = fit_saved_rule(judged, recovered[None])
    tuned = fit_cost_rule(calibration.log_odds(recovered), y, COSTS, few_positives=1)
    peer = TunedThresholdClassifierCV(LogisticRegression(), scoring=SCORER, cv=splitter).fit(x, y)
    cuts = {
        SAVED: uncalibrated(calibration, rule),
        OWN: uncalibrated(calibration, CostRule(0.0, COSTS.spec)),
        TUNED: uncalibrated(calibration, tuned),
        SKLEARN: float(log_odds_of([peer.best_threshold_])[0]),
    }
    fresh = Fresh.of(LogisticRegression().fit(x, y), rows)
    return {name: float(fresh.cost(cut)) / fresh.least - 1.0 for name, cut in cuts.items()}


def uncalibrated(calibration: Calibration, rule: CostRule) -> float:
    """Return the score at which the calibrated probability is the rule's."""
    wanted = float(log_odds_of([rule.threshold()])[0])
    return float(brentq(lambda score: calibration.log_odds(np.array([score]))[0] - wanted, -60.0, 60.0))


def study(n: int, repeats: int, fresh: tuple[FloatArray, BoolArray]) -> dict[str, FloatArray]:
    """Return every rule's excess over the best, one value a repeat."""
    found = [of_one_table(n, seed, fresh) for seed in range(repeats)]
    return {name: np.array([one[name] for one in found]) for name in RULES}


def main() -> None:
    """Print a table for each size."""
    repeats = int(sys.argv[-1]) if sys.argv[-1].isdigit() else REPEATS
    fresh = drawn(FRESH, np.random.default_rng(2026))
    print(f"fn={FN:g}, fp={FP:g}, {100 * fresh[1].mean():.2f} % positive, {repeats} repeats a size")
    print(f"{'cost above the best cut of the same scores':<44}{'mean':>8}{'95 of 100':>11}{'worst':>8}")
    for n in SIZES:
        print(f"\n{n:,} rows, about {n * fresh[1].mean():.0f} positives")
        for name, excess in study(n, repeats, fresh).items():
            mean, high, worst = 100 * excess.mean(), 100 * np.quantile(excess, 0.95), 100 * excess.max()
            print(f"{name:<44}{mean:>6.1f} %{high:>9.1f} %{worst:>6.1f} %", flush=True)


if __name__ == "__main__":
    main()
