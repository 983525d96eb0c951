"""What PyTorch does to functions - compile, map, differentiate, export, cast - done to the losses."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 - its usual name

import scarce.torch as losses
from scarce.errors import ScarceError
from scarce.torch import autograd, cpu, functional
from scarce.torch.autograd import FUSED_IN_GRAPHS

Z = torch.randn(12, 5, generator=torch.Generator().manual_seed(1))
T = torch.arange(12) % 5
WEIGHT = [1.0, 2.0, 0.5, 1.0, 3.0]
FACES = {
    "softmax": (losses.FocalLoss(class_weight=WEIGHT), T),
    "soft": (losses.FocalLoss(label_smoothing=0.1), F.one_hot(T, 5).float()),
    "brier": (losses.BrierLoss(), T),
    "sigmoid": (losses.SigmoidFocalLoss(), F.one_hot(T, 5).float()),
    "asymmetric": (losses.AsymmetricLoss(), F.one_hot(T, 5)),
}


FORWARD = pytest.mark.filterwarnings("ignore:.*torch.jit.script.*:DeprecationWarning")  # PyTorch's own use


@pytest.fixture(params=FACES)
def face(request):
    return FACES[request.param]


def gradient_of(loss, z, *arguments):
    z = z.detach().clone().requires_grad_()
    value = loss(z, *arguments)
    return value.detach(), torch.autograd.grad(value.sum(), z)[0]


@pytest.fixture
def compiled():
    torch._dynamo.reset()
    yield lambda function: torch.compile(function, fullgraph=True, backend="aot_eager")
    torch._dynamo.reset()


def test_compiles_without_a_break(face, compiled):
    loss, target = face
    torch.testing.assert_close(gradient_of(compiled(loss), Z, target), gradient_of(loss, Z, target))


def test_compiles_the_kernel_above_its_size(compiled):
    rows = -(-FUSED_IN_GRAPHS // 5)
    z, t = torch.randn(rows, 5), torch.arange(rows) % 5
    loss = losses.FocalLoss(class_weight=WEIGHT)
    torch.testing.assert_close(gradient_of(compiled(loss), z, t), gradient_of(loss, z, t))


def test_compiles_a_function_with_its_settings(compiled):
    def loss(z, t):
        return functional.focal(z, t, gamma=1.5, class_weight="balanced", class_counts=(5, 4, 3, 2, 1))

    torch.testing.assert_close(gradient_of(compiled(loss), Z, T), gradient_of(loss, Z, T))


def test_compiles_the_posterior(face, compiled):
    loss, _ = face
    torch.testing.assert_close(compiled(loss.posterior)(Z), loss.posterior(Z))


def test_inductor_compiles_a_loss():
    torch._dynamo.reset()
    loss = torch.compile(losses.SigmoidFocalLoss(), fullgraph=True)
    target = F.one_hot(T, 5).float()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the compiler's own dependencies deprecate things
        torch.testing.assert_close(
            gradient_of(loss, Z, target), gradient_of(losses.SigmoidFocalLoss(), Z, target)
        )
    torch._dynamo.reset()


def test_func_grad_is_the_gradient(face):
    loss, target = face
    torch.testing.assert_close(torch.func.grad(lambda z: loss(z, target))(Z), gradient_of(loss, Z, target)[1])


def test_vmap_is_one_call_a_row(face):
    loss, target = face

    def one(z, t):
        return loss(z[None], t[None])

    mapped = torch.func.vmap(torch.func.grad(one))(Z, target)
    by_row = torch.stack([gradient_of(one, z, t)[1] for z, t in zip(Z, target, strict=True)])
    torch.testing.assert_close(mapped, by_row)


def test_vmap_over_ensembles(face):
    loss, target = face
    many = torch.stack([Z, 2.0 * Z, -Z])
    mapped = torch.func.vmap(loss, in_dims=(0, None))(many, target)
    torch.testing.assert_close(mapped, torch.stack([loss(z, target) for z in many]))


@FORWARD
def test_hessian_forward_and_backward(face):
    loss, target = face
    z, t = Z[:2].double(), target[:2]

    def value(x):
        return loss(x, t)

    forward = torch.func.hessian(value)(z)
    backward = torch.autograd.functional.hessian(value, z)
    torch.testing.assert_close(forward, backward)


@FORWARD
def test_jvp_is_the_gradient_along_a_direction(face):
    loss, target = face
    direction = torch.randn_like(Z)
    value, along = torch.func.jvp(lambda z: loss(z, target), (Z,), (direction,))
    torch.testing.assert_close(value, loss(Z, target))
    torch.testing.assert_close(along, (gradient_of(loss, Z, target)[1] * direction).sum())


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=["bf16", "fp16"])
def test_autocast_computes_the_loss_in_single(face, dtype):
    loss, target = face
    layer, x = nn.Linear(7, 5), torch.randn(12, 7)
    with torch.autocast(Z.device.type, dtype=dtype):
        z = layer(x)
        value = loss(z, target)
    assert z.dtype == dtype
    assert value.dtype == torch.float32
    torch.testing.assert_close(value, loss(z.float(), target))
    value.backward()
    assert layer.weight.grad.dtype == torch.float32
    assert torch.isfinite(layer.weight.grad).all()


@pytest.mark.parametrize("kind", ["softmax", "sigmoid"])
@pytest.mark.parametrize("reduction", ["mean", "none"])
def test_the_operators_keep_pytorchs_rules(kind, reduction):
    target = T if kind == "softmax" else F.one_hot(T, 5).float()
    module = getattr(losses, f"{kind.capitalize()}FocalLoss")(reduction=reduction)
    op = getattr(autograd, f"{kind}_loss")
    nothing = (None,) * 5  # neither weights nor shift, scale and divisor
    torch.library.opcheck(op, (Z.clone().requires_grad_(), target, *nothing, module.key, True))


@pytest.mark.parametrize("kind", ["softmax", "sigmoid"])
def test_the_operators_map(kind):
    target = T if kind == "softmax" else F.one_hot(T, 5).float()
    module = getattr(losses, f"{kind.capitalize()}FocalLoss")()
    op = getattr(autograd, f"{kind}_loss")
    numbers = (None, None, None, None, None, module.key, True)
    value, gradient = torch.vmap(lambda z: op(z, target, *numbers))(torch.stack([Z, -Z]))
    torch.testing.assert_close(value, torch.stack([module(Z, target), module(-Z, target)]))
    torch.testing.assert_close(gradient[1], gradient_of(module, -Z, target)[1])


class Believer(nn.Module):
    """What is deployed: a network and its loss's posterior."""

    def __init__(self, loss):
        super().__init__()
        self.loss = loss

    def forward(self, z):
        return self.loss.posterior(z)


