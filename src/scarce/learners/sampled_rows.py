"""The rows that one treatment trains on: those of the fold, or what a sampling draws from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from scarce.learners.base import FloatArray, Sampling, TrainingRows


class SampledRows(NamedTuple):
    """Rows to train on, with what undoes that they are not the population's."""

    features: FloatArray
    target: npt.NDArray[np.float32]
    weight: npt.NDArray[np.float32] | None
    offset: float


def sampled_rows(rows: TrainingRows, sampling: Sampling | None) -> SampledRows:
    """Draw from the rows to fit on; weights have mean 1, or their unit would decide the penalties.

    Parameters
    ----------
    rows : TrainingRows
    sampling : Sampling or None
        None takes every row once.
    """
    features, target, offset = rows.features[rows.fit], rows.target[rows.fit], rows.offset
    weight = None if rows.training_weight is None else rows.training_weight[rows.fit]
    if sampling is not None:
        drawn = sampling.draw(features, target, rows.categorical, rows.seed)
        made_up = drawn.rows is None
        weight = None if weight is None or made_up else weight[drawn.rows]
        features = drawn.features if made_up else features[drawn.rows]
        target, offset = drawn.target, offset + drawn.offset
    if weight is not None:
        weight = (weight / weight.mean()).astype(np.float32)
    return SampledRows(features, target.astype(np.float32), weight, offset)
