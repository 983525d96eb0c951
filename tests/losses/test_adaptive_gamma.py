"""AdaFocal's update beside the algorithm of its paper, written down once more, row by row."""

from __future__ import annotations

import math

import numpy as np
import pytest

from scarce.losses.adaptive_gamma import adafocal, bin_of


def plainly(gammas, confidence, is_right, rate, switch, lowest, highest):
    """Return gammas and edges, with loops only."""
    rows = sorted(confidence)
    n, bins = len(rows), len(gammas)
    edges = []
    for k in range(1, bins):
        place = min(k * n / bins, n - 1)
        below = int(place)
        above = min(below + 1, n - 1)
        edges.append(rows[below] + (place - below) * (rows[above] - rows[below]))
    moved = []
    for k, gamma in enumerate(gammas):
        low = edges[k - 1] if k else -math.inf
        high = edges[k] if k < bins - 1 else math.inf
        inside = [i for i in range(n) if low <= confidence[i] < high]
        sure = sum(confidence[i] for i in inside) / max(len(inside), 1)
        right = sum(is_right[i] for i in inside) / max(len(inside), 1)
        new = gamma * math.exp(rate * (sure - right) * (1 if gamma > 0 else -1))
        if abs(new) < switch:
            new = -switch if new > 0 else switch
        moved.append(min(max(new, lowest), highest))
    return moved, edges


@pytest.mark.parametrize("seed", range(20))
def test_the_update_is_that_of_the_paper(seed):
    rng = np.random.default_rng(seed)
    n, bins = int(rng.integers(1, 60)), int(rng.integers(1, 9))
    confidence = rng.choice([rng.uniform(0.3, 1.0, n), rng.integers(2, 9, n) / 8.0])
    is_right = (rng.random(n) < 0.6).astype(float)
    gammas = rng.choice([-1.9, -0.21, 0.21, 1.0, 19.5], bins)
    settings = {"rate": float(rng.uniform(0.5, 3.0)), "switch": 0.2, "lowest": -2.0, "highest": 20.0}
    found, edges = adafocal(gammas, confidence, is_right, **settings)
    expected, ends = plainly(gammas.tolist(), confidence.tolist(), is_right.tolist(), **settings)
    np.testing.assert_allclose(edges, ends, rtol=1e-12)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_twice_the_rows_are_the_same_rows_where_bins_end_between_them():
    confidence, is_right = np.array([0.5, 0.5, 0.9, 0.9]), np.array([1.0, 0.0, 1.0, 0.0])
    settings = {"rate": 1.0, "switch": 0.2, "lowest": -2.0, "highest": 20.0}
    once = adafocal(np.ones(2), confidence, is_right, **settings)
    twice = adafocal(np.ones(2), np.tile(confidence, 2), np.tile(is_right, 2), **settings)
    np.testing.assert_allclose(once[0], twice[0])


def test_an_edge_belongs_to_the_bin_above():
    assert bin_of(np.array([0.2, 0.5, 0.500001, 0.8]), np.array([0.5, 0.8])).tolist() == [0, 1, 1, 2]
