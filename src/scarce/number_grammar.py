r"""What a number is in text, decided here and nowhere else: in data, on the command line and in methods.

A number is an optional sign, decimal digits with at most one point among or beside them, and an optional
exponent: ``12``, ``-0.5``, ``.5``, ``5.``, ``1e5``, ``+1.5E-3``; or ``inf`` or ``infinity`` in any case, with
an optional sign. The digits are those of ASCII. Blanks around it do not count. One too large for a float is
infinite, as 1e999 is.
"""

from __future__ import annotations

import re

NUMBER = r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|(?i:inf|infinity))"
_NUMBER = re.compile(NUMBER)


def number(text: str) -> float | None:
    """Return the number that a text is, or None.

    Parameters
    ----------
    text : str

    Returns
    -------
    float or None

    Examples
    --------
    >>> number("1e3"), number(" .5 "), number("0x10"), number("1_000")
    (1000.0, 0.5, None, None)
    """
    return float(text) if _NUMBER.fullmatch(text.strip()) else None


def whole_number(text: str) -> int | None:
    """Return the whole number that a text is, or None; ``1e3`` is one, as ``5.0`` is.

    Parameters
    ----------
    text : str

    Returns
    -------
    int or None
        With every digit.

    Examples
    --------
    >>> whole_number("9007199254740993"), whole_number("1e3"), whole_number("0.5"), whole_number("1_000")
    (9007199254740993, 1000, None, None)
    """
    value = number(text)
    if value is None or not value.is_integer():
        return None
    try:
        return int(text)
    except ValueError:  # with a point or an exponent
        return int(value)


def spelled(value: float) -> str:
    """Return a number in as few characters as say it exactly.

    Parameters
    ----------
    value : float

    Returns
    -------
    str

    Examples
    --------
    >>> spelled(10.0), spelled(0.1), spelled(1e-300), spelled(1234567.5)
    ('10', '0.1', '1e-300', '1234567.5')
    """
    short = f"{value:g}"
    return short if float(short) == value else repr(float(value))
