"""Losses in PyTorch, forward and backward: time and extra memory against others and against a copy."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

from benchmarks.timing import interleaved_minima

if TYPE_CHECKING:
    from collections.abc import Callable


def main() -> None:
    if importlib.util.find_spec("torch") is None:
        print("PyTorch is not installed: make bench-losses has an environment of its own")
        return
    import torch

    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, {_versions()}")
    _sigmoid(8_000_000)
    _softmax(65_536, 1_000)
    _small(256, 10)


def _versions() -> str:
    from importlib import metadata

    peers = (
        "numba",
        "torchvision",
        "kornia",
        "monai",
        "imbalanced-losses",
        "pytorch-focalloss",
        "balanced-loss",
    )
    found = {d.metadata["Name"].lower().replace("_", "-"): d.version for d in metadata.distributions()}
    return ", ".join(f"{name} {found[name]}" for name in peers if name in found)


def _sigmoid(n: int) -> None:
    import torch
    from torch.nn import functional as F  # noqa: N812 - its usual name

    from scarce.torch import functional

    z = torch.randn(n, requires_grad=True)
    t = (torch.rand(n) < 0.1).float()
    rivals: dict[str, Any] = {
        "scarce": lambda: functional.sigmoid_focal(z, t, alpha=0.25),
        "binary_cross_entropy_with_logits": lambda: F.binary_cross_entropy_with_logits(z, t),
    }
    if importlib.util.find_spec("torchvision"):
        try:
            from torchvision.ops import sigmoid_focal_loss
        except (ImportError, OSError, RuntimeError, AttributeError) as reason:
            print(f"torchvision does not load here ({type(reason).__name__}): the same operations instead")
            sigmoid_focal_loss = _torchvision_formula
    else:
        sigmoid_focal_loss = _torchvision_formula
    rivals["torchvision"] = lambda: sigmoid_focal_loss(z, t, reduction="mean")
    if importlib.util.find_spec("kornia"):
        from kornia.losses import binary_focal_loss_with_logits

        rivals["kornia"] = lambda: binary_focal_loss_with_logits(
            z[None], t[None], alpha=0.25, reduction="mean"
        )
    _compare(f"sigmoid focal, {n:,} logits", z, rivals, repeats=7)


def _torchvision_formula(logits: Any, target: Any, reduction: str) -> Any:
    """Take the same operations as torchvision's function, for a machine where its wheel does not load."""
    import torch
    from torch.nn import functional as F  # noqa: N812 - its usual name

    p = torch.sigmoid(logits)
    entropy = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    of_target = p * target + (1 - p) * (1 - target)
    loss = entropy * ((1 - of_target) ** 2)
    loss = (0.25 * target + 0.75 * (1 - target)) * loss
    return loss.mean()


def _softmax(n: int, k: int) -> None:
    import torch
    from torch.nn import functional as F  # noqa: N812 - its usual name

    from scarce.torch import functional

    z = torch.randn(n, k, requires_grad=True)
    t = torch.randint(0, k, (n,))
    weight = torch.rand(k) + 0.5
    rivals = {
        "scarce, weights": lambda: functional.focal(z, t, class_weight=weight),
        "cross_entropy, weights": lambda: F.cross_entropy(z, t, weight),
    }
    _compare(f"softmax focal, {n:,} x {k:,}", z, rivals, repeats=4)


def _small(n: int, k: int) -> None:
    import torch
    from torch.nn import functional as F  # noqa: N812 - its usual name

    from scarce.torch import FocalLoss, SigmoidFocalLoss

    z = torch.randn(n, k, requires_grad=True)
    t, many = torch.randint(0, k, (n,)), (torch.rand(n, k) < 0.1).float()
    softmax, sigmoid = FocalLoss(), SigmoidFocalLoss()
    rivals: dict[str, Any] = {
        "scarce softmax": lambda: softmax(z, t),
        "cross_entropy": lambda: F.cross_entropy(z, t),
        "scarce sigmoid": lambda: sigmoid(z, many),
        "binary_cross_entropy_with_logits": lambda: F.binary_cross_entropy_with_logits(z, many),
    }
    steps = {name: _step(z, loss) for name, loss in rivals.items()}
    _print(f"small batches, {n} x {k}", interleaved_minima(steps, 2000), {}, 1e-6)


def _compare(title: str, z: Any, rivals: dict[str, Any], repeats: int) -> None:
    import torch

    steps = {name: _step(z, loss) for name, loss in rivals.items()}
    memory = {name: _extra_memory(z, step) for name, step in steps.items()}
    target = torch.empty_like(z.detach())
    steps["a copy"] = lambda: target.copy_(z.detach())
    _print(title, interleaved_minima(steps, repeats), memory, 1e-3)


def _step(z: Any, loss: Callable[[], Any]) -> Callable[[], None]:
    def step() -> None:
        z.grad = None
        loss().backward()

    return step


def _extra_memory(z: Any, step: Callable[[], None]) -> float:
    """Return the most memory a step holds beyond its inputs, the gradient included, in units of the logits.

    Counted by PyTorch's profiler from every tensor's birth and death; what a kernel takes beside is its
    threads' blocks of some kilobytes.
    """
    from torch.profiler import ProfilerActivity, profile

    step()
    z.grad = None
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as seen:
        step()
    events = [e for e in seen.profiler.kineto_results.events() if e.name() == "[memory]"]
    held = most = 0
    for event in sorted(events, key=lambda e: e.start_ns()):
        held += event.nbytes()
        most = max(most, held)
    return most / (z.numel() * z.element_size())


def _print(title: str, seconds: dict[str, float], memory: dict[str, float], unit: float) -> None:
    first = next(iter(seconds.values()))
    width = max(map(len, seconds))
    print(f"\n{title}: minima of interleaved repeats, and extra memory in units of the logits")
    for name, value in seconds.items():
        extra = f"{memory[name]:6.2f} x" if name in memory else ""
        suffix = "ms" if unit == 1e-3 else "µs"
        print(f"  {name:<{width}} {value / unit:10.2f} {suffix} {value / first:8.2f} {extra}")
