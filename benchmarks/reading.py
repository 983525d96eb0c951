"""How much memory reading a packed file takes, beside the table that comes out.

Wanted: at most three times the table and 500 MB.
``python -m benchmarks.reading 30000000`` reads that many rows.
"""

from __future__ import annotations

import gzip
import multiprocessing
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv

ROWS = 3_000_000
BLOCK = 500_000


def write(path: Path, rows: int) -> None:
    """Write payments: a number that counts, an amount, a channel, an hour and a label."""
    rng = np.random.default_rng(0)
    with gzip.open(path, "wb", compresslevel=1) as file:
        for start in range(0, rows, BLOCK):
            count = min(BLOCK, rows - start)
            table = pa.table(
                {
                    "id": np.arange(start, start + count),
                    "amount": np.round(np.exp(rng.normal(3, 1, count)), 2),
                    "channel": rng.choice(["web", "phone", "shop"], count),
                    "hour": rng.integers(0, 24, count),
                    "fraud": (rng.random(count) < 0.01).astype(int),
                }
            )
            csv.write_csv(table, file, csv.WriteOptions(include_header=start == 0))


def measure(path: Path) -> None:
    from scarce.data.files.reading import read

    start = time.perf_counter()
    table = read(path)
    seconds = time.perf_counter() - start
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
    size = table.data.nbytes / 1e6
    print("        rows     table      peak     limit  (peak - 500 MB) / table     time")
    print(
        f"  {table.n_rows:>10,}  {size:>5.0f} MB  {peak:>5.0f} MB  {3 * size + 500:>5.0f} MB"
        f"  {(peak - 500) / size:>23.2f}  {seconds:>5.1f} s"
    )
    if peak > 3 * size + 500:
        raise SystemExit("reading takes more memory than 3 times the table and 500 MB")


def main(rows: int = ROWS) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "payments.csv.gz"
        write(path, rows)
        # A process of its own, whose peak is that of reading alone.
        process = multiprocessing.get_context("spawn").Process(target=measure, args=(path,))
        process.start()
        process.join()
        if process.exitcode:
            raise SystemExit(process.exitcode)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
