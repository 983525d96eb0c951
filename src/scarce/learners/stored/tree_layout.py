"""How trees lie in flat arrays: which arrays there are, of what type, and what each has one entry for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import ArrayLike, NDArray

DTYPES: dict[str, str] = {
    "num_leaves": "int32",
    "num_cat": "int32",
    "shrinkage": "float64",
    "split_feature": "int32",
    "threshold": "float64",
    "decision_type": "uint8",
    "left_child": "int32",
    "right_child": "int32",
    "split_gain": "float32",
    "internal_count": "int32",
    "leaf_value": "float64",
    "leaf_count": "int32",
    "cat_words": "int32",
    "cat_bits": "uint32",
}
PER_TREE = ("num_leaves", "num_cat", "shrinkage")
PER_SPLIT = (
    "split_feature",
    "split_gain",
    "threshold",
    "decision_type",
    "left_child",
    "right_child",
    "internal_count",
)
PER_LEAF = ("leaf_value", "leaf_count")


def flat(trees: Iterable[Mapping[str, ArrayLike]]) -> dict[str, NDArray[np.generic]]:
    """Lay trees that split by numbers one after the other.

    Parameters
    ----------
    trees : iterable of mappings
        Each with an entry for each of its splits and leaves, under the names of `PER_SPLIT` and `PER_LEAF`.
    """
    parts = list(trees)
    counts = [len(part["leaf_value"]) for part in parts]
    arrays = {name: np.empty(0, dtype) for name, dtype in DTYPES.items()}
    arrays["num_leaves"] = np.array(counts, np.int32)
    arrays["num_cat"] = np.zeros(len(parts), np.int32)
    arrays["shrinkage"] = np.ones(len(parts))
    for name in (*PER_SPLIT, *PER_LEAF):
        values = [np.asarray(part[name], DTYPES[name]) for part in parts]
        arrays[name] = np.concatenate([arrays[name], *values])
    return arrays
