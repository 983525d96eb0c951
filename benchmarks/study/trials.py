"""Every treatment on a table and a learner, against the plain model on the same folds."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from benchmarks.control.tables import sources
from benchmarks.study.choices import ALONE, COSTS, MARGINS, PAIRS
from scarce.decision.costs import Costs
from scarce.progress import SILENT
from scarce.trial.comparison import compare
from scarce.trial.config import TrialConfig
from scarce.trial.design import Design
from scarce.trial.journal import Journal
from scarce.trial.judging import score_all
from scarce.trial.lineup import lineup
from scarce.trial.scoring import COST, LOG_LOSS, RANKED
from scarce.trial.training import Unhurried, train

if TYPE_CHECKING:
    from pathlib import Path

    from scarce.trial.arm_result import ArmResult
    from scarce.trial.metric import Metric

ROC = "roc_auc"
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
    config = TrialConfig((*ALONE, *PAIRS), (learner,), replicates=REPLICATES)
    design = Design.of(dataset, config)
    begun, journal = time.perf_counter(), Journal(folder, design.context())
    how = (design, journal, SILENT, jobs)
    trained = train(design, Unhurried(*how), journal, SILENT, jobs, lambda _: None)
    standing = lineup(design, trained.choice, trained.treated, trained.scores)
    entries = [one.entry for one in standing]
    results = score_all(design, entries, SILENT, jobs)
    found = {
        "table": table,
        "learner": learner,
        "rows": dataset.n_rows,
        "positives": int(dataset.target.sum()),
        "seconds": time.perf_counter() - begun,
        "arms": {result.name: figures_of_arm(result) for result in results},
        "differences": {one.name: differences_of(design, results, one) for one in (RANKED, LOG_LOSS)},
        "costs": {},
    }
    for ratio in COSTS:
        priced = Design.of(replace(dataset, costs=Costs(fn=float(ratio), fp=1.0)), config)
        results = score_all(priced, entries, SILENT, jobs)
        found["costs"][str(ratio)] = {
            "control": results[0].estimates[COST.name].value,
            "differences": differences_of(priced, results, COST),
        }
    return found


def figures_of_arm(result: ArmResult) -> dict[str, Any]:
    """Return an arm's scores with their intervals, its seconds, and what was chosen."""
    found = {name: result.estimates[name] for name in (RANKED.name, LOG_LOSS.name, ROC)}
    estimates = {name: [one.value, one.low, one.high] for name, one in found.items()}
    return {**estimates, "seconds": result.seconds, "chosen": result.details.get("chosen", "")}


def differences_of(design: Design, results: list[ArmResult], metric: Metric) -> dict[str, Any]:
    """Return each arm minus the control, by the margin of this metric."""
    design = replace(design, config=replace(design.config, margin=MARGINS[metric.name]))
    return {one.arm: [one.value, one.low, one.high, one.outcome] for one in compare(design, results, metric)}
