"""The fused CPU passes against the NumPy closed forms, a million rows."""

from __future__ import annotations

import numpy as np

from benchmarks.timing import interleaved_minima, print_machine, print_table
from scarce.boosting.objective import BinaryObjective
from scarce.losses import get

N_ROWS = 1_000_000
LOSSES = {
    "cross_entropy": get("cross_entropy"),
    "focal, gamma 2": get("focal", gamma=2.0),
    "focal, gamma 1.5": get("focal", gamma=1.5),
    "poly_focal, expected curvature": get("poly_focal"),
    "asymmetric, expected curvature": get("asymmetric"),
}


def main() -> None:
    """Print gradient and Hessian, and the recovered log-loss, of each loss by NumPy and by the kernels."""
    rng = np.random.default_rng(0)
    raw, label = rng.normal(-3.0, 3.0, N_ROWS), (rng.random(N_ROWS) < 0.05).astype(np.float32)
    for name, loss in LOSSES.items():
        goal, alone = BinaryObjective(loss), BinaryObjective(loss, threads=1)
        kind = "exact" if goal.is_convex or "expected" not in name else "expected"

        def closed_form(loss=loss, kind=kind):
            return loss.gradient(raw, label), loss.hessian(raw, label, kind=kind)

        seconds = interleaved_minima(
            {
                "NumPy gradient and Hessian": closed_form,
                "kernel": lambda goal=goal: goal.gradient_hessian(raw, label),
                "kernel, 1 thread": lambda alone=alone: alone.gradient_hessian(raw, label),
                "copy of the scores": raw.copy,
                "NumPy log-odds": lambda loss=loss: loss.log_odds(raw),
                "kernel log-loss": lambda goal=goal: goal.log_loss(raw, label),
            },
            repeats=9,
        )
        print_table(f"{name}, {N_ROWS:,} rows", seconds, against="kernel")


if __name__ == "__main__":
    print_machine()
    main()
