"""What each treatment did: the weights a treatment resolved to, and what its raw output means.

Of `ArmResult.details` these keys get words of their own, all optional: ``class_weight`` (negative,
positive), ``logit_shift`` (the same), ``loss_share`` (share of the loss that the positives have at the base
score, in [0, 1]), ``base_score`` (a logit), and of open numbers ``chosen``, ``chosen_for_folds`` and
``fits``. Anything else that is text or a number is listed under its own name.
"""

from __future__ import annotations

import math
import numbers
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.decision.arrays import expit
from scarce.report.figures.frame import Line
from scarce.report.figures.reliability import recovery
from scarce.report.picture import Panel
from scarce.report.scales import percent, times
from scarce.trial.wording import chosen_numbers, plain

if TYPE_CHECKING:
    import numpy.typing as npt

    from scarce.report.picture import StageRatios
    from scarce.report.pictures import Pictures
    from scarce.report.scored import Scored
    from scarce.trial.arm_result import ArmResult
    from scarce.trial.result import TrialResult

    FloatArray = npt.NDArray[np.float64]

_OWN_COLUMN = ("class_weight", "logit_shift", "loss_share", "base_score", "chosen", "fits")
_POINTS = 40
_WIDTH = 230.0


@dataclass(frozen=True)
class Treatment:
    """One line of the table: a name, what it is, and what it came to."""

    name: str
    summary: str
    facts: tuple[tuple[str, str], ...]
    ratios: tuple[str, ...]


def treatments(result: TrialResult, pictures: Pictures) -> list[Treatment]:
    """Return what each arm's parameters came to on this data."""
    return [
        Treatment(arm.name, arm.summary, tuple(_facts(arm)), _ratios(ratios, result.trained))
        for arm, ratios in ((arm, pictures.ratios[arm.name]) for arm in result.arms)
    ]


def _ratios(ratios: StageRatios, trained: bool) -> tuple[str, ...]:
    recovered = (ratios.recovered,) if trained else ()  # a score made elsewhere is read as it came
    return tuple(times(ratio) for ratio in (ratios.raw, *recovered, ratios.calibrated))


def _facts(arm: ArmResult) -> list[tuple[str, str]]:
    details, found = arm.details, []
    pair = _pair(details.get("class_weight"))
    if pair is not None and pair[0] != pair[1]:
        ratio = f" (1 to {plain(pair[1] / pair[0])})" if pair[0] > 0 else ""
        found.append(("weights", f"negative {plain(pair[0])}, positive {plain(pair[1])}{ratio}"))
    pair = _pair(details.get("logit_shift"))
    if pair is not None:
        found.append(("shift of the logits", f"negative {plain(pair[0])}, positive {plain(pair[1])}"))
    if _is_number(details.get("loss_share")):
        found.append(("positives' share of the loss at the start", percent(details["loss_share"])))
    if _is_number(details.get("base_score")):
        found.append(("base score (logit)", plain(round(details["base_score"], 6))))
    if said := chosen_numbers(details):
        found.append(("chosen", f"{said} ({details['fits']} fits to choose)"))
    for name in sorted(set(details) - set(_OWN_COLUMN)):
        value = details[name]
        if isinstance(value, str) or _is_number(value):
            found.append((name.replace("_", " "), value if isinstance(value, str) else plain(value)))
    if arm.learner:
        found.insert(0, ("learner", arm.learner))
    if len(set(arm.steps)) > 1 or max(arm.steps, default=1) > 1:
        low, high = (f"{step:.3g}" for step in (min(arm.steps), max(arm.steps)))
        found.append(("rounds, or penalty", low if low == high else f"{low} to {high}"))
    return found


def _pair(value: Any) -> tuple[float, float] | None:
    """Return (negative, positive) from a list, an array or a mapping of two numbers."""
    if isinstance(value, dict):
        value = list(value.values())
    if value is None or isinstance(value, str) or _is_number(value) or len(value) != 2:
        return None
    return float(value[0]), float(value[1])


def _is_number(value: object) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def readings(result: TrialResult, pictures: Pictures) -> list[Panel]:
    """Draw what each arm's raw output means, and say it for a row of average risk."""
    maps = {arm.name: _map(pictures.rows[arm.name]) for arm in result.arms}
    lowest = min(float(expit(z).min()) for pair in maps.values() for z in pair)
    domain = (10.0 ** math.floor(math.log10(min(max(lowest, 1e-5), 0.1))), 1.0)
    panels = []
    for index, arm in enumerate(result.arms):
        raw, recovered = maps[arm.name]
        mark = _mark(raw, recovered, result.prevalence)
        says = "" if mark is None else f"{percent(mark[0])} stands for {percent(mark[1])}"
        line = Line(expit(raw), expit(recovered))
        panels.append(
            Panel(arm.name, says, recovery(line, mark, domain, _WIDTH, f"recovery-{index}", arm.name))
        )
    return panels


def _map(rows: Scored) -> tuple[FloatArray, FloatArray]:
    """Return raw output and recovered log-odds along the range seen, averaged over the folds."""
    finite = np.isfinite(rows.recovered) & np.isfinite(rows.raw)
    raw, recovered = rows.raw[finite], rows.recovered[finite]
    if recovered.size == 0:
        return np.zeros(1), np.zeros(1)
    low, high = np.quantile(recovered, (0.001, 0.9999))
    edges = np.linspace(low, max(high, low + 1e-6), _POINTS + 1)
    place = np.digitize(recovered, edges) - 1
    inside = (place >= 0) & (place < _POINTS)
    count = np.bincount(place[inside], minlength=_POINTS)
    some = count > 0
    mean_raw, mean_recovered = (
        np.bincount(place[inside], weights=z[inside], minlength=_POINTS)[some] / count[some]
        for z in (raw, recovered)
    )
    return mean_raw, mean_recovered


def _mark(raw: FloatArray, recovered: FloatArray, prevalence: float) -> tuple[float, float] | None:
    """Return how the raw output reads where the truth is the prevalence; None outside the range seen."""
    truth = math.log(prevalence) - math.log1p(-prevalence)
    if not recovered[0] < truth < recovered[-1]:
        return None
    return float(expit(np.interp([truth], recovered, raw))[0]), prevalence
