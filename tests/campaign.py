"""How much a campaign tries, and the one table that says what was tried.

A test of a campaign asks `share` for its counts and tells the ``tally`` fixture what it did. `make test` runs
a seeded 2 % slice of it, `make campaigns` all, and either ends with the table.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

FULL = os.environ.get("SCARCE_CAMPAIGN") == "1"
FAMILIES = {
    "files": "files and columns read as written, or refused with a code",
    "faults": "faults of the system met in reading and writing",
    "kills": "runs killed and taken up again",
    "entries": "journal entries damaged, moved or forged",
    "models": "model files damaged or forged",
    "payloads": "texts that mean something to a terminal, a browser or a spreadsheet",
    "leaks": "leaks planted, and shuffled targets without any",
    "noise": "comparisons of nothing but noise",
    "truths": "samples of a known truth: intervals cover it, differences are seen",
}


@dataclass
class Tried:
    """What the tests of one family did."""

    count: int = 0
    tests: int = 0
    seconds: float = 0.0


def share(full: int) -> int:
    """Return how many of `full` to try now: all of them in a campaign, 2 % in the slice."""
    return full if FULL else max(1, full // 50)


def added_up(tests: Iterable[tuple[list[tuple[str, int]], float]]) -> dict[str, Tried]:
    """Return what each family tried, from the counts and the seconds of each test that passed."""
    families = {name: Tried() for name in FAMILIES}
    for counts, seconds in tests:
        for name, count in counts:
            families[name].count += count
        for name in {name for name, _ in counts}:
            families[name].tests += 1
            families[name].seconds += seconds
    return families


def table(families: dict[str, Tried]) -> list[str]:
    """Return the lines that say what was tried, those of families without a single try too."""
    lines = [f"{'family':<10}{'tried':>12}{'tests':>7}{'seconds':>9}  of what"]
    lines += [
        f"{name:<10}{one.count:>12,}{one.tests:>7}{one.seconds:>9,.0f}  {FAMILIES[name]}"
        for name, one in families.items()
    ]
    return lines


def gaps(families: dict[str, Tried], failed: Iterable[str]) -> list[str]:
    """Return what a campaign lacks: families that tried nothing, and tests that failed."""
    untried = [f"nothing tried: {name}" for name, one in families.items() if not one.count]
    return untried + [f"failed: {test}" for test in failed]
