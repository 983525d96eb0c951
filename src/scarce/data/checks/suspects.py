"""Columns that may tie rows of different folds together: times, and what the rows are about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from scarce.data.checks.profile import profiles
from scarce.data.schema import CATEGORY, DATETIME
from scarce.data.suggestion import typed_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from scarce.data.checks.profile import Profile
    from scarce.data.dataset import Dataset

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]

MOST = 2
_MOST_GAPS = 0.5
_FEWEST_TIMES = 20
_LEAST_ROWS = 2.0
_OF_WORDS = (10, 1000.0)  # values at least, and rows a value at most: machines, branches
_OF_NUMBERS = (20, 100.0)  # fewer, for most whole numbers are counts
_Z = 4.0
_EPOCHS = (
    (946_684_800.0, 2_208_988_800.0),
    (946_684_800_000.0, 2_208_988_800_000.0),
)  # 2000 to 2040, s and ms
_DAYS = (19_000_101.0, 20_991_231.0)


@dataclass(frozen=True, eq=False)
class Suspect:
    """A column by which random folds may be too easy.

    Attributes
    ----------
    column : str
    role : str
        ``"time"`` or ``"group"``: the option that deals the folds by it.
    values : ndarray, shape (n_rows,)
        As `Dataset.time` or `Dataset.group` would hold them; a gap is before every time, and a group alone.
    strength : float
        Which of one role is the likelier.
    is_feature : bool
        False for one that was left out as text or as an id.
    """

    column: str
    role: Literal["time", "group"]
    values: npt.NDArray[np.float64] | npt.NDArray[np.int64]
    strength: float
    is_feature: bool

    @property
    def option(self) -> str:
        """What to type to deal the folds by it."""
        return f"--{self.role} {typed_name(self.column)}"

    @property
    def option_as_tried(self) -> str:
        """What to type to deal the folds by it and keep the features as they are."""
        return f"{self.option} --keep {typed_name(self.column)}" if self.is_feature else self.option


def suspects(dataset: Dataset) -> list[Suspect]:
    """Return the likeliest two times and the likeliest two columns of repeated customers, patients, machines.

    A time is a date, a number that only rises or only falls from row to row, or whole numbers that are
    seconds or milliseconds since 1970, days (``20240131``) or months (``202401``). A repeated thing is a
    category with at least 10 values of 2 to 1,000 rows each on average, or a whole number with at least 20 of
    2 to 100, which differ in their share of positives beyond chance. Text and ids that are no features are
    looked at too, ids as times alone, and not because they rise. At most half of a column may be missing.

    Parameters
    ----------
    dataset : Dataset

    Returns
    -------
    list of Suspect
        Times first; none of a kind that has its role already, and none at all where the folds go by time.

    Examples
    --------
    >>> from scarce.data import embedded
    >>> [suspect.option for suspect in suspects(embedded.load())]
    ['--time Time']
    """
    found = [suspect_of(feature) for feature in profiles(dataset)]
    found += [suspect_of(column, is_feature=False) for column in profiles(dataset, of=dataset.left_out)]
    return likeliest(dataset, found)


def likeliest(dataset: Dataset, found: Iterable[Suspect | None]) -> list[Suspect]:
    """Return the likeliest two of each kind that a data set has no role for yet, as `suspects` says.

    Of groups that lie within one another, the likelier stands for both.
    """
    if dataset.time is not None:
        return []
    told: dict[str, list[Suspect]] = {"time": []} | ({"group": []} if dataset.group is None else {})
    present = [suspect for suspect in found if suspect is not None and suspect.role in told]
    for suspect in sorted(present, key=lambda suspect: -suspect.strength):
        kept = told[suspect.role]
        nested = suspect.role == "group" and any(_nested(suspect.values, other.values) for other in kept)
        if len(kept) < MOST and not nested:
            kept.append(suspect)
    return [suspect for kept in told.values() for suspect in kept]


def _nested(first: IntArray, second: IntArray) -> bool:
    """Whether each group of one lies within a group of the other."""
    pairs = len(np.unique(first * (second.max() + 1) + second))
    return pairs == max(first.max(), second.max()) + 1


def suspect_of(column: Profile, *, is_feature: bool = True) -> Suspect | None:
    """Return what a column may tie rows together as, or None."""
    present = ~column.missing
    values = column.values[present]
    if np.isinf(values).any() or len(values) < _MOST_GAPS * column.n_rows or not len(values):
        return None
    strength = _as_time(column.kind, values, is_feature)
    if not strength and column.kind != CATEGORY and not _whole(values):
        return None  # said before the values are sorted, for most columns are measurements
    if strength and column.distinct >= _FEWEST_TIMES:
        times = np.where(present, column.values, values.min() - 1.0)
        return Suspect(column.name, "time", times, strength, is_feature)
    fewest, most_rows = _OF_WORDS if column.kind == CATEGORY else _OF_NUMBERS
    if strength or column.distinct < fewest or not _LEAST_ROWS <= len(values) / column.distinct <= most_rows:
        return None
    group = np.arange(column.distinct, column.distinct + column.n_rows)
    group[present] = np.searchsorted(column.ordered[column.start], values)
    strength = _unlike(group[present], column.positive[present])
    group = np.unique(group, return_inverse=True)[1].astype(np.int64)
    return Suspect(column.name, "group", group, strength, is_feature) if strength > _Z else None


def _as_time(kind: str, values: FloatArray, is_feature: bool) -> float:
    """Return how much values look like times, 0 for not at all."""
    if kind == DATETIME:
        return 3.0
    if kind == CATEGORY:
        return 0.0
    before, after = values[:-1], values[1:]
    if is_feature and ((before <= after).all() or (before >= after).all()):
        return 2.0
    if not _whole(values):
        return 0.0
    low, high = values.min(), values.max()
    seconds = any(first <= low and high <= last for first, last in _EPOCHS)
    return float(seconds or _are_days(values) or (high < _DAYS[0] and _are_days(100.0 * values + 1.0)))


def _are_days(values: FloatArray) -> bool:
    """Whether all numbers read as a year of this or the last century, a month and a day: 20240131."""
    month, day = values // 100 % 100, values % 100
    inside = (values >= _DAYS[0]) & (values <= _DAYS[1])
    return bool((inside & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)).all())


def _whole(values: FloatArray) -> bool:
    return bool((values == np.floor(values)).all())


def _unlike(group: IntArray, positive: npt.NDArray[np.bool_]) -> float:
    """Return by how many standard deviations groups differ more in their positives than by chance."""
    size, rate = np.bincount(group), positive.mean()
    variance = size * rate * (1.0 - rate)
    squares = (np.bincount(group, weights=positive) - size * rate) ** 2 / variance
    spread = 2.0 + (1.0 / variance - 6.0 / size)  # of one square: that of chi-square, and a binomial's excess
    return float((squares.sum() - len(size)) / np.sqrt(spread.sum()))
