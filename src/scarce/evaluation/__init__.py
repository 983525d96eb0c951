"""Evaluation: ranking, truth of probabilities, cost of decisions; intervals, comparisons and curves.

>>> from scarce.evaluation import average_precision
>>> average_precision([1, 0, 0, 0], [2.0, 1.0, 0.0, -1.0])
1.0
"""

from __future__ import annotations

from scarce.evaluation.comparison import Interval, simultaneous
from scarce.evaluation.corrected_test import CorrectedTest, corrected_test, holm
from scarce.evaluation.decisions import Confusion, CostSummary, expected_cost
from scarce.evaluation.estimate import Estimate
from scarce.evaluation.influence import influence_on_average_precision, influence_on_mean
from scarce.evaluation.intervals import Bootstrap
from scarce.evaluation.outcome import outcome_of, positives_needed
from scarce.evaluation.probability import (
    brier,
    calibration_line,
    calibration_ratio,
    clipped_rows,
    log_loss,
    prevalence,
)
from scarce.evaluation.ranking import (
    average_precision,
    partial_auc,
    precision_at_k,
    precision_at_recall,
    recall_at_precision,
    roc_auc,
)

__all__ = [
    "Bootstrap",
    "Confusion",
    "CorrectedTest",
    "CostSummary",
    "Estimate",
    "Interval",
    "average_precision",
    "brier",
    "calibration_line",
    "calibration_ratio",
    "clipped_rows",
    "corrected_test",
    "expected_cost",
    "holm",
    "influence_on_average_precision",
    "influence_on_mean",
    "log_loss",
    "outcome_of",
    "partial_auc",
    "positives_needed",
    "precision_at_k",
    "precision_at_recall",
    "prevalence",
    "recall_at_precision",
    "roc_auc",
    "simultaneous",
]
