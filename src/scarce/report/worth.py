"""What the model that is kept is worth, in the user's units: the first line a person reads."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from scarce.evaluation.decisions import PER_ROWS
from scarce.report.scales import plain
from scarce.report.scored import Scored

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
        One sentence, of rows that neither the model nor its cut has seen.
    """
    recall, precision, share = Scored.of(result, result.winner).operating_point()
    if result.missed is not None:  # some of the flags that look wrong are positives without a label
        precision = result.missed.precision.value
    right = "" if math.isnan(precision) else f", {_percent(precision)} of them right"
    flags = f"{plain(PER_ROWS * share)} flags{right}, {_percent(recall)} of the positives caught"
    return f"Of {PER_ROWS:,.0f} new rows: {_saved(result)}{flags}."


def _saved(result: TrialResult) -> str:
    cost = result.winner.estimates.get("expected_cost")
    if cost is None or math.isnan(result.idle_cost):
        return ""
    gain = result.idle_cost - cost.value
    write = result.primary.write
    verb = "saves" if gain >= 0 else "loses"
    return f"it {verb} {write(abs(gain))} against flagging nothing ({write(result.idle_cost)}), with "


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
