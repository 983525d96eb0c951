"""Seeded tables with a rare class, and which columns each procedure is given.

Columns are normal given the class and differ in their mean, so that the truth is a logistic line. A table
has columns that all procedures share and groups of columns that are equal in law: two procedures on two
groups are equal in expectation, and never on the rows of one table.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

SHARED = (1.0, 1.0, 1.0)
"""How far the class means of the shared columns lie apart, in standard deviations."""

IN_GROUP = 2
HEAVY = 1.5  # of the logarithm of the amounts: the largest of 100 is about 40 times the median


@dataclass(frozen=True)
class Law:
    """What tables are drawn from.

    Attributes
    ----------
    rows : int
    prevalence : float
    groups : int
        Groups of columns: the control's, and one for each arm.
    shared, group : float
        How much the shared columns and those of a group say; 0 is noise.
    extra : float
        What one more column says, which only the first arm is given.
    """

    rows: int
    prevalence: float
    groups: int
    shared: float = 1.0
    group: float = 0.6
    extra: float = 0.0

    @property
    def means(self) -> FloatArray:
        """By how much each column's mean is higher among positives."""
        shared = [self.shared * each for each in SHARED]
        return np.array([*shared, *[self.group] * (IN_GROUP * self.groups), self.extra])

    def columns(self, group: int, *, extra: bool = False) -> list[int]:
        """Return the columns of a procedure."""
        first = len(SHARED) + IN_GROUP * group
        own = list(range(first, first + IN_GROUP))
        return [*range(len(SHARED)), *own, *([len(self.means) - 1] if extra else [])]


@dataclass(frozen=True)
class Table:
    """One draw.

    Attributes
    ----------
    features : ndarray, shape (rows, columns)
    positive : ndarray of bool, shape (rows,)
    amount : ndarray, shape (rows,)
        What a missed positive costs; a false alarm costs 1.
    """

    features: FloatArray
    positive: BoolArray
    amount: FloatArray


def draw(law: Law, rng: np.random.Generator) -> Table:
    """Return a table with at least ten positives, so that each of five folds has two."""
    positive = np.zeros(law.rows, dtype=np.bool_)
    while positive.sum() < 10:
        positive = rng.random(law.rows) < law.prevalence
    features = rng.normal(size=(law.rows, law.means.size))
    features[positive] += law.means
    amount = 0.3 / law.prevalence * np.exp(HEAVY * rng.normal(size=law.rows))
    return Table(features, positive, amount)


def deal(positive: BoolArray, folds: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Return each row's fold, the positives in equal parts."""
    fold_of = np.empty(positive.size, dtype=np.int64)
    for rows in (np.flatnonzero(positive), np.flatnonzero(~positive)):
        fold_of[rng.permutation(rows)] = np.arange(rows.size) % folds
    return fold_of
