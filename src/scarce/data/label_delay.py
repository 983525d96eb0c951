"""Labels that arrive late: rows too young to have theirs leave the data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from scarce.data.suggestion import counted
from scarce.errors import ScarceError
from scarce.number_grammar import number

if TYPE_CHECKING:
    import numpy.typing as npt

    from scarce.data.table import Table

_MICROSECONDS = {"h": 3_600e6, "d": 86_400e6, "w": 604_800e6}
_UNITS = re.compile(r"\s*(\S*?)\s*([hdw]?)\s*", re.IGNORECASE)


def delay_of(value: object, dates: bool) -> float:
    """Return a delay in the unit in which a time column counts, dates in microseconds.

    Parameters
    ----------
    value : str or number
        Such as ``"60d"``, ``"12h"`` or ``"2w"`` for dates, and ``"86400"`` or ``86400`` for numbers.
    dates : bool
        Whether the column holds dates.

    Raises
    ------
    ScarceError
        E372 for anything else.

    Examples
    --------
    >>> delay_of("2w", dates=True) / 86_400e6, delay_of("30", dates=False)
    (14.0, 30.0)
    """
    text = "" if isinstance(value, bool) else str(value)
    found = _UNITS.fullmatch(text)
    amount = None if found is None else number(found[1])
    if found is None or amount is None or not 0.0 < amount < np.inf:
        raise ScarceError("E372", value=value, reason="it is no length of time above 0")
    unit = found[2].lower()
    if dates and not unit:
        raise ScarceError("E372", value=value, reason="the times are dates, so it needs a unit")
    if unit and not dates:
        raise ScarceError("E372", value=value, reason="the times are numbers, whose unit is not known")
    return amount * _MICROSECONDS.get(unit, 1.0)


@dataclass(frozen=True)
class Settled:
    """The rows whose labels had the time to arrive.

    Attributes
    ----------
    table : Table
        Without the others.
    rows : ndarray of int64
        Which rows of the whole they are, ascending.
    delay : float
        In the unit of the times.
    young : pyarrow.Table
        The rows that were left out.
    """

    table: Table
    rows: npt.NDArray[np.int64]
    delay: float
    young: pa.Table

    @classmethod
    def of(cls, table: Table, time: npt.NDArray[np.float64], dates: bool, value: object) -> Settled:
        """Leave out what is younger than a delay, against the newest time of the table.

        Parameters
        ----------
        table : Table
        time : ndarray of float64, shape (n_rows,)
        dates : bool
        value : str or number
            As `delay_of` takes it.

        Raises
        ------
        ScarceError
            E372 for a delay that cannot be read, E373 where no row is as old as that.
        """
        delay = delay_of(value, dates)
        old = time <= time.max() - delay
        if not old.any():
            raise ScarceError("E373", source=table.source, delay=value)
        rows, left = np.flatnonzero(old), np.flatnonzero(~old)
        return cls(table.take(rows), rows, delay, table.data.take(pa.array(left)))

    def note(self, value: object, positives: int) -> str:
        """Say how many rows were left out, positives among them."""
        rows = counted(self.young.num_rows, "row is", "rows are")
        return (
            f"{rows} younger than the label delay of {value} and left out, {positives:,} of them positive: "
            "labels may still arrive for such rows"
        )
