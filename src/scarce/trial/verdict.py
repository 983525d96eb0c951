"""The answer in words: what helped, what makes no difference, and what so few positives cannot tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scarce.decision.enough_positives import TO_CALL_BETTER
from scarce.trial.result import Verdict
from scarce.trial.wording import chosen_numbers, in_digits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scarce.trial.evidence import Evidence
    from scarce.trial.metric import Metric
    from scarce.trial.result import Difference

_NAMED = 4  # arms beside the first, of those that come out best in some resample


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
        *_numbers(evidence),
        *_gains(evidence, better),
        *_losses(evidence),
        *_equals(evidence),
        *_undecided(evidence),
        *_stopped(evidence),
        *_beside_plain(evidence),
        *_resamples(evidence),
    ]
    sentences.append(_saved(evidence, winner))
    headline, useless = _headline(evidence, better), _useless(evidence, winner)
    if useless:
        headline, sentences = useless, [headline, *sentences]
    return Verdict(headline, tuple(sentences), tuple(warnings), winner, useful=not useless)


def _headline(evidence: Evidence, better: list[Difference]) -> str:
    control, words = evidence.control.estimates[evidence.metric.name].value, evidence.wording
    if evidence.n_positive < TO_CALL_BETTER:
        few = f"Too few positives ({evidence.n_positive})"
        return f"{few} to call any {words.noun} better than {words.beaten}."
    if not evidence.treated:
        return f"{words.alone}: {_score(evidence.metric, control)}."
    if not better:
        counts = [
            f"{sum(d.outcome == outcome for d in evidence.treated)} {outcome}"
            for outcome in ("worse", "equivalent", "undecided")
            if any(d.outcome == outcome for d in evidence.treated)
        ]
        counts += [f"{len(evidence.stopped)} stopped"] if evidence.stopped else []
        return f"{', '.join(counts)}: {words.stays} ({_score(evidence.metric, control)})."
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


def _numbers(evidence: Evidence) -> list[str]:
    """Say what was chosen where numbers were open."""
    found = ((arm.name, chosen_numbers(arm.details)) for arm in evidence.arms)
    return [f"Chosen for {name}: {said}." for name, said in found if said]


def _gains(evidence: Evidence, better: list[Difference]) -> list[str]:
    if len(better) < 2:
        return []
    return ["Better: " + _listed(evidence, better) + "."]


def _losses(evidence: Evidence) -> list[str]:
    worse = evidence.with_outcome("worse")
    return [f"Worse than {evidence.wording.control}: {_listed(evidence, worse)}."] if worse else []


def _equals(evidence: Evidence) -> list[str]:
    """Say which arms make no difference that matters, and which none at all."""
    equal = evidence.with_outcome("equivalent")
    near = [d for d in equal if not _level(d)]
    level = [d.arm for d in equal if _level(d)]
    same = [name for name in level if evidence.is_the_control(name)]
    others = [name for name in level if name not in same]
    control = evidence.wording.control
    found = []
    if near:
        margin = evidence.metric.write(near[0].margin)
        found.append(f"Equivalent to {control}, within {margin}: {_listed(evidence, near)}.")
        signed = [f"{d.arm} ({_side(evidence.metric, d)})" for d in near if d.low > 0.0 or d.high < 0.0]
        if signed:
            found.append(f"By less than matters, but surely: {', '.join(signed)}.")
    if others:
        found.append(f"The same {evidence.metric.label} as {control} in every row: {', '.join(others)}.")
    shifted = [name for name in same if "logit_shift" in evidence.arm(name).details]
    if same and shifted == same:
        found.append(
            f"Identical to {control} in every fold: {', '.join(same)}; training starts at the best "
            "constant, which absorbs a shift of the one logit."
        )
    elif same:
        found.append(f"Identical to {control} in every fold: {', '.join(same)}.")
    return found


def _side(metric: Metric, difference: Difference) -> str:
    return "better" if (difference.value > 0.0) == metric.higher_is_better else "worse"


def _undecided(evidence: Evidence) -> list[str]:
    """Say what could not be told, and how much more data would tell it."""
    open_ = evidence.with_outcome("undecided")
    if not open_:
        return []
    unlike = [d for d in open_ if not _level(d)]
    found = _unseen(evidence, [d.arm for d in open_ if _level(d)])
    if unlike:
        found = [f"Undecided: {_listed(evidence, unlike)}.", *found]
    inside = [d.arm for d in unlike if max(-d.low, d.high) <= d.margin]
    if inside:
        found.append(
            "Undecided, though inside the margin, as too few positives are decided otherwise: "
            f"{', '.join(inside)}."
        )
    needed = [d.positives_needed for d in open_ if d.positives_needed > evidence.n_positive]
    margin = evidence.metric.write(open_[0].margin)
    if needed:
        low, high = in_digits(min(needed), 2), in_digits(max(needed), 2)
        size = f"{low} positives"
        if low != high:
            size = f"{low} to {high} positives, depending on the {evidence.wording.noun}"
        found.append(
            f"To see a difference of {margin} four times in five takes about {size}; there are "
            f"{evidence.n_positive:,}."
        )
    if evidence.may_repeat and any(d.split_share > 0.5 for d in open_):
        found.append("Much of that is how the rows were dealt to folds: more --repeats would narrow it.")
    return found


def _unseen(evidence: Evidence, names: list[str]) -> list[str]:
    """Say of arms with other outputs that make no difference on these rows, why that is little."""
    alike = [name for name in names if evidence.decides_as_the_control(name)]
    others = [name for name in names if name not in alike]
    control, found = evidence.wording.control, []
    if alike:
        verb = "decides" if len(alike) == 1 else "decide"
        found.append(
            f"Undecided, as {', '.join(alike)} {verb} every row as {control} does: 0 positives differ, so "
            f"what {'it' if len(alike) == 1 else 'they'} would do elsewhere cannot be known."
        )
    if others:
        found.append(
            f"Undecided, with the same {evidence.metric.label} as {control} in every row, as too few "
            f"positives differ to know of others: {', '.join(others)}."
        )
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
        for outcome in ("equivalent", "undecided"):
            called = [d.arm for d in own if d.outcome == outcome]
            said += [f"{outcome}: {', '.join(called)}"] if called else []
        who = "the treatments run" if len(own) == len(evidence.treated) else f"{len(own)} treatments run"
        found.append(f"Beside plain {learner}, on which {who}: {'; '.join(said)}.")
    return found


def _level(difference: Difference) -> bool:
    return difference.low == difference.value == difference.high == 0.0


def _listed(evidence: Evidence, differences: list[Difference]) -> str:
    return "; ".join(f"{d.arm} {_difference(evidence.metric, d)}" for d in differences)


def _resamples(evidence: Evidence) -> list[str]:
    """Say how often each arm comes out best, for those who must choose whatever is known."""
    often = {d.arm: d.times_best for d in evidence.differences if d.times_best}
    total = evidence.resamples
    control = total - sum(often.values())
    if not often:
        return []
    counts = {evidence.wording.control: control, **often} if control else often
    ranked = sorted(counts.items(), key=lambda item: -item[1])
    (name, most), *rest = ranked
    best = "ranks best" if evidence.metric.higher_is_better else "is the cheapest"
    first = f"{name} {best} in {most:,} of {total:,} resamples of the rows"
    others = [f"{other} in {count:,}" for other, count in rest[:_NAMED]]
    others += ["others in the rest"] if len(rest) > _NAMED else []
    return [f"Where one must choose: {', '.join([first, *others])}."]


def _saved(evidence: Evidence, winner: str) -> str:
    words = evidence.wording
    if not evidence.arm(winner).storable:
        return f"No model file can hold {winner}: its scores and its rule are in the report."
    kept = words.control_kept if winner == evidence.control.name else words.other_kept
    return kept.format(winner)


def _useless(evidence: Evidence, winner: str) -> str:
    """Return the headline where nothing shows that the model is better than none; else nothing."""
    metric, words = evidence.metric, evidence.wording
    if evidence.savings:
        found = evidence.savings[winner]
        if found.interval.low > 0.0:
            return ""
        cost = found.reference - found.interval.value
        return (
            f"Nothing shows that {words.kept} is better than {found.against}: it costs {metric.write(cost)} "
            f"per 10,000 rows, and {found.against} {metric.write(found.reference)}."
        )
    ranked = evidence.arm(winner).estimates["average_precision"]
    if not ranked.low <= evidence.prevalence:
        return ""
    return (
        f"Nothing shows that {words.kept} ranks better than chance: average precision "
        f"{metric.write(ranked.value)}, and chance gives {evidence.prevalence:.3g}."
    )


def _score(metric: Metric, value: float) -> str:
    return f"{metric.label} {metric.write(value)}"


def _difference(metric: Metric, difference: Difference) -> str:
    value, low, high = (metric.signed(v) for v in (difference.value, difference.low, difference.high))
    return f"{value} (95 % interval {low} to {high})"


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" + ("" if n == 1 else "s")


def _share(value: float) -> str:
    return f"{100 * value:.3g} %"
