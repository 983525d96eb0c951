r"""What a date is in text, decided here and nowhere else: the ISO form, year first.

``2024-01-31``, with a time after a blank or a ``T``: ``10``, ``10:11``, ``10:11:12`` or ``10:11:12.5`` (at
most six decimals), and after a time a zone: ``Z``, ``+02``, ``+0200`` or ``+02:00``. The day must exist in
its month and year.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from scarce.data.cells.number_columns import matches

_MONTH_DAY = (
    r"(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
)
_LEAP_YEAR = r"(?:[0-9][0-9](?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)"
_DAY = rf"(?:[0-9]{{4}}-{_MONTH_DAY}|{_LEAP_YEAR}-02-29)"
_HOUR, _SIXTY = r"(?:[01][0-9]|2[0-3])", r"[0-5][0-9]"
_TIME = rf"[T ]{_HOUR}(?::{_SIXTY}(?::{_SIXTY}(?:\.[0-9]{{1,6}})?)?)?"
_ZONE = rf"(?:Z|[+-]{_HOUR}(?::?{_SIXTY})?)"
_LOCAL = rf"^{_DAY}(?:{_TIME})?$"
_ZONED = rf"^{_DAY}{_TIME}{_ZONE}$"


def dates(text: pa.Array) -> tuple[pa.Array | None, np.ndarray]:
    """Return text as dates, if all values are and either all or none of them name a zone.

    Parameters
    ----------
    text : pyarrow.Array of string
        Nulls stay.

    Returns
    -------
    dates : pyarrow.Array of timestamp[us] or None
        In UTC where there are zones.
    wrong : ndarray of bool
        Which values are no dates, or name a zone although the first date names none, or the other way round.
    """
    local, zoned = matches(text, _LOCAL), matches(text, _ZONED)
    found = np.flatnonzero(local | zoned)
    same = zoned if len(found) and zoned[found[0]] else local
    wrong = ~same & text.is_valid().to_numpy(zero_copy_only=False)
    if wrong.any():
        return None, wrong
    values = text.cast(pa.timestamp("us", "UTC")) if same is zoned else text.cast(pa.timestamp("us"))
    return values.cast(pa.timestamp("us")), wrong
