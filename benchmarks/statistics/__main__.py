"""Simulate the trial's comparison: ``python -m benchmarks.statistics --cells 'linear-*' --tables 2000``."""

from __future__ import annotations

import argparse
import fnmatch
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benchmarks.statistics.cache import chunk_of, kept, simulate_chunk
from benchmarks.statistics.cells import cells
from benchmarks.statistics.influences import METRICS
from benchmarks.statistics.methods import METHODS, rates


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.statistics", description=__doc__)
    parser.add_argument("--cells", nargs="*", default=["*"], help="names or patterns")
    parser.add_argument("--tables", type=int, default=200, help="of each cell")
    parser.add_argument("--folder", type=Path, default=Path("build/statistics"), help="of finished tables")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--print-only", action="store_true")
    given = parser.parse_args()
    wanted = [
        cell for name, cell in cells().items() if any(fnmatch.fnmatch(name, one) for one in given.cells)
    ]
    if not given.print_only:
        with ProcessPoolExecutor(given.processes) as pool:
            work = [(chunk, cell) for cell in wanted for chunk in range(-(-given.tables // chunk_of(cell)))]
            work.sort(key=lambda one: one[0])  # every cell grows, wherever this is stopped
            for done in [pool.submit(simulate_chunk, cell, chunk, given.folder) for chunk, cell in work]:
                done.result()
    for cell in wanted:
        found = kept(cell, given.folder, given.tables)
        if not found:
            continue
        print(f"\n{cell.name}: {len(found['positives'])} tables; ", end="")
        print(f"log-loss, cost, AP of the control {found['controls'][:, :3].mean(axis=0).round(4)}")
        print(f"{'':32}" + "".join(f"{metric:>36}" for metric in METRICS))
        print(f"{'':32}" + f"{'alone':>9}{'family':>9}{'sd/se':>9}{'width':>9}" * len(METRICS))
        for method in METHODS:
            if method.repeats not in cell.repeats:
                continue
            line = f"{method.name:32}"
            for metric in range(len(METRICS)):
                of = rates(cell.repeats, found, metric, method)
                keys = (
                    ("first better", "first better together")
                    if cell.kind == "better"
                    else ("alone", "family")
                )
                line += "".join(f"{100 * of[key]:>8.1f}%" for key in keys)
                line += f"{of['sd/se']:>9.2f}{of['half-width']:>9.2g}"
            print(line)


if __name__ == "__main__":
    main()
