"""What is odd about a column of text that looks like numbers or dates."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Quirk:
    """What is odd about a column of text that looks like numbers or dates.

    Attributes
    ----------
    kind : str
        ``"mixed"`` for stray words among numbers, ``"undated"`` among dates; ``"codes"`` for whole numbers
        that stay text (a leading zero, or beyond 64 bits), ``"zeros"`` for leading zeros that are lost, since
        the column holds other numbers too; ``"comma"`` where a mark may be that of decimals or of thousands,
        ``"units"`` for several currencies, ``"ways"`` for several marks of decimals; ``"dates"`` where day
        and month cannot be told apart, ``"orders"`` where they stand in both orders.
    row : int
        The first such row, counted from 0.
    value : str
        What stands there.
    count : int
        Rows like it.
    share : float
        Share of the other values.
    distinct : int
        Different values in the column.
    told : str
        What a message says of the choices there are.
    """

    kind: str
    row: int
    value: str
    count: int
    share: float
    distinct: int
    told: str = ""
