"""The references agree with themselves: each derivative by hand is that of its phi."""

from __future__ import annotations

import mpmath as mp
import pytest
from tests.laws.cases import CASES
from tests.laws.reference import point


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
@pytest.mark.parametrize("y", [0, 1])
def test_every_derivative_by_hand_is_that_of_phi(case, y):
    with mp.workdps(60):
        for m in (-20, -4, mp.mpf("-0.8"), mp.mpf("0.3"), 2, 7):

            def phi(x, y=y):
                return case.definition.phi(*point(x), y)

            at = point(mp.mpf(m))
            first, second = mp.diff(phi, m), mp.diff(phi, m, 2)
            close = mp.mpf(10) ** -15
            assert abs(first - at[2] * at[3] * case.definition.rate(*at, y)) <= close * abs(first)
            scale = abs(second) if case.definition.terms is None else case.definition.terms(*at, y)
            assert abs(second - case.definition.curve(*at, y)) <= close * max(scale, abs(second))
