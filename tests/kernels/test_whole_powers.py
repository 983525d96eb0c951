"""Whole powers are found, and are powers."""

from __future__ import annotations

import numpy as np
import pytest

from scarce.kernels.cpu_compiler import numba
from scarce.kernels.cpu_words_of_whole_powers import power
from scarce.kernels.whole_powers import in_whole_powers
from scarce.losses import get


@numba.njit
def raised(x, exponent):
    return power(x, np.float32(0.0), exponent)


@pytest.mark.parametrize("exponent", range(8))
def test_whole_powers_are_powers(exponent):
    for x in np.array([0.0, 1e-4, 0.3, 0.999, 1.0], np.float32):
        assert raised(x, np.float32(exponent)) == pytest.approx(float(x) ** exponent, rel=1e-6)


@pytest.mark.parametrize(
    ("name", "parameters", "whole"),
    [
        ("cross_entropy", {}, True),
        ("focal", {"gamma": 2.0}, True),
        ("focal", {"gamma": 6.0}, True),
        ("focal", {"gamma": 7.0}, False),
        ("focal", {"gamma": 1.5}, False),
        ("asymmetric", {"gamma_negative": 4.0, "gamma_positive": 1.0}, True),
        ("asymmetric", {"gamma_negative": 4.0, "gamma_positive": 0.5}, False),
        ("generalized_cross_entropy", {"q": 0.7}, False),
        ("poly_focal", {"gamma": 1.0, "epsilon": 0.3}, True),
    ],
)
def test_whether_powers_are_whole_follows_from_the_parameters_of_both_classes(name, parameters, whole):
    modulation = get(name, **parameters).modulation
    sides = zip(*(row * (3 - len(row)) for row in modulation.parameters()), strict=True)
    assert in_whole_powers(modulation.formulas, *(tuple(side) for side in sides or [()])) is whole
