"""The trial's comparison under simulation: false calls, power and coverage of several methods."""

from __future__ import annotations

import fnmatch
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

QUICK = ("linear-20-0.01-*",)


def main(
    wanted: Sequence[str] = QUICK,
    tables: int = 100,
    *,
    folder: Path | None = None,
    processes: int = 2,
    is_done: bool = False,
    everything: bool = False,
) -> None:
    """Simulate what is not kept in the folder, and print the page's tables.

    Parameters
    ----------
    wanted : sequence of str
        Names of cells, or patterns.
    tables : int
        Of each cell.
    folder : Path, optional
        Of finished tables.
    processes : int
    is_done : bool
        Whether to print what is in the folder, and simulate nothing.
    everything : bool
        Whether every method that was compared is printed.
    """
    from concurrent.futures import ProcessPoolExecutor

    from benchmarks.statistics import printing
    from benchmarks.statistics.cache import chunk_of, kept, simulate_chunk
    from benchmarks.statistics.cells import cells

    chosen = [cell for name, cell in cells().items() if any(fnmatch.fnmatch(name, one) for one in wanted)]
    with tempfile.TemporaryDirectory() as temporary:
        home = folder or Path(temporary)
        if not is_done:
            work = [(chunk, cell) for cell in chosen for chunk in range(-(-tables // chunk_of(cell)))]
            work.sort(key=lambda one: one[0])  # every cell grows, wherever this is stopped
            with ProcessPoolExecutor(processes) as pool:
                for done in [pool.submit(simulate_chunk, cell, chunk, home) for chunk, cell in work]:
                    done.result()
        found = [(cell, kept(cell, home, tables)) for cell in chosen]
    results = [(cell, those) for cell, those in found if those]
    printing.page(results)
    printing.gains(results)
    printing.likeness(results)
    if everything:
        printing.everything(results)
