"""The most memory a step holds beyond its inputs, counted in two ways."""

from __future__ import annotations

import ctypes
import gc
import time
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
ENOUGH = 0.5  # seconds of trying


def tensors(step: Callable[[], object]) -> int:
    """Return the peak of PyTorch's tensors, by its profiler, plus that of NumPy's arrays, by tracemalloc.

    The profiler notes every tensor's birth and death; the sum of both peaks is at least the peak of the sum.
    Its first use imports tens of megabytes of Python, which are not the step's: that one is thrown away.
    """
    from torch.profiler import ProfilerActivity, profile

    with profile(activities=[ProfilerActivity.CPU], profile_memory=True):
        pass
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as seen:
        tracemalloc.start()
        step()
        held_by_numpy = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    events = [e for e in seen.profiler.kineto_results.events() if e.name() == "[memory]"]
    held = most = 0
    for event in sorted(events, key=lambda e: e.start_ns()):
        held += event.nbytes()
        most = max(most, held)
    return most + held_by_numpy


def pages(step: Callable[[], object], forget: Callable[[], None], tries: int) -> float:
    """Return how far the pages of this process rise during a step, whichever library asks for them.

    What the process needs from the machine: above the tensors' peak where the allocator cannot use its holes
    again. The most of some tries, for what an allocator has not handed back before hides a rise. Linux only;
    elsewhere NaN.
    """
    if not CLEAR.exists():
        return float("nan")
    most, stop = 0.0, time.perf_counter() + ENOUGH
    for turn in range(tries):
        if turn and time.perf_counter() > stop:
            break
        forget()
        gc.collect()
        _hand_back()
        before = _kilobytes("VmRSS")
        CLEAR.write_text("5")  # the high-water mark starts anew
        result = step()
        most = max(most, (_kilobytes("VmHWM") - before) * 1024.0)
        del result
    return most


def _hand_back() -> None:
    """Give the pages that the C library keeps back to the machine."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _kilobytes(field: str) -> int:
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(field))
    return int(line.split()[1])
