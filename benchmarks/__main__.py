"""Run every benchmark, or those named: ``python -m benchmarks start kernels``."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path

from benchmarks.timing import print_machine

NOT_RUN = {"__main__", "gpu_check", "timing"}


def names() -> list[str]:
    """Return the benchmarks there are: the modules of this package with a `main`."""
    found = (module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]))
    return sorted(set(found) - NOT_RUN)


def main(wanted: list[str]) -> int:
    known = names()
    unknown = [name for name in wanted if name not in known]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    print_machine()
    for name in wanted or known:
        print(f"\n== {name}", flush=True)
        importlib.import_module(f"benchmarks.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
