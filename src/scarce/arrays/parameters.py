"""The parameters of a modulation, each one number that its classes share, or one number a class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.errors import ScarceError

if TYPE_CHECKING:
    from scarce.losses.modulation import Modulation


def shared_rows(modulation: Modulation, n_classes: int) -> tuple[Any, ...]:
    """Return each parameter as one number, which a library may trace, or as an array with one a class.

    Raises
    ------
    ScarceError
        E520 if there are parameters for another number of classes.
    """
    return tuple(_shared(row, modulation.name, n_classes) for row in modulation.parameters())


def of_class(rows: tuple[Any, ...], k: int) -> tuple[Any, ...]:
    """Return the parameters of one class."""
    return tuple(float(row[k]) if isinstance(row, np.ndarray) else row for row in rows)


def _shared(row: tuple[Any, ...], name: str, n_classes: int) -> Any:
    if len(row) == 1:
        return row[0]
    if len(row) != n_classes:
        raise ScarceError("E520", modulation=name, given=len(row), n_classes=n_classes)
    numbers = np.array(row)
    return float(row[0]) if (numbers == numbers[0]).all() else numbers
