"""The losses on a GPU, forward and backward: their time, and the share of a copy's bandwidth that they reach.

Ours are timed by the fused kernels and by the closed forms in PyTorch's operations. Logits and targets are
read once and the gradient is written once; the copy moves as many bytes. Times are the least of interleaved
rounds, by the device's own clock, after the second-level cache was swept.
"""

from __future__ import annotations

import datetime
import importlib.util
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 15
AHEAD = 5_000_000  # cycles, some milliseconds
SIGMOID = 64_000_000
SHAPES = ((65_536, 1_000), (8_192, 32_000))
ALPHA, GAMMA = 0.25, 2.0


def main() -> None:
    reason = absent()
    if reason:
        print(reason)
        return
    import torch

    _print_versions()
    for dtype in (torch.float32, torch.bfloat16):
        _compare(f"sigmoid focal, {SIGMOID:,} logits, {_name(dtype)}", *_sigmoid(dtype))
        for shape in SHAPES:
            _compare(f"softmax focal, {shape[0]:,} x {shape[1]:,}, {_name(dtype)}", *_softmax(shape, dtype))
    _small((256, 10))


def absent() -> str | None:
    """Return what is missing to measure on a GPU, or None."""
    if importlib.util.find_spec("torch") is None:
        return "needs PyTorch with CUDA, and a GPU: PyTorch is not installed"
    import torch

    if torch.cuda.is_available():
        return None
    return f"needs a GPU: torch {torch.__version__} finds none, and nothing was measured"


def _print_versions() -> None:
    import torch

    device = torch.cuda.get_device_properties(0)
    memory, processors = device.total_memory / 2**30, device.multi_processor_count
    print(f"{device.name}, {memory:.0f} GiB, {processors} multiprocessors; {datetime.date.today():%d %B %Y}")
    print(f"Python {platform.python_version()}, torch {torch.__version__}, CUDA {torch.version.cuda}")
    print(", ".join(f"{name} {_version(name)}" for name in ("numpy", "triton", "liger-kernel")))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _ours(loss: Any, z: Any, t: Any) -> dict[str, Callable[[], object]]:
    """Return a loss by the kernels and by the closed form."""
    import torch

    from scarce.torch import fused_on_gpu

    def step(on: bool) -> None:
        before = fused_on_gpu(on)
        try:
            torch.autograd.grad(loss(z, t), z)
        finally:
            fused_on_gpu(before)

    return {"scarce, fused": lambda: step(True), "scarce, closed form": lambda: step(False)}


def _name(dtype: Any) -> str:
    return str(dtype).removeprefix("torch.")


def _sigmoid(dtype: Any) -> tuple[int, dict[str, Callable[[], object]]]:
    """Return the bytes that must move, and the rivals."""
    import torch
    from torch.nn import functional as F  # noqa: N812 - its usual name

    from scarce.torch import SigmoidFocalLoss

    z = torch.randn(SIGMOID, dtype=dtype, device="cuda").requires_grad_()
    t = (torch.rand(SIGMOID, device="cuda") < 0.01).to(dtype)

    def by_autograd() -> Any:
        p = torch.sigmoid(z)
        each = F.binary_cross_entropy_with_logits(z, t, reduction="none")
        right = p * t + (1 - p) * (1 - t)
        return ((ALPHA * t + (1 - ALPHA) * (1 - t)) * each * (1 - right) ** GAMMA).mean()

    rivals = _ours(SigmoidFocalLoss(alpha=ALPHA, gamma=GAMMA), z, t) | {
        "torchvision's formula": lambda: torch.autograd.grad(by_autograd(), z),
        "binary_cross_entropy_with_logits": lambda: torch.autograd.grad(
            F.binary_cross_entropy_with_logits(z, t), z
        ),
    }
    return 3 * z.numel() * z.element_size(), rivals


def _softmax(shape: tuple[int, int], dtype: Any) -> tuple[int, dict[str, Callable[[], object]]]:
    """Return the same for a softmax with class weights."""
    import torch
    from torch.nn import functional as F  # noqa: N812 - its usual name

    from scarce.torch import FocalLoss

    z = torch.randn(shape, dtype=dtype, device="cuda").requires_grad_()
    t = torch.randint(0, shape[1], shape[:1], device="cuda")
    weight = torch.rand(shape[1], device="cuda") + 0.5
    rivals = _ours(FocalLoss(class_weight=weight.tolist(), gamma=GAMMA).to("cuda"), z, t) | {
        "F.cross_entropy": lambda: torch.autograd.grad(F.cross_entropy(z, t, weight.to(dtype)), z),
    }
    if importlib.util.find_spec("liger_kernel") is not None:
        from liger_kernel.transformers import LigerCrossEntropyLoss

        theirs, own = LigerCrossEntropyLoss(weight=weight), z.detach().clone().requires_grad_()
        rivals["Liger's cross entropy"] = lambda: torch.autograd.grad(theirs(own, t), own)  # overwrites them
    return 2 * z.numel() * z.element_size() + 8 * t.numel(), rivals


def _compare(title: str, work: int, rivals: dict[str, Callable[[], object]]) -> None:
    """Print each rival's time, bandwidth and share of the copy's."""
    import torch

    half = torch.empty(work // 2, dtype=torch.uint8, device="cuda")
    other = torch.empty_like(half)
    milliseconds = _minima({"a copy of as many bytes": lambda: other.copy_(half), **rivals})
    copy = milliseconds["a copy of as many bytes"]
    print(f"\n{title}: {work / 1e6:,.0f} MB", flush=True)
    for name, time in milliseconds.items():
        print(f"  {name:<34} {time:8.3f} ms {work / time / 1e6:8,.0f} GB/s {copy / time:8.0%} of the copy")
    for name in rivals.keys() - milliseconds.keys():
        print(f"  {name:<34} needs more memory than there is")


def _small(shape: tuple[int, int]) -> None:
    """Print what a call costs where the processor, not the device, is what takes the time."""
    import torch

    from benchmarks.timing import interleaved_minima, print_table

    def waited(rival: Callable[[], object]) -> None:
        rival()
        torch.cuda.synchronize()

    _, rivals = _softmax(shape, torch.float32)
    seconds = interleaved_minima({name: lambda r=rival: waited(r) for name, rival in rivals.items()}, 200)
    print_table(f"softmax focal, {shape[0]} x {shape[1]}, by the wall clock", seconds, 1e-6)


def _minima(rivals: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Return each rival's least time in milliseconds, if it fits; the first, untimed rounds compile."""
    import torch

    rivals = {name: rival for name, rival in rivals.items() if _fits(rival)}
    sweep = torch.empty(256 * 2**20, dtype=torch.uint8, device="cuda")
    least = dict.fromkeys(rivals, float("inf"))
    for round_ in range(ROUNDS + 3):
        for name, rival in rivals.items():
            sweep.zero_()
            torch.cuda._sleep(AHEAD)  # meanwhile all the work is handed over: the time is the device's
            start, stop = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            start.record()
            rival()
            stop.record()
            torch.cuda.synchronize()
            if round_ >= 3:
                least[name] = min(least[name], start.elapsed_time(stop))
    return least


def _fits(rival: Callable[[], object]) -> bool:
    import torch

    try:
        rival()
    except torch.OutOfMemoryError:
        return False
    finally:
        torch.cuda.empty_cache()
    return True
