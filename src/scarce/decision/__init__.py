"""Decisions: costs, exact cuts, and the rules that turn log-odds into flags.

>>> from scarce.decision import Costs, fit_cost_rule
>>> fit_cost_rule([2.0, -1.0, -5.0], [1, 1, 0], Costs(fn=10.0, fp=1.0)).describe()
'flag when p > 0.09091 (fn=10,fp=1; the cut that the costs give)'
"""

from __future__ import annotations

from scarce.decision.aims import (
    fit_capacity,
    fit_f_beta,
    fit_false_positive_rate_at_most,
    fit_precision_at_least,
    fit_recall_at_least,
)
from scarce.decision.cost_fitting import fit_cost_rule
from scarce.decision.costs import Costs, CostSpec
from scarce.decision.multiclass import least_expected_cost
from scarce.decision.neyman_pearson import fit_neyman_pearson
from scarce.decision.rules import CapacityRule, CostRule, CutRule, Rule, rule_from_dict

__all__ = [
    "CapacityRule",
    "CostRule",
    "CostSpec",
    "Costs",
    "CutRule",
    "Rule",
    "fit_capacity",
    "fit_cost_rule",
    "fit_f_beta",
    "fit_false_positive_rate_at_most",
    "fit_neyman_pearson",
    "fit_precision_at_least",
    "fit_recall_at_least",
    "least_expected_cost",
    "rule_from_dict",
]
