"""Write the inputs of a table, in a process of its own: the referee stays small."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.torch_losses import inputs
from benchmarks.torch_losses.tables import TABLES

if __name__ == "__main__":
    inputs.write(TABLES[sys.argv[1]], Path(sys.argv[2]), float(sys.argv[3]))
