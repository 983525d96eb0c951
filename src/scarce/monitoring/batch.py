"""Watch one batch of rows: against the training by what they are, against the model by what they became."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from scarce.bundle.training_summary import stakes
from scarce.data.roles import looked_up
from scarce.data.row_hashes import row_hashes
from scarce.decision.arrays import expit
from scarce.decision.rules import CostRule
from scarce.errors import ScarceError, ScarceWarning
from scarce.evaluation.corrected_test import holm
from scarce.monitoring.drift import Drift, Part, drift
from scarce.monitoring.looks import over_looks
from scarce.monitoring.prevalence import prevalence, score_drift
from scarce.monitoring.result import ColumnDrift, Counted, Monitoring

if TYPE_CHECKING:
    import numpy.typing as npt

    from scarce.bundle.model import Model
    from scarce.bundle.training_summary import TrainingSummary
    from scarce.data.table import Table
    from scarce.decision.costs import Costs
    from scarce.monitoring.state import State

    FloatArray = npt.NDArray[np.float64]
    BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Labelled:
    """What the rows became.

    Parameters
    ----------
    positive, known : ndarray of bool, shape (n_rows,)
        Which rows are positive, and of which that is known.
    time : ndarray of float64, shape (n_rows,), optional
        When the rows arose.
    delay : float
        How long it takes until a label is final, in the units of `time`.
    """

    positive: BoolArray
    known: BoolArray
    time: FloatArray | None = None
    delay: float = 0.0


def monitor(
    model: Model, table: Table, level: float, labelled: Labelled | None = None, state: State | None = None
) -> Monitoring:
    """Watch a batch of rows.

    Parameters
    ----------
    model : Model
    table : Table
        Has the columns of the training.
    level : float
        How often each watch may alarm without reason.
    labelled : Labelled, optional
    state : State, optional
        The evidence so far; needed with `labelled`. Where it counts looks, p-values allow for them.

    Returns
    -------
    Monitoring
        With the state after this batch. Nothing is written.

    Raises
    ------
    ScarceError
        E903, E904 for rows that were counted before, E907 for labels that are missing; E101 and what the
        prediction raises.

    Warns
    -----
    ScarceWarning
        W901 for a model file without a summary of its training.
    """
    features = model.encoder.encode(table)
    log_odds = model.log_odds_of_features(features)
    summary = model.summary
    if summary is None:
        warnings.warn(ScarceWarning("W901"), stacklevel=2)
    look = 0 if state is None else state.looks
    found = Monitoring(
        source=table.source,
        rows=table.n_rows,
        level=level,
        look=look,
        prior=model.prior,
        inputs=() if summary is None else _inputs(model, summary, features, look),
        scores=None if summary is None else _scores(log_odds, model.prior, summary, look),
        prevalence=None if summary is None else prevalence(log_odds, model.prior, summary, level, look),
    )
    if labelled is None or state is None:
        return found
    rows, young, late = _due(labelled, state)
    _check_known(labelled, rows, table)
    if labelled.time is None:
        hashes = row_hashes(features[rows])
        state.seen.check(hashes, table.source)
        state = replace(state, seen=state.seen.after(hashes))
    elif rows.size:
        state = replace(state, until=float(labelled.time[rows[-1]]))
    costs = _costs_of(model, table)
    looks = np.append(
        np.diff(np.zeros(rows.size) if labelled.time is None else labelled.time[rows]) > 0.0, True
    )
    after = _counted(state, model, log_odds[rows], labelled.positive[rows], costs and costs.take(rows), looks)
    now = Counted(rows.size, int(labelled.positive[rows].sum()), young, late)
    watches_money = summary is not None and summary.stake is not None and costs is not None
    return replace(found, counted=now, state=after, watches_money=watches_money)


def _scores(log_odds: FloatArray, prior: float, summary: TrainingSummary, look: int) -> Drift:
    found = score_drift(log_odds, prior, summary, free=False)
    return found._replace(p_value=over_looks(found.p_value, look))


def _inputs(
    model: Model, summary: TrainingSummary, features: FloatArray, look: int
) -> tuple[ColumnDrift, ...]:
    """Return the columns, those that moved most surely first; Holm's p-values allow for their number."""
    places = {name: place for place, name in enumerate(model.encoder.feature_names)}
    found = {}
    for name, histogram in summary.columns.items():
        counts = histogram.counts(features[:, places[name]])
        found[name] = drift(counts, [Part(1.0, np.array(histogram.shares), summary.rows)])
    tested = [name for name, one in found.items() if not np.isnan(one.p_value)]
    adjusted = dict(zip(tested, holm([found[name].p_value for name in tested]).tolist(), strict=True))
    columns = [
        ColumnDrift(name, over_looks(adjusted.get(name, np.nan), look), one.moved)
        for name, one in found.items()
    ]
    return tuple(sorted(columns, key=lambda one: (np.isnan(one.p_value), one.p_value, -one.moved)))


def _due(labelled: Labelled, state: State) -> tuple[npt.NDArray[np.int64], int, int]:
    """Return the rows that count now, in the order of their time, and how many are too young or too late."""
    time = labelled.time
    if time is None:
        return np.arange(labelled.positive.size), 0, 0
    young = time > time.max() - labelled.delay
    late = np.zeros_like(young) if state.until is None else time <= state.until
    order = np.argsort(time, kind="stable")
    return order[~(young | late)[order]], int((young & ~late).sum()), int(late.sum())


def _check_known(labelled: Labelled, rows: npt.NDArray[np.int64], table: Table) -> None:
    """Refuse a label that is missing although its delay is over: leaving the row out would flatter."""
    missing = rows[~labelled.known[rows]]
    if missing.size:
        row = int(missing.min())
        raise ScarceError("E907", count=missing.size, where=table.where(row), source=table.source)


def _costs_of(model: Model, table: Table) -> Costs | None:
    """Return what the rows can cost, if the model's rule weighs costs."""
    spec = model.rule.spec if isinstance(model.rule, CostRule) else None
    if spec is None:
        return None
    costs, share = looked_up(spec, table), model.labelled_share
    return costs if share is None else replace(costs, labelled=share.share)


def _counted(
    state: State,
    model: Model,
    log_odds: FloatArray,
    positive: BoolArray,
    costs: Costs | None,
    looks: BoolArray,
) -> State:
    """Return the state after rows whose labels count; looks are after the last rows of each time."""
    if not log_odds.size:
        return state
    p = expit(log_odds)
    state = replace(
        state,
        batches=state.batches + 1,
        rows=state.rows + log_odds.size,
        positives=state.positives + int(positive.sum()),
        expected=state.expected + float(p.sum()),
        calibration=state.calibration.after(log_odds, positive, tolerance=state.tolerance, looks=looks),
    )
    if costs is None or not isinstance(model.rule, CostRule):
        return state
    flagged, reviewed = model.rule.flag(log_odds, costs), model.rule.reviewed(log_odds, costs)
    spent = costs.with_reviews(reviewed, model.rule.review)
    if_positive, if_not = (spent.of_rows(np.full(p.size, is_), flagged) for is_ in (True, False))
    state = replace(
        state,
        cost=state.cost + float(np.where(positive, if_positive, if_not).sum()),
        expected_cost=state.expected_cost + float((p * if_positive + (1.0 - p) * if_not).sum()),
    )
    stake = None if model.summary is None else model.summary.stake
    if stake is None:
        return state
    share = np.clip(np.broadcast_to(stakes(costs), p.shape) / stake, 0.0, 1.0)
    return replace(state, money=state.money.after(log_odds, positive, share, state.tolerance, looks))
