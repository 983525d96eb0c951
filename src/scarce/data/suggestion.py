"""Names of columns: which there are, which cannot be, and how they are typed."""

from __future__ import annotations

import difflib
import shlex
from collections import Counter
from typing import TYPE_CHECKING

from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHOWN = 8


def suggestion(name: str, names: Sequence[str]) -> str:
    """Return a hint: the nearest name, or the names there are.

    Parameters
    ----------
    name : str
        What was asked for.
    names : sequence of str
        What exists.

    Returns
    -------
    str

    Examples
    --------
    >>> suggestion("frued", ["amount", "fraud"])
    "did you mean 'fraud'?"
    >>> suggestion("x", ["amount", "fraud"])
    "the columns are 'amount', 'fraud'"
    """
    folded = {candidate.casefold(): candidate for candidate in names}
    near = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    if near:
        return f"did you mean {folded[near[0]]!r}?"
    return f"the columns are {listed(names)}"


def listed(names: Sequence[str], shown: int = _SHOWN) -> str:
    """Return names in quotes, the rest counted.

    Parameters
    ----------
    names : sequence of str
    shown : int
        How many are written out.

    Returns
    -------
    str

    Examples
    --------
    >>> listed(["a", "b", "c"], shown=2)
    "'a', 'b' and 1 more"
    """
    text = ", ".join(repr(name) for name in names[:shown])
    return text if len(names) <= shown else f"{text} and {len(names) - shown} more"


def drop_option(column: str) -> str:
    """Return what to type to leave a column out.

    Examples
    --------
    >>> drop_option("Machine failure")
    "--drop 'Machine failure'"
    """
    return f"--drop {typed_name(column)}"


def typed_name(*columns: str) -> str:
    """Return names of columns as a shell and an option that takes a list of names read them.

    Examples
    --------
    >>> print(typed_name("fraud"), typed_name("city, state"))
    fraud '"city, state"'
    """
    return shlex.quote(",".join(map(list_item, columns)))


def list_item(column: str) -> str:
    """Return a column's name as it stands in a list of names: in double quotes where it would be torn.

    Examples
    --------
    >>> print(list_item("fraud"), list_item("city, state"))
    fraud "city, state"
    """
    torn = "," in column or column.startswith('"') or column != column.strip()
    return '"' + column.replace('"', '""') + '"' if torn else column


def what_to_add(texts: Sequence[str]) -> str:
    """Return a hint for a table without features, of which some columns are text that hardly repeats."""
    if not texts:
        return "drop fewer columns, or add some that repeat or are numbers"
    kept = typed_name(*texts)
    return f"make columns of the text that repeat or are numbers; --keep {kept} takes it as categories"


def require(column: str, names: Sequence[str], source: str) -> None:
    """Raise E101 with a suggestion unless `column` is one of `names`.

    Parameters
    ----------
    column : str
    names : sequence of str
    source : str
        What the error calls the data.

    Raises
    ------
    ScarceError
        E101.
    """
    if column not in names:
        raise ScarceError("E101", column=column, source=source, suggestion=suggestion(column, names))


def counted(count: int, one: str, many: str) -> str:
    """Return a count with the words that agree with it.

    Examples
    --------
    >>> counted(1, "row has", "rows have"), counted(2300, "row has", "rows have")
    ('1 row has', '2,300 rows have')
    """
    return f"{count:,} {one if count == 1 else many}"


def check_names(names: list[str], source: str) -> None:
    """Raise E109 for repeated and E110 for empty names."""
    repeated = [name for name, times in Counter(names).items() if times > 1]
    if repeated:
        raise ScarceError("E109", source=source, names=listed(repeated))
    for position, name in enumerate(names, start=1):
        if not name.strip():
            raise ScarceError("E110", source=source, position=position)
