"""P-values that allow for how often somebody looks."""

from __future__ import annotations


def over_looks(p_value: float, look: int) -> float:
    """Return what a p-value is worth at one look of many.

    Look k spends ``1 / (k (k + 1))`` of the level; all looks together spend the level, however many there
    are. It holds whatever looks have in common, such as the training's rows, which all are held against.

    Parameters
    ----------
    p_value : float
        Of this look alone; NaN stays NaN.
    look : int
        From 1; 0 for rows that nobody looks at again.

    Examples
    --------
    >>> over_looks(0.001, 1), over_looks(0.001, 10), over_looks(0.001, 0)
    (0.002, 0.11, 0.001)
    """
    return min(p_value * max(look * (look + 1), 1), 1.0)
