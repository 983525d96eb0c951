"""The options that shape a trial's result."""

from __future__ import annotations

import numbers
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from scarce.calibration.labelled_share import LabelledShare
from scarce.decision.enough_positives import LEAST_SHARE
from scarce.errors import ScarceError
from scarce.learners.portfolio import name_of
from scarce.trial.deadline import seconds_of
from scarce.trial.margin import Margin
from scarce.trial.methods import named

if TYPE_CHECKING:
    from scarce.decision.cost_range import CostRange
    from scarce.decision.rule_choice import RuleChoice
    from scarce.trial.methods import Method

TUNE_BY = ("log_loss", "average_precision", "expected_cost")
"""What open numbers can be chosen by."""


@dataclass(frozen=True)
class TrialConfig:
    """Every choice that changes what a trial finds.

    Parameters
    ----------
    methods : tuple
        Treatments to try beside the control: names such as ``"focal:gamma=2"`` or
        ``"undersample:ratio=10+focal:gamma=1"``, a `SigmoidLoss`, a sampler, or a
        `scarce.learners.base.Treatment`; empty for the default ones.
    learners : tuple of str, estimator or (str, estimator)
        Plain learners that the control is chosen among, such as ``"lightgbm"`` or a scikit-learn classifier;
        empty for the portfolio.
    folds : int
        Folds of each repeat, at least 2; reduced when there are fewer positives.
    repeats : int
        Repeats of the whole cross-validation with other splits.
    seed : int
        Seed of the splits, the boosters and the bootstrap.
    prior : float or None
        Share of positives where the model will be used, at least 1e-9 from 0 and from 1; None takes that of
        the (weighted) data.
    margin : str, float or None
        The difference in the primary metric that would matter, as a share of the control's figure such as
        ``"5%"``, or in the metric's unit; None is 5 % of a cost, or .01 of the average precision.
    max_rounds : int
        The most rounds of boosting; LightGBM's are half as many on tables of 10,000 rows or more.
    replicates : int
        Bootstrap replicates behind each interval.
    rule : RuleChoice or None
        The rule that the model is to decide by; None takes that of the costs, or without costs the best F1.
    cost_range : CostRange or None
        Where the costs lie, if they are known only between two ends; the data set has those of the middle.
    budget : float or None
        Seconds that the trial may take; arms are stopped where they do not suffice for all.
    demo_sample : bool
        Whether the data is the embedded demo sample, which the report then says.
    tune_by : str
        By which metric numbers written ``auto`` are chosen: ``"log_loss"``, ``"average_precision"`` or, with
        costs, ``"expected_cost"``.
    labelled_share : LabelledShare, float, str or None
        Share of the positives that carry their label, with a band, such as ``0.8`` or ``"0.7..0.9"``; None
        where all of them do.

    Raises
    ------
    ScarceError
        ``E301`` for an option outside its domain, ``E315`` for a prior next to 0 or 1, ``E328`` for a margin,
        ``E376`` for a share that cannot be read, ``E378`` for one beside a prior, ``E381`` for a budget.

    Examples
    --------
    >>> TrialConfig(folds=3).folds
    3
    """

    methods: tuple[Method, ...] = ()
    learners: tuple[Any, ...] = ()
    folds: int = 5
    repeats: int = 1
    seed: int = 0
    prior: float | None = None
    margin: str | float | None = None
    max_rounds: int = 400
    replicates: int = 500
    rule: RuleChoice | None = None
    cost_range: CostRange | None = None
    demo_sample: bool = False
    labelled_share: LabelledShare | None = None
    budget: float | None = None
    tune_by: str = "log_loss"

    def __post_init__(self) -> None:
        """Check every domain once, where the values come in."""
        for name, least in (
            ("folds", 2),
            ("repeats", 1),
            ("seed", 0),
            ("max_rounds", 1),
            ("replicates", 50),
        ):
            value = getattr(self, name)
            if not isinstance(value, numbers.Integral) or value < least:
                raise ScarceError("E301", option=name, value=value, allowed=f"an integer of at least {least}")
        if self.tune_by not in TUNE_BY:
            raise ScarceError("E301", option="tune_by", value=self.tune_by, allowed=", ".join(TUNE_BY))
        if self.margin is not None:
            Margin.parse(self.margin)
        if self.prior is not None and not 0.0 < self.prior < 1.0:
            raise ScarceError("E301", option="prior", value=self.prior, allowed="a number between 0 and 1")
        if self.prior is not None and not LEAST_SHARE <= self.prior <= 1.0 - LEAST_SHARE:
            raise ScarceError("E315", prior=self.prior, least=LEAST_SHARE)
        if self.budget is not None:
            seconds_of(self.budget)
        if self.labelled_share is None:
            return
        if not isinstance(self.labelled_share, LabelledShare):
            object.__setattr__(self, "labelled_share", LabelledShare.of(self.labelled_share))
        if self.prior is not None:
            raise ScarceError("E378", share=self.labelled_share, prior=self.prior)

    def to_dict(self) -> dict[str, Any]:
        """Return the options as JSON-able values."""
        options = {field.name: getattr(self, field.name) for field in fields(self)}
        share = options.pop("labelled_share")
        if self.budget is None:
            del options["budget"]
        return {
            **options,
            **({} if share is None else {"labelled_share": share.to_dict()}),
            "methods": [named(method) for method in self.methods],
            "learners": [name_of(learner) for learner in self.learners],
            "cost_range": None if self.cost_range is None else self.cost_range.text,
            "rule": None if self.rule is None else f"{self.rule.option}={self.rule.written()}",
        }
