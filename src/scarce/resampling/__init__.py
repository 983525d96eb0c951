"""How a fold's training rows are drawn: by their label, by an imbalanced-learn sampler, or several times."""

from scarce.resampling.bagging import BalancedBagging
from scarce.resampling.by_label import OverSampler, Sample, UnderSampler
from scarce.resampling.imbalanced_learn import ImbalancedLearn

__all__ = ["BalancedBagging", "ImbalancedLearn", "OverSampler", "Sample", "UnderSampler"]
