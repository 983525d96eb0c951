"""Simulate the trial's comparison: ``python -m benchmarks.statistics --cells 'linear-*' --tables 2000``.

Finished tables are kept in a folder: the same command goes on from them, and with more tables adds to them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.statistics import main

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.statistics", description=__doc__)
    parser.add_argument("--cells", nargs="*", default=["*"], help="names or patterns")
    parser.add_argument("--tables", type=int, default=200, help="of each cell")
    parser.add_argument("--folder", type=Path, default=Path("build/statistics"), help="of finished tables")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--print-only", action="store_true", help="of what is in the folder")
    parser.add_argument("--everything", action="store_true", help="print every method that was compared")
    given = parser.parse_args()
    main(
        given.cells,
        given.tables,
        folder=given.folder,
        processes=given.processes,
        is_done=given.print_only,
        everything=given.everything,
    )
