"""What arms score on a table, and by how much each differs from a plain model on the same rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.study.choices import COSTS, MARGINS, PAIRS
from scarce.decision.costs import Costs
from scarce.evaluation.comparison import simultaneous
from scarce.evaluation.decisions import PER_ROWS
from scarce.evaluation.one_more_miss import with_one_more_either_way
from scarce.progress import SILENT
from scarce.trial.comparison import compare, figures_of
from scarce.trial.judging import score_all
from scarce.trial.scoring import COST, LOG_LOSS, RANKED

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scarce.data.dataset import Dataset
    from scarce.trial.arm_result import ArmResult
    from scarce.trial.design import Design
    from scarce.trial.judging import Entry
    from scarce.trial.metric import Metric

ROC = "roc_auc"


def judged(
    dataset: Dataset, design_of: Callable[[Dataset], Design], entries: Sequence[Entry], plain: str, jobs: int
) -> dict[str, Any]:
    """Return each arm's scores with their intervals, and its difference to the plain one by every score.

    Parameters
    ----------
    dataset : Dataset
    design_of : callable
        Makes the design of a table; also of the same one with costs.
    entries : sequence of Entry
        What the arms say.
    plain : str
        The name of the one that the others are held against.
    jobs : int
    """
    design = design_of(dataset)
    results = score_all(design, entries, SILENT, jobs)
    found: dict[str, Any] = {
        "rows": dataset.n_rows,
        "positives": int(dataset.target.sum()),
        "plain": plain,
        "arms": {result.name: _figures(result) for result in results},
        "differences": {one.name: _differences(design, results, plain, one) for one in (RANKED, LOG_LOSS)},
        "interactions": {one.name: _interactions(design, results, plain, one) for one in (RANKED, LOG_LOSS)},
    }
    for ratio in COSTS:
        design = design_of(replace(dataset, costs=Costs(fn=float(ratio), fp=1.0)))
        results = score_all(design, entries, SILENT, jobs)
        for result in results:
            found["arms"][result.name][f"cost {ratio}"] = _figure(result, COST.name)
        found["differences"][f"cost {ratio}"] = _differences(design, results, plain, COST)
        found["interactions"][f"cost {ratio}"] = _interactions(design, results, plain, COST)
    return found


def _figures(result: ArmResult) -> dict[str, Any]:
    found: dict[str, Any] = {name: _figure(result, name) for name in (RANKED.name, LOG_LOSS.name, ROC)}
    details = {
        name: result.details[name] for name in ("chosen", "chosen_for_folds") if name in result.details
    }
    return {**found, "seconds": result.seconds, **details}


def _figure(result: ArmResult, name: str) -> list[float]:
    one = result.estimates[name]
    return [one.value, one.low, one.high]


def _differences(design: Design, results: Sequence[ArmResult], plain: str, metric: Metric) -> dict[str, Any]:
    """Return each arm minus the plain one, and what that is called by the margin of this metric."""
    design = replace(design, config=replace(design.config, margin=MARGINS[metric.name]))
    arms = sorted(results, key=lambda result: result.name != plain)
    return {one.arm: [one.value, one.low, one.high, one.outcome] for one in compare(design, arms, metric)}


def _interactions(design: Design, results: Sequence[ArmResult], plain: str, metric: Metric) -> dict[str, Any]:
    """Return by how much each pair differs from what its parts would do if their differences added up."""
    figures = {one.name: figures_of(design, one.log_odds, one.flagged, metric) for one in results}
    pairs = {pair: parts for pair, parts in PAIRS.items() if pair in figures}
    if not pairs:
        return {}
    signs = [{pair: 1.0, plain: 1.0, **dict.fromkeys(parts, -1.0)} for pair, parts in pairs.items()]
    values, influences = (
        np.stack([sum(sign * getattr(figures[name], part) for name, sign in of.items()) for of in signs])
        for part in ("values", "influence")
    )
    if metric.name == COST.name:
        held, miss = design.one_miss()
        influences = with_one_more_either_way(influences, held, PER_ROWS * miss)
    n_train, n_test = design.rows_a_fold()
    few, scale = design.scored_positive_units, abs(float(figures[plain].values.mean()))
    found = simultaneous(values, influences, few=few, n_train=n_train, n_test=n_test, scale=scale)
    return {pair: [one.value, one.low, one.high] for pair, one in zip(pairs, found, strict=True)}
