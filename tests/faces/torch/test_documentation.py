"""What the docstrings of modules and functions say of a loss comes from its entry in the catalogue."""

from __future__ import annotations

import subprocess
import sys

import pytest
from tests.losses.test_catalog import NEW_LOSS

USE = """
import torch
import scarce.torch
from scarce.torch import functional
from scarce.torch.modules import _module

module = _module("SoftmaxSteepLoss", "steep", "softmax")
z, t = torch.zeros(2, 3), torch.tensor([0, 2])
assert module(steepness=2.0)(z, t) == functional.softmax_steep(z, t, steepness=2.0) == functional.focal(z, t)
print((module if {module} else functional.softmax_steep).__doc__)
"""


@pytest.mark.parametrize("module", [True, False], ids=["module", "function"])
def test_a_loss_with_new_parameters_has_its_module_its_function_and_their_docstrings(module):
    program = NEW_LOSS + USE.format(module=module)
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    lines = [line.strip() for line in run.stdout.splitlines()]
    at = lines.index("steepness : float, default 3.0")
    assert lines[at + 1 : at + 3] == ["At least 0; how steep it is.", "kink : float, default 1.0"]
    assert lines[at + 3].partition(" : ")[0] in ("class_weight", "**settings")  # an undescribed one is listed
