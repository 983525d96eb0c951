"""What a run costs beside its fits, what a second one costs, what it holds, and whether a budget is kept.

Wanted on two cores: the run at most 5 % above its bare fits; a second run whose fits are all kept at most
15 s on card fraud; memory at most 3 times the table in Arrow and 500 MB; a budget kept within 10 %. Every
figure is of a process of its own. ``python -m benchmarks.lifecycle DATA [PART ...]`` looks for
creditcard.parquet in DATA; parts are ``card``, ``million``, ``budget`` and ``long`` (30 minutes).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.trial import DATA, made
from scarce.kernels.threads import available_threads

BEGIN = [sys.executable, "-c", "from scarce.cli.main import main; main()"]
PARTS = ("card", "million", "budget")  # and "long", when it is named


def run(data: Path, out: Path, *options: str) -> tuple[float, dict[str, object]]:
    """Return the wall time of a run, and its record."""
    begun = time.perf_counter()
    command = [*BEGIN, "run", str(data), "--out", str(out), *options]
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - begun, json.loads((out / "run.json").read_bytes())


def bare(record: dict[str, object]) -> float:
    """Return the wall time of the arms' fits and the refit, had the cores done nothing else."""
    seconds = record["seconds"]
    fits = sum(seconds["arms"].values())
    return fits / available_threads() + seconds["refit"] + seconds.get("other folds", 0.0)


def twice(name: str, data: Path, *options: str) -> None:
    """Print what two runs on a table take and hold."""
    arrow = pq.read_table(data).nbytes / 1e6
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        first, record = run(data, out, *options)
        fits = bare(record)
        again, same = run(data, out, *options)
    most = 3 * arrow + 500
    print(
        f"{name}: first run {first:.1f} s, its fits {fits:.1f} s: overhead {100 * (first / fits - 1):.1f} %"
    )
    reused, wanted = same["fits"]["reused"], same["fits"]["all"]
    print(f"{name}: second run {again:.1f} s, {reused} of {wanted} fits reused")
    for run_name, one in (("first", record), ("second", same)):
        held = one["machine"]["peak_memory_mib"] * 1.048576
        print(f"{name}: {run_name} run held {held:.0f} MB; wanted {most:.0f} MB ({arrow:.0f} MB in Arrow)")


def within(name: str, rows: int, budget: str, seconds: float) -> None:
    """Print what a run with a budget took, and what it left out."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "made.parquet"
        pq.write_table(table(rows), data)
        took, record = run(data, Path(folder) / "out", "--target", "y", "--budget", budget)
    arms = ", ".join(record["scores"])
    print(f"{name}: {took:.0f} s of {seconds:.0f} s ({100 * took / seconds:.0f} %); arms: {arms}", flush=True)


def table(rows: int):
    """Return 30 normal columns and a target, as `benchmarks.trial.made` makes them."""
    dataset = made(rows, 30)
    return dataset.features.append_column("y", [dataset.target])


def main(data: Path = DATA, parts: tuple[str, ...] = ()) -> None:
    """Print the figures of each part."""
    wanted = parts or PARTS
    card = data / "creditcard.parquet"
    if "card" in wanted and card.exists():
        twice("card fraud", card, "--target", "Class", "--cost", "fn=Amount,fp=5", "--learners", "lightgbm")
    if "million" in wanted:
        with tempfile.TemporaryDirectory() as folder:
            large = Path(folder) / "large.parquet"
            pq.write_table(table(1_000_000), large)
            twice("1M x 30", large, "--target", "y", "--learners", "lightgbm", "--methods", "focal:gamma=2")
    if "budget" in wanted:
        within("200,000 x 30 in 3 minutes", 200_000, "3m", 180.0)
    if "long" in wanted:
        within("1M x 30 in 30 minutes", 1_000_000, "30m", 1800.0)


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:2]), parts=tuple(sys.argv[2:]))
