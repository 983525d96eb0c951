"""Small data sets on which a whole trial takes a second or two."""

from __future__ import annotations

import numpy as np
import pyarrow as pa


def table(n_rows: int = 1500, seed: int = 0, intercept: float = -3.5) -> pa.Table:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n_rows, 4))
    kind = rng.choice(["web", "shop", "phone"], n_rows)
    log_odds = intercept + 1.6 * x[:, 0] + 0.8 * x[:, 1] * x[:, 2] + (kind == "web")
    fraud = rng.random(n_rows) < 1.0 / (1.0 + np.exp(-log_odds))
    columns = {f"x{i}": x[:, i] for i in range(4)} | {
        "kind": kind,
        "amount": rng.lognormal(3.0, 1.0, n_rows).round(2),
        "day": np.arange(n_rows) // 30,
        "customer": rng.integers(0, n_rows // 3, n_rows),
        "weight": np.where(fraud, 1.0, 8.0),
        "fraud": np.where(fraud, "yes", "no"),
    }
    return pa.table(columns)
