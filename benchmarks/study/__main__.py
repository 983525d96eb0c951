"""``python -m benchmarks.study --folder build/study``: compute what is not kept there, and print it all."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.study import LEARNERS, TABLES, network, plain_sigmoid, printing, trials
from benchmarks.timing import print_machine

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.study")
    parser.add_argument("--folder", type=Path, default=Path("build/study"), help="of what was computed")
    parser.add_argument("--tables", default=",".join(TABLES), help="their names with commas")
    parser.add_argument("--jobs", type=int, default=2, help="fits side by side, one thread each")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    wanted = given.tables.split(",")
    print_machine()
    protocols = {one: plain_sigmoid.protocol(one, given.folder, given.jobs) for one in wanted}
    networks = [network.network(one, given.folder, given.jobs) for one in network.TABLES if one in wanted]
    found = [trials.trial(one, learner, given.folder, given.jobs) for learner in LEARNERS for one in wanted]
    printing.page(found, networks, protocols)
