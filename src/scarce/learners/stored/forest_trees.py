"""Forests of scikit-learn as `Trees`: the same leaves for every row, from thresholds in double precision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.learners.stored.single_precision import TAKEN_FOR_ZERO, last_up_to
from scarce.learners.stored.tree_layout import DTYPES
from scarce.learners.stored.trees import Trees

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

_ZERO = float(np.float32(TAKEN_FOR_ZERO))
_LARGEST = float(
    np.float32(1e30)
)  # scikit-learn sums the whole table in single precision to find what is not finite
_MISSING_IS_NAN, _DEFAULT_LEFT = 8, 2  # of a decision type


def as_float32(features: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return features as scikit-learn's trees see them, and as `Trees` does.

    Its trees compare in single precision and refuse what overflows there; the stored ones take what is next
    to nothing for 0.

    Parameters
    ----------
    features : ndarray of float64, shape (n_rows, n_features)
        NaN where missing.

    Returns
    -------
    ndarray of float32
    """
    inside = np.clip(features, -_LARGEST, _LARGEST)
    inside[np.abs(inside) <= _ZERO] = 0.0
    return inside.astype(np.float32)


def double_thresholds(threshold: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return thresholds t with ``x <= t`` exactly where ``as_float32(x) <= threshold``, for every x.

    Parameters
    ----------
    threshold : ndarray of float64
        As scikit-learn keeps them; infinite, or the largest value, where a split parts missing from present.

    Returns
    -------
    ndarray of float64
    """
    nearest = threshold.astype(np.float32)
    within = np.where(nearest > threshold, np.nextafter(nearest, np.float32(-np.inf)), nearest)
    return np.where(threshold < _LARGEST, last_up_to(within), np.inf)


def forest_trees(members: Iterable[Any], n_features: int, prior: float) -> Trees:
    """Return the trees of a two-class forest, whose votes are averaged.

    Parameters
    ----------
    members : iterable of DecisionTreeClassifier or ExtraTreeClassifier
    n_features : int
    prior : float
        The vote of one more tree, in (0, 1), so that no row is certain.

    Returns
    -------
    Trees
    """
    parts = [_arrays(member.tree_) for member in members]
    arrays = {name: np.concatenate([part[name] for part in parts]).astype(DTYPES[name]) for name in DTYPES}
    return Trees(n_features=n_features, averaged=prior, **arrays)


def _arrays(tree: Any) -> dict[str, NDArray[Any]]:
    """Return a tree as `Trees` lays it out; scikit-learn, too, numbers a child after its parent."""
    left, right = tree.children_left, tree.children_right
    leaf = left < 0
    own = np.where(leaf, ~(np.cumsum(leaf) - 1), np.cumsum(~leaf) - 1)
    mass = tree.weighted_n_node_samples * tree.impurity
    split = ~leaf
    value = tree.value[leaf][:, 0, :]
    none = np.zeros(0)
    to_left = tree.missing_go_to_left[split] != 0
    return {
        "num_leaves": np.array([leaf.sum()]),
        "num_cat": np.zeros(1),
        "shrinkage": np.ones(1),
        "split_feature": tree.feature[split],
        "threshold": double_thresholds(tree.threshold[split]),
        "decision_type": np.where(to_left, _MISSING_IS_NAN | _DEFAULT_LEFT, _MISSING_IS_NAN),
        "left_child": own[left[split]],
        "right_child": own[right[split]],
        "split_gain": np.maximum(mass[split] - mass[left[split]] - mass[right[split]], 0.0),
        "internal_count": tree.n_node_samples[split],
        "leaf_value": value[:, 1] / value.sum(axis=1),
        "leaf_count": tree.n_node_samples[leaf],
        "cat_words": none,
        "cat_bits": none,
    }
