"""Equal up to the order of additions, or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scarce.errors import ScarceError

if TYPE_CHECKING:
    from numpy.typing import NDArray

IN_DOUBLE = 1e-9


def require_equal(
    found: NDArray[np.float64], own: NDArray[np.float64], to: str, tolerance: float = IN_DOUBLE
) -> None:
    """Refuse numbers of an export that are not those of the model.

    Parameters
    ----------
    found, own : ndarray of float64
        Of the export and of the model, row by row.
    to : str
        The format.
    tolerance : float
        Relative, and absolute below 1.

    Raises
    ------
    ScarceError
        E433 with the largest difference and its row.
    """
    with np.errstate(invalid="ignore"):
        off = np.abs(found - own) / np.maximum(1.0, np.abs(own))
    off[(found == own) | (np.isnan(found) & np.isnan(own))] = 0.0
    off[np.isnan(off)] = np.inf
    worst = int(np.argmax(off)) if off.size else 0
    if off.size and off[worst] > tolerance:
        values = {"found": f"{found[worst]:.9g}", "own": f"{own[worst]:.9g}"}
        raise ScarceError("E433", to=to, rows=off.size, wrong=int((off > tolerance).sum()), **values)
