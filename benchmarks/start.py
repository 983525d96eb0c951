"""How long the package and the command line take to start, beside a bare interpreter.

Wanted: ``import scarce`` under 50 ms and ``scarce --help`` under 300 ms.
"""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial

from benchmarks.timing import interleaved_minima, print_table

BARE = "bare interpreter"
PROGRAMS = {
    BARE: "pass",
    "import scarce": "import scarce",
    "scarce --help": "from scarce.cli.main import main; main(['--help'])",
    "scarce run --help": "from scarce.cli.main import main; main(['run', '--help'])",
    "import numpy, for scale": "import numpy",
}


def start(program: str) -> None:
    environment = {**os.environ, "COLUMNS": "100"}
    subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.DEVNULL, env=environment)


def main() -> None:
    rivals = {name: partial(start, program) for name, program in PROGRAMS.items()}
    seconds = interleaved_minima(rivals, repeats=11)
    print_table("whole processes", seconds, against=BARE)
    own = {name: value - seconds[BARE] for name, value in seconds.items() if name != BARE}
    print_table("without the interpreter's own start", own, against="import scarce")


if __name__ == "__main__":
    main()
