"""A trial made up from a seed: rows, arms, costs and findings with everything a report has to draw."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from scarce.data.checks.finding import Finding
from scarce.decision.costs import Costs
from scarce.evaluation.estimate import Estimate
from scarce.trial.arm_result import ArmResult
from scarce.trial.metric import Metric
from scarce.trial.result import Difference, TrialResult, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

METRICS = (
    Metric("expected_cost", "expected cost per 10,000 rows", higher_is_better=False, style="{:,.0f}"),
    Metric("average_precision", "average precision", higher_is_better=True),
    Metric("log_loss", "recovered log-loss", higher_is_better=False, style="{:.5f}"),
    Metric("brier", "Brier score", higher_is_better=False, style="{:.5f}"),
    Metric("calibration_ratio", "calibration ratio", higher_is_better=True, style="{:.2f}"),
    Metric("calibration_slope", "calibration slope", higher_is_better=True, style="{:.2f}"),
    Metric("mcc", "MCC", higher_is_better=True),
    Metric("g_mean", "G-mean", higher_is_better=True),
    Metric("balanced_accuracy", "balanced accuracy", higher_is_better=True),
    Metric("recall_at_precision", "recall at precision 50 %", higher_is_better=True),
    Metric("precision_at_k", "precision at 100", higher_is_better=True),
)

SUMMARIES = {
    "control": "plain cross-entropy, regularised; the arm to beat",
    "weighted_cross_entropy": "cross-entropy, class weights balanced",
    "class_balanced": "cross-entropy, class weights by effective number",
    "focal:gamma=1": "focal, gamma 1",
    "focal:gamma=2": "focal, gamma 2",
    "logit_adjusted": "cross-entropy on logits shifted by the log prior",
    "undersample:ratio=10": "keeps 10 random negatives for each positive",
}
# average gain in the primary metric, half width of its interval
GAINS = {
    "weighted_cross_entropy": (9.0, 30.0),
    "class_balanced": (6.0, 26.0),
    "focal:gamma=1": (-4.0, 14.0),
    "focal:gamma=2": (-7.0, 19.0),
    "logit_adjusted": (5.0, 21.0),
    "undersample:ratio=10": (42.0, 24.0),
}


def _focal_raw(recovered: np.ndarray, gamma: float) -> np.ndarray:
    """Invert the focal recovery (theory, section 3) on a grid."""
    z = np.linspace(-30, 30, 4001)

    def v(x: np.ndarray) -> np.ndarray:
        t = np.exp(-np.abs(x))
        return np.where(x >= 0, np.log1p(t) / t, t * (np.abs(x) + np.log1p(t)))

    posterior = (1 + gamma) * z - np.log1p(gamma * v(z)) + np.log1p(gamma * v(-z))
    return np.interp(recovered, posterior, z)


def _raw(name: str, recovered: np.ndarray, prevalence: float) -> np.ndarray:
    if name.startswith("focal"):
        return _focal_raw(recovered, float(name[-1]))
    if name in ("weighted_cross_entropy", "logit_adjusted"):
        return recovered - np.log(prevalence / (1 - prevalence))
    if name == "class_balanced":
        return recovered - 0.8 * np.log(prevalence / (1 - prevalence))
    if name.startswith("undersample"):
        return recovered - np.log(prevalence / (1 - prevalence)) - np.log(10)
    return recovered


def _details(name: str) -> dict[str, Any]:
    details: dict[str, Any] = {"class_weight": [1.0, 1.0], "base_score": -5.29, "loss_share": 0.16}
    if name == "weighted_cross_entropy":
        details |= {"class_weight": [0.5025, 100.0], "base_score": 0.0, "loss_share": 0.5}
    if name == "logit_adjusted":
        details |= {"logit_shift": [-0.005, -5.298], "base_score": 0.0}
    if name.startswith("undersample"):
        details = {"base_score": -2.303, "negatives kept": 0.0503}
    return details


def _scores(rng: np.random.Generator, target: np.ndarray, prevalence: float) -> np.ndarray:
    """Draw log-odds that are calibrated at this prevalence: two normal classes of equal spread."""
    distance = 3.9
    x = rng.normal(0.0, 1.0, target.size) + distance * target
    return distance * x - distance**2 / 2 + np.log(prevalence / (1 - prevalence))


def _estimates(scale: float) -> dict[str, Estimate]:
    centre = dict(
        zip(
            (metric.name for metric in METRICS),
            (412.0, 0.744, 0.01123, 0.00201, 0.97, 1.02, 0.741, 0.86, 0.87, 0.79, 0.83),
            strict=True,
        )
    )
    return {
        name: Estimate(value * scale, 0.92 * value * scale, 1.07 * value * scale)
        for name, value in centre.items()
    }


def _arm(
    name: str, target: np.ndarray, prevalence: float, n_repeats: int, costs: Costs | None, seed: int
) -> ArmResult:
    own = np.random.default_rng([seed, 1 + list(SUMMARIES).index(name)])
    common = np.random.default_rng(seed)
    recovered = np.stack([_scores(common, target, prevalence) for _ in range(n_repeats)])
    recovered += own.normal(0.0, 0.4, recovered.shape)
    log_odds = 0.95 * recovered - 0.1
    scores = log_odds if costs is None else np.stack([costs.score(row) for row in log_odds])
    return ArmResult(
        name=name,
        summary=SUMMARIES[name],
        raw=_raw(name, recovered, prevalence),
        recovered=recovered,
        log_odds=log_odds,
        flagged=scores > 0.0,
        estimates=_estimates(1.0 + 0.01 * list(SUMMARIES).index(name)),
        steps=(212, 240, 198, 305, 221),
        seconds=12.5,
        details=_details(name),
    )


def _differences() -> tuple[Difference, ...]:
    primary = METRICS[0].name
    return tuple(
        Difference(
            arm=name,
            metric=primary,
            value=gain,
            low=gain - half,
            high=gain + half,
            outcome="undecided" if gain < 40 else "worse",
            margin=0.6 * half,
            positives_needed=2_000.0,
        )
        for name, (gain, half) in GAINS.items()
    )


def build(
    n_rows: int = 30_000,
    n_positive: int = 150,
    n_repeats: int = 1,
    costs: str = "per row",
    winner: str = "control",
    **changes: Any,
) -> TrialResult:
    """Make up a trial; `costs` is ``"per row"``, ``"fixed"`` or ``"none"``."""
    rng = np.random.default_rng(20)
    target = np.zeros(n_rows, dtype=np.uint8)
    target[rng.choice(n_rows, n_positive, replace=False)] = 1
    amount = np.round(rng.lognormal(3.5, 1.4, n_rows), 2)
    amount[rng.random(n_rows) < 0.01] = 0.0
    given = {"per row": Costs(fn=amount, fp=5.0), "fixed": Costs(fn=120.0, fp=5.0), "none": None}[costs]
    weight = np.where(target == 1, 1.0, 9.97)
    prevalence = float(np.average(target, weights=weight))
    result = TrialResult(
        name="transactions.parquet",
        fingerprint="9f2c41d0b8a7e6f5" * 4,
        labels=("genuine", "fraud"),
        target=target,
        weight=weight,
        costs=given,
        cost_text={"per row": "fn=Amount,fp=5", "fixed": "fn=120,fp=5", "none": ""}[costs],
        fold_of=np.tile(np.arange(n_rows) % 5, (n_repeats, 1)),
        units=None,
        prevalence=prevalence,
        findings=[
            Finding(
                "D004",
                "warning",
                "312 rows are exact duplicates of another",
                "splits keep them together",
            ),
            Finding("D001", "note", "column 'Time' looks like a clock", "name it with --time to split by it"),
        ],
        metrics=METRICS,
        arms=tuple(_arm(name, target, prevalence, n_repeats, given, 7) for name in SUMMARIES),
        differences=_differences(),
        verdict=Verdict(
            headline="1 worse, 5 undecided: the plain model stays (expected cost per 10,000 rows 412).",
            sentences=(
                "6 treatments against one regularised control, on the same 5 folds: 150 positives.",
                "Worse than the control: undersample:ratio=10 +42 (95 % interval +18 to +66).",
                "To see a difference of 21 four times in five takes about 400 positives; there are 150.",
                "The control is refitted on all rows and saved.",
            ),
            warnings=("W302: only 150 positives: an interval of recall spans about 13 points",),
            winner=winner,
        ),
        rule_in_words=(
            "Flag a row when its probability of being positive times Amount is more than 5 times its "
            "probability of being negative."
        ),
        rule_text="flag when p * Amount > (1 - p) * 5 (fn=Amount,fp=5; the cut that the costs give)",
        rule_cut=0.0 if given is not None else -0.4,
        config={
            "seed": 0,
            "folds": 5,
            "repeats": n_repeats,
            "methods": [],
            "prior": None,
            "demo_sample": True,
        }
        | {"versions": {"lightgbm": "4.7.0", "numpy": "2.4.6", "python": "3.11.9", "scarce": "0.1.0"}},
        command="scarce run transactions.parquet --target Class --cost fn=Amount,fp=5",
        notes=("row weights have one value a class: trained on the rows as they are, the rate undone",),
    )
    return replace(result, **changes)


@pytest.fixture(scope="session")
def make_result() -> Callable[..., TrialResult]:
    """Return the function that makes up a trial."""
    return build


@pytest.fixture(scope="session")
def result() -> TrialResult:
    """Return a trial with costs by row, on weighted rows."""
    return build()
