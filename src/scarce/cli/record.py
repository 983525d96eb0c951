"""What ``run.json`` holds: what may differ between two equal runs, and the scores for programs."""

from __future__ import annotations

import os
import platform
from math import isnan
from typing import TYPE_CHECKING, Any

from scarce.cli import outputs

if TYPE_CHECKING:
    from scarce.trial.arm_result import Candidate
    from scarce.trial.result import Importance, TrialResult

PACKAGES = ("scarce", "numpy", "scipy", "scikit-learn", "lightgbm", "numba", "pyarrow", "duckdb")
WITHOUT_TRAINING = ("scarce", "numpy", "scipy", "pyarrow", "duckdb")


def of(result: TrialResult, command: str, seconds: float) -> dict[str, Any]:
    """Return what run.json holds: what may differ between two equal runs, and the scores for programs."""
    from scarce.trial.versions import versions

    fits = {
        "steps": {arm.name: arm.steps for arm in result.arms},
        "control": {
            "candidates": {one.name: figures(one) for one in result.candidates},
            "optimism": result.optimism,
        },
        "fits": dict(zip(("all", "reused"), result.fits, strict=True)),
        "seconds": {"arms": {arm.name: round(arm.seconds, 3) for arm in result.arms}},
    }
    found = fits if result.trained else {"seconds": {}}
    if result.missed is not None:
        found["missed_positives"] = result.missed.to_dict()
    if result.reviews is not None:
        found["reviews"] = result.reviews.to_dict()
    return found | {
        "made_by": outputs.MADE_BY,
        "command": command,
        "config": result.config,
        "data": {
            "name": result.name,
            "sha256": result.fingerprint,
            "table": result.source_fingerprint,
            "target": result.target_name,
        },
        "findings": [finding.to_dict() for finding in result.findings],
        "verdict": result.verdict.headline,
        "winner": result.verdict.winner,
        "rule": result.rule_text,
        "rule_in_words": result.rule_in_words,
        "positives": int(result.target.sum()),
        "scores": {arm.name: scores(arm.estimates) for arm in result.arms},
        "without_suspects": without_suspects(result),
        "importance": [importance(one) for one in result.importance],
        "seconds": {"all": round(seconds, 3), **result.timings, **found["seconds"]},
        "versions": {
            "python": platform.python_version(),
            **versions(PACKAGES if result.trained else WITHOUT_TRAINING),
        },
        "machine": {"cpus": os.cpu_count(), "system": platform.platform(), "peak_memory_mib": peak_memory()},
    }


def figures(candidate: Candidate) -> dict[str, Any]:
    """Return a candidate's figures as JSON-able values; None for what it was not trained for."""
    named = {"log_loss": candidate.log_loss, "seconds": candidate.seconds}
    return {name: None if isnan(value) else value for name, value in named.items()} | {
        "chosen": candidate.chosen
    }


def scores(estimates: dict[str, Any]) -> dict[str, dict[str, float | None]]:
    """Return estimates as JSON-able numbers."""
    return {name: estimate.to_dict() for name, estimate in estimates.items()}


def without_suspects(result: TrialResult) -> dict[str, Any] | None:
    """Return which columns may give the target away, and the control's scores without them."""
    beside = result.without_suspects
    return None if beside is None else {**beside.details, "scores": scores(beside.estimates)}


def importance(found: Importance) -> dict[str, Any]:
    """Return how much some columns matter as JSON-able values."""
    ends = {name: getattr(found, name) for name in ("value", "low", "high")}
    return {"columns": list(found.columns)} | {
        name: None if isnan(end) else end for name, end in ends.items()
    }


def peak_memory() -> int | None:
    """Return the most memory this process has held, in MiB; None where the system does not say."""
    try:
        from resource import RUSAGE_SELF, getrusage
    except ModuleNotFoundError:  # Windows
        return None
    unit = 1 << 20 if platform.system() == "Darwin" else 1 << 10
    return round(getrusage(RUSAGE_SELF).ru_maxrss * unit / (1 << 20))