def test_the_posterior_exports_with_any_number_of_rows(face):
    model = Believer(face[0]).eval()
    program = torch.export.export(model, (Z,), dynamic_shapes=({0: torch.export.Dim("rows")},))
    torch.testing.assert_close(program.module()(Z[:3]), model(Z[:3]))


def test_the_loss_exports_with_any_number_of_rows(face):
    loss, target = face
    rows = torch.export.Dim("rows")
    program = torch.export.export(loss, (Z, target), dynamic_shapes=({0: rows}, {0: rows}))
    torch.testing.assert_close(program.module()(Z[:3], target[:3]), loss(Z[:3], target[:3]))


def test_the_posterior_goes_to_onnx(face, tmp_path):
    pytest.importorskip("onnxscript", reason="onnxscript is not installed")
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    model = Believer(face[0]).eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter deprecates its own parts
        rows = ({0: torch.export.Dim("rows")},)
        torch.onnx.export(
            model, (Z,), tmp_path / "model.onnx", dynamo=True, dynamic_shapes=rows, verbose=False
        )
    session = runtime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    (posterior,) = session.run(None, {session.get_inputs()[0].name: Z[:7].numpy()})
    np.testing.assert_allclose(posterior, model(Z[:7]).numpy(), rtol=2e-5, atol=1e-7)


def test_meta_tensors_have_shapes():
    value = functional.focal(
        torch.empty(4, 3, device="meta"), torch.empty(4, dtype=torch.int64, device="meta")
    )
    assert value.is_meta
    assert value.shape == ()


def test_without_the_kernels_compiler_the_closed_form_serves(monkeypatch):
    fused = gradient_of(losses.FocalLoss(gamma=1.25), Z, T)
    monkeypatch.setattr(cpu, "kernels", lambda: None)
    module = losses.FocalLoss(gamma=1.25)
    module.plain.memory.clear()  # it remembers that a kernel took the like of it
    torch.testing.assert_close(gradient_of(module, Z, T), fused)


def test_without_pytorch_the_face_says_what_to_install(monkeypatch):
    import importlib
    import sys

    for name in [name for name in sys.modules if name.startswith("scarce.torch")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ScarceError) as caught:
        importlib.import_module("scarce.torch")
    assert caught.value.two_lines() == (
        "error[E701]: torch is not installed\nhint: pip install 'scarce[torch]'"
    )
