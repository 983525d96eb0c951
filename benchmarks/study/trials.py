"""Every treatment on a table and a learner, against the strongest plain model of that learner."""

from __future__ import annotations

import json
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from benchmarks.control.tables import sources
from benchmarks.study.choices import LARGE, METHODS, REPEATS
from benchmarks.study.judging import judged
from scarce.progress import SILENT
from scarce.trial.config import TrialConfig
from scarce.trial.design import Design
from scarce.trial.journal import Journal
from scarce.trial.lineup import lineup
from scarce.trial.methods import CONTROL
from scarce.trial.training import Unhurried, train

if TYPE_CHECKING:
    from pathlib import Path

REPLICATES = 200


def trial(table: str, learner: str, folder: Path, jobs: int) -> dict[str, Any]:
    """Return what the treatments score on a table, from the folder where it is there."""
    path = folder / f"{table}-{learner}.json"
    if path.exists():
        return json.loads(path.read_text())
    found = _trial(table, learner, folder / "journal" / table, jobs)
    path.write_text(json.dumps(found, indent=1))
    return found


def _trial(table: str, learner: str, folder: Path, jobs: int) -> dict[str, Any]:
    dataset = sources()[table].load()
    repeats = 1 if table in LARGE else REPEATS
    config = TrialConfig(METHODS, (learner,), repeats=repeats, replicates=REPLICATES)
    design_of = partial(Design.of, config=config)
    design = design_of(dataset)
    begun, journal = time.perf_counter(), Journal(folder, design.context())
    how = (design, journal, SILENT, jobs)
    trained = train(design, Unhurried(*how), journal, SILENT, jobs, lambda _: None)
    entries = [one.entry for one in lineup(design, trained.choice, trained.treated, trained.scores)]
    # treatments run on one of the plain models, which is the control unless that is a blend of them
    beside = [one.name for one in entries if not one.treatment and one.name != CONTROL]
    found = judged(dataset, design_of, entries, beside[0] if beside else CONTROL, jobs)
    of_plain = next(one.learner for one in entries if one.name == found["plain"])
    candidates = {one.name: one.log_loss for one in trained.choice.candidates}
    seconds = time.perf_counter() - begun
    return {
        "table": table,
        "learner": learner,
        "seconds": seconds,
        "candidates": candidates,
        "model": of_plain,
        **found,
    }
