"""The parameters of a modulation, each one number that its classes share, or one number a class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.losses.modulation import checked_parameters

if TYPE_CHECKING:
    from scarce.losses.modulation import Modulation


def shared_rows(modulation: Modulation, n_classes: int) -> tuple[Any, ...]:
    """Return each parameter as one number, which a library may trace, or as an array with one a class.

    Raises
    ------
    ScarceError
        E520 if there are parameters for another number of classes.
    """
    return tuple(_shared(row) for row in checked_parameters(modulation, n_classes))


def of_class(rows: tuple[Any, ...], k: int) -> tuple[Any, ...]:
    """Return the parameters of one class."""
    return tuple(float(row[k]) if isinstance(row, np.ndarray) else row for row in rows)


def _shared(row: tuple[Any, ...]) -> Any:
    if len(row) == 1:
        return row[0]
    numbers = np.array(row)
    return float(row[0]) if (numbers == numbers[0]).all() else numbers
