"""Which rows a model was trained on, in 80 kB at most: the smallest hashes of them all.

Hashes fall evenly, so that the rows with the smallest are a random sample that every table takes alike: of
other rows, those whose hashes lie below the largest one kept are looked up, and the share found is the share
of all (the "k minimum values" of Bar-Yossef and others, 2002).
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.data.row_hashes import row_hashes
from scarce.errors.refusal import require
from scarce.evaluation.estimate import Estimate
from scarce.evaluation.reliability import wilson

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

SIZE = 10_000
"""Hashes that are kept, at most."""

_LEVEL = 0.95
_Z = NormalDist().inv_cdf(0.5 + 0.5 * _LEVEL)
_MOST_ROWS = 2**53


@dataclass(frozen=True, eq=False)
class RowSketch:
    """The smallest hashes of the rows that a model was trained on.

    Parameters
    ----------
    hashes : ndarray of uint64, shape (n_kept,)
        Ascending, each once; all there are where they are fewer than `SIZE`.
    rows : int
        How many rows there were.
    single : int
        How many of them no other row equals.

    Raises
    ------
    RefusalError
        For what `of` never makes.

    Notes
    -----
    Rows are those that the model sees: its columns, encoded. Without copies among the training rows, a row
    met again is one of them. Where rows repeat, as in a table of a few categories, new rows repeat too: by
    the share of training rows that have a copy (Good 1953), which `share` takes off.

    Examples
    --------
    >>> rows = np.random.default_rng(0).normal(size=(50_000, 3))
    >>> sketch = RowSketch.of(rows)
    >>> str(sketch.share(np.concatenate([rows[:1000], rows[:1000] + 1.0])))  # half of them are new
    '0.5128 [0.4685, 0.5568]'
    """

    hashes: npt.NDArray[np.uint64]
    rows: int
    single: int

    def __post_init__(self) -> None:
        size = self.hashes.size
        require(self.hashes.dtype == np.uint64, "its row hashes are of another type")
        require(1 <= size <= SIZE, "it has no row hashes, or too many")
        require(bool((self.hashes[1:] > self.hashes[:-1]).all()), "its row hashes do not ascend")
        for count in (self.rows, self.single):
            require(type(count) is int and 0 <= count <= _MOST_ROWS, "its rows are not counted")
        require(size <= self.rows and self.single <= self.rows, "its rows are fewer than their hashes")
        require(not self.is_complete or self.single <= size, "its rows are more than their hashes")

    @classmethod
    def of(cls, features: npt.NDArray[np.float64]) -> RowSketch:
        """Sketch encoded rows.

        Parameters
        ----------
        features : ndarray of float64, shape (n_rows, n_features)
            At least one row.
        """
        hashes, copies = np.unique(row_hashes(features), return_counts=True)
        return cls(hashes[:SIZE], len(features), int(np.count_nonzero(copies == 1)))

    @property
    def is_complete(self) -> bool:
        """Whether the hash of every row is kept."""
        return self.hashes.size < SIZE

    @property
    def by_chance(self) -> float:
        """Share of new rows of the same kind that equal a row of the training."""
        return 1.0 - self.single / self.rows

    def share(self, features: npt.NDArray[np.float64]) -> Estimate:
        """Return what share of some rows the model was trained on, beyond what chance makes equal.

        Parameters
        ----------
        features : ndarray of float64, shape (n_rows, n_features)
            Encoded as the training rows were.

        Returns
        -------
        Estimate
            Without width where every row was looked up and chance makes none equal; from 0 to 1 and NaN where
            nothing can be told.
        """
        hashes = row_hashes(features)
        asked = hashes if self.is_complete else hashes[hashes <= self.hashes[-1]]
        if not asked.size or not self.single:
            return Estimate(float("nan"), 0.0, 1.0, _LEVEL)
        found, copies = np.unique(asked, return_counts=True)
        met = float(copies @ np.isin(found, self.hashes, assume_unique=True)) / asked.size
        units = asked.size**2 / float(copies @ copies)  # copies fall into the sample together
        unasked = 1.0 - asked.size / hashes.size
        low, high = wilson(np.array([met]), np.array([units / unasked if unasked else np.inf]), _LEVEL)
        by_chance = self.by_chance
        chance = _Z * (by_chance * (1.0 - by_chance) * (1.0 / units + 1.0 / self.rows)) ** 0.5
        ends = np.array([met, low[0] - chance, high[0] + chance])
        return Estimate(*np.clip((ends - by_chance) / (1.0 - by_chance), 0.0, 1.0).tolist(), _LEVEL)

    def to_dict(self) -> dict[str, int]:
        """Return what `from_parts` reads beside the hashes."""
        return {"rows": self.rows, "single": self.single}

    @classmethod
    def from_parts(cls, facts: Mapping[str, Any], hashes: npt.NDArray[np.generic] | None) -> RowSketch:
        """Build a sketch from what a file holds, trusting nothing in it.

        Raises
        ------
        RefusalError
        """
        require(set(facts) == {"rows", "single"} and hashes is not None, "its row sketch is not whole")
        return cls(hashes, **facts)
