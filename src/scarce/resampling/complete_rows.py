"""Encoded rows as distances between them make sense, and back.

Samplers that look for neighbours or mix rows take finite numbers of like scale. A missing number becomes the
column's median; numbers are divided by their standard deviation; a category becomes one column a code, a
missing one counting as a code of its own, so that two different categories lie one deviation apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from scarce.learners.base import FloatArray

_INDICATOR = 0.5**0.5  # at a distance of 1 from any other category's


@dataclass(frozen=True)
class CompleteRows:
    """What a fold's training rows say of scales and codes.

    Parameters
    ----------
    numbers : tuple of int
        The features that hold numbers.
    centre, scale : ndarray of float64, shape (n_numbers,)
        Median and standard deviation of each; 0 where there is no number, 1 where all are the same.
    codes : dict of int to ndarray
        The codes that each category feature takes, NaN last if it occurs.
    """

    numbers: tuple[int, ...]
    centre: FloatArray
    scale: FloatArray
    codes: dict[int, FloatArray]

    @classmethod
    def of(cls, features: FloatArray, categorical: tuple[int, ...]) -> CompleteRows:
        """Learn from training rows."""
        numbers = tuple(i for i in range(features.shape[1]) if i not in categorical)
        found = [features[~np.isnan(features[:, i]), i] for i in numbers]
        centre = np.array([np.median(values) if values.size else 0.0 for values in found])
        scale = np.array([values.std() if values.size else 0.0 for values in found])
        codes = {i: np.unique(features[:, i]) for i in categorical}
        return cls(numbers, centre, np.where(scale > 0.0, scale, 1.0), codes)

    @property
    def width(self) -> int:
        """Number of columns of complete rows."""
        return len(self.numbers) + sum(codes.size for codes in self.codes.values())

    def complete(self, features: FloatArray) -> FloatArray:
        """Return encoded rows as finite numbers, shape (n_rows, width)."""
        columns = features[:, self.numbers]
        blocks = [(np.where(np.isnan(columns), self.centre, columns) - self.centre) / self.scale]
        for feature, codes in self.codes.items():
            value = features[:, feature, None]
            blocks.append(_INDICATOR * ((value == codes) | (np.isnan(value) & np.isnan(codes))))
        return np.hstack(blocks)

    def encoded(self, complete: FloatArray) -> FloatArray:
        """Return complete rows as encoded ones: of mixed categories the one with the larger share."""
        features = np.empty((len(complete), len(self.numbers) + len(self.codes)))
        end = len(self.numbers)
        features[:, self.numbers] = complete[:, :end] * self.scale + self.centre
        for feature, codes in self.codes.items():
            start, end = end, end + codes.size
            features[:, feature] = codes[complete[:, start:end].argmax(axis=1)]
        return features


def put_back(
    made: FloatArray,
    made_target: npt.NDArray[np.uint8],
    given: FloatArray,
    given_target: npt.NDArray[np.uint8],
    features: FloatArray,
    encoded: FloatArray,
) -> FloatArray:
    """Return encoded rows in which those that are training rows, bit for bit, are what they were.

    Parameters
    ----------
    made, made_target : ndarray
        Complete rows from a sampler, and their labels.
    given, given_target : ndarray
        The complete rows and labels it was given.
    features : ndarray
        Those rows before they were completed.
    encoded : ndarray
        What `CompleteRows.encoded` makes of `made`.
    """
    place = {
        (row.tobytes(), label): i for i, (row, label) in enumerate(zip(given, given_target, strict=True))
    }
    found = np.array(
        [place.get((row.tobytes(), label), -1) for row, label in zip(made, made_target, strict=True)]
    )
    return np.where((found >= 0)[:, None], features[found], encoded)
