"""A loss that is added to the catalogue has its modules, functions and docstrings, and computes."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch
from tests.kernels.test_class_parameters import FourTerms, ThreeTerms
from tests.losses.test_catalog import NEW_LOSS

from scarce.losses import get
from scarce.losses.catalog import CATALOG, Entry
from scarce.losses.modulation import MODULATIONS
from scarce.torch.loss_module import LossModule

USE = """
import sys
import torch
sys.path.insert(0, {tools!r})
from make_losses import torch_functional, torch_losses

made = {{"__name__": "made"}}
exec(torch_losses(), made)
exec(torch_functional(), made)
module, function = made["SoftmaxSteepLoss"], made["softmax_steep"]
z, t = torch.zeros(2, 3), torch.tensor([0, 2])
assert module(steepness=2.0)(z, t) == function(z, t, steepness=2.0) == made["focal"](z, t)
print(module.__doc__, function.__doc__, sep="\\f")
"""


def test_a_loss_with_new_parameters_has_its_module_its_function_and_their_docstrings(root):
    program = NEW_LOSS + USE.format(tools=str(root / "tools"))
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    module, function = run.stdout.split("\f")
    for docstring in (module, function):
        lines = [line.strip() for line in docstring.splitlines()]
        at = lines.index("steepness : float, default 3.0")
        assert lines[at + 1 : at + 3] == ["At least 0; how steep it is.", "kink : float, default 1.0"]
        assert lines[at + 3].startswith("class_weight")  # an undescribed one is listed


SHAPES = {"few classes": (30, 5), "many classes": (20, 101), "images": (2, 3, 9, 8)}
CASES = [
    pytest.param(terms, kind, shape, dtype, id=f"{terms.name}, {kind}, {name}, {dtype}")
    for terms in (ThreeTerms, FourTerms)
    for kind in ("softmax", "sigmoid")
    for name, shape in SHAPES.items()
    for dtype in (torch.float32, torch.float64)
    # A kernel is compiled anew for each: the more terms meet every shape, the fewer one.
    if terms is FourTerms or dtype == torch.float64 or name == "few classes"
]


@pytest.mark.parametrize(("terms", "kind", "shape", "dtype"), CASES)
def test_a_modulation_with_many_parameters_computes(monkeypatch, terms, kind, shape, dtype):
    monkeypatch.setitem(MODULATIONS, terms.name, terms)
    monkeypatch.setitem(
        CATALOG, terms.name, Entry(terms.name, "a sum of terms", lambda: {"modulation": terms()})
    )
    module = type("Terms", (LossModule,), {"name": terms.name, "kind": kind})()
    generator = torch.Generator().manual_seed(3)
    z = torch.randn(shape, generator=generator).to(dtype).requires_grad_()
    among = (shape[0], *shape[2:]) if kind == "softmax" else shape
    t = torch.randint(0, 2, among, generator=generator)
    value = module(z, t)
    (gradient,) = torch.autograd.grad(value, z)
    true = get(terms.name, kind=kind, reduction="mean", **({"axis": 1} if kind == "softmax" else {}))
    x, y = z.detach().double().numpy(), t.numpy()
    relative = 1e-12 if dtype == torch.float64 else 1e-5
    np.testing.assert_allclose(value.item(), true.value(x, y), rtol=relative)
    scale = np.abs(true.gradient(x, y)).max()
    np.testing.assert_allclose(gradient.numpy(), true.gradient(x, y), rtol=0.0, atol=relative * scale)
