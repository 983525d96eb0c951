"""What a cost may be: a number or one value a row, finite, not negative, a mistake dearer than the right."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from scarce.decision.arrays import FloatArray

Cost: TypeAlias = "float | FloatArray"

LEAST_COST, MOST_COST = 1e-120, 1e120
"""What a number given as a cost may be, 0 aside: their squares, sums and ratios stay finite."""

KEYS = ("fn", "fp", "tn", "tp")
PAIRS = (("fn", "tp"), ("fp", "tn"))


def counted(row: int) -> str:
    """Name a row of an array, as Python counts."""
    return f"row {row}"


def checked_cost(name: str, value: npt.ArrayLike, place: Callable[[int], str] = counted) -> Cost:
    """Return a cost as numbers, or raise E251, E258 or E260; `place` names a row."""
    array = np.asarray(value, dtype=np.float64)
    if array.ndim > 1:
        raise ScarceError("E258", name=f"cost {name}", got=f"shape {array.shape}", expected="one value a row")
    wrong = ~(np.isfinite(array) & (array >= 0.0))
    code = "E251"
    if not wrong.any():
        # a row of a column may cost next to nothing; a number stands for all rows
        wrong = (array > MOST_COST) | ((array.ndim == 0) & (array > 0.0) & (array < LEAST_COST))
        code = "E260"
    if not wrong.any():
        return float(array) if array.ndim == 0 else array
    row = int(wrong.argmax())
    where = f" in {place(row)}" if array.ndim else ""
    found = float(array.flat[row])
    raise ScarceError(code, name=name, value="missing" if np.isnan(found) else f"{found:.15g}", where=where)


def check_order(
    wrong: str,
    wrong_value: Cost,
    right: str,
    right_value: Cost,
    place: Callable[[int], str] = counted,
) -> None:
    """Raise E252 where a mistake costs less than the right decision, or as much where both are numbers."""
    high, low = np.broadcast_arrays(wrong_value, right_value)
    below = high < low if high.ndim else high <= low
    if not below.any():
        return
    row = int(below.argmax())
    where = f" in {place(row)}" if high.ndim else ""
    raise ScarceError(
        "E252",
        wrong=wrong,
        wrong_value=f"{float(high.flat[row]):.15g}",
        right=right,
        right_value=f"{float(low.flat[row]):.15g}",
        where=where,
    )
