"""Whether the codes of a category are written as they were when the model was made.

A tool that takes codes for numbers writes ``00202`` as ``202``, and ``18446744073709551616`` as
``1.8446744073709552e+19``. To a model these are other categories.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Callable

_ZERO_LED = re.compile("0[0-9]+")
_WHOLE = re.compile("[+-]?[0-9]+")
_POINT_ZERO = r"\.0+$"
_EXPONENT = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)[eE][+-]?[0-9]+$"


def without_zeros(words: pa.Array, known: tuple[str, ...]) -> dict[str, str]:
    """Return the words that are not known, but would be with leading zeros, each with what it would be.

    A point and zeros after it, which a tool adds to whole numbers in a column with gaps, change nothing.

    Examples
    --------
    >>> without_zeros(pa.array(["202", "10115.0", "1067.0"]), ("00202", "01067", "10115"))
    {'202': '00202', '1067.0': '01067'}
    """
    before = {word.lstrip("0") or "0": word for word in known if _ZERO_LED.fullmatch(word)}
    lost = pa.array([short for short in before if short not in known], pa.string())
    short = pc.replace_substring_regex(words, _POINT_ZERO, "")
    found = words.filter(pc.is_in(short, value_set=lost)).to_pylist()
    return {word: before[re.sub(_POINT_ZERO, "", word)] for word in found if word not in known}


def with_exponent(words: pa.Array, known: tuple[str, ...]) -> list[str]:
    """Return the words that are numbers with an exponent, where all that is known are whole numbers.

    Examples
    --------
    >>> with_exponent(pa.array(["1e3", "7"]), ("1000", "7")), with_exponent(pa.array(["1e3"]), ("x", "7"))
    (['1e3'], [])
    """
    if not known or not all(map(_WHOLE.fullmatch, known)):
        return []
    return words.filter(pc.match_substring_regex(words, _EXPONENT)).to_pylist()


def check_spelling(
    text: pa.ChunkedArray, column: str, known: tuple[str, ...], source: str, where: Callable[[int], str]
) -> None:
    """Raise for the first code that another tool has written anew, unless the training met it so.

    Raises
    ------
    ScarceError
        E444 for codes that have lost their leading zeros, E446 for those that have become rounded numbers.
    """
    words = text.unique()
    zeros = without_zeros(words, known)
    odd = pa.array([*zeros, *with_exponent(words, known)], pa.string())
    row = pc.index(pc.is_in(text, value_set=odd), True).as_py() if len(odd) else -1
    if row < 0:
        return
    value = text[row].as_py()
    place = {"column": column, "value": value, "where": where(row), "source": source}
    if value in zeros:
        raise ScarceError("E444", **place, before=zeros[value])
    raise ScarceError("E446", **place)
