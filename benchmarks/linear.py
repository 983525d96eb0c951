"""A linear layer with many classes and its loss, fused and apart: time and memory of a step."""

from __future__ import annotations

import gc
import importlib.util
import os
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 2
RIVALS = (
    "focal, linear_loss",
    "focal, layer and loss apart",
    "F.cross_entropy, layer and loss apart",
    "logit_adjusted, linear_loss",
)
NEEDED = 12e9  # bytes that must be free for the layer of the size, whose logits are 2.1 GB


class Size(NamedTuple):
    """How much there is to do."""

    n_rows: int
    n_features: int
    n_classes: int
    dtype: str


def main() -> None:
    if importlib.util.find_spec("torch") is None:
        print("PyTorch is not installed: make bench-losses has an environment of its own")
        return
    import torch

    size = Size(16_384, 512, 32_000, "float32")
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads")
    if _free() < NEEDED:
        print(f"only {_free() / 1e9:.0f} GB are free: a quarter of the rows and of the classes")
        size = Size(4_096, 512, 8_000, "float32")
    _compare(size)


def _compare(size: Size) -> None:
    """Print every rival's step, each in processes of its own, in interleaved rounds."""
    seconds: dict[str, list[float]] = {rival: [] for rival in RIVALS}
    peaks: dict[str, list[float]] = {rival: [] for rival in RIVALS}
    for _ in range(ROUNDS):
        for rival in RIVALS:
            program = [sys.executable, "-m", "benchmarks.linear", rival, *map(str, size)]
            run = subprocess.run(program, capture_output=True, text=True, check=False)
            if run.returncode:
                print(f"{rival} does not run here: {run.stderr.strip().splitlines()[-1]}")
                return
            taken, peak = (float(word) for word in run.stdout.split()[-2:])
            seconds[rival].append(taken)
            peaks[rival].append(peak)
    _print(size, seconds, peaks)


def _print(size: Size, seconds: dict[str, list[float]], peaks: dict[str, list[float]]) -> None:
    own = 4 * (size.n_features * (size.n_rows + size.n_classes) + size.n_classes)
    print(
        f"\n{size.n_rows:,} x {size.n_features} features to {size.n_classes:,} classes, {size.dtype}:"
        f" forward and backward, {ROUNDS} rounds"
    )
    print(
        f"memory beyond the inputs; of it {own / 1e6:.0f} MB are the gradients of features, weight and bias"
    )
    first = RIVALS[0]
    width = max(map(len, RIVALS))
    print(f"  {'':<{width}}    least   median    ratio     memory    ratio   without gradients")
    for rival in RIVALS:
        least, peak = min(seconds[rival]), statistics.median(peaks[rival])
        ratio, more = least / min(seconds[first]), peak / statistics.median(peaks[first])
        print(
            f"  {rival:<{width}} {least:6.2f} s {statistics.median(seconds[rival]):6.2f} s {ratio:6.2f} x"
            f" {peak / 1e6:7.0f} MB {more:6.1f} x   {(peak - own) / 1e6:7.0f} MB"
        )


def _free() -> float:
    """Return how many bytes a process may still take."""
    found = re.search(r"MemAvailable:\s+(\d+)", _read("/proc/meminfo"))
    if found:
        return float(found[1]) * 1024.0
    return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))


def _read(file: str) -> str:
    return Path(file).read_text() if Path(file).exists() else ""


def _alone(rival: str, size: Size) -> None:
    """Print the time of one rival's step, and the most memory it held beyond what was there before it."""

    inputs = _inputs(size)
    loss = _loss(rival, size.n_classes)
    few = [tensor[:64] for tensor in inputs[:2]]
    loss(few[0].detach().requires_grad_(), few[1], *inputs[2:]).backward()  # what is compiled, is compiled
    for parameter in inputs[2:]:
        parameter.grad = None
    gc.collect()
    before = _start_watching()
    start = time.perf_counter()
    loss(*inputs).backward()
    taken = time.perf_counter() - start
    print(taken, _peak() - before)


def _inputs(size: Size) -> tuple[Any, ...]:
    """Return features, target, weight and bias."""
    import torch

    dtype = getattr(torch, size.dtype)
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(size.n_rows, size.n_features, generator=generator)
    w = torch.randn(size.n_classes, size.n_features, generator=generator) / size.n_features**0.5
    y = torch.randint(0, size.n_classes, (size.n_rows,), generator=generator)
    x, w, b = (tensor.to(dtype).requires_grad_() for tensor in (x, w, torch.zeros(size.n_classes)))
    return x, y, w, b


def _loss(rival: str, n_classes: int) -> Callable[..., Any]:
    from torch.nn import functional as F  # noqa: N812 - its usual name

    from scarce.torch import functional, linear_loss

    counts = tuple(range(n_classes, 0, -1))
    return {
        RIVALS[0]: lambda x, y, w, b: linear_loss(x, w, b, y),
        RIVALS[1]: lambda x, y, w, b: functional.focal(F.linear(x, w, b), y),
        RIVALS[2]: lambda x, y, w, b: F.cross_entropy(F.linear(x, w, b), y),
        RIVALS[3]: lambda x, y, w, b: linear_loss(x, w, b, y, loss="logit_adjusted", class_counts=counts),
    }[rival]


def _start_watching() -> float:
    """Return the bytes in use now; from here on the system keeps the peak anew, where it lets us ask."""
    watch = Path("/proc/self/clear_refs")
    if not watch.exists():
        return _peak()
    watch.write_text("5")
    return _status("VmRSS")


def _peak() -> float:
    """Return the most bytes that this process had in use."""
    if Path("/proc/self/status").exists():
        return _status("VmHWM")
    import resource

    in_bytes = sys.platform == "darwin"
    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * (1 if in_bytes else 1024)


def _status(name: str) -> float:
    found = re.search(rf"{name}:\s+(\d+)", _read("/proc/self/status"))
    assert found
    return float(found[1]) * 1024.0


if __name__ == "__main__":
    _alone(sys.argv[1], Size(*map(int, sys.argv[2:5]), sys.argv[5]))
