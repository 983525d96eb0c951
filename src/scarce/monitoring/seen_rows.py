"""Which rows were counted, kept in a few kilobytes, so that none is counted twice."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.errors import ScarceError
from scarce.errors.refusal import require

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    HashArray = npt.NDArray[np.uint64]

KEPT = 1_000
_LEAST = 3
_BY_CHANCE = 0.02


@dataclass(frozen=True)
class SeenRows:
    """A name for each batch, and of all rows those with the smallest hashes.

    Parameters
    ----------
    batches : tuple of int
        Sums of the batches' hashes: the order of rows does not count.
    sketch : tuple of int
        Rising; of a row seen before, the chance to be here does not depend on what is in it.
    rows : int
        How many rows were counted.

    Examples
    --------
    >>> hashes = np.arange(10, dtype=np.uint64)
    >>> seen = SeenRows().after(hashes)
    >>> seen.check(hashes + np.uint64(100), "new.csv")
    >>> seen.check(hashes[::-1], "old.csv")  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    scarce.errors.ScarceError: the rows of old.csv were counted before
    """

    batches: tuple[int, ...] = ()
    sketch: tuple[int, ...] = ()
    rows: int = 0

    def check(self, hashes: HashArray, source: str) -> None:
        """Refuse rows that were counted before.

        Raises
        ------
        ScarceError
            E903 for a batch that was counted as a whole, E904 where more rows come again than repeat anyway.
        """
        if _name(hashes) in self.batches:
            raise ScarceError("E903", source=source)
        if not self.sketch or not hashes.size:
            return
        full = len(self.sketch) >= KEPT
        comparable = hashes[hashes <= np.uint64(self.sketch[-1])] if full else hashes
        found = np.isin(comparable, np.array(self.sketch, dtype=np.uint64))
        # rows that are copies of one another by nature also meet those of other batches
        repeated = 1.0 - np.unique(hashes).size / hashes.size
        by_chance = _BY_CHANCE + 2.0 * repeated * max(self.rows / hashes.size, 1.0)
        if found.sum() >= _LEAST and found.mean() > by_chance:
            raise ScarceError("E904", source=source, share=f"{100.0 * found.mean():.0f} %")

    def after(self, hashes: HashArray) -> SeenRows:
        """Return what is known after these rows too."""
        old = np.array(self.sketch, dtype=np.uint64)
        sketch = np.unique(np.concatenate([old, hashes]))[:KEPT]
        batches = (*self.batches, _name(hashes))
        return SeenRows(batches, tuple(sketch.tolist()), self.rows + hashes.size)

    def to_dict(self) -> dict[str, Any]:
        """Return what `from_dict` reads."""
        return {"batches": list(self.batches), "sketch": list(self.sketch), "rows": self.rows}

    @classmethod
    def from_dict(cls, stored: Mapping[str, object]) -> SeenRows:
        """Read what `to_dict` wrote.

        Raises
        ------
        RefusalError
            For anything else.
        """
        lists = [stored.get(name) for name in ("batches", "sketch")]
        for values in lists:
            require(isinstance(values, list) and all(map(_is_hash, values)), "its rows are no hashes")
        batches, sketch = (tuple(values) for values in lists)  # type: ignore[arg-type]
        rising = all(low < high for low, high in pairwise(sketch))
        require(rising and len(sketch) <= KEPT, "its sketch of rows does not rise, or is too long")
        rows = stored.get("rows")
        require(type(rows) is int and rows >= len(sketch), "its number of rows is none")
        return cls(batches, sketch, rows)  # type: ignore[arg-type]


def _name(hashes: HashArray) -> int:
    """Return a number for rows in any order; each is scrambled, so that no two sets add up to the same."""
    return int(hashes.sum(dtype=np.uint64) ^ np.uint64(hashes.size))


def _is_hash(value: object) -> bool:
    return type(value) is int and 0 <= value < 2**64
