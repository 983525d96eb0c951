"""Time rivals fairly on a noisy machine: interleave them, and keep each one's minimum."""

from __future__ import annotations

import gc
import os
import platform
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def interleaved_minima(rivals: Mapping[str, Callable[[], object]], repeats: int = 15) -> dict[str, float]:
    """Return the least wall time in seconds of each rival over `repeats` interleaved rounds.

    One untimed round warms caches and compilers. Interleaving makes a slow spell of the machine hit
    every rival; the minimum throws the spell away.
    """
    best = dict.fromkeys(rivals, float("inf"))
    for work in rivals.values():
        work()
    gc.disable()
    try:
        for _ in range(repeats):
            for name, work in rivals.items():
                start = time.perf_counter()
                work()
                best[name] = min(best[name], time.perf_counter() - start)
    finally:
        gc.enable()
    return best


def print_table(
    title: str, seconds: Mapping[str, float], unit: float = 1e-3, against: str | None = None
) -> None:
    """Print one line a rival: its time (`unit` seconds; ms by default), its ratio to `against`."""
    reference = seconds[against] if against else min(seconds.values())
    width = max(len(name) for name in seconds)
    suffix = {1e-3: "ms", 1.0: "s", 1e-6: "µs"}[unit]
    print(f"\n{title}")
    for name, value in seconds.items():
        print(f"  {name:<{width}}  {value / unit:10.2f} {suffix}  {value / reference:8.2f} x")


def print_machine() -> None:
    """Print what the figures were taken on, and how busy it was."""
    model = next(
        (line.split(":")[1].strip() for line in _cpuinfo() if line.startswith("model name")),
        platform.processor(),
    )
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}, load before {load:.2f}")


def _cpuinfo() -> list[str]:
    try:
        with open("/proc/cpuinfo") as lines:  # noqa: PTH123 - absent outside Linux
            return lines.read().splitlines()
    except OSError:
        return []
