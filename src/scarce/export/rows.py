"""Rows that leave no part of a model unasked: every split from both sides, every category, every gap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from scarce.data.schema import BOOLEAN, CATEGORY, DATETIME, MAX_CATEGORIES
from scarce.learners.stored.tree_checks import CATEGORICAL
from scarce.learners.stored.trees import Trees

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from scarce.bundle.model import Model
    from scarce.data.encoding import Encoder
    from scarce.data.schema import Column
    from scarce.learners.base import Stored
    from scarce.learners.stored.linear import LinearModel

MOST_SPLITS = 20_000
N_ROWS = 2_000
_ODD = (np.nan, 0.0, -0.0, 1e-36, -1e-35, 1.0, -1.0, 1e30, -1e300, 5e-324)


def at_every_turn(stored: Stored, encoder: Encoder) -> NDArray[np.float64]:
    """Return encoded rows that reach every split of trees, or every knot and category of a linear model."""
    return at_every_split(stored, encoder) if isinstance(stored, Trees) else at_every_knot(stored, encoder)


def at_every_knot(model: LinearModel, encoder: Encoder, seed: int = 0) -> NDArray[np.float64]:
    """Return encoded rows of numbers at, beside, between and beyond the knots, of every category and gap.

    Parameters
    ----------
    model : LinearModel
    encoder : Encoder
        Says which features are categories, and how many codes they have.
    seed : int
        Decides what stands together in a row.

    Returns
    -------
    ndarray of float64, shape (n_rows, n_features)
    """
    rng = np.random.default_rng(seed)
    columns = model.columns
    exponent = columns.exponent[columns.ramp]
    knots = [np.ldexp(ramp, exponent) for ramp in (columns.ramp_low, columns.ramp_high)]
    owner = np.concatenate([columns.number] * 2 + [columns.number[columns.ramp]] * 2)
    cuts = np.concatenate([columns.low, columns.high, *knots])
    values = _values(encoder, owner, cuts)
    return np.column_stack([rng.choice(options, 5 * N_ROWS) for options in values])


def at_every_split(trees: Trees, encoder: Encoder, seed: int = 0) -> NDArray[np.float64]:
    """Return encoded rows that reach the splits of trees, and take each both ways.

    Parameters
    ----------
    trees : Trees
        Of more than `MOST_SPLITS` splits, so many are drawn.
    encoder : Encoder
        Says which features are categories, and how many codes they have.
    seed : int
        Decides the features that a path leaves open.

    Returns
    -------
    ndarray of float64, shape (n_rows, n_features)
        For a number the threshold and its two neighbours, for a category one code on each side, and a
        missing value.
    """
    rng = np.random.default_rng(seed)
    number = (trees.decision_type & CATEGORICAL) == 0
    values = _values(encoder, trees.split_feature[number], trees.threshold[number])
    paths = _Paths(trees)
    chosen = np.arange(len(trees.threshold))
    if len(chosen) > MOST_SPLITS:
        chosen = np.sort(rng.choice(chosen, MOST_SPLITS, replace=False))
    rows = [row for split in chosen for row in paths.rows(int(split), values, rng)]
    free = np.column_stack([rng.choice(options, N_ROWS) for options in values])
    return np.concatenate([np.array(rows).reshape(-1, trees.n_features), free])


def _values(
    encoder: Encoder, owner: NDArray[np.int32], cuts: NDArray[np.float64]
) -> list[NDArray[np.float64]]:
    """Return what each feature may be: codes of a category, its cuts and odd numbers of any other."""
    codes = iter(len(column.categories) for column in encoder.columns if column.kind == CATEGORY)
    categorical = set(encoder.categorical)
    found = []
    for feature in range(encoder.n_features):
        if feature in categorical:
            found.append(np.append(np.arange(next(codes) + 1.0), np.nan))
        else:
            own = np.unique(cuts[(owner == feature) & np.isfinite(cuts)])
            between = (own[1:] - own[:-1]) / 2 + own[:-1]
            found.append(np.concatenate([own, between, np.nextafter(own, np.inf), _ODD]))
    return found


class _Paths:
    """The splits above each split, found once."""

    def __init__(self, trees: Trees) -> None:
        self._trees = trees
        splits = trees.num_leaves.astype(np.int64) - 1
        self._tree = np.repeat(np.arange(len(splits)), splits)
        start = (np.cumsum(splits) - splits)[self._tree]
        self._parent = np.full(len(self._tree), -1)
        self._is_left = np.zeros(len(self._tree), dtype=bool)
        for child, is_left in ((trees.left_child, True), (trees.right_child, False)):
            inner = child >= 0
            below = (start + child)[inner]
            self._parent[below], self._is_left[below] = np.flatnonzero(inner), is_left
        words, counts = trees.cat_words.astype(np.int64), trees.num_cat.astype(np.int64)
        self._bitset = (np.cumsum(counts) - counts)[self._tree]
        self._word = np.cumsum(words) - words

    def rows(
        self, split: int, values: list[NDArray[np.float64]], rng: np.random.Generator
    ) -> list[NDArray[np.float64]]:
        """Return rows that go down to a split, as far as one value a feature allows, and both ways there."""
        row = np.array([options[rng.integers(len(options))] for options in values])
        path, node = [(split, True)], split
        while self._parent[node] >= 0:
            path.append((int(self._parent[node]), bool(self._is_left[node])))
            node = int(self._parent[node])
        for feature in {int(self._trees.split_feature[node]) for node, _ in path[1:]}:
            fitting = self._fitting(feature, path[1:], values[feature])
            if len(fitting):
                row[feature] = fitting[rng.integers(len(fitting))]
        feature = int(self._trees.split_feature[split])
        return [self._with(row, feature, value) for value in self._sides(split, values[feature])]

    def _fitting(
        self, feature: int, path: list[tuple[int, bool]], options: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the values of a feature that every split of it on the path sends the right way."""
        kept = np.ones(len(options), dtype=bool)
        for node, left in path:
            if self._trees.split_feature[node] == feature:
                kept &= self._goes_left(node, options) == left
        return options[kept]

    def _sides(self, split: int, options: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return values on both sides of a split, and a missing one."""
        if self._trees.decision_type[split] & CATEGORICAL:
            left = self._goes_left(split, options)
            return np.concatenate([options[left][:1], options[~left][:1], [np.nan]])
        cut = self._trees.threshold[split]
        return np.array([cut, np.nextafter(cut, np.inf), np.nextafter(cut, -np.inf), np.nan])

    def _goes_left(self, node: int, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        trees = self._trees
        if not trees.decision_type[node] & CATEGORICAL:
            return values <= trees.threshold[node]
        place = self._bitset[node] + int(trees.threshold[node])
        length = min(trees.cat_words[place], MAX_CATEGORIES // 32 + 1)
        bits = trees.cat_bits[self._word[place] : self._word[place] + length]
        member = np.unpackbits(bits.view(np.uint8), bitorder="little").astype(bool)
        known = (values >= 0) & (values < len(member))
        return known & member[np.where(known, values, 0).astype(np.int64)]

    @staticmethod
    def _with(row: NDArray[np.float64], feature: int, value: float) -> NDArray[np.float64]:
        changed = row.copy()
        changed[feature] = value
        return changed


def made_table(model: Model, seed: int = 0) -> pa.Table:
    """Return a table of a model's columns with values that it knows, does not know, and misses."""
    rng = np.random.default_rng(seed)
    return pa.table({column.name: _column(column, rng) for column in model.encoder.columns})


def _column(column: Column, rng: np.random.Generator) -> pa.Array:
    missing = rng.random(N_ROWS) < 0.1
    if column.kind == CATEGORY:
        words = [*column.categories, "scarce has never seen this"]
        return pa.array([words[place] for place in rng.integers(len(words), size=N_ROWS)], mask=missing)
    if column.kind == BOOLEAN:
        return pa.array(rng.random(N_ROWS) < 0.5, mask=missing)
    if column.kind == DATETIME:
        micro = rng.integers(-(2**55), 2**56, N_ROWS)
        return pa.array(micro, pa.timestamp("us"), mask=missing)
    scattered = rng.normal(size=N_ROWS) * 10.0 ** rng.integers(-40, 40, N_ROWS)
    return pa.array(np.where(rng.random(N_ROWS) < 0.02, np.inf, scattered), mask=missing)
