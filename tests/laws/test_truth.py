"""Every loss of the catalogue against 50 digits, in both types, up to |logit| 1e4."""

from __future__ import annotations

import numpy as np
import pytest
from tests.laws import checks
from tests.laws.cases import CASES, SOFTMAX_CASES, margins
from tests.laws.reference import ldam

from scarce.losses import SoftmaxLoss

FACE = checks.NumPyFace()
TYPES = (np.float64, np.float32)


@pytest.mark.parametrize("dtype", TYPES, ids=lambda t: t.__name__)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_binary_losses_match_50_digits(case, dtype):
    checks.check_against_truth(case, FACE, dtype)


@pytest.mark.parametrize("dtype", TYPES, ids=lambda t: t.__name__)
@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("case", SOFTMAX_CASES, ids=lambda case: case.id)
def test_softmax_losses_match_50_digits(case, n_classes, dtype):
    definition = case.definition
    if case.id == "brier":
        definition = None
    if case.id.startswith("ldam"):
        definition = ldam(margins(n_classes))
    checks.check_rows_against_truth(case.id, case.over(n_classes), definition, n_classes, FACE, dtype)


def test_the_truth_can_fail():
    case = CASES[1]
    wrong = SoftmaxLoss(CASES[3].loss.modulation)
    with pytest.raises(AssertionError, match="value"):
        checks.check_rows_against_truth("wrong", wrong, case.definition, 2, FACE, np.float64)
