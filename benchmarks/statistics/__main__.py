"""Simulate the trial's comparison: ``python -m benchmarks.statistics --cells 'linear-*' --tables 2000``.

Finished tables are kept in a folder: the same command goes on from them, and with more tables adds to them.
"""

from __future__ import annotations

import argparse
import fnmatch
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benchmarks.statistics import printing
from benchmarks.statistics.cache import chunk_of, kept, simulate_chunk
from benchmarks.statistics.cells import cells


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.statistics", description=__doc__)
    parser.add_argument("--cells", nargs="*", default=["*"], help="names or patterns")
    parser.add_argument("--tables", type=int, default=200, help="of each cell")
    parser.add_argument("--folder", type=Path, default=Path("build/statistics"), help="of finished tables")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--print-only", action="store_true", help="of what is in the folder")
    parser.add_argument("--everything", action="store_true", help="print every method that was compared")
    given = parser.parse_args()
    wanted = [
        cell for name, cell in cells().items() if any(fnmatch.fnmatch(name, one) for one in given.cells)
    ]
    if not given.print_only:
        work = [(chunk, cell) for cell in wanted for chunk in range(-(-given.tables // chunk_of(cell)))]
        work.sort(key=lambda one: one[0])  # every cell grows, wherever this is stopped
        with ProcessPoolExecutor(given.processes) as pool:
            for done in [pool.submit(simulate_chunk, cell, chunk, given.folder) for chunk, cell in work]:
                done.result()
    found = [(cell, kept(cell, given.folder, given.tables)) for cell in wanted]
    results = [(cell, tables) for cell, tables in found if tables]
    printing.page(results)
    printing.gains(results)
    printing.likeness(results)
    if given.everything:
        printing.everything(results)


if __name__ == "__main__":
    main()
