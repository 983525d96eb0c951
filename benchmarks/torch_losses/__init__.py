"""Losses for networks, forward and backward: time and extra memory against others and against a copy.

Each rival runs in a process of its own, for one's allocations change what another's cost. Inputs lie in
files, the same for all. Before anything is timed, a rival's value and gradient are compared with those of
the plain formula in double precision. ``python -m benchmarks.torch_losses sigmoid softmax`` runs two of
the tables; ``--share 0.1`` takes a tenth of the rows.
"""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(wanted: Sequence[str] = (), share: float = 1.0) -> None:
    """Print the tables named, or all of them, and which of the promised figures were reached."""
    if importlib.util.find_spec("torch") is None:
        print("PyTorch is not installed: make bench-losses has an environment of its own")
        return
    from benchmarks.torch_losses import gpu, grid
    from benchmarks.torch_losses.machine import print_versions
    from benchmarks.torch_losses.promises import print_promises
    from benchmarks.torch_losses.referee import run
    from benchmarks.torch_losses.tables import TABLES

    print_versions()
    names = wanted or (*TABLES, "grid", "gpu")
    seen = {name: run(TABLES[name], share) for name in names if name in TABLES}
    if "grid" in names:
        grid.run(share)
    on_gpu = gpu.run(share) if "gpu" in names else {}
    print_promises(seen, on_gpu, share)
