"""How often an estimated prevalence is called not to be relied on, where it is right and where it is not.

The table of docs/monitoring.md; it measures no time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import scarce
from scarce.calibration.prior import estimate_prior
from scarce.monitoring.prevalence import score_drift

if TYPE_CHECKING:
    from scarce.bundle.model import Model

    Rows = dict[str, np.ndarray]

LEVEL, RATE = 0.05, 0.05
MODELS, TRAINING = 16, (3_000, 10_000)
LEARNERS = ("linear", "lightgbm")
SIZES = (2_000, 10_000, 50_000)


def main() -> None:
    """Print the table: learners and sizes of the training by what became of new rows."""
    made = {
        (learner, rows): [_model(learner, rows, 50_000 + seed + rows) for seed in range(MODELS)]
        for learner in LEARNERS
        for rows in TRAINING
    }
    print(f"share of {MODELS} models whose new scores are called no mixture; level {LEVEL}")
    print(f"{'new rows':>36}{'number':>9}" + "".join(f"{one} {rows:,}".rjust(17) for one, rows in made))
    for name, law in _laws().items():
        for size in SIZES:
            shares = [
                np.mean([_refused(one, law(size, 9_000 + k)) for k, one in enumerate(models)])
                for models in made.values()
            ]
            print(f"{name:>36}{size:>9,}" + "".join(f"{share:>17.2f}" for share in shares), flush=True)


def _laws() -> dict[str, object]:
    """Return ways to draw new rows, those that keep the assumption first."""

    def moved(column: str, change: object) -> object:
        def law(rows: int, seed: int) -> Rows:
            drawn = _payments(rows, seed)
            return drawn | {column: change(drawn[column])}

        return law

    return {
        **{
            f"{rate:.0%} positives": lambda rows, seed, rate=rate: _payments(rows, seed, rate)
            for rate in (0.02, 0.05, 0.15)
        },
        "the hour is 1 later": moved("hour", lambda hour: hour + 1.0),
        "the hour is 2 later": moved("hour", lambda hour: hour + 2.0),
        "a column spreads half as much more": moved("x", lambda x: 1.5 * x),
        "all amounts are 20": moved("amount", lambda amount: np.full(amount.size, 20.0)),
    }


def _payments(rows: int, seed: int, rate: float = RATE) -> Rows:
    rng = np.random.default_rng(seed)
    fraud = rng.random(rows) < rate
    return {
        "amount": np.exp(rng.normal(3.0 + fraud, 1.0)),
        "hour": rng.normal(14.0 + 5.0 * fraud, 4.0),
        "x": rng.normal(0.8 * fraud, 1.0),
        "channel": np.where(rng.random(rows) < 0.2 + 0.4 * fraud, "phone", "web"),
        "fraud": fraud,
    }


def _model(learner: str, rows: int, seed: int) -> Model:
    trial = scarce.run(
        _payments(rows, seed),
        "fraud",
        cost="fn=amount,fp=5",
        learners=[learner],
        methods=["brier"],
        folds=3,
        replicates=50,
        progress=False,
    )
    assert trial.model is not None
    return trial.model


def _refused(model: Model, rows: Rows) -> bool:
    log_odds = model.log_odds({name: values for name, values in rows.items() if name != "fraud"})
    estimate = estimate_prior(log_odds, model.prior)
    assert model.summary is not None
    return score_drift(log_odds, estimate.prior, model.summary, free=True).p_value <= LEVEL


if __name__ == "__main__":
    main()
