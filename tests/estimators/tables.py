"""Small tables whose truth is known."""

from __future__ import annotations

import numpy as np
from scipy.special import expit


def truth_table(rows: int = 1000, shift: float = -2.5, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return one feature, which is the true log-odds, and labels drawn from it."""
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(shift, 1.5, rows)
    return log_odds[:, None], (rng.random(rows) < expit(log_odds)).astype(int)
