"""Every arm against the control on the same folds, in the primary metric alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from scarce.evaluation import comparison
from scarce.trial.result import ArmResult, Difference, Metric

if TYPE_CHECKING:
    from collections.abc import Sequence


def compare(
    arms: Sequence[ArmResult], metric: Metric, *, n_train: float, n_test: float, may_decide: bool
) -> tuple[Difference, ...]:
    """Return each arm minus the control, by the corrected test with Holm over the arms.

    Parameters
    ----------
    arms : sequence of ArmResult
        The control first.
    metric : Metric
        The primary one.
    n_train, n_test : float
        Rows fitted on and scored in one fold.
    may_decide : bool
        Whether there are enough positives for anything to be called better or worse; else all are tied, and
        no difference is large enough to be seen.
    """
    control, *others = arms
    base = control.fold_scores[metric.name]
    found = comparison.compare(
        {arm.name: arm.fold_scores[metric.name] - base for arm in others},
        n_train=n_train,
        n_test=n_test,
        lower_is_better=not metric.higher_is_better,
        scale=float(np.nanmax(np.abs(base), initial=0.0)),
    )
    return tuple(
        Difference(
            arm=one.name,
            metric=metric.name,
            value=one.test.difference,
            low=one.test.low,
            high=one.test.high,
            p_value=one.test.p_value,
            p_holm=one.adjusted_p,
            smallest_visible=one.test.visible if may_decide else math.nan,
            outcome=one.call if may_decide else "tied",
        )
        for one in found
    )
