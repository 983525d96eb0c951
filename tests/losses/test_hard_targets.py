"""The short way through a rule where every target is 0 or 1."""

from __future__ import annotations

import numpy as np
import pytest

from scarce.losses.modulation import Brier, CrossEntropy, DetachedFocal, Focal, GeneralizedCrossEntropy, Poly
from scarce.losses.namespace import NUMPY
from scarce.losses.rules import TargetRule

U = np.array([-np.inf, -1e4, -30.0, -1.0, 0.0, 0.5, 20.0, 800.0, np.inf])
MODULATIONS = (
    CrossEntropy(),
    Focal(1.5),
    DetachedFocal(2.0),
    Poly(0.5),
    GeneralizedCrossEntropy(0.7),
    Brier(),
)


@pytest.mark.parametrize("target", [0.0, 1.0])
@pytest.mark.parametrize("weights", [(1.0, 1.0), (1e6, 1e-6), (0.0, 2.0)], ids=str)
@pytest.mark.parametrize("modulation", MODULATIONS, ids=lambda modulation: modulation.name)
def test_one_side_of_a_hard_target_is_both(modulation, weights, target):
    rule = TargetRule(NUMPY, weights, 0.0, modulation)
    assert rule.is_of_one_margin
    given = np.full(U.shape, target)
    for short, long in zip(rule.both_of_hard(U, given), rule.both(U, given), strict=True):
        np.testing.assert_allclose(short, long, rtol=1e-15, atol=0.0)


def test_smoothed_targets_need_both_sides():
    assert not TargetRule(NUMPY, (1.0, 1.0), 0.1, Focal(2.0)).is_of_one_margin
