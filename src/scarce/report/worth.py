"""What the model that is kept is worth, in the user's units: the first line a person reads."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from scarce.evaluation.decisions import PER_ROWS
from scarce.report.scored import Scored
from scarce.trial.wording import plain

if TYPE_CHECKING:
    from scarce.trial.result import TrialResult


def worth(result: TrialResult) -> str:
    """Return what the kept model's decisions save, and how many of them are right.

    Parameters
    ----------
    result : TrialResult

    Returns
    -------
    str
        One sentence, of rows that neither the model nor its cut has seen; it claims no saving where nothing
        shows one.
    """
    other = " At the cut that the costs give; the rule below is another." if result.rule_is_another else ""
    saved = _saved(result) if result.verdict.useful else ""
    return f"{saved}{_alerts(result)}.{other}"


def _alerts(result: TrialResult) -> str:
    rows = Scored.of(result, result.winner)
    recall, precision, share = rows.operating_point()
    amount, caught = (
        f"{plain(PER_ROWS * share)} alerts per {PER_ROWS:,.0f} rows",
        f"{_percent(recall)} caught",
    )
    if result.missed is not None:  # some of the flags that look wrong are positives without a label
        precision = result.missed.precision.value
    if rows.episodes is not None:
        alerts, found = (result.winner.estimates[n].value for n in ("alerts_per_entity", "entities_caught"))
        labelled = 1.0 if result.missed is None else result.missed.share.share
        precision = float(np.minimum(1.0, rows.right_until_caught() / labelled))
        amount = f"{plain(alerts)} alerts per entity until it is caught"
        caught = f"{_percent(found)} of the entities with a positive caught"
    right = "" if math.isnan(precision) else f", {_one_in(precision)} right"
    return f"{amount}{right}, {caught}"


def opening(result: TrialResult) -> tuple[str, str]:
    """Return the worth and the headline of the verdict, whichever stands first.

    Parameters
    ----------
    result : TrialResult

    Returns
    -------
    first, second : str
        The headline comes first where it says that nothing shows the model to be of use.
    """
    lines = (worth(result), result.verdict.headline)
    return lines if result.verdict.useful else (lines[1], lines[0])


def _saved(result: TrialResult) -> str:
    cost = result.winner.estimates.get("expected_cost")
    if cost is None or not result.idle_cost > 0.0 or not result.cost_of_everything > 0.0:
        return ""
    write = result.primary.write
    nothing, everything = result.idle_cost, result.cost_of_everything
    verb = "Saves" if cost.value <= nothing else "Loses"
    said = f"{verb} {_percent(abs(nothing - cost.value) / nothing)} against flagging nothing "
    said += f"({write(cost.value)} for {write(nothing)})"
    if not result.by_episode:  # what flagging everything spares the entities is not in the rows
        said += f" and {_percent(1.0 - cost.value / everything)} against flagging everything "
        said += f"({write(everything)})"
    return f"{said}: "


def _one_in(precision: float) -> str:
    """Return a share of right alerts in the words of one who answers them.

    Examples
    --------
    >>> _one_in(0.24), _one_in(0.8)
    ('1 in 4', '8 in 10')
    """
    if precision <= 0.0:
        return "none"
    return f"1 in {1.0 / precision:,.0f}" if precision < 0.28 else f"{10.0 * precision:.0f} in 10"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
