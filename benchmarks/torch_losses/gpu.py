"""On a GPU: the bandwidth that our kernels reach, as a share of that of a copy which moves the same bytes."""

from __future__ import annotations

import statistics
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from benchmarks.torch_losses import peers
from benchmarks.torch_losses.inputs import ALPHA, GAMMA

if TYPE_CHECKING:
    from collections.abc import Callable

REPEATS = 20
SIGMOID, SOFTMAX = (1 << 28,), (262_144, 1_000)


def run(share: float) -> dict[str, float]:
    """Print both tables and return ours as a share of the copy's bandwidth, or nothing without a GPU."""
    import torch

    if not torch.cuda.is_available():
        print("\non a GPU: none is at hand, or this PyTorch was built without it   [gpu]")
        return {}
    from scarce.torch import fused_on_gpu

    print(f"\non a GPU, {torch.cuda.get_device_name()}, with fused_on_gpu(True)   [gpu]")
    before = fused_on_gpu(True)
    shares = {"sigmoid": _sigmoid(share), "softmax": _softmax(share)}
    fused_on_gpu(before)
    return shares


def _sigmoid(share: float) -> float:
    """Two tensors are read and one written: a copy of one and a half moves as much."""
    import torch

    from scarce.torch import SigmoidFocalLoss

    n = round(SIGMOID[0] * share)
    z = torch.randn(n, device="cuda", requires_grad=True)
    t = (torch.rand(n, device="cuda") < 0.1).float()
    theirs = partial(peers.torchvision().sigmoid_focal_loss, alpha=ALPHA, gamma=GAMMA, reduction="mean")
    few = z.detach()[: n // 8].clone().requires_grad_()  # its many tensors would not fit
    steps = {
        "scarce": _step(z, partial(SigmoidFocalLoss(gamma=GAMMA, alpha=ALPHA), z, t)),
        "torchvision, an eighth": _step(few, partial(theirs, few, t[: n // 8])),
    }
    return _compare(f"sigmoid focal loss, {n:,}", steps, 3 * n)


def _softmax(share: float) -> float:
    """The logits are read and the gradient written: what a copy of the logits moves."""
    import torch
    from torch.nn import functional as F  # noqa: N812 - its usual name

    from scarce.torch import FocalLoss

    n, k = round(SOFTMAX[0] * share), SOFTMAX[1]
    z = torch.randn(n, k, device="cuda", requires_grad=True)
    t = torch.randint(0, k, (n,), device="cuda")
    weight = torch.rand(k, device="cuda") + 0.5
    steps = {
        "scarce": _step(z, partial(FocalLoss(gamma=GAMMA, class_weight=weight.cpu()).cuda(), z, t)),
        "cross_entropy": _step(z, partial(F.cross_entropy, z, t, weight)),
    }
    return _compare(f"softmax focal loss with class weights, {n:,} x {k:,}", steps, 2 * n * k)


def _step(z: Any, loss: Callable[[], Any]) -> Callable[[], None]:
    def step() -> None:
        z.grad = None
        loss().backward()

    return step


def _compare(title: str, steps: dict[str, Callable[[], None]], floats: int) -> float:
    """Print times and the copy's; return the copy's over ours."""
    import torch

    source = torch.zeros(floats // 2, device="cuda")
    target = torch.empty_like(source)
    steps["a copy of as many bytes"] = lambda: target.copy_(source)
    seconds = {name: _seconds(step) for name, step in steps.items()}
    copy = min(seconds["a copy of as many bytes"])
    print(f"  {title}: forward and backward")
    for name, taken in seconds.items():
        times = f"{1e3 * min(taken):8.3f} ms {1e3 * statistics.median(taken):8.3f} ms"
        print(f"    {name:<24}{times}   {copy / min(taken):6.1%} of the copy's bandwidth")
    return copy / min(seconds["scarce"])


def _seconds(step: Callable[[], None]) -> list[float]:
    """Return each repeat by the GPU's own clock; they queue up, so that it never waits for Python."""
    import torch

    for _ in range(3):
        step()
    marks = [torch.cuda.Event(enable_timing=True) for _ in range(REPEATS + 1)]
    marks[0].record()
    for mark in marks[1:]:
        step()
        mark.record()
    torch.cuda.synchronize()
    return [1e-3 * a.elapsed_time(b) for a, b in pairwise(marks)]
