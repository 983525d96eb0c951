"""What a range of costs leaves open: which rows change their action, and which arm is cheapest."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scarce.decision.cost_range import CostRange
    from scarce.decision.costs import Costs
    from scarce.trial.arm_result import ArmResult
    from scarce.trial.design import Design


def range_notes(design: Design, arms: Sequence[ArmResult], winner: str) -> list[str]:
    """Say how much the decisions depend on where in their range the costs lie.

    Parameters
    ----------
    design : Design
    arms : sequence of ArmResult
        The control first, which is named where arms cost the same.
    winner : str
        The arm that is kept.
    """
    span, costs = design.config.cost_range, design.dataset.costs
    if span is None or costs is None:
        return []
    along = list(span.steps(costs))
    kept = next(arm for arm in arms if arm.name == winner)
    changed, scored = _changed(kept, along[0], along[-1])
    return [
        f"over {span.text} {changed:,} of {scored:,} rows change their action; the figures are those of the "
        f"middle, {span.middle.describe()}",
        _cheapest(design, span, arms, along),
    ]


def _changed(arm: ArmResult, low: Costs, high: Costs) -> tuple[int, int]:
    """Return how many rows of the first repeat lie between the cuts of both ends, and how many there are."""
    scored = np.flatnonzero(~np.isnan(arm.log_odds[0]))
    log_odds = arm.log_odds[0, scored]
    ends = [costs.take(scored).score(log_odds) > 0.0 for costs in (low, high)]
    return int(np.count_nonzero(ends[0] != ends[1])), scored.size


def _cheapest(design: Design, span: CostRange, arms: Sequence[ArmResult], along: Sequence[Costs]) -> str:
    names = [arms[int(np.argmin([_cost(design, arm, costs) for arm in arms]))].name for costs in along]
    stretches = [(name, list(steps)) for name, steps in groupby(range(len(along)), key=names.__getitem__)]
    if len(stretches) == 1:
        return f"{names[0]} is the cheapest arm on these rows throughout {span.text}"
    if len(stretches) > 2:
        several = ", ".join(sorted(set(names), key=names.index))
        return f"no arm is cheapest on these rows throughout {span.text}: by turns {several}"
    words = [f"{name} up to {_written(along[steps[-1]])}" for name, steps in stretches[:-1]]
    return f"cheapest on these rows over {span.text}: {', '.join(words)}, then {stretches[-1][0]}"


def _cost(design: Design, arm: ArmResult, costs: Costs) -> float:
    total = 0.0
    for repeat, log_odds in enumerate(arm.log_odds):
        scored = ~np.isnan(log_odds)
        flagged = scored & (costs.score(np.where(scored, log_odds, 0.0)) > 0.0)
        rows = design.scored_rows(log_odds, flagged, repeat)
        spent = replace(rows, costs=costs.take(np.flatnonzero(scored))).cost_of_rows()
        total += float(spent.sum() if rows.weight is None else np.dot(spent, rows.weight))
    return total


def _written(costs: Costs) -> str:
    spec = costs.spec
    assert spec is not None
    return ",".join(
        f"{key}={float(f'{v:.3g}'):.15g}"
        for key in ("fn", "fp")
        if isinstance(v := getattr(spec, key), float)
    )
