"""``python -m benchmarks.study --folder build/study``: compute what is not kept there, and print it all."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.study import main
from benchmarks.study.choices import TABLES
from benchmarks.timing import print_machine

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.study")
    parser.add_argument("--folder", type=Path, default=Path("build/study"), help="of what was computed")
    parser.add_argument("--tables", default=",".join(TABLES), help="their names with commas")
    parser.add_argument("--pictures", type=Path, help="a folder for the page's pictures")
    parser.add_argument("--jobs", type=int, default=2, help="fits side by side, one thread each")
    given = parser.parse_args()
    main(tuple(given.tables.split(",")), folder=given.folder, pictures=given.pictures, jobs=given.jobs)
    print()
    print_machine()
