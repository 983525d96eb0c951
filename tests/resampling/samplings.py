"""Every sampling there is, and rows to draw from."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
import pytest

from scarce.resampling import OverSampler, UnderSampler
from scarce.resampling.bagging import Bag
from scarce.resampling.catalog import parse
from scarce.resampling.imbalanced_learn import SAMPLERS

if TYPE_CHECKING:
    from scarce.learners.base import Sampled, Sampling

BY_LABEL = {
    "undersample:ratio=3": UnderSampler(ratio=3.0),
    "undersample:rate=.5": UnderSampler(rate=0.5),
    "more negatives than there are": UnderSampler(ratio=1e6),
    "oversample:ratio=1": OverSampler(1.0),
    "as many positives as there are": OverSampler(1e6),
    "one bag of several": Bag(4),
}
IN_FULL = {  # the first finds no cluster by default, the second takes a second
    "kmeans_smote": "kmeans_smote:cluster_balance_threshold=0.01",
    "hardness_threshold": "hardness_threshold:cv=2",
}
NAMES = (*BY_LABEL, *SAMPLERS)
SYNTHETIC = (
    "smote",
    "borderline_smote",
    "svm_smote",
    "kmeans_smote",
    "adasyn",
    "smote_enn",
    "smote_tomek",
    "cluster_centroids",
)
"""Those that make rows up; the others choose among those there are."""

every_sampling = pytest.mark.parametrize("name", NAMES)


def sampling(name: str) -> Sampling:
    """Return a sampling, or skip where it needs a package that is not there."""
    if name in BY_LABEL:
        return BY_LABEL[name]
    if find_spec("imblearn") is None:
        pytest.skip("imbalanced-learn is not installed")
    return parse(IN_FULL.get(name, name))


def mixed(
    rows: int = 400, positives: int = 40, seed: int = 0
) -> tuple[np.ndarray, np.ndarray, tuple[int, ...]]:
    """Return encoded rows with numbers, categories and holes, their labels, and which hold categories."""
    rng = np.random.default_rng(seed)
    target = rng.permutation(np.arange(rows) < positives).astype(np.uint8)
    numbers = rng.normal(size=(rows, 3)) * (1.0, 50.0, 0.01) + 2.0 * target[:, None] * (1.0, 50.0, 0.01)
    category = rng.choice([1.0, 2.0, 7.0, np.nan], rows)
    numbers[rng.random((rows, 3)) < 0.05] = np.nan
    return np.column_stack([numbers[:, :2], category, numbers[:, 2]]), target, (2,)


def features_of(drawn: Sampled, features: np.ndarray) -> np.ndarray:
    """Return the rows that a learner trains on."""
    return features[drawn.rows] if drawn.features is None else drawn.features
