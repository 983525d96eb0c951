"""The answer in words: what helped, what is tied, and what so few positives cannot tell."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scarce.decision.enough_positives import TO_CALL_BETTER
from scarce.trial.result import Verdict
from scarce.trial.wording import TRAINED, Wording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scarce.trial.result import ArmResult, Difference, Metric, Stopped


@dataclass(frozen=True)
class Evidence:
    """What a verdict is drawn from.

    Attributes
    ----------
    metric : Metric
        The primary one.
    arms : sequence of ArmResult
        The control first.
    differences : sequence of Difference
        In the primary metric, one for every arm but the control.
    n_positive, n_rows, n_folds, n_repeats : int
        Rows, not weights. Folds are those that are scored.
    prevalence : float
        Weighted share of positives.
    weighted : bool
        Whether rows stand for different numbers of rows, so that the prevalence is not the share of rows.
    order : str
        What else there is to say of the folds, after a comma.
    may_repeat : bool
        Whether other splits of the same rows exist.
    idle_cost : float
        What 10,000 rows cost when nothing is flagged; NaN without costs.
    chosen : str
        How the control was chosen; ``""`` where it was not.
    beside_plain : sequence of Difference
        Treatments minus the plain arm of their own learner, where that is not the control.
    stopped : sequence of Stopped
        Treatments that there was no time for.
    wording : Wording
        What the arms are called.
    """

    metric: Metric
    arms: Sequence[ArmResult]
    differences: Sequence[Difference]
    n_positive: int
    n_rows: int
    n_folds: int
    n_repeats: int
    prevalence: float
    weighted: bool = False
    order: str = ""
    may_repeat: bool = True
    idle_cost: float = math.nan
    chosen: str = ""
    beside_plain: Sequence[Difference] = ()
    stopped: Sequence[Stopped] = ()
    wording: Wording = TRAINED

    @property
    def control(self) -> ArmResult:
        """The arm to beat."""
        return self.arms[0]

    @property
    def treated(self) -> list[Difference]:
        """The differences of the treatments: not of plain arms, which stand beside them."""
        plain = {arm.name for arm in self.arms if arm.learner and not arm.treatment}
        return [d for d in self.differences if d.arm not in plain]

    def arm(self, name: str) -> ArmResult:
        """Return an arm by its name."""
        return next(arm for arm in self.arms if arm.name == name)

    def is_the_control(self, name: str) -> bool:
        """Whether an arm says of every row what the control says, but for rounding."""
        said, control = self.arm(name).recovered, self.control.recovered
        return np.allclose(said, control, rtol=1e-9, atol=1e-9, equal_nan=True)

    def with_outcome(self, outcome: str) -> list[Difference]:
        """Return the differences of one outcome, the largest gain first."""
        sign = -1.0 if self.metric.higher_is_better else 1.0
        chosen = [d for d in self.differences if d.outcome == outcome]
        return sorted(chosen, key=lambda d: sign * d.value)


def conclude(evidence: Evidence, warnings: Sequence[str]) -> Verdict:
    """Return the verdict.

    Parameters
    ----------
    evidence : Evidence
    warnings : sequence of str
        Coded remarks that head it.
    """
    better = evidence.with_outcome("better")
    winner = better[0].arm if better else evidence.control.name
    sentences = [
        _setting(evidence),
        *([evidence.chosen] if evidence.chosen else []),
        *_gains(evidence, better),
        *_losses(evidence),
        *_ties(evidence),
        *_stopped(evidence),
        *_beside_plain(evidence),
        *_resolution(evidence),
    ]
    sentences += [_saved(evidence, winner), *_idle(evidence, winner)]
    return Verdict(_headline(evidence, better), tuple(sentences), tuple(warnings), winner)


def _headline(evidence: Evidence, better: list[Difference]) -> str:
    control, words = evidence.control.estimates[evidence.metric.name].value, evidence.wording
    if evidence.n_positive < TO_CALL_BETTER:
        few = f"Too few positives ({evidence.n_positive})"
        return f"{few} to call any {words.noun} better than {words.beaten}."
    if not evidence.treated:
        return f"{words.alone}: {_score(evidence.metric, control)}."
    if not better:
        if all(d.outcome == "worse" for d in evidence.treated):
            tried = f"{_all(len(evidence.treated), words.noun)}{' not stopped' if evidence.stopped else ''}"
            return f"Keep {words.beaten}: {tried} did worse."
        return f"Tied: no {words.noun} beats {words.beaten} ({_score(evidence.metric, control)})."
    best = better[0]
    gain = _difference(evidence.metric, best)
    return f"{best.arm} beats {words.beaten}: {evidence.metric.label} {gain}."


def _setting(evidence: Evidence) -> str:
    folds = f"{evidence.n_folds} folds" + (
        f" repeated {evidence.n_repeats} times" if evidence.n_repeats > 1 else ""
    )
    opening = f"{evidence.wording.opening}, on "
    if evidence.differences:
        others = _count(len(evidence.treated), evidence.wording.noun)
        opening = f"{others} against {evidence.wording.against}, on the same "
    return (
        f"{opening}{folds}{evidence.order}: {evidence.n_positive:,} positives in {evidence.n_rows:,} rows "
        f"({'weighted ' if evidence.weighted else ''}prevalence {_share(evidence.prevalence)})."
    )


def _gains(evidence: Evidence, better: list[Difference]) -> list[str]:
    if len(better) < 2:
        return []
    return ["Better: " + _listed(evidence, better) + "."]


def _losses(evidence: Evidence) -> list[str]:
    worse = evidence.with_outcome("worse")
    return [f"Worse than {evidence.wording.control}: {_listed(evidence, worse)}."] if worse else []


def _ties(evidence: Evidence) -> list[str]:
    tied = [d for d in evidence.with_outcome("tied") if not _level(d)]
    level = [d.arm for d in evidence.differences if _level(d)]
    same = [name for name in level if evidence.is_the_control(name)]
    others = [name for name in level if name not in same]
    control = evidence.wording.control
    found = [f"Tied with {control}: {_listed(evidence, tied)}."] if tied else []
    if others:
        found.append(f"The same {evidence.metric.label} as {control} in every fold: {', '.join(others)}.")
    shifted = [name for name in same if "logit_shift" in evidence.arm(name).details]
    if same and shifted == same:
        found.append(
            f"Identical to {control} in every fold: {', '.join(same)}; training starts at the best "
            "constant, which absorbs a shift of the one logit."
        )
    elif same:
        found.append(f"Identical to {control} in every fold: {', '.join(same)}.")
    return found


def _stopped(evidence: Evidence) -> list[str]:
    """Name what there was no time for, of which nothing is known."""
    said = ", ".join(f"{one.name} after {one.folds} of {one.of} folds" for one in evidence.stopped)
    return [f"Undecided (stopped for want of time): {said}."] if said else []


def _beside_plain(evidence: Evidence) -> list[str]:
    """Say what treatments did to their own learner, where the control is another."""
    learner_of = {d.arm: evidence.arm(d.arm).learner for d in evidence.beside_plain}
    found = []
    for learner in dict.fromkeys(learner_of.values()):
        own = [d for d in evidence.beside_plain if learner_of[d.arm] == learner]
        said = [
            f"{outcome}: {_listed(evidence, called)}"
            for outcome in ("better", "worse")
            if (called := [d for d in own if d.outcome == outcome])
        ]
        if any(d.outcome == "tied" for d in own):
            said.append("the others are tied with it" if said else "all are tied with it")
        who = "the treatments run" if len(own) == len(evidence.treated) else f"{len(own)} treatments run"
        found.append(f"Beside plain {learner}, on which {who}: {'; '.join(said)}.")
    return found


def _level(difference: Difference) -> bool:
    return difference.low == difference.value == difference.high == 0.0


def _listed(evidence: Evidence, differences: list[Difference]) -> str:
    return "; ".join(f"{d.arm} {_difference(evidence.metric, d)}" for d in differences)


def _resolution(evidence: Evidence) -> list[str]:
    visible = [d.smallest_visible for d in evidence.differences if d.smallest_visible > 0.0]
    if not visible:
        return []
    low, high = (_roughly(v) for v in (min(visible), max(visible)))
    size = low if low == high else f"{low} to {high}, depending on the {evidence.wording.noun},"
    advice = "; more --repeats show smaller ones" if evidence.may_repeat else ""
    return [
        f"A true difference in {evidence.metric.label} smaller than about {size} would probably have been "
        f"missed{advice}."
    ]


def _saved(evidence: Evidence, winner: str) -> str:
    words = evidence.wording
    if not evidence.arm(winner).storable:
        return f"No model file can hold {winner}: its scores and its rule are in the report."
    kept = words.control_kept if winner == evidence.control.name else words.other_kept
    return kept.format(winner)


def _roughly(value: float) -> str:
    """Return a number to two digits, for what is known no better."""
    rounded = float(f"{value:.1e}")
    if not 1e-9 <= rounded < 1e15:
        return f"{rounded:g}"
    return f"{rounded:,.{max(0, 1 - math.floor(math.log10(rounded)))}f}"


def _idle(evidence: Evidence, winner: str) -> list[str]:
    """Say so where the rule that is saved costs more than no rule at all."""
    cost = evidence.arm(winner).estimates[evidence.metric.name].value
    if not evidence.idle_cost < cost:
        return []
    write = evidence.metric.write
    return [
        f"But flagging nothing costs {write(evidence.idle_cost)}, less than its "
        f"{write(cost)}: nothing shows that this rule is worth using."
    ]


def _score(metric: Metric, value: float) -> str:
    return f"{metric.label} {metric.write(value)}"


def _difference(metric: Metric, difference: Difference) -> str:
    value, low, high = (_signed(metric.style, v) for v in (difference.value, difference.low, difference.high))
    return f"{value} (95 % interval {low} to {high})"


def _signed(style: str, value: float) -> str:
    text = style.format(abs(value))
    return ("−" if value < 0 else "+") + text


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" + ("" if n == 1 else "s")


def _all(n: int, noun: str) -> str:
    return f"the one {noun}" if n == 1 else f"all {n} {noun}s"


def _share(value: float) -> str:
    return f"{100 * value:.3g} %"
