"""How trees lie in flat arrays: which arrays there are, of what type, and what each has one entry for."""

from __future__ import annotations

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
