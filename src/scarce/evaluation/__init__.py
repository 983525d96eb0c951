"""Evaluation: ranking, truth of probabilities, cost of decisions; intervals, comparisons and curves.

>>> from scarce.evaluation import average_precision
>>> average_precision([1, 0, 0, 0], [2.0, 1.0, 0.0, -1.0])
1.0
"""

from __future__ import annotations

from scarce.evaluation.comparison import Comparison, CorrectedTest, compare, corrected_test, holm
from scarce.evaluation.decisions import Confusion, CostSummary, expected_cost
from scarce.evaluation.intervals import Bootstrap, Estimate
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
    "Comparison",
    "Confusion",
    "CorrectedTest",
    "CostSummary",
    "Estimate",
    "average_precision",
    "brier",
    "calibration_line",
    "calibration_ratio",
    "clipped_rows",
    "compare",
    "corrected_test",
    "expected_cost",
    "holm",
    "log_loss",
    "partial_auc",
    "precision_at_k",
    "precision_at_recall",
    "prevalence",
    "recall_at_precision",
    "roc_auc",
]
