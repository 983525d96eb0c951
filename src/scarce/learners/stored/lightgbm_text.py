"""LightGBM's model text: read into the arrays of `Trees`, and written anew from them.

Reading happens once, on the text of a booster just trained here. Writing leaves out what prediction does not
need and what differs between runs of the same training (the parameters, with their thread count).
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.errors.refusal import RefusalError, require
from scarce.learners.stored.tree_layout import DTYPES, PER_LEAF, PER_SPLIT, TreeArrays

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray


def parse(text: str) -> dict[str, Any]:
    """Read the trees out of LightGBM's model text (version 4).

    Parameters
    ----------
    text : str
        What ``booster.model_to_string()`` gives.

    Returns
    -------
    dict
        What `Trees` is made of: ``n_features`` and its arrays, not yet checked.

    Raises
    ------
    RefusalError
        For more than one output, linear leaves, random-forest averaging, or text that is not understood.
    """
    blocks = _blocks(text)
    header = next(blocks)
    require(header.get("version") == "v4", f"LightGBM text of version {header.get('version')}, not v4")
    outputs = (header.get("num_class"), header.get("num_tree_per_iteration"))
    require(outputs == ("1", "1"), "a booster with more than one output")
    require("average_output" not in header, "a random forest, which averages its trees")
    parts = [_tree(block) for block in blocks]
    gathered = {
        name: np.array([value for part in parts for value in part[name]], dtype=dtype)
        for name, dtype in DTYPES.items()
    }
    gathered["split_gain"] = np.nan_to_num(gathered["split_gain"])
    return {"n_features": _integer(header.get("max_feature_idx", "")) + 1, **gathered}


def _blocks(text: str) -> Iterator[dict[str, str]]:
    """Yield the header and then each tree, as key to value."""
    body, end, _ = text.partition("\nend of trees")
    require(end, "LightGBM text without an end of its trees")
    for block in body.split("\nTree="):
        lines = (line.partition("=") for line in block.splitlines() if line)
        yield {key: value for key, _, value in lines}


def _tree(block: dict[str, str]) -> dict[str, list[Any]]:
    require(block.get("is_linear") == "0", "linear leaves")
    leaves, categories = _integer(block.get("num_leaves", "")), _integer(block.get("num_cat", ""))
    part: dict[str, list[Any]] = {"num_leaves": [leaves], "num_cat": [categories]}
    part["shrinkage"] = [_number(block.get("shrinkage", ""))]
    for names, length in ((PER_SPLIT, leaves - 1), (PER_LEAF, leaves)):
        for name in names:
            part[name] = _values(block.get(name, ""), _reader(name))
            require(len(part[name]) == length, f"{name} has {len(part[name])} entries, not {length}")
    bounds = _values(block.get("cat_boundaries", ""), _integer) or [0]
    part["cat_words"] = [after - before for before, after in pairwise(bounds)]
    part["cat_bits"] = _values(block.get("cat_threshold", ""), _integer)
    return part


def _reader(name: str) -> Callable[[str], float]:
    return _number if DTYPES[name].startswith("float") else _integer


def _values(text: str, read: Callable[[str], float]) -> list[float]:
    return [read(word) for word in text.split()]


def _integer(word: str) -> int:
    try:
        return int(word)
    except ValueError:
        raise RefusalError(f"LightGBM text with {word!r} where a whole number belongs") from None


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        raise RefusalError(f"LightGBM text with {word!r} where a number belongs") from None


def write(trees: TreeArrays) -> str:
    """Write LightGBM model text from checked arrays: the same arrays give the same text.

    Parameters
    ----------
    trees : TreeArrays
        At least one tree.

    Returns
    -------
    str
        Text whose raw prediction equals, bit for bit, that of the booster the trees were read from.

    Notes
    -----
    Features are named ``f0, f1, ...``: no string of a model file reaches LightGBM's parser.
    """
    names = [f"f{index}" for index in range(trees.n_features)]
    bodies = [f"Tree={index}\n{body}\n\n\n" for index, body in enumerate(_bodies(trees))]
    header = {
        "version": "v4",
        "num_class": "1",
        "num_tree_per_iteration": "1",
        "label_index": "0",
        "max_feature_idx": str(trees.n_features - 1),
        "feature_names": " ".join(names),
        "feature_infos": " ".join(["none"] * len(names)),
        "tree_sizes": " ".join(str(len(body)) for body in bodies),
    }
    return f"tree\n{_lines(header)}\n\n{''.join(bodies)}end of trees\n\npandas_categorical:null\n"


def _bodies(trees: TreeArrays) -> Iterator[str]:
    leaf = split = category = word = 0
    counts = zip(trees.num_leaves.tolist(), trees.num_cat.tolist(), trees.shrinkage.tolist(), strict=True)
    for leaves, categories, shrinkage in counts:
        splits = leaves - 1
        lines = {"num_leaves": str(leaves), "num_cat": str(categories)}
        lines |= {name: _joined(getattr(trees, name)[split : split + splits]) for name in PER_SPLIT}
        lines |= {name: _joined(getattr(trees, name)[leaf : leaf + leaves]) for name in PER_LEAF}
        if categories:
            bounds = np.cumsum([0, *trees.cat_words[category : category + categories]])
            lines["cat_boundaries"] = _joined(bounds)
            lines["cat_threshold"] = _joined(trees.cat_bits[word : word + bounds[-1]])
            word += int(bounds[-1])
        lines |= {"is_linear": "0", "shrinkage": repr(shrinkage)}
        yield _lines(lines)
        leaf, split, category = leaf + leaves, split + splits, category + categories


def _joined(values: NDArray[np.generic]) -> str:
    """Join by repr: the shortest text that reads back as the same float64."""
    return " ".join(map(repr, values.tolist()))


def _lines(pairs: dict[str, str]) -> str:
    return "\n".join(f"{key}={value}" for key, value in pairs.items())
