"""``python -m benchmarks.torch_losses [table ...] [--share 0.1]``."""

from __future__ import annotations

import argparse

from benchmarks.timing import print_machine
from benchmarks.torch_losses import main
from benchmarks.torch_losses.tables import TABLES

NAMES = (*TABLES, "grid", "gpu")

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.torch_losses")
    parser.add_argument("tables", nargs="*", metavar="table", help=f"of {', '.join(NAMES)}; all by default")
    parser.add_argument("--share", type=float, default=1.0, help="share of the rows, to try it quickly")
    given = parser.parse_args()
    if unknown := set(given.tables) - set(NAMES):
        parser.error(f"no table {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    print_machine()
    main(given.tables, given.share)
