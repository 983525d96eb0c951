"""Rows for a plan: of a pilot table, by one plain model, or made from numbers alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scarce.decision.costs import Costs, CostSpec
from scarce.errors import ScarceError
from scarce.evaluation.ranking import average_precision as ranked
from scarce.progress import SILENT, piece
from scarce.trial.arms import parse_arms
from scarce.trial.config import TrialConfig
from scarce.trial.crossfit import crossfit
from scarce.trial.deciding import decide
from scarce.trial.design import Design
from scarce.trial.journal import Journal
from scarce.trial.margin import Margin
from scarce.trial.methods import CONTROL
from scarce.trial.plan_of_a_trial import Plan
from scarce.trial.scoring import Rows
from scarce.trial.visible_differences import visible_differences

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scarce.data.dataset import Dataset
    from scarce.progress import Progress

QUICK = "lightgbm"
ASSUMED = 0.5
"""Average precision of the plain model where there is no table to learn it from."""

_POINTS = 20_000  # that stand for all negatives
_FARTHEST = 12.0  # of the classes' means, in standard deviations
_HALVINGS = 40
_MOST_ROWS = 10**12


def plan_of_table(
    dataset: Dataset,
    *,
    difference: str | float | None = None,
    labelled_share: object = None,
    seed: int = 0,
    progress: Progress = SILENT,
    jobs: int = 0,
) -> Plan:
    """Return what a trial of a table can show, by cross-fitting one plain model.

    Parameters
    ----------
    dataset : Dataset
    difference : str, float or None
        One that would matter, in the primary metric.
    labelled_share : float, str or None
        Share of the positives that carry their label, as a trial takes it.
    seed : int
    progress : Progress
    jobs : int
        Fits at a time.

    Raises
    ------
    ScarceError
        ``E303``, ``E311`` to ``E316``, ``E374`` to ``E377`` as for a trial, ``E328`` for a difference that
        cannot be read.
    """
    margin = None if difference is None else Margin.parse(difference)
    design = Design.of(dataset, TrialConfig((CONTROL,), (QUICK,), seed=seed, labelled_share=labelled_share))
    (arm,) = design.candidates
    with piece(progress, len(design.splits), "training"):
        scores = crossfit(design, [arm], Journal(None, {}), progress, jobs=jobs)[arm.name]
    log_odds, flagged = decide(scores.recovered, design.judged, arm.spread)
    rows = design.scored_rows(log_odds[0], flagged[0], 0)
    n_train, n_test = design.rows_a_fold()
    arms = len(parse_arms((), design.prevalence))
    return Plan(
        source=f"{dataset.name}, one {QUICK} model on {len(design.judged.scored_folds)} folds",
        rows=rows.target.size,
        positives=int(rows.target.sum()),
        arms=arms,
        differences=visible_differences(rows, 1.0 + n_test / n_train, arms, margin),
        unit="entities" if dataset.entity is not None else "groups" if dataset.group is not None else "",
        notes=tuple(finding.message for finding in dataset.said_of_rows),
    )


def plan_of_numbers(
    rows: int | None,
    positives: int | None = None,
    prevalence: float | None = None,
    *,
    average_precision: float | None = None,
    cost: object = None,
    difference: str | float | None = None,
) -> Plan:
    """Return what a trial can show of a table that nobody has yet.

    Scores of either class are taken to be normal with one spread, as far apart as the average precision says.

    Parameters
    ----------
    rows : int
    positives : int, optional
    prevalence : float, optional
        Share of positives, in place of their number.
    average_precision : float, optional
        Of the plain model; `ASSUMED` unless given.
    cost : str, mapping, CostSpec or Costs, optional
        Numbers only.
    difference : str, float or None
        One that would matter, in the primary metric.

    Raises
    ------
    ScarceError
        ``E386`` without rows, ``E388`` unless there is one of positives and prevalence, ``E389`` for numbers
        that are no table, ``E390`` for costs that differ from row to row, ``E328`` for a difference that
        cannot be read, ``E250`` to ``E260`` for costs.

    Examples
    --------
    >>> plan_of_numbers(100_000, 200).differences[0].value.__round__(3)
    0.5
    """
    margin = None if difference is None else Margin.parse(difference)
    rows, positives = _counts(rows, positives, prevalence)
    reached = ASSUMED if average_precision is None else average_precision
    if not positives / rows < reached < 1.0:
        allowed = f"above the share of positives, {positives / rows:g}, and below 1"
        raise ScarceError("E389", name="average precision", value=reached, allowed=allowed)
    scored = _normal_scores(rows, positives, reached, _fixed_costs(cost))
    arms = len(parse_arms((), positives / rows))
    return Plan(
        source=f"no table yet, a plain model of average precision {reached:g} assumed",
        rows=rows,
        positives=positives,
        arms=arms,
        differences=visible_differences(
            scored, 1.0 + 1.0 / (TrialConfig.folds - 1), arms, margin, copies=scored.weight
        ),
    )


def refuse_numbers(numbers: Mapping[str, object]) -> None:
    """Raise E387 where a table is given together with numbers that stand for one."""
    for name, value in numbers.items():
        if value is not None:
            raise ScarceError("E387", name=name.replace("_", " "))


def refuse_columns(columns: Mapping[str, object]) -> None:
    """Raise E386 where something is said of the columns of a table that is not given."""
    for name, value in columns.items():
        if value is not None and value != ():
            raise ScarceError("E386", missing=f"no table, and {name.replace('_', ' ')} is said of one")


def _counts(rows: int | None, positives: int | None, prevalence: float | None) -> tuple[int, int]:
    if rows is None:
        raise ScarceError("E386", missing="neither a table nor a number of rows")
    if (positives is None) == (prevalence is None):
        raise ScarceError("E388", given="neither" if positives is None else "both")
    if not 4 <= rows <= _MOST_ROWS:
        raise ScarceError("E389", name="rows", value=rows, allowed=f"from 4 to {_MOST_ROWS:,}")
    if prevalence is not None and not 0.0 < prevalence <= 0.5:
        raise ScarceError("E389", name="prevalence", value=prevalence, allowed="above 0 and at most 0.5")
    counted = positives if prevalence is None else round(rows * prevalence)
    if not 2 <= counted <= rows // 2:
        raise ScarceError("E389", name="positives", value=counted, allowed=f"from 2 to {rows // 2:,}")
    return rows, counted


def _fixed_costs(cost: object) -> Costs | None:
    if cost is None:
        return None
    if isinstance(cost, Costs):
        if cost.per_row:
            raise ScarceError("E390", given="arrays")
        return cost
    spec = CostSpec.of(cost)
    if spec.columns:
        raise ScarceError("E390", given=f"the column {spec.columns[0]!r}")
    return spec.resolve({})


def _normal_scores(rows: int, positives: int, reached: float, costs: Costs | None) -> Rows:
    """Return scores of either class at the quantiles of a normal law, with the log-odds that they mean."""
    from scipy.special import ndtri

    negatives = rows - positives
    points = min(negatives, _POINTS)
    raw = np.concatenate([ndtri((np.arange(n) + 0.5) / n) for n in (positives, points)])
    target = (np.arange(raw.size) < positives).astype(np.uint8)
    copies = np.where(target == 1, 1.0, negatives / points)
    low, high = 0.0, _FARTHEST
    for _ in range(_HALVINGS):
        apart = 0.5 * (low + high)
        higher = ranked(target, raw + apart * target, copies) > reached
        low, high = (low, apart) if higher else (apart, high)
    log_odds = apart * (raw + apart * target) - 0.5 * apart**2 + np.log(positives / negatives)
    flagged = np.zeros(raw.size, dtype=np.bool_) if costs is None else costs.score(log_odds) > 0.0
    return Rows(target, log_odds, flagged, copies, costs)
