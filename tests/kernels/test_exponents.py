"""Whole powers are found, and are powers."""

from __future__ import annotations

import numpy as np
import pytest

from scarce.kernels.exponents import words_for
from scarce.kernels.vocabulary import VOCABULARY, WHOLE, numba, whole_power
from scarce.losses import get


@numba.njit
def raised(x, exponent):
    return whole_power(x, np.float32(0.0), exponent)


@pytest.mark.parametrize("exponent", range(8))
def test_whole_powers_are_powers(exponent):
    for x in np.array([0.0, 1e-4, 0.3, 0.999, 1.0], np.float32):
        assert raised(x, np.float32(exponent)) == pytest.approx(float(x) ** exponent, rel=1e-6)


@pytest.mark.parametrize(
    ("name", "parameters", "words"),
    [
        ("cross_entropy", {}, WHOLE),
        ("focal", {"gamma": 2.0}, WHOLE),
        ("focal", {"gamma": 6.0}, WHOLE),
        ("focal", {"gamma": 7.0}, VOCABULARY),
        ("focal", {"gamma": 1.5}, VOCABULARY),
        ("asymmetric", {"gamma_negative": 4.0, "gamma_positive": 1.0}, WHOLE),
        ("asymmetric", {"gamma_negative": 4.0, "gamma_positive": 0.5}, VOCABULARY),
        ("generalized_cross_entropy", {"q": 0.7}, VOCABULARY),
        ("poly_focal", {"gamma": 1.0, "epsilon": 0.3}, WHOLE),
    ],
)
def test_the_words_follow_from_the_exponents_of_both_classes(name, parameters, words):
    modulation = get(name, **parameters).modulation
    sides = zip(*(row * (3 - len(row)) for row in modulation.parameters()), strict=True)
    assert words_for(modulation.formulas, *(tuple(side) for side in sides or [()])) is words
