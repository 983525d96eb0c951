"""Focal loss of a gamma of either sign, in NumPy: against 50 digits, differences, and its two halves."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest

from scarce.losses.formulas import Formulas, point
from scarce.losses.modulation import Focal
from scarce.losses.namespace import NUMPY
from scarce.losses.signed_focal import INVERSE, SIGNED, STEEPEST

MARGINS = np.array([-30.0, -8.0, -2.5, -0.3, 0.0, 0.7, 3.0, 9.0, 30.0])
GAMMAS = (-3.4, -2.0, -0.7, -0.1, 0.0, 0.2, 1.0, 4.5)


def true_phi(m, gamma):
    p = 1 / (1 + mp.e**-m)
    factor = (1 + p) ** -gamma if gamma < 0 else (1 / (1 + mp.e**m)) ** gamma
    return -factor * mp.log(p)


def found_at(margins, gamma, formulas=SIGNED):
    at = point(NUMPY, margins)
    return Formulas(*(formula(*at, np.full_like(margins, gamma)) for formula in formulas.over(NUMPY)))


@pytest.mark.parametrize("gamma", GAMMAS)
def test_every_formula_is_right_to_twelve_digits(gamma):
    found = found_at(MARGINS, gamma)
    with mp.workdps(50):
        for k, margin in enumerate(MARGINS):
            m, g = mp.mpf(float(margin)), mp.mpf(gamma)
            phi, first, second = (mp.diff(lambda x, g=g: true_phi(x, g), m, n) for n in (0, 1, 2))
            scale = abs(first) + abs(second)
            assert abs(found.phi[k] - phi) <= 1e-12 * abs(phi)
            assert abs(found.slope[k] + first) <= 1e-12 * abs(first)
            assert abs(found.curvature[k] - second) <= 1e-12 * scale
            q = 1 / (1 + mp.e**m)
            assert abs(found.log_a[k] - mp.log(-first / q)) <= 1e-12 * (1 + abs(mp.log(q)))


def test_one_call_takes_gammas_of_both_signs():
    margins = np.linspace(-4.0, 4.0, 9)
    gammas = np.linspace(-3.0, 3.0, 9)
    at = point(NUMPY, margins)
    for signed, focal, inverse in zip(
        *(of.over(NUMPY) for of in (SIGNED, Focal.formulas, INVERSE)), strict=True
    ):
        below = inverse(*at, np.maximum(-gammas, 0.0))
        expected = np.where(gammas < 0.0, below, focal(*at, np.maximum(gammas, 0.0)))
        np.testing.assert_array_equal(signed(*at, gammas), expected)


def test_at_gamma_0_it_is_cross_entropy_from_both_sides():
    for gamma in (-1e-12, 0.0, 1e-12):
        np.testing.assert_allclose(found_at(MARGINS, gamma).phi, np.logaddexp(0.0, -MARGINS), rtol=1e-9)


def test_beyond_the_steepest_gamma_the_loss_rises_with_p():
    at = point(NUMPY, np.linspace(-3.0, 3.0, 601))
    assert (SIGNED.slope(NUMPY, *at, np.full(601, STEEPEST)) > 0.0).all()
    assert (SIGNED.slope(NUMPY, *at, np.full(601, STEEPEST - 0.2)) < 0.0).any()
