"""Curves and shares are those of the formulas, and of sums made by hand."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest

from scarce.losses import get
from scarce.tuning.curves import curve, shares

GAMMAS = (0.0, 0.5, 2.0, 4.0)
P = (1e-6, 0.01, 0.3, 0.5, 0.9, 0.999999)


@pytest.mark.parametrize("gamma", GAMMAS)
def test_loss_and_gradient_are_those_of_the_formula(gamma: float) -> None:
    found = curve(get("focal", gamma=gamma), P)
    for p, loss, gradient in zip(*found, strict=True):
        with mp.workdps(50):

            def phi(z: mp.mpf) -> mp.mpf:
                own = 1 / (1 + mp.exp(-z))
                return -((1 - own) ** mp.mpf(gamma)) * mp.log(own)

            z = mp.log(mp.mpf(p) / (1 - mp.mpf(p)))
            truth = float(phi(z)), abs(float(mp.diff(phi, z)))
        assert (loss, gradient) == pytest.approx(truth, rel=1e-9)


@pytest.mark.parametrize("gamma", GAMMAS)
def test_shares_are_those_of_sums_made_by_hand(gamma: float) -> None:
    rng = np.random.default_rng(0)
    p, target, weight = rng.uniform(0.001, 0.9, 50), rng.integers(0, 2, 50), rng.uniform(0.5, 3.0, 50)
    easy = (target == 0) & (p < 0.3)
    weights = (0.4, 2.5)
    of_easy = whole = 0.0
    for row in range(50):
        own = p[row] if target[row] else 1.0 - p[row]
        loss = -weight[row] * weights[target[row]] * (1.0 - own) ** gamma * math.log(own)
        whole += loss
        of_easy += loss * easy[row]
    loss = get("focal", gamma=gamma, class_weight=weights)
    found = shares(loss, np.log(p / (1.0 - p)), target, easy, weight)
    assert 0.0 < found.loss == pytest.approx(of_easy / whole, rel=1e-10)
    slope = curve(get("focal", gamma=gamma), np.where(target == 1, p, 1.0 - p)).gradient
    slope *= weight * np.array(weights)[target]
    assert found.gradient == pytest.approx(slope[easy].sum() / slope.sum(), rel=1e-10)


def test_a_row_of_weight_two_is_the_row_twice_and_parts_add_up_to_the_whole() -> None:
    logits, target = np.array([-3.0, -1.0, 0.5]), np.array([0, 0, 1])
    loss, easy = get("focal"), np.array([True, False, False])
    twice = shares(loss, logits[[0, 0, 1, 2]], target[[0, 0, 1, 2]], easy[[0, 0, 1, 2]])
    assert shares(loss, logits, target, easy, [2.0, 1.0, 1.0]) == pytest.approx(twice)
    rest = shares(loss, logits, target, ~easy, [2.0, 1.0, 1.0])
    assert np.add(twice, rest) == pytest.approx([1.0, 1.0])


def test_there_is_no_share_of_nothing() -> None:
    found = shares(get("focal", gamma=4.0), [-2000.0], [0], [True])
    assert math.isnan(found.loss)
