"""The losses on a GPU, forward and backward: their time, and the share of a copy's bandwidth that they reach.

Logits and targets are read once and the gradient is written once; the copy moves as many bytes. Times are the
least of interleaved rounds, by the device's own clock, after the second-level cache was swept.
"""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 15
AHEAD = 5_000_000  # cycles, some milliseconds
SIGMOID = 64_000_000
SHAPES = ((65_536, 1_000), (16_384, 32_000))


def main() -> None:
    if importlib.util.find_spec("torch") is None:
        print("needs PyTorch with CUDA, and a GPU: PyTorch is not installed")
        return
    import torch

    if not torch.cuda.is_available():
        print(f"needs a GPU: torch {torch.__version__} finds none, and nothing was measured")
        return
    _print_versions()
    for dtype in (torch.float32, torch.bfloat16):
        _compare(f"sigmoid focal, {SIGMOID:,} logits, {_name(dtype)}", *_sigmoid(dtype))
        for shape in SHAPES:
            _compare(f"softmax focal, {shape[0]:,} x {shape[1]:,}, {_name(dtype)}", *_softmax(shape, dtype))
    _small((256, 10))


def _print_versions() -> None:
    import torch
    import triton

    device = torch.cuda.get_device_properties(0)
    memory, processors = device.total_memory / 2**30, device.multi_processor_count
    print(f"{device.name}, {memory:.0f} GiB, {processors} multiprocessors")
    print(f"torch {torch.__version__}, CUDA {torch.version.cuda}, triton {triton.__version__}")


def _name(dtype: Any) -> str:
    return str(dtype).removeprefix("torch.")


def _sigmoid(dtype: Any) -> tuple[int, dict[str, Callable[[], object]]]:
    """Return the bytes that must move, and the rivals."""
    import torch
    from torch.nn import functional as F  # noqa: N812 - its usual name

    from scarce.torch import SigmoidFocalLoss

    z = torch.randn(SIGMOID, dtype=dtype, device="cuda").requires_grad_()
    t = (torch.rand(SIGMOID, device="cuda") < 0.01).to(dtype)
    loss = SigmoidFocalLoss(alpha=0.25)
    rivals = {
        "scarce": lambda: torch.autograd.grad(loss(z, t), z),
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
    loss = FocalLoss(class_weight=weight).to("cuda")
    rivals = {
        "scarce, weights": lambda: torch.autograd.grad(loss(z, t), z),
        "cross_entropy, weights": lambda: torch.autograd.grad(F.cross_entropy(z, t, weight.to(dtype)), z),
    }
    return 2 * z.numel() * z.element_size() + 8 * t.numel(), rivals


def _compare(title: str, work: int, rivals: dict[str, Callable[[], object]]) -> None:
    """Print each rival's time, bandwidth and share of the copy's."""
    import torch

    half = torch.empty(work // 2, dtype=torch.uint8, device="cuda")
    other = torch.empty_like(half)
    milliseconds = _minima({**rivals, "a copy of as many bytes": lambda: other.copy_(half)})
    copy = milliseconds["a copy of as many bytes"]
    print(f"\n{title}: {work / 1e6:,.0f} MB")
    for name, time in milliseconds.items():
        print(f"  {name:<34} {time:8.3f} ms {work / time / 1e6:8,.0f} GB/s {copy / time:8.0%} of the copy")


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
    """Return each rival's least time in milliseconds; the first, untimed rounds compile."""
    import torch

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
