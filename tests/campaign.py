"""How much a campaign tries, and the one table that says what was tried.

A test of a campaign asks `share` for its counts and tells the ``tally`` fixture what it did. `make test` runs
a seeded 2 % slice of it, `make campaigns` all, and either ends with the table.
"""

from __future__ import annotations

import os

FULL = os.environ.get("SCARCE_CAMPAIGN") == "1"
FAMILIES = {
    "files": "files read as written, or refused with a code",
    "faults": "faults of the system met in reading and writing",
    "kills": "runs killed and taken up again",
    "entries": "journal entries damaged, moved or forged",
    "models": "model files damaged or forged",
    "payloads": "texts that mean something to a terminal, a browser or a spreadsheet",
    "leaks": "leaks planted, and shuffled targets without any",
    "noise": "tables and comparisons of nothing but noise",
}


def share(full: int) -> int:
    """Return how many of `full` to try now: all of them in a campaign, 2 % in the slice."""
    return full if FULL else max(1, full // 50)


def table(counts: dict[str, int]) -> list[str]:
    """Return the lines that say how often each family was tried."""
    return [
        f"{family:<10}{counts[family]:>12,}  {FAMILIES[family]}" for family in FAMILIES if family in counts
    ]
