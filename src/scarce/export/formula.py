"""How a booster's raw output becomes the posterior, as Python for people to read and to run."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from scarce.calibration import PenalisedLogistic
from scarce.learners.stored.posterior_table import PosteriorTable
from scarce.losses.modulation import CrossEntropy

if TYPE_CHECKING:
    from scarce.bundle.model import Model
    from scarce.losses import SigmoidLoss

IMPORTS = {
    "loads": "from json import loads",
    "exp": "from numpy import exp",
    "logaddexp": "from numpy import logaddexp",
    "load": "from scarce.bundle import load",
    "from_dict": "from scarce.losses import from_dict",
}
WHAT_X_IS = (
    "# X: float64, NaN where missing; its columns are the features of scarce inspect MODEL --json, and a\n"
    "# category is its place in its list from 1, any other word 0"
)


def posterior_formula(model: Model, raw: str) -> str:
    """Return Python that turns a booster's raw output into the posterior, for people to read and to run.

    Parameters
    ----------
    model : Model
        Of one boosted learner.
    raw : str
        The call that gives the raw output of an encoded matrix ``X``.
    """
    member = model.members[0]
    fitted, lines = member.fitted, [WHAT_X_IS, f"raw = {raw}  # the base score is in it"]
    if isinstance(fitted.loss, PosteriorTable):
        what = f"{fitted.loss.describe()} in the model file MODEL"
        lines.append(f"log_odds = load(MODEL).members[0].fitted.loss.log_odds(raw)  # {what}")
    elif _is_plain(fitted.loss):
        lines.append("log_odds = raw")
    else:
        lines.append(f"log_odds = from_dict(loads({_text(fitted.loss)})).log_odds(raw)")
    if fitted.offset:
        lines.append(f"log_odds = {fitted.offset!r} + log_odds")
    for calibration in (member.calibration, model.calibration):
        if not isinstance(calibration, PenalisedLogistic):
            below, above = calibration.slope_below, calibration.slope_above
            logs = f"{above!r} * logaddexp(0, log_odds) - {below!r} * logaddexp(0, -log_odds)"
            lines.append(f"log_odds = {calibration.intercept!r} + {logs}")
        elif (calibration.intercept, calibration.slope) != (0.0, 1.0):
            lines.append(f"log_odds = {calibration.intercept!r} + {calibration.slope!r} * log_odds")
    lines.append("posterior = 1 / (1 + exp(-log_odds))")
    needed = [
        line for name, line in IMPORTS.items() if any(re.search(rf"\b{name}\(", line) for line in lines)
    ]
    return "\n".join([*needed, *lines])


def _is_plain(loss: SigmoidLoss) -> bool:
    """Return whether a loss's raw output is the log-odds: cross-entropy without weights."""
    return loss.modulation == CrossEntropy() and not any(
        (loss.class_weight, loss.logit_shift, loss.logit_scale, loss.label_smoothing)
    )


def _text(part: Any) -> str:
    return repr(json.dumps(part.to_dict()))
