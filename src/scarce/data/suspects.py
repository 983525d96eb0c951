"""Features that may tie rows of different folds together: times, and what the rows are about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from scarce.data.profile import profiles
from scarce.data.schema import CATEGORY, DATETIME
from scarce.data.suggestion import typed_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from scarce.data.dataset import Dataset
    from scarce.data.profile import Profile

    FloatArray = npt.NDArray[np.float64]

MOST = 2
_LEAST_VALUES = 20
_LEAST_ROWS, _MOST_ROWS = 2.0, 100.0
_Z = 4.0
_EPOCHS = (
    (946_684_800.0, 2_208_988_800.0),
    (946_684_800_000.0, 2_208_988_800_000.0),
)  # 2000 to 2040, s and ms


@dataclass(frozen=True, eq=False)
class Suspect:
    """A feature by which random folds may be too easy.

    Attributes
    ----------
    column : str
    role : str
        ``"time"`` or ``"group"``: the option that deals the folds by it.
    values : ndarray, shape (n_rows,)
        As `Dataset.time` or `Dataset.group` would hold them.
    strength : float
        Which of one role is the likelier.
    """

    column: str
    role: Literal["time", "group"]
    values: npt.NDArray[np.float64] | npt.NDArray[np.int64]
    strength: float

    @property
    def option(self) -> str:
        """What to type to deal the folds by it."""
        return f"--{self.role} {typed_name(self.column)}"


def suspects(dataset: Dataset) -> list[Suspect]:
    """Return the likeliest two times and the likeliest two columns of repeated customers, patients, machines.

    A time is a date, a number that only rises or only falls from row to row, or whole numbers that are
    seconds or milliseconds since 1970. A repeated thing is a category or a whole number with at least 20
    values of 2 to 100 rows each on average, which differ in their share of positives beyond chance.

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
    return likeliest(dataset, map(suspect_of, profiles(dataset)))


def likeliest(dataset: Dataset, found: Iterable[Suspect | None]) -> list[Suspect]:
    """Return the likeliest two of each kind that a data set has no role for yet, as `suspects` says."""
    if dataset.time is not None:
        return []
    kept = [suspect for suspect in found if suspect is not None]
    kept.sort(key=lambda suspect: -suspect.strength)
    roles = ("time", "group") if dataset.group is None else ("time",)
    return [suspect for role in roles for suspect in [s for s in kept if s.role == role][:MOST]]


def suspect_of(feature: Profile) -> Suspect | None:
    """Return what a feature may tie rows together as, or None."""
    values = feature.values
    if not np.isfinite(values).all():
        return None  # a role allows no gap
    strength = _as_time(feature)
    if not strength and feature.kind != CATEGORY and not _whole(values):
        return None  # said before the values are sorted, for most columns are measurements
    if feature.distinct < _LEAST_VALUES:
        return None
    if strength:
        return Suspect(feature.name, "time", values, strength)
    if not _LEAST_ROWS <= feature.n_rows / feature.distinct <= _MOST_ROWS:
        return None
    group = np.unique(values, return_inverse=True)[1].astype(np.int64)
    strength = _unlike(group, feature.positive)
    return Suspect(feature.name, "group", group, strength) if strength > _Z else None


def _as_time(feature: Profile) -> float:
    """Return how much a feature looks like a time, 0 for not at all."""
    if feature.kind == DATETIME:
        return 3.0
    if feature.kind == CATEGORY:
        return 0.0
    values = feature.values
    before, after = values[:-1], values[1:]
    if (before <= after).all() or (before >= after).all():
        return 2.0
    low, high = values.min(), values.max()
    return float(any(first <= low and high <= last for first, last in _EPOCHS) and _whole(values))


def _whole(values: FloatArray) -> bool:
    return bool((values == np.floor(values)).all())


def _unlike(group: npt.NDArray[np.int64], positive: npt.NDArray[np.bool_]) -> float:
    """Return by how many standard deviations groups differ more in their positives than by chance."""
    size, rate = np.bincount(group), positive.mean()
    variance = size * rate * (1.0 - rate)
    squares = (np.bincount(group, weights=positive) - size * rate) ** 2 / variance
    spread = 2.0 + (1.0 / variance - 6.0 / size)  # of one square: that of chi-square, and a binomial's excess
    return float((squares.sum() - len(size)) / np.sqrt(spread.sum()))
