"""Losses in PyTorch, forward and backward: time and extra memory against others and against a copy."""

from __future__ import annotations

import functools
import importlib.util
import subprocess
import sys
import tracemalloc
from typing import TYPE_CHECKING, Any

from benchmarks.timing import interleaved_minima

if TYPE_CHECKING:
    from collections.abc import Callable


ROUNDS = 2
RIVALS = {
    "sigmoid": ("scarce", "torchvision", "kornia", "binary_cross_entropy_with_logits", "a copy"),
    "softmax": ("scarce, weights", "cross_entropy, weights", "a copy"),
}


def main() -> None:
    if importlib.util.find_spec("torch") is None:
        print("PyTorch is not installed: make bench-losses has an environment of its own")
        return
    import torch

    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, {_versions()}")
    _compare("sigmoid", "sigmoid focal, 8,000,000 logits")
    _compare("softmax", "softmax focal, 65,536 x 1,000")
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


def _sigmoid(rival: str) -> tuple[Any, Callable[[], Any]]:
    """Return logits and what a rival does with them."""
    import torch
    from torch.nn import functional as F  # noqa: N812 - its usual name

    from scarce.torch import functional

    z = torch.randn(8_000_000, requires_grad=True)
    t = (torch.rand(8_000_000) < 0.1).float()
    if rival == "kornia":
        from kornia.losses import binary_focal_loss_with_logits

        return z, lambda: binary_focal_loss_with_logits(z[None], t[None], alpha=0.25, reduction="mean")
    target = torch.empty_like(z.detach())
    return z, {
        "scarce": lambda: functional.sigmoid_focal(z, t, alpha=0.25),
        "torchvision": lambda: _torchvision()(z, t, reduction="mean"),
        "binary_cross_entropy_with_logits": lambda: F.binary_cross_entropy_with_logits(z, t),
        "a copy": lambda: target.copy_(z.detach()),
    }[rival]


@functools.cache
def _torchvision() -> Callable[..., Any]:
    """Return torchvision's function, or its operations where its wheel, built for CUDA, does not load."""
    try:
        from torchvision.ops import sigmoid_focal_loss
    except (ImportError, OSError, RuntimeError, AttributeError):
        return _torchvision_formula
    return sigmoid_focal_loss


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


def _softmax(rival: str) -> tuple[Any, Callable[[], Any]]:
    """Return logits and what a rival does with them."""
    import torch
    from torch.nn import functional as F  # noqa: N812 - its usual name

    from scarce.torch import functional

    z = torch.randn(65_536, 1_000, requires_grad=True)
    t = torch.randint(0, 1_000, (65_536,))
    weight = torch.rand(1_000) + 0.5
    target = torch.empty_like(z.detach())
    return z, {
        "scarce, weights": lambda: functional.focal(z, t, class_weight=weight),
        "cross_entropy, weights": lambda: F.cross_entropy(z, t, weight),
        "a copy": lambda: target.copy_(z.detach()),
    }[rival]


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


def _compare(case: str, title: str) -> None:
    """Time each rival in processes of its own: one's allocations change what another's cost."""
    seconds: dict[str, float] = {}
    memory: dict[str, float] = {}
    for _ in range(ROUNDS):
        for rival in RIVALS[case]:
            program = [sys.executable, "-m", "benchmarks.torch_losses", case, rival]
            run = subprocess.run(program, capture_output=True, text=True, check=False)
            if run.returncode:
                print(f"{rival} does not run here: {run.stderr.strip().splitlines()[-1]}")
                continue
            taken, held = (float(word) for word in run.stdout.split()[-2:])
            seconds[rival] = min(taken, seconds.get(rival, taken))
            memory[rival] = held
    _print(title, seconds, memory, 1e-3)


def _alone(case: str, rival: str) -> None:
    """Print one rival's least time and its extra memory."""
    z, loss = (_sigmoid if case == "sigmoid" else _softmax)(rival)
    step = loss if rival == "a copy" else _step(z, loss)
    print(interleaved_minima({rival: step}, 12)[rival], _extra_memory(z, step))


def _step(z: Any, loss: Callable[[], Any]) -> Callable[[], None]:
    def step() -> None:
        z.grad = None
        loss().backward()

    return step


def _extra_memory(z: Any, step: Callable[[], None]) -> float:
    """Return the most memory a step holds beyond its inputs, the gradient included, in units of the logits.

    PyTorch's profiler counts its tensors' births and deaths, and tracemalloc NumPy's arrays; the sum of both
    peaks is at least the peak of the sum.
    """
    from torch.profiler import ProfilerActivity, profile

    step()
    z.grad = None
    tracemalloc.start()
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as seen:
        step()
    held_by_numpy = tracemalloc.get_traced_memory()[1]
    events = [e for e in seen.profiler.kineto_results.events() if e.name() == "[memory]"]
    held = most = 0
    for event in sorted(events, key=lambda e: e.start_ns()):
        held += event.nbytes()
        most = max(most, held)
    return (most + held_by_numpy) / (z.numel() * z.element_size())


def _print(title: str, seconds: dict[str, float], memory: dict[str, float], unit: float) -> None:
    first = next(iter(seconds.values()))
    width = max(map(len, seconds))
    print(f"\n{title}: minima of interleaved repeats, and extra memory in units of the logits")
    for name, value in seconds.items():
        extra = f"{memory[name]:6.2f} x" if name in memory else ""
        suffix = "ms" if unit == 1e-3 else "µs"
        print(f"  {name:<{width}} {value / unit:10.2f} {suffix} {value / first:8.2f} {extra}")


if __name__ == "__main__":
    _alone(*sys.argv[1:])
