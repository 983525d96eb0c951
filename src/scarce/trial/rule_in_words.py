"""A decision rule as one would tell it to a person; its formula is `describe`'s."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scarce.decision.arrays import expit
from scarce.decision.capacity import CapacityRule
from scarce.decision.cost_rule import CostRule, factor_of
from scarce.evaluation.decisions import PER_ROWS
from scarce.trial.wording import MINUS, plain

if TYPE_CHECKING:
    from scarce.decision.costs import CostSpec
    from scarce.decision.rules import Rule

_POSITIVE, _NEGATIVE = "its probability of being positive", "its probability of being negative"


def in_words(rule: Rule) -> str:
    """Return a rule as a sentence without a formula.

    Parameters
    ----------
    rule : CostRule, CutRule or CapacityRule

    Returns
    -------
    str

    Examples
    --------
    >>> from scarce.decision.costs import CostSpec
    >>> print(in_words(CostRule(spec=CostSpec(fn=95.0, fp=5.0))))
    Flag a row when its probability of being positive is more than 5 %.
    """
    if isinstance(rule, CostRule):
        return _by_cost(rule)
    least = _percent(rule.threshold())
    if isinstance(rule, CapacityRule):
        many = rule.words or f"{plain(PER_ROWS * rule.share, 4)} in {PER_ROWS:,.0f} rows"
        likeliest = f"Flag the likeliest rows ({many}): those whose probability of being positive"
        return f"{likeliest} is more than {least}."
    return f"Flag a row when {_POSITIVE} is more than {least}."


def _by_cost(rule: CostRule) -> str:
    spec = rule.spec
    if spec is not None and not spec.columns:
        return _by_fixed_cost(rule, spec)
    flag = f"Flag a row when {_comparison(rule, spec)}."
    if rule.review > 0.0:
        price = plain(rule.review, 15)
        return (
            "Have a row reviewed when flagging it and letting it pass are both expected to cost more than "
            f"{price}. {flag.replace('a row', 'another row')}"
        )
    return flag


def _by_fixed_cost(rule: CostRule, spec: CostSpec) -> str:
    cut = rule.threshold()
    if rule.review <= 0.0:
        return f"Flag a row when {_POSITIVE} is more than {_percent(cut)}."
    ends = spec.resolve({}).cuts_of_review(rule.review)
    low, high = (float(end) for end in expit(np.array(ends, dtype=np.float64)))
    rest = "flag it above and let it pass below"
    if not low <= cut <= high:
        rest = f"flag any other row above {_percent(cut)}"
    return f"Have a row reviewed when {_POSITIVE} is between {_percent(low)} and {_percent(high)}; {rest}."


def _comparison(rule: CostRule, spec: CostSpec | None) -> str:
    """Compare what a miss and a false alarm are expected to cost, the factor put into a number."""
    factor = factor_of(rule.cut)
    miss = "the cost of a miss" if spec is None else _difference(spec.fn, spec.tp)
    alarm = "the cost of a false alarm" if spec is None else _difference(spec.fp, spec.tn)
    left = f"{_POSITIVE} times {miss if isinstance(miss, str) else plain(miss, 15)}"
    if isinstance(alarm, str):
        scaled = "" if factor == 1.0 else f"{plain(factor)} times "
        return f"{left} is more than {scaled}{_NEGATIVE} times {alarm}"
    times = alarm if factor == 1.0 else float(f"{factor * alarm:.3g}")
    return f"{left} is more than {'' if times == 1.0 else f'{plain(times, 15)} times '}{_NEGATIVE}"


def _difference(wrong: float | str, right: float | str) -> float | str:
    if right == 0.0:
        return wrong
    if isinstance(wrong, str) or isinstance(right, str):
        ends = (end if isinstance(end, str) else plain(end, 15) for end in (wrong, right))
        return f"({f' {MINUS} '.join(ends)})"
    return wrong - right


def _percent(share: float) -> str:
    return f"{plain(100.0 * share, 4)} %"
